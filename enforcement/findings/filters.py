"""Query parameters of the list of findings."""

from typing import Any

from django.utils.translation import gettext_lazy

from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.issues.filters import SeveralFilter
from enforcement.issues.models import Severity, Source
from regions.api.filters import AreaFilter, AskedFor, DayFilter, DivisionFilter, IdentityFilter, WordsFilter


class FindingFilters(AskedFor):
    state = SeveralFilter(choices=State.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    source = SeveralFilter(choices=Source.choices, label=gettext_lazy("来源，可用逗号列出几个"))
    severity = SeveralFilter(choices=Severity.choices, label=gettext_lazy("严重程度，可用逗号列出几个"))
    division = DivisionFilter(field_name="located_in", label=gettext_lazy("所在区划代码，含下级"))
    area = AreaFilter(field_name="located_in", label=gettext_lazy("联防联控区域"))
    filer = IdentityFilter(field_name="filer", label=gettext_lazy("填报单位"))
    receiver = IdentityFilter(field_name="receiver", label=gettext_lazy("转办单位"))
    site = IdentityFilter(field_name="site", label=gettext_lazy("点位"))
    issue = WordsFilter(field_name="issue__number", label=gettext_lazy("所转办或并入问题的编号"))
    occurred_from = DayFilter(
        field_name="occurred_at", lookup_expr="date__gte", label=gettext_lazy("发现日期起，含当日")
    )
    occurred_to = DayFilter(field_name="occurred_at", lookup_expr="date__lte", label=gettext_lazy("发现日期止，含当日"))
    q = WordsFilter(method="matching", label=gettext_lazy("标题、地址或点位名称，两个字以上"))

    class Meta:
        model = Finding
        fields: list[str] = []

    def matching(self, rows: Any, name: str, value: str) -> Any:
        return rows.matching(value)
