"""What the teams of a round visited as a file: the visits its asker may know of."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy

from enforcement.crossregion import behind
from enforcement.crossregion.files.of_round import asked
from enforcement.crossregion.models import Team
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("检查标识"), 37),
    SheetColumn("site", gettext_lazy("点位"), 24),
    SheetColumn("division", gettext_lazy("县区"), 12),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("team", gettext_lazy("队伍"), 16),
    SheetColumn("state", gettext_lazy("状态"), 12),
    SheetColumn("begun_at", gettext_lazy("入企时间"), 17),
    SheetColumn("ended_at", gettext_lazy("结束时间"), 17),
    SheetColumn("guidance", gettext_lazy("帮扶指导"), 9),
    SheetColumn("summary", gettext_lazy("小结"), 40),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """The visits of a round's days its teams made, narrowed as the page narrows them."""
    round_, chosen, said = asked(officer, query, "visits")
    rows = behind.visits(round_, chosen["figure"], officer, chosen["team"]).select_related("site", "division")
    named = Team.objects.filter(pk=OuterRef("team")).order_by().values("name")[:1]
    return Narrowed(rows.annotate(team_name=Subquery(named)).order_by("-begun_at", "-id"), said)


def cells() -> Callable[[Any], list[Cell]]:
    def of(row: Any) -> list[Cell]:
        return [
            str(row.pk), row.site.name, row.division.name, round(row.site.lon, 6), round(row.site.lat, 6), row.team_name,
            row.get_state_display(), clock.minute(row.begun_at), clock.minute(row.ended_at), row.given, row.summary, row.synthetic,
        ]  # fmt: skip

    return of


def place(row: Any) -> tuple[float, float]:
    return row.site.lon, row.site.lat


KIND = ListKind(
    "round-visits", gettext_lazy("本轮检查"), "crossregion:visits", COLUMNS, narrowed, cells, place,
    example={"round": "5ca1ab1e-0000-4000-8000-000000000021"}, within="round",
)  # fmt: skip
