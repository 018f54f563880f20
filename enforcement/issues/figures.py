"""The lists behind figures. Which issues a figure counts is known above; here it is only asked for.

The statistics register a narrowing at start-up; lists of issues (page and API) pass their rows through `narrow`.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, FilterSet

from regions.errors import Invalid

#: Query parameters that name a figure's rows; a link carries `source` and `severity` too, which any list understands.
PARAMETERS = ("figure", "part", "as_of", "known_at", "from", "to", "duty_division", "duty_area")

Narrowing = Callable[[QuerySet[Any], Mapping[str, str], Any], QuerySet[Any]]
Lateness = Callable[[date], Q]
_registered: list[Narrowing] = []
_lateness: list[Lateness] = []


def register(narrowing: Narrowing, lateness: Lateness) -> None:
    """Says how a figure's issues are found, and which were ever late by a day (once; AppConfig.ready may run twice)."""
    _registered[:] = [narrowing]
    _lateness[:] = [lateness]


def ever_late(on: date) -> Q:
    """The issues the figure of what was ever late counts: a condition, without a statement of its own."""
    return _lateness[0](on)


def narrow(issues: QuerySet[Any], parameters: Mapping[str, str], officer: Any) -> QuerySet[Any]:
    """The issues behind `figure`, at its cut-off and under its filters; all of them when no figure is named.

    Raises Invalid for a figure, cut-off or filter that can't be.
    """
    if not parameters.get("figure"):
        stray = [name for name in PARAMETERS if parameters.get(name)]
        if stray:
            raise Invalid(_("“%(name)s”只能与“figure”一起使用。") % {"name": stray[0]}, field=stray[0])
        return issues
    for narrowing in _registered:
        issues = narrowing(issues, parameters, officer)
    return issues


class FigureFilterSet(FilterSet):
    """A filter set of issues that also answers the links behind figures; `request.user` is the officer asking."""

    figure = CharFilter(label=gettext_lazy("统计指标"), method="unchanged")
    part = CharFilter(label=gettext_lazy("分子或分母"), method="unchanged")
    as_of = CharFilter(label=gettext_lazy("统计截止时间"), method="unchanged")
    known_at = CharFilter(label=gettext_lazy("登记截止时间"), method="unchanged")
    # `from` is a word of Python's own.
    vars()["from"] = CharFilter(label=gettext_lazy("转办日期起"), method="unchanged")
    to = CharFilter(label=gettext_lazy("转办日期止"), method="unchanged")
    duty_division = CharFilter(label=gettext_lazy("责任区划"), method="unchanged")
    duty_area = CharFilter(label=gettext_lazy("联防联控区域"), method="unchanged")

    def unchanged(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(queryset)
        officer = getattr(self.request, "user", None)
        # `source` and `severity` are the list's own filters and narrow the same rows.
        return narrow(rows, {name: self.form.cleaned_data.get(name) or "" for name in PARAMETERS}, officer)
