"""The figures counted a second way: plain SQL over spans, live rows, findings and segments, sharing no code.

Slow and literal on purpose. `as_of` and `known_at` None mean no cut. Divisions are a list of primary keys or None.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import chain
from typing import Any

from django.db import connection

PAST = """
WITH seen AS NOT MATERIALIZED (
    SELECT * FROM issues_span sp
    WHERE (%(as_of)s::timestamptz IS NULL OR sp.occurred_at <= %(as_of)s)
      AND (%(known_at)s::timestamptz IS NULL OR sp.recorded_at <= %(known_at)s)
), standing AS (
    SELECT a.* FROM seen a
    WHERE NOT EXISTS (SELECT 1 FROM seen b WHERE b.responsibility_id = a.responsibility_id AND b.seq > a.seq)
), base AS (
    SELECT st.*, st.responsibility_id AS id_, re.division_id, iss.issued_on, iss.source, iss.severity,
           (st.closed_at AT TIME ZONE 'Asia/Shanghai')::date AS closed_day,
           EXISTS (
               SELECT 1 FROM seen p WHERE p.responsibility_id = st.responsibility_id
               AND p.state NOT IN ('closed', 'struck_off', 'void', 'withdrawn', 'reissued', 'merged')
               AND p.due_on < coalesce(
                   (SELECT (n.occurred_at AT TIME ZONE 'Asia/Shanghai')::date FROM seen n
                    WHERE n.responsibility_id = p.responsibility_id AND n.seq > p.seq ORDER BY n.seq LIMIT 1),
                   %(day)s)
           ) AS was_late
    FROM standing st JOIN issues_responsibility re ON re.id = st.responsibility_id
    JOIN issues_issue iss ON iss.id = re.issue_id
)
"""
# As of now the live rows themselves say how things stand; only lateness needs the history.
NOW = """
WITH base AS (
    SELECT re.*, re.id AS id_, iss.issued_on, iss.source, iss.severity,
           (re.closed_at AT TIME ZONE 'Asia/Shanghai')::date AS closed_day,
           EXISTS (
               SELECT 1 FROM issues_span p WHERE p.responsibility_id = re.id
               AND p.state NOT IN ('closed', 'struck_off', 'void', 'withdrawn', 'reissued', 'merged')
               AND p.due_on < coalesce(
                   (SELECT (n.occurred_at AT TIME ZONE 'Asia/Shanghai')::date FROM issues_span n
                    WHERE n.responsibility_id = p.responsibility_id AND n.seq > p.seq ORDER BY n.seq LIMIT 1),
                   %(day)s)
           ) AS was_late
    FROM issues_responsibility re JOIN issues_issue iss ON iss.id = re.issue_id
)
"""
SUMS = """
SELECT coalesce(sum(weight), 0) AS gross,
       coalesce(sum(weight) FILTER (WHERE return_count >= 1), 0) AS returned,
       coalesce(sum(weight) FILTER (WHERE ok), 0) AS issued,
       coalesce(sum(weight) FILTER (WHERE state IN ('closed', 'struck_off')), 0) AS closed,
       coalesce(sum(weight) FILTER (WHERE state = 'interim_closed'), 0) AS interim,
       coalesce(sum(weight) FILTER (WHERE ok AND state NOT IN ('closed', 'struck_off')), 0) AS open,
       coalesce(sum(weight) FILTER (WHERE ok AND state NOT IN ('closed', 'struck_off') AND due_on < %(day)s), 0) AS overdue,
       coalesce(sum(weight) FILTER (WHERE ok AND was_late), 0) AS ever,
       coalesce(sum(weight) FILTER (WHERE ok AND due_on <= %(day)s), 0) AS due,
       coalesce(sum(weight) FILTER (WHERE ok AND due_on <= %(day)s AND state IN ('closed', 'struck_off')
                                    AND closed_day <= due_on), 0) AS on_time,
       coalesce(sum(weight) FILTER (WHERE ok AND due_on <= %(day)s AND extension_count > 0), 0) AS extended,
       coalesce(sum(weight) FILTER (WHERE ok AND verification_count > 0), 0) AS verified,
       coalesce(sum(weight) FILTER (WHERE ok AND rejection_count > 0), 0) AS reworked,
       coalesce(sum(weight) FILTER (WHERE ok AND look_back_count > 0), 0) AS looked,
       coalesce(sum(weight) FILTER (WHERE ok AND relapse_count > 0), 0) AS relapsed
