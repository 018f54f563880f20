"""The list of persistent locations (常驻高值点位) as a file."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.patrols.models import PersistentLocation
from enforcement.patrols.source_forms import LocationFilter
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("点位标识"), 37),
    SheetColumn("division", gettext_lazy("所在区划"), 12),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("days", gettext_lazy("出现天数"), 9),
    SheetColumn("hot_spots", gettext_lazy("热点数"), 8),
    SheetColumn("first_on", gettext_lazy("首次出现"), 11),
    SheetColumn("last_on", gettext_lazy("最近出现"), 11),
    SheetColumn("state", gettext_lazy("现状"), 12),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    form = LocationFilter(query, officer=officer)
    said = right_words(form, query)
    found = PersistentLocation.objects.visible_to(officer)
    return Narrowed(form.narrow(found).select_related("division").order_by("-found_at", "-id"), said)


def cells() -> Callable[[Any], list[Cell]]:
    outside, lapsed, standing = _("省外"), _("天数已不够"), _("现为常驻")

    def of(one: Any) -> list[Cell]:
        return [
            str(one.pk), one.division.name if one.division else outside, round(one.lon, 6), round(one.lat, 6), one.days,
            one.spots, one.first_on, one.last_on, lapsed if one.lapsed else standing, one.synthetic,
        ]  # fmt: skip

    return of


def place(one: Any) -> tuple[float, float]:
    return one.lon, one.lat


KIND = ListKind(
    "persistent", gettext_lazy("常驻高值点位"), "patrols:persistent", COLUMNS, narrowed, cells, place,
    example={"state": "standing"},
)  # fmt: skip
