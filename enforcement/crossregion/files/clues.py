"""The clues of a round as a file; the issue one became is named only where the asker may see it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.crossregion import behind
from enforcement.crossregion.files.of_round import asked
from enforcement.crossregion.models import Clue
from enforcement.issues.models import Issue
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("线索标识"), 37),
    SheetColumn("title", gettext_lazy("线索"), 30),
    SheetColumn("description", gettext_lazy("情况"), 40),
    SheetColumn("team", gettext_lazy("队伍"), 16),
    SheetColumn("filed_by", gettext_lazy("填报人"), 10),
    SheetColumn("filed_at", gettext_lazy("填报时间"), 17),
    SheetColumn("located_in", gettext_lazy("县区"), 12),
    SheetColumn("site", gettext_lazy("企业或点位"), 24),
    SheetColumn("lon", gettext_lazy("经度"), 11),
    SheetColumn("lat", gettext_lazy("纬度"), 11),
    SheetColumn("state", gettext_lazy("状态"), 12),
    SheetColumn("issue", gettext_lazy("问题编号"), 19),
    SheetColumn("issue_state", gettext_lazy("问题状态"), 14),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Of a round's clues those of one's own team, all for who holds the round; narrowed as the page narrows them."""
    round_, chosen, said = asked(officer, query, "clues")
    rows = behind.clues(Clue.objects.visible_to(officer).filter(round=round_), chosen["figure"], chosen["team"])
    issues = Issue.objects.visible_to(officer)
    seen = issues.filter(pk=OuterRef("finding__issue_id")).values("number")[:1]
    rows = rows.select_related("team", "filed_by", "finding__located_in", "finding__site", "finding__issue")
    return Narrowed(rows.annotate(seen_issue=Subquery(seen)).order_by("-filed_at", "-id"), said)


def cells() -> Callable[[Any], list[Cell]]:
    outside = _("省外")

    def of(clue: Any) -> list[Cell]:
        found = clue.finding
        return [
            str(found.pk), found.title, found.description, clue.team.name, clue.filed_by.name, clock.minute(clue.filed_at),
            found.located_in.name if found.located_in else outside, found.site.name if found.site else "",
            round(found.lon, 6), round(found.lat, 6), found.get_state_display(), clue.seen_issue,
            found.issue.get_state_display() if clue.seen_issue else "", found.synthetic,
        ]  # fmt: skip

    return of


def place(clue: Any) -> tuple[float, float]:
    return clue.finding.lon, clue.finding.lat


KIND = ListKind(
    "round-clues", gettext_lazy("本轮线索"), "crossregion:clues", COLUMNS, narrowed, cells, place,
    example={"round": "5ca1ab1e-0000-4000-8000-000000000021", "figure": "handed_off"}, within="round",
)  # fmt: skip
