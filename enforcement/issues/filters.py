"""Query parameters of the lists of issues and handoffs."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.figures import FigureFilterSet
from enforcement.issues.lifecycle import ENDED, State
from enforcement.issues.models import Handoff, Issue, Responsibility, Severity, Source
from enforcement.timeline import clock
from regions.api.filters import (
    AreaFilter,
    AskedFor,
    DayField,
    DayFilter,
    DivisionFilter,
    IdentityFilter,
    TruthFilter,
    WordsFilter,
)
from regions.errors import Invalid


class SeveralFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """One value or several, parted by commas."""


class IssueFilters(AskedFor, FigureFilterSet):
    """Filters of the list as it stands now; `figure` and its companions give the rows behind a figure instead.

    `from` and `to` without a figure are the days of first issuing, like `issued_from` and `issued_to`.
    """

    state = SeveralFilter(choices=State.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    source = SeveralFilter(choices=Source.choices, label=gettext_lazy("来源，可用逗号列出几个"))
    severity = SeveralFilter(choices=Severity.choices, label=gettext_lazy("严重程度，可用逗号列出几个"))
    number = WordsFilter(label=gettext_lazy("编号"))
    division = DivisionFilter(field_name="division", label=gettext_lazy("责任区划代码，含下级"))
    area = AreaFilter(field_name="division", label=gettext_lazy("联防联控区域"))
    bureau = IdentityFilter(method="answered_by", label=gettext_lazy("承办单位"))
    site = IdentityFilter(field_name="site", label=gettext_lazy("点位"))
    overdue = TruthFilter(method="late", label=gettext_lazy("已超期（当前期限已过而未办结）"))
    starred = TruthFilter(field_name="starred", label=gettext_lazy("加星件"))
    due_before = DayFilter(field_name="due_on", lookup_expr="lte", label=gettext_lazy("当前期限不晚于"))
    due_after = DayFilter(field_name="due_on", lookup_expr="gte", label=gettext_lazy("当前期限不早于"))
    issued_from = DayFilter(field_name="issued_on", lookup_expr="gte", label=gettext_lazy("首次转办日期起，含当日"))
    issued_to = DayFilter(field_name="issued_on", lookup_expr="lte", label=gettext_lazy("首次转办日期止，含当日"))
    q = WordsFilter(
        method="matching",
        label=gettext_lazy(
            "编号、标题、情况、地址、市县、点位名称、信用代码、经办人，两个字以上；几个词用空格分开，须都出现"
        ),
    )

    class Meta:
        model = Issue
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        entered = self.form.cleaned_data
        if not entered.get("figure"):
            for name, lookup in (("from", "gte"), ("to", "lte")):
                if text := entered.pop(name, ""):
                    queryset = queryset.filter(**{f"issued_on__{lookup}": _day(name, text)})
                    entered[name] = ""
        return super().filter_queryset(queryset)

    def answered_by(self, issues: Any, name: str, value: Any) -> Any:
        live = Responsibility.objects.filter(bureau=value).exclude(state__in=sorted(ENDED))
        return issues.filter(pk__in=live.values("issue"))

    def late(self, issues: Any, name: str, value: bool) -> Any:
        today = clock.today()
        if value:
            return issues.overdue(on=today)
        return issues.exclude(pk__in=issues.model.objects.overdue(on=today).values("pk"))

    def matching(self, issues: Any, name: str, value: str) -> Any:
        return issues.matching(value, getattr(self.request, "user", None))


def _day(name: str, text: str) -> Any:
    try:
        return DayField().to_python(text)
    except Exception as error:
        raise Invalid(_("日期应写作 2021-08-04。"), field=name) from error


class HandoffFilters(AskedFor):
    number = WordsFilter(label=gettext_lazy("文号"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("转办单位"))
    division = DivisionFilter(field_name="bureau__division", label=gettext_lazy("转办单位的区划代码，含下级"))
    issued_from = DayFilter(method="since", label=gettext_lazy("转办日期起，含当日"))
    issued_to = DayFilter(method="until", label=gettext_lazy("转办日期止，含当日"))

    class Meta:
        model = Handoff
        fields: list[str] = []

    def since(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(issued_at__date__gte=value)

    def until(self, rows: Any, name: str, value: Any) -> Any:
        return rows.filter(issued_at__date__lte=value)
