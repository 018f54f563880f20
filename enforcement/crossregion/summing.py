"""The summary of a round (轮次小结): every figure with its numerator, denominator and cut-off, computed from the rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.actions.reporting import Counted, Standing, days_of, standings, visited
from enforcement.crossregion.behind import DONE, NETTED
from enforcement.crossregion.models import Clue, Round, Target, Team
from enforcement.findings.lifecycle import State as Found
from enforcement.issues.lifecycle import State
from enforcement.timeline import clock

_HUNDREDTH = Decimal("0.01")
#: Groups of figures, by the page of the round their rows stand on (`behind.LISTS`).
GROUPS: dict[str, str | Promise] = {"visits": _("检查"), "clues": _("线索与问题"), "reports": _("日报")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. `of` None: a plain count. `opens` names the page its rows stand on, its `key` the list there."""

    key: str
    label: str | Promise
    count: int
    of: int | None = None
    of_label: str | Promise = ""
    opens: str = "visits"

    @property
    def rate(self) -> Decimal | None:
        """Per cent to two places, half to even (GB/T 8170); None without a denominator or with an empty one."""
        if not self.of:
            return None
        return (Decimal(100) * self.count / self.of).quantize(_HUNDREDTH, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class TeamRow:
    """What one team did in the round so far."""

    team: Team
    counted: Counted
    targets: int
    visited: int
    filed: int
    on_time: int
    expected: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures, teams and what is late, as of `at`."""

    round: Round
    at: datetime
    figures: Sequence[Figure]
    teams: Sequence[TeamRow]
    late: Sequence[Standing]


def summary(round_: Round) -> Summary:
    """The summary of a released round now. Five statements beside the round's."""
    now = clock.now()
    teams = list(round_.teams.select_related("city", "assignment__division__parent").order_by("city__code", "name"))
    days = days_of(round_, clock.beijing_day(now))
    standing = standings(round_, teams, days, now)
    # A day's report is expected once its time has come.
    expected = [row for row in standing if row.due_at <= now]
    done, clues = visited(round_, round_.since, round_.until), _clues(round_)
    for clue in clues:
        done[clue.team].clues += 1
    drawn: dict[UUID | None, set[int]] = {}
    for team, site in Target.objects.filter(round=round_).values_list("team_id", "site_id"):
        drawn.setdefault(team, set()).add(site)
    rows = [_row(team, done.get(team.pk, Counted()), drawn.get(team.pk, set()), expected) for team in teams]
    figures = [*_work(rows, drawn), *_chain(clues), *_reports(expected)]
    return Summary(round_, now, figures, rows, [row for row in expected if row.minutes_late])


def _row(team: Team, done: Counted, targets: set[int], expected: Sequence[Standing]) -> TeamRow:
    own = [row for row in expected if row.team.pk == team.pk]
    return TeamRow(
        team,
        done,
        len(targets),
        len(done.sites & targets),
        sum(not row.missing for row in own),
        sum(not row.missing and not row.minutes_late for row in own),
        len(own),
    )


def _work(rows: Sequence[TeamRow], drawn: dict[UUID | None, set[int]]) -> list[Figure]:
    targets = sum(map(len, drawn.values()))
    visited = sum(row.visited for row in rows)
    return [
        Figure("targets_visited", _("抽中点位检查率"), visited, targets, _("抽中点位")),
        Figure("visits", _("检查次数"), sum(row.counted.visits for row in rows)),
        Figure("guidance", _("帮扶指导条数"), sum(row.counted.guidance for row in rows)),
    ]


class _Clue(NamedTuple):
    """How far a clue has come."""

    team: UUID
    state: str
    issue: int | None
    issue_state: str | None


def _clues(round_: Round) -> list[_Clue]:
    rows = Clue.objects.filter(round=round_).order_by()
    return [
        _Clue(*row) for row in rows.values_list("team", "finding__state", "finding__issue", "finding__issue__state")
    ]


def _chain(clues: Sequence[_Clue]) -> list[Figure]:
    """From clues to closed issues; an issue that several clues support counts once."""
    states = Counter(clue.state for clue in clues)
    issues = {clue.issue: clue.issue_state for clue in clues if clue.issue is not None}
    handed = states[Found.PROMOTED] + states[Found.JOINED]
    issued = {key for key, state in issues.items() if state not in NETTED}
    closed = sum(issues[key] in DONE for key in issued)
    interim = sum(issues[key] == State.INTERIM_CLOSED for key in issued)
    return [
        Figure("clues", _("发现线索"), len(clues), opens="clues"),
        Figure("handed_off", _("线索转办率"), handed, len(clues), _("发现线索"), opens="clues"),
        Figure("dismissed", _("不予立项"), states[Found.DISMISSED], len(clues), _("发现线索"), opens="clues"),
        Figure("closed", _("办结率"), closed, len(issued), _("转办问题"), opens="clues"),
        Figure("closed_public", _("含阶段性办结的办结率"), closed + interim, len(issued), _("转办问题"), opens="clues"),
    ]


def _reports(expected: Sequence[Standing]) -> list[Figure]:
    filed = [row for row in expected if not row.missing]
    return [
        Figure("reports_filed", _("日报报送率"), len(filed), len(expected), _("应报日报"), opens="reports"),
        Figure(
            "reports_on_time",
            _("日报按时率"),
            sum(not row.minutes_late for row in filed),
            len(expected),
            _("应报日报"),
            opens="reports",
        ),
    ]


def figures_plain(found: Summary) -> list[dict[str, Any]]:
    return [
        {
            "key": row.key,
            "label": str(row.label),
            "count": row.count,
            "of": row.of,
            "of_label": str(row.of_label),
            "rate": row.rate,
            "rows": f"/api/v1/rounds/{found.round.pk}/{row.opens}/?figure={row.key}",
        }
        for row in found.figures
    ]
