"""From a file's bytes to grids of cells: workbooks by calamine, text in the encodings offices use.

A workbook is looked through before the reader opens it, because the reader lays every sheet out in full.
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum, WorksheetNotFound

from enforcement.issues.ledger.faults import LedgerRefused

MAX_SHEETS = 20
MAX_COLUMNS = 120
MAX_CELL = 5000
#: A workbook unpacked, and the cells of one sheet from A1 to its last one.
MAX_UNPACKED = 96 * 1024 * 1024
MAX_MEMBERS = 300
MAX_GRID = 3_000_000
#: Bytes all shared texts may come to when written out in their cells.
MAX_TEXT = 128 * 1024 * 1024
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,7})(\d{1,9})""")
_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_WORKBOOK = b"PK\x03\x04"
#: How each line of a workbook's directory begins.
_MEMBER = b"PK\x01\x02"
_PIECE = 1 << 20
_OVERLAP = 64

Cell = str | float | bool | date | None


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its name ("" for a text file) and its rows from the first line on; merged cells are filled in."""

    name: str
    rows: list[list[Cell]]


def glance(data: bytes) -> None:
    """Refuses what is seen at a glance to be no ledger, while whoever sent it waits: empty, another kind of file, locked,

    by its own directory too large. Nothing is unpacked. Raises LedgerRefused.
    """
    if not data.strip(b"\x00 \r\n\t"):
        raise LedgerRefused(_("文件是空的，请重新导出后上传。"))
    if data.startswith(_WORKBOOK):
        _listed(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise LedgerRefused(_("这是旧版 Excel（XLS）或有密码的文件，请在表格软件中另存为无密码的 XLSX 或 CSV 后上传。"))
    elif data.startswith(_KNOWN):
        raise LedgerRefused(_("这不是台账文件。请上传 XLSX 或 CSV。"))


def grids(data: bytes, most_rows: int) -> list[Grid]:
    """Every visible sheet that holds anything. Raises LedgerRefused: not a ledger's kind of file, broken, too large."""
    glance(data)
    opened = _workbook(data, most_rows) if data.startswith(_WORKBOOK) else [Grid("", _text_rows(data, most_rows))]
    found = list(opened)
    if not any(grid.rows for grid in found):
        raise LedgerRefused(_("文件中没有内容，请核对后上传。"))
    return found


# --- workbooks --------------------------------------------------------------------------------------------------


