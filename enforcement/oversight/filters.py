"""Query parameters of the lists of interviews and of special inspections."""

from django.utils.translation import gettext_lazy

from enforcement.issues.filters import SeveralFilter
from enforcement.oversight.lifecycle import Cause, State, specials
from enforcement.oversight.models import Interview, SpecialInspection
from regions.api.filters import AskedFor, DivisionFilter, IdentityFilter


class InterviewFilters(AskedFor):
    state = SeveralFilter(choices=State.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    cause = SeveralFilter(choices=Cause.choices, label=gettext_lazy("情形，可用逗号列出几个"))
    division = DivisionFilter(field_name="division", label=gettext_lazy("被约谈地区代码，含下级"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("约谈单位"))

    class Meta:
        model = Interview
        fields: list[str] = []


class SpecialFilters(AskedFor):
    state = SeveralFilter(choices=specials.State.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    division = DivisionFilter(field_name="division", label=gettext_lazy("被督察地区代码，含下级"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("督察单位"))

    class Meta:
        model = SpecialInspection
        fields: list[str] = []
