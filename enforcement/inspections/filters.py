"""Query parameters of the lists of checks."""

from django.utils.translation import gettext_lazy

from enforcement.inspections.lifecycle import CampaignState, ListState, State
from enforcement.inspections.models import Campaign, ChecklistVersion, Mode, Visit
from enforcement.issues.filters import SeveralFilter
from regions.api.filters import AskedFor, DayFilter, DivisionFilter, IdentityFilter, WordsFilter


class VisitFilters(AskedFor):
    state = SeveralFilter(choices=State.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    mode = SeveralFilter(choices=Mode.choices, label=gettext_lazy("方式，可用逗号列出几个"))
    division = DivisionFilter(field_name="division", label=gettext_lazy("所在区划代码，含下级"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("检查单位"))
    site = IdentityFilter(field_name="site", label=gettext_lazy("点位"))
    planned_from = DayFilter(field_name="planned_on", lookup_expr="gte", label=gettext_lazy("计划日期起，含当日"))
    planned_to = DayFilter(field_name="planned_on", lookup_expr="lte", label=gettext_lazy("计划日期止，含当日"))

    class Meta:
        model = Visit
        fields: list[str] = []


class CampaignFilters(AskedFor):
    state = SeveralFilter(choices=CampaignState.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("组织单位"))

    class Meta:
        model = Campaign
        fields: list[str] = []


class ChecklistFilters(AskedFor):
    state = SeveralFilter(choices=ListState.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    key = WordsFilter(field_name="checklist__key", label=gettext_lazy("检查表代号"))

    class Meta:
        model = ChecklistVersion
        fields: list[str] = []
