"""Numbers are drawn inside the transaction that uses them: gap-free, and never for a draft."""

from django.conf import settings
from django.db import connection

from regions.models import Bureau

_DRAW = """
INSERT INTO issues_numberseries (name, last) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET last = issues_numberseries.last + excluded.last
RETURNING last
"""


def draw(series: str, count: int = 1) -> range:
    """The next `count` numbers of a series. Its row stays locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [series, count])
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)


def issue_numbers(year: int, count: int) -> list[str]:
    """`SX-2021-ZH-00557`: province, year of first issuing, ZH for 转办, serial of the year. No county in it."""
    prefix = f"{settings.ISSUE_NUMBER_PREFIX}-{year}-ZH"
    return [f"{prefix}-{serial:05d}" for serial in draw(f"issue/{prefix}", count)]


def document_number(bureau: Bureau, year: int) -> tuple[int, str]:
    """Serial and 文号 of the bureau's next handoff document of a year: 晋环转〔2021〕12号."""
    (serial,) = draw(f"handoff/{bureau.pk}/{year}")
    return serial, f"{bureau.document_prefix or bureau.short_name}〔{year}〕{serial}号"
