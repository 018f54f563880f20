"""Query parameters of patrol runs and hot spots."""

from datetime import date
from typing import Any

import django_filters
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, PersistentLocation
from regions.api.filters import AreaFilter, DayFilter, DivisionFilter, IdentityFilter, TruthFilter, members, subtree


class PatrolRunFilters(django_filters.FilterSet):
    """Bounds are met by one and the same segment: what was driven in the division between the days, both included."""

    division = DivisionFilter(method="later", label=_("途经区划代码，含下级"))
    area = AreaFilter(method="later", label=_("途经联防联控区域"))
    bureau = IdentityFilter(field_name="bureau", label=_("单位"))
    to = DayFilter(method="later", label=_("至该日（含）"))
    as_of = DayFilter(method="later", label=_("截至该日已导入且未作废"))
    synthetic = TruthFilter(label=_("是否模拟数据"))
    voided = TruthFilter(method="later", label=_("已作废的走航；不填则只列有效的"))
    # `from` is a word of Python's own.
    vars()["from"] = DayFilter(method="later", label=_("自该日（含）"))

    class Meta:
        model = PatrolRun
        fields: list[str] = []

    def filter_queryset(self, queryset: Any) -> Any:
        rows, sent = super().filter_queryset(queryset), self.form.cleaned_data
        places = [set(subtree(sent["division"]))] if sent.get("division") else []
        places += [set(members(sent["area"]))] if sent.get("area") else []
        divisions = sorted(set.intersection(*places)) if places else None
        rows = rows.driven(sent.get("from"), sent.get("to"), divisions)
        if sent.get("as_of"):
            return rows.imported_by(sent["as_of"])
        return rows.exclude(voided_at=None) if sent.get("voided") else rows.valid()

    def later(self, rows: Any, name: str, value: Any) -> Any:
        """Left to `filter_queryset`, which knows all bounds."""
        return rows


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
        return rows.peaked(since=value)

    def until(self, rows: Any, name: str, value: date) -> Any:
        return rows.peaked(until=value)


class LocationFilters(django_filters.FilterSet):
    """Persistent locations of a place; `lapsed` those whose days are no longer enough."""

    division = DivisionFilter(field_name="division", label=_("所在区划代码，含下级"))
    area = AreaFilter(field_name="division", label=_("联防联控区域"))
    lapsed = django_filters.BooleanFilter(label=_("天数已不够"))

    class Meta:
        model = PersistentLocation
        fields: list[str] = []
