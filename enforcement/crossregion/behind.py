"""The rows behind each figure of a round's summary: what was counted, row by row, in the reader's scope.

A figure counts all rows of the round; its list shows those its reader may see. An issue that several clues support stands once,
by its first clue; a drawn site that was visited several times once, by the first visit.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.actions.reporting import Standing, guidance_given, visits_of
from enforcement.crossregion.models import Clue, DailyReport, Round, Target, Team
from enforcement.findings.lifecycle import State as Found
from enforcement.inspections.models import Visit
from enforcement.issues.lifecycle import State
from regions.models import Officer
from regions.words import unfit

#: States of an issue that count as closed; struck off included (domain section 3).
DONE = frozenset({State.CLOSED, State.STRUCK_OFF})
#: Net of what was voided and of accepted returns.
NETTED = frozenset({State.VOID, State.WITHDRAWN})

#: Figure or denominator -> its list's heading, by the page of the round it stands on.
LISTS: dict[str, dict[str, str | Promise]] = {
    "visits": {"visits": _("全部检查"), "targets_visited": _("抽中点位"), "guidance": _("有帮扶指导")},
    "clues": {
        "clues": _("全部线索"),
        "handed_off": _("已转办"),
        "dismissed": _("不予立项"),
        "issued": _("转办问题"),
        "closed": _("已办结"),
        "closed_public": _("含阶段性办结"),
    },
    "reports": {"": _("全部"), "reports_filed": _("已报送"), "reports_on_time": _("按时报送")},
}

_CLUES = {
    "clues": Q(),
    "handed_off": Q(finding__state__in=[Found.PROMOTED, Found.JOINED]),
    "dismissed": Q(finding__state=Found.DISMISSED),
    "issued": Q(),
    "closed": Q(finding__issue__state__in=sorted(DONE)),
    "closed_public": Q(finding__issue__state__in=[*sorted(DONE), State.INTERIM_CLOSED]),
}
_OF_ISSUES = frozenset({"issued", "closed", "closed_public"})


def clues(rows: QuerySet[Clue], figure: str, team: str = "") -> QuerySet[Clue]:
    """Of some clues those a figure counts; all for a word that is none."""
    rows = rows.filter(_CLUES.get(figure, Q()))
    if team:
        rows = rows.filter(team__in=_named(team))
    if figure not in _OF_ISSUES:
        return rows
    same = rows.filter(finding__issue=OuterRef("finding__issue")).order_by("filed_at", "id")
    counted = rows.filter(finding__issue__isnull=False).exclude(finding__issue__state__in=sorted(NETTED))
    return counted.filter(pk=Subquery(same.values("pk")[:1]))


def _named(team: str) -> QuerySet[Any]:
    """The keys of teams of a name; of none for one the database can't hold."""
    return (Team.objects.none() if unfit(team) else Team.objects.filter(name=team)).order_by().values("pk")


def visits(round_: Round, figure: str, officer: Officer, team: str = "") -> QuerySet[Any]:
    """The visits a figure counts, each with its `team` and how much `guidance` was given."""
    every = visits_of(round_, round_.since, round_.until)
    if team:
        every = every.filter(team__in=_named(team).filter(round=round_))
    if figure == "targets_visited":
        drawn = Target.objects.filter(round=round_, site=OuterRef("site"), team=OuterRef("team"))
        again = visits_of(round_, round_.since, round_.until).filter(site=OuterRef("site"), team=OuterRef("team"))
        first = again.order_by("begun_at", "pk").values("pk")[:1]
        every = every.filter(Exists(drawn), pk=Subquery(first))
    seen = Visit.objects.visible_to(officer).order_by().values("pk")
    rows: QuerySet[Any] = every.filter(pk__in=seen).annotate(given=guidance_given())
    return rows.filter(given__gt=0) if figure == "guidance" else rows


def reports(rows: QuerySet[DailyReport], figure: str, now: datetime) -> QuerySet[DailyReport]:
    """The first versions a figure counts, of days whose time has come; all reports for a word that is none."""
    if figure not in ("reports_filed", "reports_on_time"):
        return rows
    rows = rows.filter(version=1, due_at__lte=now)
    # Lateness is in whole minutes: what came within the minute was on time.
    return rows if figure == "reports_filed" else rows.filter(filed_at__lt=F("due_at") + timedelta(minutes=1))


def standings(rows: Sequence[Standing], figure: str, now: datetime) -> list[Standing]:
    """The same of the expected reports as their page shows them, filed or not."""
    if figure not in ("reports_filed", "reports_on_time"):
        return list(rows)
    filed = [row for row in rows if not row.missing and row.due_at <= now]
    return filed if figure == "reports_filed" else [row for row in filed if not row.minutes_late]
