"""Keeping the counters: with every event the row it moves, and what that changes in the sums.

`count_issue` and `count_finding` run inside the transaction of their event and write one statement each; they take
no lock another subject's event could wait for. `folding` brings what changed into the sums.
"""

from typing import Any

from django.db.models import Model

from enforcement.findings.lifecycle import State as FindingState
from enforcement.statistics.rules import SETTLED, WHOLE
from enforcement.statistics.standings import FACTS, HANDLING, ZONE, amounts, late_by
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.statements import planned

MEASURES = ", ".join(SETTLED)
_KEYS = ("responsibility_id", "issue_id", "division_id", "issued_on", "source", "severity")
ROW = (*_KEYS, *FACTS, "late", "last_occurred_at", "last_recorded_at")
CLUE = (
    "finding_id", "division_id", "day", "source", "severity", "counted", "submitted_occurred_at", "submitted_recorded_at",
    "irregular", "last_occurred_at", "last_recorded_at",
)  # fmt: skip


def _set(names: tuple[str, ...]) -> str:
    return ", ".join(f"{name} = excluded.{name}" for name in names)


def _facts(alias: str) -> str:
    return ", ".join(f"{alias}.{name}" for name in FACTS)


def _signed(sign: str) -> str:
    return ", ".join(f"{sql} AS {name}" for name, sql in zip(SETTLED, amounts(SETTLED, sign), strict=True))


def _delta(rows: str, dims: str = "month, division_id, source, severity, days") -> str:
    sums = ", ".join(f"sum({name}) AS {name}" for name in SETTLED)
    some = " OR ".join(f"sum({name}) <> 0" for name in SETTLED)
    return f"INSERT INTO statistics_delta ({dims}, {MEASURES}) SELECT {dims}, {sums} FROM ({rows}) x GROUP BY {dims} HAVING {some}"


_CELL_OF = f"date_trunc('month', s.issued_on)::date AS month, s.division_id, s.source, s.severity, {HANDLING} AS days"

# Rows an event touches: the responsibility it names, those it opened, those whose facts it changed otherwise.
_COUNT_ISSUE = f"""
WITH standing AS (
    SELECT x.id AS responsibility_id, x.issue_id, x.division_id, i.issued_on, i.source, i.severity,
           {", ".join(f"{sql} AS {name}" for name, sql in FACTS.items())}
    FROM issues_responsibility x JOIN issues_issue i ON i.id = x.issue_id WHERE x.issue_id = %(issue)s
), fresh AS (
    SELECT n.*, coalesce(o.late OR ({late_by("%(day)s", "o")}), false) AS late,
           greatest(o.last_occurred_at, %(occurred_at)s) AS last_occurred_at,
           greatest(o.last_recorded_at, %(recorded_at)s) AS last_recorded_at
    FROM standing n LEFT JOIN statistics_tally o USING (responsibility_id)
    WHERE o.responsibility_id IS NULL OR n.responsibility_id = %(touched)s
       OR ({_facts("n")}) IS DISTINCT FROM ({_facts("o")})
), kept AS (
    INSERT INTO statistics_tally ({", ".join(ROW)}) SELECT {", ".join(ROW)} FROM fresh
    ON CONFLICT (responsibility_id) DO UPDATE SET {_set(ROW[1:])}
)
""" + _delta(
    f"SELECT {_CELL_OF}, {_signed('')} FROM fresh s UNION ALL "
    f"SELECT {_CELL_OF}, {_signed('-')} FROM statistics_tally s "
    "WHERE s.responsibility_id IN (SELECT responsibility_id FROM fresh)"
)

CLUE_FACTS = f"""
    SELECT f.id AS finding_id, coalesce(f.located_in_id, b.division_id) AS division_id,
           (f.occurred_at AT TIME ZONE '{ZONE}')::date AS day, f.source, f.severity,
           f.state <> '{FindingState.DRAFT.value}' AS counted
    FROM findings_finding f JOIN regions_bureau b ON b.id = f.receiver_id
"""
_CLUE_CELL = "date_trunc('month', s.day)::date AS month, s.division_id, s.source, s.severity, -1 AS days"


def _clue_signed(sign: str) -> str:
    found = f"CASE WHEN s.counted THEN {sign}{WHOLE} ELSE 0 END"
    return ", ".join(f"{found if name == 'findings' else '0'} AS {name}" for name in SETTLED)


#: An event counts a finding when it leaves the state in anything but a draft.
_SUBMITS = f"(%(after)s::text <> '{FindingState.DRAFT.value}')"
_COUNT_FINDING = f"""
WITH fresh AS (
    SELECT n.*, greatest(o.last_occurred_at, %(occurred_at)s) AS last_occurred_at,
           greatest(o.last_recorded_at, %(recorded_at)s) AS last_recorded_at,
           coalesce(o.submitted_occurred_at, CASE WHEN {_SUBMITS} THEN %(occurred_at)s END) AS submitted_occurred_at,
           coalesce(o.submitted_recorded_at, CASE WHEN {_SUBMITS} THEN %(recorded_at)s END) AS submitted_recorded_at,
           coalesce(o.irregular OR o.submitted_occurred_at IS NOT NULL AND %(after)s::text IS NOT NULL
                    AND (NOT {_SUBMITS} OR o.submitted_occurred_at > %(occurred_at)s), false) AS irregular
    FROM ({CLUE_FACTS} WHERE f.id = %(finding)s) n LEFT JOIN statistics_clue o USING (finding_id)
), kept AS (
    INSERT INTO statistics_clue ({", ".join(CLUE)}) SELECT {", ".join(CLUE)} FROM fresh
    ON CONFLICT (finding_id) DO UPDATE SET {_set(CLUE[1:])}
)
""" + _delta(
    f"SELECT {_CLUE_CELL}, {_clue_signed('')} FROM fresh s UNION ALL "
    f"SELECT {_CLUE_CELL}, {_clue_signed('-')} FROM statistics_clue s WHERE s.finding_id = %(finding)s"
)


def cells_of_tallies() -> str:
    """Every row of the tally as a delta's row."""
    return f"SELECT {_CELL_OF}, {_signed('')} FROM statistics_tally s"


def cells_of_clues() -> str:
    return f"SELECT {_CLUE_CELL}, {_clue_signed('')} FROM statistics_clue s"


def count(event: Event, subject: Model) -> None:
    """The projection the timeline calls with every event."""
    if event.subject_type == "issue":
        count_issue(event)
    elif event.subject_type == "finding":
        count_finding(event)


def count_issue(event: Event) -> None:
    """Brings the issue's rows up to its responsibilities as they are now saved. One statement."""
    _run(
        _COUNT_ISSUE,
        issue=int(event.subject_id),
        touched=event.payload.get("responsibility"),
        day=clock.beijing_day(event.occurred_at),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )


def count_finding(event: Event) -> None:
    """The same for a finding."""
    _run(
        _COUNT_FINDING,
        finding=event.subject_id,
        after=event.payload.get("after"),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )


def _run(sql: str, **parameters: Any) -> int:
    with planned() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