def _workbook(data: bytes, most_rows: int) -> Iterator[Grid]:
    _look_through(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        about = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
        shown = [m for m in about if m.visible == SheetVisibleEnum.Visible]
        if len(shown) > MAX_SHEETS:
            raise LedgerRefused(_("工作表超过%(n)d个，请拆分后上传。") % {"n": MAX_SHEETS})
        for one in shown:
            yield _grid(one.name, book.get_sheet_by_name(one.name), most_rows)
    except (CalamineError, WorksheetNotFound, OSError, ValueError, KeyError):
        raise _broken() from None
    except BaseException as error:
        # The reader's own way to give up on a file is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _broken() from None


def _grid(name: str, sheet: Any, most_rows: int) -> Grid:
    rows = [[_cell(cell) for cell in row] for row in sheet.iter_rows()]
    if len(rows) > most_rows + 50:
        raise _too_long(most_rows)
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top < len(rows) and left < len(rows[top]):
            _fill(rows, top, left, bottom, right)
    while rows and not any(cell not in (None, "") for cell in rows[-1]):
        rows.pop()
    return Grid(name, rows)


def _fill(rows: list[list[Cell]], top: int, left: int, bottom: int, right: int) -> None:
    """A merged cell's value stands in every cell it covers."""
    value = rows[top][left]
    if value in (None, ""):
        return
    for row in rows[top : bottom + 1]:
        for column in range(left, min(right + 1, len(row))):
            row[column] = value


def _cell(cell: Any) -> Cell:
    if isinstance(cell, str):
        return cell[: MAX_CELL + 1]
    if isinstance(cell, datetime):
        # A day is stored as a fraction: the second is a microsecond or so off.
        return cell + timedelta(microseconds=500)
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell if isinstance(cell, bool | float | int | date) else str(cell)


def _broken() -> LedgerRefused:
    return LedgerRefused(_("表格文件已损坏或没有可读的工作表。请在表格软件中另存为 XLSX 或 CSV 后上传。"))


def _too_long(most: int) -> LedgerRefused:
    return LedgerRefused(_("台账超过%(n)d行，请按年度或县区拆分后上传。") % {"n": most})


def _listed(data: bytes) -> list[zipfile.ZipInfo]:
    """What a workbook says it holds. Refuses what is no workbook, is locked, or says it wouldn't fit in memory."""
    # Counted before it is read: a file that is all directory takes ten times its size laid out.
    if data.count(_MEMBER) > MAX_MEMBERS:
        raise _bomb()
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        listed = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise _broken() from None
    if sum(one.file_size for one in listed) > MAX_UNPACKED:
        raise _bomb()
    if any(one.flag_bits & 1 for one in listed):
        raise LedgerRefused(_("文件有密码保护，无法读取。请去掉密码后上传。"))
    if not any(one.filename.lower() == "xl/workbook.xml" for one in listed):
        raise LedgerRefused(_("这不是 XLSX 表格。请在表格软件中另存为 XLSX 或 CSV 后上传。"))
    return listed


def _look_through(data: bytes) -> None:
    """Refuses a workbook that would not fit in memory once opened, whatever its directory says."""
    longest = shared = 0
    for one in _listed(data):
        name = one.filename.lower()
        if not name.endswith((".xml", ".rels")):
            continue
        content = _unpacked(data, one)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise LedgerRefused(_("表格文件中含有不允许的内容，请另存为 CSV 后上传。"))
        if "sharedstrings" in name:
            longest = max(map(len, content.split(b"<si")))
        elif "worksheets/" in name:
            _check_extent(content)
            shared += len(_SHARED.findall(content))
    if longest * shared > MAX_TEXT:
        raise _bomb()


def _unpacked(data: bytes, one: zipfile.ZipInfo) -> bytes:
    """One member to the end of its stream: a directory that promises less than there is, is a lie."""
    start = one.header_offset + 30
    head = data[one.header_offset : start]
    start += int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
    packed = data[start : start + one.compress_size]
    if one.compress_type == zipfile.ZIP_STORED:
        return packed
    if one.compress_type != zipfile.ZIP_DEFLATED:
        raise _broken()
    try:
        unpacker = zlib.decompressobj(-15)
        content = unpacker.decompress(packed, one.file_size + 1)
    except zlib.error:
        raise _broken() from None
    if len(content) > one.file_size:
        raise _bomb()
    if zlib.crc32(content) != one.CRC:
        raise _broken()
    return content


def _check_extent(xml: bytes) -> None:
    """The lowest and rightmost cell a sheet names: the reader lays out everything up to them."""
    row = column = 0
    for letters, digits in _CELL.findall(xml):
        row = max(row, int(digits))
        number = 0
        for letter in letters:
            number = number * 26 + letter - 64
        column = max(column, number)
    if row * column > MAX_GRID:
        raise LedgerRefused(
            _("表格用到第%(row)d行、第%(column)d列，读取会占满内存。请删去远处的单元格，或另存为 CSV 后上传。")
            % {"row": row, "column": column}
        )


def _bomb() -> LedgerRefused:
    return LedgerRefused(
        _("解压后超过%(limit)d MB，已停止读取。请拆分或另存为 CSV 后上传。") % {"limit": MAX_UNPACKED >> 20}
    )


# --- text -------------------------------------------------------------------------------------------------------

_KNOWN = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"{\\rtf",
    b"\x7fELF",
    b"MZ",
)


def _text_rows(data: bytes, most_rows: int) -> list[list[Cell]]:
    text = _decoded(data)
    first = next((line for line in text.splitlines() if line.count(",") + line.count("\t") + line.count(";") > 1), "")
    delimiter = max(",\t;", key=first.count)
    rows: list[list[Cell]] = []
    csv.field_size_limit(MAX_CELL * 20)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(list(row[: MAX_COLUMNS + 1]))
            if len(rows) > most_rows + 50:
                raise _too_long(most_rows)
    except csv.Error:
        raise LedgerRefused(
            _("第%(row)d行附近的引号或单元格不完整，无法分列。请重新导出 CSV，或另存为 XLSX 后上传。")
            % {"row": len(rows) + 1}
        ) from None
    return rows


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif data.startswith(b"\xef\xbb\xbf"):
        encodings = ("utf-8-sig",)
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.count("\x00") > len(text) // 100:
            raise LedgerRefused(_("这不是文本文件。请上传 XLSX 或 CSV。"))
        return text
    raise LedgerRefused(_("无法识别文件编码。请另存为 UTF-8 或 GB18030 编码的 CSV，或 XLSX 后上传。"))
