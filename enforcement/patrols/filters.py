"""Query parameters of patrol runs and hot spots."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, PatrolSegment
from enforcement.timeline.clock import BEIJING
from regions.api.filters import AreaFilter, DayFilter, DivisionFilter, IdentityFilter, TruthFilter, members, subtree


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to a Beijing day."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


class _DrivenThrough:
    """Runs with a segment in the division or area."""

    def _through(self, rows: Any, divisions: list[int]) -> Any:
        return rows.filter(Exists(PatrolSegment.objects.filter(run=OuterRef("pk"), division_id__in=divisions)))


class RunDivisionFilter(_DrivenThrough, DivisionFilter):
    def filter(self, qs: Any, value: Any) -> Any:
        return self._through(qs, subtree(value)) if value else qs


class RunAreaFilter(_DrivenThrough, AreaFilter):
    def filter(self, qs: Any, value: Any) -> Any:
        return self._through(qs, members(value)) if value else qs


class PatrolRunFilters(django_filters.FilterSet):
    """`from` and `to` are Beijing days of the run's start, both included."""

    division = RunDivisionFilter(label=_("途经区划代码，含下级"))
    area = RunAreaFilter(label=_("途经联防联控区域"))
    bureau = IdentityFilter(field_name="bureau", label=_("单位"))
    to = DayFilter(field_name="day", lookup_expr="lte", label=_("至该日（含）"))
    as_of = DayFilter(method="imported_by_end_of", label=_("截至该日已导入"))
    synthetic = TruthFilter(label=_("是否模拟数据"))
    voided = TruthFilter(method="only_voided", label=_("已作废的走航；不填则只列有效的"))
    # `from` is a word of Python's own.
    vars()["from"] = DayFilter(field_name="day", lookup_expr="gte", label=_("自该日（含）"))

    class Meta:
        model = PatrolRun
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("voided") else rows.valid()

    def imported_by_end_of(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(imported_at__lt=end_of(value))

    def only_voided(self, rows: Any, name: str, value: bool) -> Any:
        return rows.exclude(voided_at=None) if value else rows


class HotSpotFilters(django_filters.FilterSet):
    """`from` and `to` are Beijing days of the peak, both included."""

    division = DivisionFilter(field_name="division", label=_("所在区划代码，含下级"))
    area = AreaFilter(field_name="division", label=_("联防联控区域"))
    run = django_filters.UUIDFilter(field_name="run", label=_("走航"))
    fate = django_filters.ChoiceFilter(choices=Fate.choices, label=_("结果"))
    to = DayFilter(method="until", label=_("至该日（含）"))
    vars()["from"] = DayFilter(method="since", label=_("自该日（含）"))

    class Meta:
        model = HotSpot
        fields: list[str] = []

    def since(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(peak_at__gte=end_of(value - timedelta(days=1)))

    def until(self, rows: Any, name: str, value: date) -> Any:
        return rows.filter(peak_at__lt=end_of(value))
