"""Numbers: an issue's are drawn without waiting for anyone, a document's without a gap and as late as can be.

An issue's number (SX-2021-ZH-00557) only has to be its own: it comes from a sequence of its year (`issues_draw`,
migration 0010), and an abandoned transaction leaves a gap. A document's (晋环转〔2021〕12号) leaves none: the row of its
bureau's series stays locked until the transaction ends, so it is drawn last, and bureaus don't wait for each other.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, DateTimeField, QuerySet
from django.db.models.expressions import RawSQL

from enforcement.issues.models import Handoff
from regions.statements import planned

_WRITE = """
WITH drawn AS (
    INSERT INTO issues_numberseries (name, last) VALUES (%(series)s, 1)
    ON CONFLICT (name) DO UPDATE SET last = issues_numberseries.last + 1
    RETURNING last
)
INSERT INTO issues_handoff (id, number, bureau_id, year, serial, title, issued_at, issued_by_id, synthetic)
SELECT coalesce(%(key)s::bigint, nextval(pg_get_serial_sequence('issues_handoff', 'id'))),
       %(prefix)s || '〔' || %(year)s::int || '〕' || last || '号', %(bureau)s, %(year)s::int, last, %(title)s,
       %(issued_at)s, %(by)s, %(synthetic)s
FROM drawn RETURNING id, number, serial
"""


def with_draw(rows: QuerySet[Any], year: int, count: int) -> QuerySet[Any]:
    """Rows that bring along `count` new serials of a year's issues, the key of a document to come and the database's
    clock. Drawn once, however many the rows are: nothing in it depends on them."""
    return rows.annotate(
        serials=RawSQL("(SELECT issues_draw(%s::int, %s::int))", [year, count], ArrayField(BigIntegerField())),
        document=RawSQL("(SELECT nextval(pg_get_serial_sequence('issues_handoff', 'id')))", [], BigIntegerField()),
        read_at=RawSQL("(SELECT clock_timestamp())", [], DateTimeField()),
    )


def issue_numbers(year: int, serials: Sequence[int]) -> list[str]:
    """Province, year of first issuing, ZH for 转办, serial of the year: no county."""
    return [f"{settings.ISSUE_NUMBER_PREFIX}-{year}-ZH-{serial:05d}" for serial in serials]


def write_document(handoff: Handoff) -> Handoff:
    """Draws the document's number, the next of its bureau and year, and writes it. From here to the end of the
    transaction the bureau's other documents wait. One statement."""
    bureau = handoff.bureau
    with planned() as cursor:
        cursor.execute(
            _WRITE,
            {
                "series": f"handoff/{bureau.pk}/{handoff.year}", "key": handoff.pk, "year": handoff.year,
                "prefix": bureau.document_prefix or bureau.short_name, "bureau": bureau.pk, "title": handoff.title,
                "issued_at": handoff.issued_at, "by": handoff.issued_by_id, "synthetic": handoff.synthetic,
            },
        )  # fmt: skip
        handoff.pk, handoff.number, handoff.serial = cursor.fetchone()
    handoff._state.adding, handoff._state.db = False, connection.alias
    return handoff


def write_ledger_document(handoff: Handoff) -> Handoff:
    """Writes a document made from an imported ledger, numbered in its bureau's series of ledgers (晋环转台账〔2021〕3号)."""
    bureau = handoff.bureau
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO issues_numberseries (name, last) VALUES (%s, 1) "
            "ON CONFLICT (name) DO UPDATE SET last = issues_numberseries.last + 1 RETURNING last",
            [f"ledger/{bureau.pk}/{handoff.year}"],
        )
        handoff.serial = cursor.fetchone()[0]
    prefix = bureau.document_prefix or bureau.short_name
    handoff.number = f"{prefix}台账〔{handoff.year}〕{handoff.serial}号"
    handoff.save(force_insert=True)
    return handoff
