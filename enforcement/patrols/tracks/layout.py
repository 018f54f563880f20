"""How the text of a file is laid out: separator, header line, column names."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .limits import ImportLimits
from .problems import TrackRefused, quoted

DELIMITERS = (",", "\t", ";", "|")
#: The header is looked for in the first lines only.
HEADER_WITHIN_LINES = 60
#: A header names at least time, latitude and longitude; an instrument's whose places stand elsewhere, time and a value.
MIN_COLUMNS = 3
MIN_WITH_TIME = 2
_TIME_WORDS = ("时间", "时刻", "日期", "time", "date", "utc")
_NUMBERISH = re.compile(r"^[\s+\-\d.,:/eETZ年月日时分秒]*$")
_UNIT = re.compile(r"^(?P<name>.*?)\s*[/_]?\s*[(（\[【](?P<unit>[^()（）\[\]【】]{1,30})[)）\]】]\s*$")
_UNIT_TAIL = re.compile(
    r"^(?P<name>.+?)[_/](?P<unit>ppb|ppm|ppt|ppbv|ppmv|ug/m3|mg/m3|km/h|m/s|kPa|hPa)$", re.IGNORECASE
)
_UNIT_SPELLINGS = {
    "ug/m3": "µg/m³",
    "ug/m^3": "µg/m³",
    "ug/m³": "µg/m³",
    "μg/m3": "µg/m³",
    "μg/m³": "µg/m³",
    "µg/m3": "µg/m³",
    "mg/m3": "mg/m³",
    "mg/m^3": "mg/m³",
    "ng/m3": "ng/m³",
    "微克/立方米": "µg/m³",
    "毫克/立方米": "mg/m³",
    "#/cm3": "#/cm³",
    "kmh": "km/h",
    "kph": "km/h",
    "公里/小时": "km/h",
    "米/秒": "m/s",
    "节": "knot",
    "kn": "knot",
    "kt": "knot",
    "knots": "knot",
    "度": "°",
    "deg": "°",
    "℃": "°C",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column as the header gives it; ``index`` counts from 0, ``name`` has the unit taken out."""

    index: int
    header: str
    name: str
    unit: str

    @property
    def label(self) -> str:
        """What to call the column in a sentence or a choice."""
        return self.header or _("第 %(number)d 列") % {"number": self.index + 1}


@dataclass(frozen=True, slots=True)
class Layout:
    """Separator and header of a file; ``header_line`` counts from 1. In a ``sparse`` one a blank cell says that the row
    isn't about that column, not that its value is missing."""

    delimiter: str
    header_line: int
    columns: tuple[Column, ...]
    sparse: bool = False

    def fingerprint(self, format_key: str) -> str:
        """SHA-256 of format and header: two files with the same one can share a mapping."""
        return hashlib.sha256("\x1f".join([format_key, *(one.header for one in self.columns)]).encode()).hexdigest()


def name_and_unit(header: str) -> tuple[str, str]:
    """``"AE51_BC (ug/m3)"`` -> ``("AE51_BC", "µg/m³")``; no unit gives ``""``."""
    header = header.strip()
    found = _UNIT.match(header) or _UNIT_TAIL.match(header)
    if not found or not found["name"].strip():
        return header, ""
    unit = found["unit"].strip()
    return found["name"].strip(), _UNIT_SPELLINGS.get(unit.lower().replace(" ", ""), unit)


def detect(body: str, limits: ImportLimits) -> Layout:
    """Find separator and header line. Raises TrackRefused when there is no header to be seen."""
    head = _first_lines(body, limits)
    best: tuple[int, str, int, list[str]] | None = None
    for delimiter in DELIMITERS:
        found = _header_with(head, delimiter)
        if found is None:
            continue
        line, cells = found
        named = sum(1 for cell in cells if cell)
        if best is None or named > best[0]:
            best = (named, delimiter, line, cells)
    if best is None:
        raise TrackRefused(
            "no_header",
            _("前 %(lines)d 行内找不到表头。表头须写明时间、纬度、经度三列。") % {"lines": HEADER_WITHIN_LINES},
        )
    _named, delimiter, line, cells = best
    return _layout(delimiter, line, cells, limits)


def from_cells(rows: Iterable[Sequence[str]], limits: ImportLimits) -> Layout:
    """The layout of rows that are cells already. Raises TrackRefused when there is no header to be seen."""
    for number, row in enumerate(rows, 1):
        cells = [_clean(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if is_header(cells):
            return _layout("\t", number, cells, limits)
    raise TrackRefused(
        "no_header", _("前 %(lines)d 行内找不到表头。表头须写明时间、纬度、经度三列。") % {"lines": HEADER_WITHIN_LINES}
    )


def _layout(delimiter: str, line: int, cells: list[str], limits: ImportLimits) -> Layout:
    if len(cells) > limits.max_columns:
        raise TrackRefused(
            "too_many_columns",
            _("表头有 %(count)d 列，超过上限 %(limit)d 列。") % {"count": len(cells), "limit": limits.max_columns},
        )
    return Layout(delimiter, line, tuple(_column(index, cell) for index, cell in enumerate(cells)))


def is_header(cells: Sequence[str]) -> bool:
    """True for a row that is mostly names."""
    filled = [cell for cell in cells if cell]
    names = [cell for cell in filled if not _NUMBERISH.match(cell)]
    enough = MIN_COLUMNS
    if any(word in name.lower() for name in names for word in _TIME_WORDS):
        enough = MIN_WITH_TIME
    return len(names) >= enough and len(names) * 2 >= len(filled)


def _first_lines(body: str, limits: ImportLimits) -> list[str]:
    lines: list[str] = []
    stream = io.StringIO(body[: HEADER_WITHIN_LINES * (limits.max_line_chars + 1)], newline=None)
    for number, line in enumerate(stream, 1):
        if len(line) > limits.max_line_chars:
            raise long_line(number, limits)
        lines.append(line.rstrip("\n"))
        if number == HEADER_WITHIN_LINES:
            break
    return lines


def long_line(number: int, limits: ImportLimits) -> TrackRefused:
    """The refusal for a line beyond the limit."""
    return TrackRefused(
        "long_line",
        _("第 %(row)d 行超过 %(limit)d 个字符，可能缺少换行或引号不配对。请检查后重新导出。")
        % {"row": number, "limit": limits.max_line_chars},
    )


def _header_with(lines: list[str], delimiter: str) -> tuple[int, list[str]] | None:
    """The first line that, cut at ``delimiter``, looks like a row of names."""
    for number, line in enumerate(lines, 1):
        if line.count(delimiter) < MIN_WITH_TIME - 1:
            continue
        try:
            cells = [_clean(cell) for cell in next(csv.reader([line], delimiter=delimiter))]
        except csv.Error:
            continue
        if is_header(cells):
            return number, cells
    return None


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell.replace("\0", "")).strip().strip("\ufeff")


def _column(index: int, header: str) -> Column:
    name, unit = name_and_unit(header)
    return Column(index, quoted(header), quoted(name), unit)
