"""The figures recounted in plain SQL over live rows, spans and findings: what the counters are compared with.

One aggregate per question, written as well as one would write it without counters: live rows as of now, the last span
seen at a past cut-off, lateness by a window over the spans. It shares no code with `enforcement.statistics`.
"""

from decimal import Decimal
from typing import Any

from django.db import connection

_DAY_OF = "({} AT TIME ZONE 'Asia/Shanghai')::date"
_FACTS = (
    "x.weight, x.state, x.due_on, x.return_count, x.verification_count, x.rejection_count, x.extension_count, "
    "x.look_back_count, x.relapse_count, "
    f"x.handling_days, {_DAY_OF.format('x.closed_at')} AS closed_on"
)
_OPEN = "state NOT IN ('closed', 'struck_off', 'void', 'withdrawn', 'reissued')"
_SPANS = f"""
SELECT x.responsibility_id, x.seq, {_FACTS},
       lead({_DAY_OF.format("x.occurred_at")}) OVER (PARTITION BY x.responsibility_id ORDER BY x.seq) AS next_on
FROM issues_span x WHERE %(as_of)s::timestamptz IS NULL OR x.occurred_at <= %(as_of)s
"""
_LATE = f"""
SELECT responsibility_id, bool_or({_OPEN} AND due_on < coalesce(next_on, %(day)s)) AS late
FROM spans GROUP BY responsibility_id
"""
_NOW = f"""
WITH spans AS ({_SPANS}), late AS ({_LATE})
SELECT {_FACTS}, late.late, x.division_id, i.issued_on, i.source, i.severity
FROM issues_responsibility x JOIN issues_issue i ON i.id = x.issue_id JOIN late ON late.responsibility_id = x.id
"""
_PAST = f"""
WITH spans AS MATERIALIZED ({_SPANS}), late AS ({_LATE})
SELECT s.*, late.late, r.division_id, i.issued_on, i.source, i.severity
FROM spans s JOIN late USING (responsibility_id) JOIN issues_responsibility r ON r.id = s.responsibility_id
JOIN issues_issue i ON i.id = r.issue_id WHERE s.next_on IS NULL
"""
_WHERE = """
(%(since)s::date IS NULL OR issued_on >= %(since)s) AND (%(until)s::date IS NULL OR issued_on <= %(until)s)
AND (%(source)s::text IS NULL OR source = %(source)s) AND (%(severity)s::text IS NULL OR severity = %(severity)s)
AND (%(places)s::bigint[] IS NULL OR division_id = ANY(%(places)s))
"""
_LIVE = "state NOT IN ('void', 'withdrawn', 'reissued')"
_DONE = "state IN ('closed', 'struck_off')"
_FINDINGS_NOW = "SELECT f.*, f.state AS stood FROM findings_finding f"
_FINDINGS_PAST = """
SELECT f.*, last.stood FROM findings_finding f JOIN (
    SELECT DISTINCT ON (e.subject_id) e.subject_id::uuid AS id, e.payload ->> 'after' AS stood FROM timeline_event e
    WHERE e.subject_type = 'finding' AND e.payload ? 'after' AND e.occurred_at <= %(as_of)s
    ORDER BY e.subject_id, e.seq DESC
) last USING (id)
"""
SETS = {
    "gross": "true",
    "returned": "return_count > 0",
    "issued": _LIVE,
    "closed": _DONE,
    "interim_closed": "state = 'interim_closed'",
    "open": _OPEN,
    "overdue_now": f"{_OPEN} AND due_on < %(day)s",
    "ever_overdue": f"{_LIVE} AND late",
    "due": f"{_LIVE} AND due_on <= %(day)s",
    "on_time": f"{_DONE} AND due_on <= %(day)s AND closed_on <= due_on",
    "extended": f"{_LIVE} AND due_on <= %(day)s AND extension_count > 0",
    "verified": f"{_LIVE} AND verification_count > 0",
    "reworked": f"{_LIVE} AND rejection_count > 0",
    "looked_back": f"{_LIVE} AND look_back_count > 0",
    "relapsed": f"{_LIVE} AND relapse_count > 0",
    "handled": f"{_DONE} AND handling_days IS NOT NULL",
}


def _findings(asked: dict[str, Any]) -> str:
    found = _FINDINGS_PAST if asked["as_of"] else _FINDINGS_NOW
    return (
        "SELECT count(*) FROM (SELECT f.*, coalesce(f.located_in_id, b.division_id) AS division_id, "
        f"{_DAY_OF.format('f.occurred_at')} AS issued_on FROM ({found}) f "
        f"JOIN regions_bureau b ON b.id = f.receiver_id WHERE f.stood <> 'draft') k WHERE {_WHERE}"
    )


def recount(**asked: Any) -> tuple[dict[str, Decimal], dict[int, Decimal]]:
    """Sums of weights by set (findings as a number), and sums by handling days. `day`; `as_of`, `since`, `until`, `places`, `source`, `severity` or None."""
    rows = f"SELECT * FROM ({_PAST if asked['as_of'] else _NOW}) k WHERE {_WHERE}"
    sums = ", ".join(f"coalesce(sum(weight) FILTER (WHERE {sql}), 0)" for sql in SETS.values())
    by_days = f"{_DONE} AND handling_days IS NOT NULL"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT CASE WHEN {by_days} THEN handling_days END, {sums} FROM ({rows}) r GROUP BY 1", asked)
        found = cursor.fetchall()
        cursor.execute(_findings(asked), asked)
        (findings,) = cursor.fetchone()
    totals = {"findings": Decimal(findings)} | {
        name: sum((row[n] for row in found), Decimal(0)) for n, name in enumerate(SETS, start=1)
    }
    handled = len(SETS)
    return totals, {row[0]: row[handled] for row in found if row[0] is not None and row[handled]}