FROM (SELECT *, state NOT IN ('void', 'withdrawn', 'reissued', 'merged') AS ok FROM base) k WHERE {where}
"""
HANDLED = """
SELECT handling_days, weight FROM base
WHERE state IN ('closed', 'struck_off') AND handling_days IS NOT NULL AND weight > 0 AND {where}
"""
ROWS = "SELECT id_, weight FROM (SELECT *, state NOT IN ('void', 'withdrawn', 'reissued', 'merged') AS ok FROM base) k WHERE {where}"
FINDINGS = """
SELECT count(*) FROM findings_finding f JOIN regions_bureau b ON b.id = f.receiver_id
WHERE 'draft' <> coalesce((
    SELECT CASE e.kind WHEN 'submitted' THEN 'in' WHEN 'sent_back' THEN 'draft' ELSE 'in' END
    FROM timeline_event e WHERE e.subject_type = 'finding' AND e.subject_id = f.id::text
      AND e.kind NOT IN ('filed', 'corrected')
      AND (%(as_of)s::timestamptz IS NULL OR e.occurred_at <= %(as_of)s)
      AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s)
    ORDER BY e.seq DESC LIMIT 1), 'draft')
AND (%(since)s::date IS NULL OR (f.occurred_at AT TIME ZONE 'Asia/Shanghai')::date >= %(since)s)
AND (%(until)s::date IS NULL OR (f.occurred_at AT TIME ZONE 'Asia/Shanghai')::date <= %(until)s)
AND (%(source)s::text IS NULL OR f.source = %(source)s) AND (%(severity)s::text IS NULL OR f.severity = %(severity)s)
AND (%(divisions)s::bigint[] IS NULL OR coalesce(f.located_in_id, b.division_id) = ANY(%(divisions)s))
"""
WHERE = """
(%(since)s::date IS NULL OR issued_on >= %(since)s) AND (%(until)s::date IS NULL OR issued_on <= %(until)s)
AND (%(source)s::text IS NULL OR source = %(source)s) AND (%(severity)s::text IS NULL OR severity = %(severity)s)
AND (%(divisions)s::bigint[] IS NULL OR division_id = ANY(%(divisions)s))
"""


def figures(
    *,
    day: date,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
    since: date | None = None,
    until: date | None = None,
    divisions: list[int] | None = None,
    source: str | None = None,
    severity: str | None = None,
) -> dict[str, Decimal | None]:
    """Figure -> value. Patrols aside."""
    parameters: dict[str, Any] = dict(locals())
    base = PAST if as_of or known_at else NOW
    with connection.cursor() as cursor:
        cursor.execute(base + SUMS.format(where=WHERE), parameters)
        assert cursor.description
        s = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
        cursor.execute(base + HANDLED.format(where=WHERE), parameters)
        handled = cursor.fetchall()
        cursor.execute(FINDINGS, parameters)
        (findings,) = cursor.fetchone()
    return {
        "findings": Decimal(findings),
        "issued": s["issued"],
        "closed": s["closed"],
        "interim_closed": s["interim"],
        "open": s["open"],
        "overdue_now": s["overdue"],
        "ever_overdue": s["ever"],
        "closure_rate": over(s["closed"], s["issued"], 4),
        "closure_rate_public": over(s["closed"] + s["interim"], s["issued"], 4),
        "on_time_rate": over(s["on_time"], s["due"], 4),
        "return_rate": over(s["returned"], s["gross"], 4),
        "accuracy_rate": over(s["issued"], s["gross"], 4),
        "rework_rate": over(s["reworked"], s["verified"], 4),
        "extension_rate": over(s["extended"], s["due"], 4),
        "relapse_rate": over(s["relapsed"], s["looked"], 4),
        "mean_handling_days": over(
            sum((d * w for d, w in handled), Decimal(0)), sum((w for _, w in handled), Decimal(0)), 2
        ),
        "median_handling_days": middle(handled),
        "p90_handling_days": nine_tenths(handled),
    }


def over(top: Decimal, bottom: Decimal, places: int) -> Decimal | None:
    return (Decimal(top) / Decimal(bottom)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN) if bottom else None


def spread(handled: list[tuple[int, Decimal]]) -> list[int]:
    """Each row's days as often as it has ten-thousandths of weight, in order."""
    return list(chain.from_iterable([days] * int(weight * 10_000) for days, weight in sorted(handled)))


def middle(handled: list[tuple[int, Decimal]]) -> Decimal | None:
    days = spread(handled)
    if not days:
        return None
    half = Fraction(days[(len(days) - 1) // 2] + days[len(days) // 2], 2)
    return Decimal(half.numerator) / half.denominator


def nine_tenths(handled: list[tuple[int, Decimal]]) -> Decimal | None:
    days = spread(handled)
    return Decimal(days[-(-9 * len(days) // 10) - 1]) if days else None
