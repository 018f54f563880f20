"""Numbers are drawn inside the transaction that uses them: gap-free, and never for a draft."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from regions.models import Bureau

_DRAW = """
INSERT INTO issues_numberseries (name, last) SELECT * FROM unnest(%s::text[], %s::int[])
ON CONFLICT (name) DO UPDATE SET last = issues_numberseries.last + excluded.last
RETURNING name, last, clock_timestamp()
"""


def draw(counts: Mapping[str, int]) -> tuple[dict[str, range], datetime]:
    """The next numbers of some series, and the database's clock. One statement.

    The rows stay locked until the transaction ends; they are locked in the order of their names, by everyone.
    """
    names = sorted(counts)
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [names, [counts[name] for name in names]])
        rows = cursor.fetchall()
    drawn = {name: range(last - counts[name] + 1, last + 1) for name, last, _read_at in rows}
    return drawn, rows[0][2]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The numbers of one document: its serial and 文号, those of its new issues, and the database's clock."""

    serial: int
    number: str
    issues: list[str]
    read_at: datetime


def document_numbers(bureau: Bureau, year: int, issues: int = 0) -> Drawn:
    """晋环转〔2021〕12号, gap-free per bureau and year; and `SX-2021-ZH-00557` for each issue it opens.

    An issue's number is made of province, year of first issuing, ZH for 转办 and the serial of the year: no county.
    """
    document, prefix = f"handoff/{bureau.pk}/{year}", f"{settings.ISSUE_NUMBER_PREFIX}-{year}-ZH"
    series = f"issue/{prefix}"
    drawn, read_at = draw({document: 1, **({series: issues} if issues else {})})
    (serial,) = drawn[document]
    number = f"{bureau.document_prefix or bureau.short_name}〔{year}〕{serial}号"
    return Drawn(serial, number, [f"{prefix}-{n:05d}" for n in drawn.get(series, ())], read_at)
