"""The sums: folding in what changed, making everything again, and proving the two equal.

A sum is read as cells plus the deltas not yet folded in, in one statement, so folding late costs time and never truth.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from enforcement.statistics.counters import CLUE, CLUE_FACTS, MEASURES, ROW, cells_of_clues, cells_of_tallies
from enforcement.statistics.divisions import Tree
from enforcement.statistics.models import ALL_MONTHS, Fold
from enforcement.statistics.rules import SETTLED
from enforcement.statistics.standings import FACTS, ZONE, late_by

#: Held by whoever folds or rebuilds.
LOCK = 0x4C4B5354
BATCH = 50_000

# Every division with itself and all above it.
_ABOVE = """
WITH RECURSIVE above (division_id, node_id) AS (
    SELECT id, id FROM regions_division
    UNION ALL SELECT a.division_id, d.parent_id FROM above a JOIN regions_division d ON d.id = a.node_id
    WHERE d.parent_id IS NOT NULL
)
"""
_SUMS = ", ".join(f"sum(x.{name}) AS {name}" for name in SETTLED)
_ADDED = ", ".join(f"{name} = statistics_cell.{name} + excluded.{name}" for name in SETTLED)


def _spread(source: str) -> str:
    """Adds rows of deltas to every cell they belong to: each node above, with and without source, severity, month.

    Summed in two steps, since most of what is the same for a city differs only below it; written in the order the
    cells are read in.
    """
    return f""", summed AS (
    SELECT a.node_id, x.source, x.severity, x.month, x.days, {_SUMS}
    FROM {source} x JOIN above a USING (division_id) GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO statistics_cell (node_id, source, severity, month, days, {MEASURES})
SELECT x.node_id, s.source, v.severity, m.month, x.days, {_SUMS}
FROM summed x
CROSS JOIN LATERAL (VALUES (x.source), ('')) s(source)
CROSS JOIN LATERAL (VALUES (x.severity), ('')) v(severity)
CROSS JOIN LATERAL (VALUES (x.month), (%(all_months)s)) m(month)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (node_id, source, severity, month, days) DO UPDATE SET {_ADDED}
"""


_FOLD = (
    _ABOVE
    + """, taken AS (
    DELETE FROM statistics_delta WHERE id IN (SELECT id FROM statistics_delta ORDER BY id LIMIT %(batch)s) RETURNING *
)"""
    + _spread("taken")
)
_ALL_DELTAS = f"SELECT * FROM ({cells_of_tallies()} UNION ALL {cells_of_clues()}) y"
_FILL = _ABOVE + f", taken AS MATERIALIZED ({_ALL_DELTAS})" + _spread("taken")

_TALLIES = f"""
INSERT INTO statistics_tally ({", ".join(ROW)})
SELECT {", ".join(f"p.{name}" for name in ROW)} FROM (
    SELECT q.*, coalesce(bool_or({late_by(f"(q.next_at AT TIME ZONE '{ZONE}')::date", "q")}) OVER w, false) AS late,
           max(q.occurred_at) OVER w AS last_occurred_at, max(q.recorded_at) OVER w AS last_recorded_at
    FROM (
        SELECT x.responsibility_id, x.issue_id, r.division_id, i.issued_on, i.source, i.severity,
               {", ".join(f"{sql} AS {name}" for name, sql in FACTS.items())}, x.occurred_at, x.recorded_at,
               lead(x.occurred_at) OVER (PARTITION BY x.responsibility_id ORDER BY x.seq) AS next_at
        FROM issues_span x JOIN issues_responsibility r ON r.id = x.responsibility_id
        JOIN issues_issue i ON i.id = x.issue_id
    ) q
    WINDOW w AS (PARTITION BY q.responsibility_id)
) p WHERE p.next_at IS NULL
"""
_CLUES = f"""
INSERT INTO statistics_clue ({", ".join(CLUE)})
SELECT {", ".join(CLUE)} FROM ({CLUE_FACTS}) c JOIN (
    SELECT e.subject_id::uuid AS finding_id, max(e.occurred_at) AS last_occurred_at,
           max(e.recorded_at) AS last_recorded_at,
           max(first.occurred_at) AS submitted_occurred_at, max(first.recorded_at) AS submitted_recorded_at,
           coalesce(bool_or(e.seq > first.seq AND e.payload ? 'after'
                            AND (e.payload ->> 'after' = 'draft' OR e.occurred_at < first.occurred_at)), false) AS irregular
    FROM timeline_event e LEFT JOIN (
        SELECT DISTINCT ON (subject_id) subject_id, seq, occurred_at, recorded_at FROM timeline_event
        WHERE subject_type = 'finding' AND payload ->> 'after' <> 'draft' ORDER BY subject_id, seq
    ) first USING (subject_id)
    WHERE e.subject_type = 'finding' GROUP BY e.subject_id
) e USING (finding_id)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where what is kept and what a recount gives are not the same."""

    table: str
    kept_only: int
    recount_only: int


def fold() -> int:
    """Brings deltas into the cells, a batch at a time; gives how many. Does nothing while someone else folds.

    After a division got another parent the cells are made again.
    """
    taken = 0
    with _alone() as mine:
        if not mine:
            return 0
        tree = Tree.read().fingerprint
        if not Fold.objects.filter(tree=tree).exists():
            _refill(tree)
        with connection.cursor() as cursor:
            while True:
                cursor.execute("SELECT count(*) FROM (SELECT FROM statistics_delta LIMIT %s) d", [BATCH])
                (waiting,) = cursor.fetchone()
                if not waiting:
                    return taken
                cursor.execute(_FOLD, {"batch": BATCH, "all_months": ALL_MONTHS})
                taken += waiting


def rebuild() -> None:
    """Makes all rows and sums again from spans, findings and events. Writers wait until it is done."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("LOCK TABLE statistics_tally, statistics_clue, statistics_delta IN SHARE ROW EXCLUSIVE MODE")
        for table in ("tally", "clue"):
            cursor.execute(f"DELETE FROM statistics_{table}")
        cursor.execute(_TALLIES)
        cursor.execute(_CLUES)
        _refill(Tree.read().fingerprint, locked=True)


def _refill(tree: str, locked: bool = False) -> None:
    """Sums every row into the cells anew; deltas on record by now are in them and go."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        if not locked:
            cursor.execute("LOCK TABLE statistics_tally, statistics_clue, statistics_delta IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute("DELETE FROM statistics_delta")
        cursor.execute("DELETE FROM statistics_cell")
        cursor.execute(_FILL, {"all_months": ALL_MONTHS})
        cursor.execute(
            "INSERT INTO statistics_fold (id, tree, folded_at) VALUES (1, %s, now()) "
            "ON CONFLICT (id) DO UPDATE SET tree = excluded.tree, folded_at = excluded.folded_at",
            [tree],
        )


@contextmanager
def _alone() -> Iterator[bool]:
    """One transaction that holds the lock, or False while someone else does."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        yield bool(cursor.fetchone()[0])


def differences() -> list[Difference]:
    """Rows that a recount from spans and events gives and the kept tables don't, or the other way round."""
    found = []
    for table, recount, kept in (
        ("tally", _TALLIES.split("\n", 2)[2], f"SELECT {', '.join(ROW)} FROM statistics_tally"),
        ("clue", _CLUES.split("\n", 2)[2], f"SELECT {', '.join(CLUE)} FROM statistics_clue"),
        ("cell", _cells_again(), _cells_kept()),
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH recount AS MATERIALIZED ({recount}), kept AS MATERIALIZED ({kept}) "
                "SELECT (SELECT count(*) FROM (TABLE kept EXCEPT TABLE recount) a), "
                "(SELECT count(*) FROM (TABLE recount EXCEPT TABLE kept) b)"
            )
            kept_only, recount_only = cursor.fetchone()
        if kept_only or recount_only:
            found.append(Difference(table, kept_only, recount_only))
    return found


_CELL = "division_id, source, severity, month, days"


def _cells_again() -> str:
    """What all rows add up to, by own division, without empty sums."""
    return _grouped(_ALL_DELTAS)


def _cells_kept() -> str:
    """What cells and deltas add up to, by own division: a node's cell without those of the nodes right below."""
    measures = ", ".join(f"-{name}" for name in SETTLED)
    named = f"source <> '' AND severity <> '' AND month <> '{ALL_MONTHS.isoformat()}'"
    return _grouped(
        f"SELECT node_id AS {_CELL}, {MEASURES} FROM statistics_cell WHERE {named} UNION ALL "
        f"SELECT d.parent_id, source, severity, month, days, {measures} FROM statistics_cell "
        f"JOIN regions_division d ON d.id = node_id WHERE d.parent_id IS NOT NULL AND {named} UNION ALL "
        f"SELECT {_CELL}, {MEASURES} FROM statistics_delta"
    )


def _grouped(rows: str) -> str:
    some = " OR ".join(f"sum({name}) <> 0" for name in SETTLED)
    sums = ", ".join(f"sum({name})::bigint AS {name}" for name in SETTLED)
    return f"SELECT {_CELL}, {sums} FROM ({rows}) z GROUP BY {_CELL} HAVING {some}"
