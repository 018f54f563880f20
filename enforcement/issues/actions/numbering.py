"""Numbers are drawn inside the transaction that uses them: gap-free, and never for a draft."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from enforcement.issues.models import Handoff
from enforcement.timeline import clock
from regions.models import Bureau, Officer

# The rows of the series stay locked until the transaction ends; they are locked in the order of their names, by everyone.
_ISSUE = """
WITH drawn AS (
    INSERT INTO issues_numberseries (name, last) SELECT * FROM unnest(%(names)s::text[], %(counts)s::int[])
    ON CONFLICT (name) DO UPDATE SET last = issues_numberseries.last + excluded.last
    RETURNING name, last
), document AS (
    INSERT INTO issues_handoff (number, bureau_id, year, serial, title, issued_at, issued_by_id, synthetic)
    SELECT %(prefix)s || '〔' || %(year)s || '〕' || last || '号', %(bureau)s, %(year)s, last, %(title)s, %(issued_at)s,
           %(by)s, %(synthetic)s
    FROM drawn WHERE name = %(series)s
    RETURNING id, number, serial
)
SELECT document.id, document.number, document.serial, drawn.last, clock_timestamp()
FROM document LEFT JOIN drawn ON drawn.name = %(issues)s
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document as written, the numbers of its new issues, and the database's clock."""

    handoff: Handoff
    issues: list[str]
    read_at: datetime


def issue_document(bureau: Bureau, *, by: Officer, at: datetime, title: str, synthetic: bool, issues: int = 0) -> Drawn:
    """Writes 晋环转〔2021〕12号, gap-free per bureau and year, and draws `SX-2021-ZH-00557` for each issue it opens.

    An issue's number is made of province, year of first issuing, ZH for 转办 and the serial of the year: no county.
    One statement.
    """
    year = clock.beijing_day(at).year
    prefix = f"{settings.ISSUE_NUMBER_PREFIX}-{year}-ZH"
    counts = {f"handoff/{bureau.pk}/{year}": 1} | ({f"issue/{prefix}": issues} if issues else {})
    names = sorted(counts)
    handoff = Handoff(bureau=bureau, year=year, title=title, issued_at=at, issued_by=by, synthetic=synthetic)
    with connection.cursor() as cursor:
        cursor.execute(
            _ISSUE,
            {
                "names": names, "counts": [counts[name] for name in names], "series": f"handoff/{bureau.pk}/{year}",
                "issues": f"issue/{prefix}", "prefix": bureau.document_prefix or bureau.short_name, "bureau": bureau.pk,
                "year": year, "title": title, "issued_at": at, "by": by.pk, "synthetic": synthetic,
            },
        )  # fmt: skip
        handoff.pk, handoff.number, handoff.serial, last, read_at = cursor.fetchone()
    handoff._state.adding, handoff._state.db = False, connection.alias
    numbers = [f"{prefix}-{n:05d}" for n in range(last - issues + 1, last + 1)] if issues else []
    return Drawn(handoff, numbers, read_at)
