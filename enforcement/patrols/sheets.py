"""Tables as CSV for spreadsheets: UTF-8 with a byte order mark, nothing taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from regions.cells import BYTE_ORDER_MARK, neutral


def csv_answer(name: str, headers: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download called `name`.csv. Numbers stay numbers, text is never a formula."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(headers)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    answer = HttpResponse(BYTE_ORDER_MARK + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _cell(value: object) -> object:
    if value is None:
        return ""
    return neutral(value) if isinstance(value, str) else value
