"""The formats of an exported list, each written row by row with as much memory for a hundred rows as for a million."""

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from enforcement.issues.sheets.kinds import Cell, Place, SheetColumn
from regions.cells import BYTE_ORDER_MARK, neutral

#: Day 0 of a spreadsheet's calendar, as Python counts days.
_EPOCH = date(1899, 12, 30).toordinal()
#: The longest text a spreadsheet's cell takes.
MAX_CELL = 32_767

Row = tuple[Sequence[Cell], Place]


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the rows: the title, and lines of label and value (filter, cut-off, asker)."""

    title: str
    lines: Sequence[tuple[str, str]]


Writer = Callable[[Path, Head, Sequence[SheetColumn], Iterable[Row]], None]


def xlsx(path: Path, head: Head, columns: Sequence[SheetColumn], rows: Iterable[Row]) -> None:
    """A workbook of one sheet; days are days, numbers numbers, and text is never a formula or a link."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "tmpdir": str(path.parent),
    }  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet(head.title[:31])
        bold = book.add_format({"bold": True, "font_size": 14})
        heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
        sheet.write_string(0, 0, head.title, bold)
        for number, (label, value) in enumerate(head.lines, start=1):
            sheet.write_string(number, 0, label)
            sheet.write_string(number, 1, value[:MAX_CELL])
        top = len(head.lines) + 1
        for place, column in enumerate(columns):
            sheet.write_string(top, place, str(column.label), heading)
        sheet.freeze_panes(top + 1, 2)
        sheet.repeat_rows(top)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        # Bound once: a hundred thousand rows call them two million times.
        text, figure = sheet.write_string, sheet.write_number
        for number, (cells, _place) in enumerate(rows, start=top + 1):
            for place, cell in enumerate(cells):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    text(number, place, cell[:MAX_CELL])
                elif isinstance(cell, date):
                    figure(number, place, cell.toordinal() - _EPOCH, day)
                elif isinstance(cell, bool):
                    text(number, place, _("是") if cell else "")
                else:
                    figure(number, place, cell)


def csv_file(path: Path, head: Head, columns: Sequence[SheetColumn], rows: Iterable[Row]) -> None:
    """UTF-8 with a byte order mark; the lines of the head stand above the heading as in the workbook."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BYTE_ORDER_MARK)
        writer = csv.writer(file)
        writer.writerow([neutral(head.title)])
        writer.writerows([neutral(label), neutral(value)] for label, value in head.lines)
        writer.writerow([neutral(str(column.label)) for column in columns])
        yes = _("是")
        writer.writerows([_plain(cell, yes) for cell in cells] for cells, _place in rows)


def _plain(cell: Cell, yes: str) -> Any:
    if isinstance(cell, str):
        return neutral(cell)
    if cell is None or cell is False:
        return ""
    if cell is True:
        return yes
    return cell.isoformat() if isinstance(cell, date) else cell


def geojson(path: Path, head: Head, columns: Sequence[SheetColumn], rows: Iterable[Row]) -> None:
    """A FeatureCollection (RFC 7946, WGS-84): a feature for each row; the head stands in members of its own."""
    keys = [column.key for column in columns]
    about = {
        "type": "FeatureCollection",
        "title": head.title,
        "about": [{"label": label, "value": value} for label, value in head.lines],
        "columns": {column.key: str(column.label) for column in columns},
    }
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(about, ensure_ascii=False)[:-1] + ', "features": [')
        for number, (cells, place) in enumerate(rows):
            feature = {
                "type": "Feature",
                "geometry": _geometry(place),
                "properties": dict(zip(keys, map(_json, cells), strict=True)),
            }
            file.write(("," if number else "") + "\n" + json.dumps(feature, ensure_ascii=False))
        file.write("\n]}\n")


def _geometry(place: Place) -> Any:
    if isinstance(place, tuple):
        return {"type": "Point", "coordinates": [round(place[0], 6), round(place[1], 6)]}
    return place


def _json(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


WRITERS: dict[str, Writer] = {"xlsx": xlsx, "csv": csv_file, "geojson": geojson}
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
}
