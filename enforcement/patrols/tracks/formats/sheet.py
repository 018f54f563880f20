"""XLSX: the first sheet that has a header. Looked through before the reader opens it, which keeps cells in a full grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, WorksheetNotFound

from ..layout import HEADER_WITHIN_LINES, Layout, from_cells
from ..limits import ImportLimits
from ..problems import TrackRefused
from .table import OpenTable
from .unpacking import members, pieces

#: Cells of the grid from A1 to the last one used, filled or not.
MAX_GRID = 4_000_000
#: Bytes all shared texts may come to when written out in their cells.
MAX_TEXT = 128 * 1024 * 1024
_CELL = re.compile(rb"""\sr\s*=\s*["']\s*\$?([A-Za-z]{1,7})\$?(\d{1,9})""")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_OVERLAP = 64


class Spreadsheet:
    """The reader of XLSX."""

    key = "xlsx"

    def recognises(self, data: bytes, filename: str) -> bool:
        """A ZIP that holds a workbook."""
        return data.startswith(b"PK\x03\x04") and b"xl/workbook.xml" in data

    def open(self, data: bytes, limits: ImportLimits) -> OpenTable:
        """Find the sheet and its header. Raises TrackRefused: broken, locked, too large unpacked, no header."""
        limits.check_size(len(data))
        _look_through(data, limits)
        refusal: TrackRefused | None = None
        for sheet in _sheets(data):
            rows = _Rows(sheet)
            try:
                layout = from_cells(rows.head(), limits)
            except TrackRefused as error:
                refusal = refusal or error
                continue
            return OpenTable(layout, "XLSX", lambda rows=rows, layout=layout: rows.after(layout), limits)  # type: ignore[misc]
        raise refusal or _broken()


class _Rows:
    """A sheet's rows as text, numbered as the sheet numbers them."""

    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet

    def head(self) -> list[list[str]]:
        return [row for _number, row in zip(range(HEADER_WITHIN_LINES), self._texts(), strict=False)]

    def after(self, layout: Layout) -> Iterable[tuple[int, list[str]]]:
        for number, row in enumerate(self._texts(), 1):
            if number > layout.header_line:
                yield number, row

    def _texts(self) -> Iterator[list[str]]:
        for row in self._sheet.iter_rows():
            yield [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    """A cell as an instrument's text file would write it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        # A day is stored as a fraction: the second is a microsecond or so off.
        whole = cell + timedelta(microseconds=500)
        return whole.strftime("%Y-%m-%d %H:%M:%S") + (f".{whole.microsecond // 1000:03d}"[:4]).replace(".000", "")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)


def _sheets(data: bytes) -> Iterator[Any]:
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        for about in book.sheets_metadata:
            if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
                yield book.get_sheet_by_name(about.name)
    except (CalamineError, WorksheetNotFound, OSError, ValueError, KeyError):
        raise _broken() from None
    except BaseException as error:
        # The reader's own way to give up on a file is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken() from None


def _look_through(data: bytes, limits: ImportLimits) -> None:
    """Refuse what would not fit in memory once opened: the reader lays a sheet out in full and copies shared texts."""
    archive = members(data, "xlsx", limits)
    longest_text = shared = 0
    for one in archive.infolist():
        cells = _Cells()
        name = one.filename.lower()
        if name.endswith("vbaproject.bin") or not name.endswith((".xml", ".rels")):
            continue
        text_run, tail = 0, b""
        for piece in pieces(data, archive, one.filename, "xlsx", limits):
            looked = tail + piece
            if b"<!DOCTYPE" in looked or b"<!ENTITY" in looked:
                raise TrackRefused("xlsx", _("表格文件中含有不允许的内容，请另存为 CSV 后上传。"))
            if "sharedstrings" in name:
                parts = looked.split(b"<si")
                text_run = max(text_run, *map(len, parts)) if len(parts) > 1 else text_run + len(piece)
            elif "worksheets/" in name:
                cells.look(looked)
                shared += len(_SHARED.findall(piece))
            tail = looked[-_OVERLAP:]
        longest_text = max(longest_text, text_run)
        cells.check()
    if longest_text * shared > MAX_TEXT:
        raise TrackRefused("bomb", _("表格中重复的文字过长，读取会占满内存。请另存为 CSV 后上传。"))


class _Cells:
    """The lowest and rightmost cell a sheet names."""

    def __init__(self) -> None:
        self.row = self.column = 0

    def look(self, xml: bytes) -> None:
        found = _CELL.findall(xml)
        if found:
            self.row = max(self.row, *(int(row) for _column, row in found))
            self.column = max(self.column, *(_column_number(letters) for letters in {one for one, _row in found}))

    def check(self) -> None:
        if self.row * self.column > MAX_GRID:
            raise TrackRefused(
                "too_wide",
                _("表格用到第 %(row)d 行、第 %(column)d 列，读取会占满内存。请删去远处的单元格，或另存为 CSV 后上传。")
                % {"row": self.row, "column": self.column},
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _broken() -> TrackRefused:
    return TrackRefused("xlsx", _("表格文件已损坏或没有可读的工作表。请在表格软件中另存为 XLSX 或 CSV 后上传。"))
