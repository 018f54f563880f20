"""Closure statistics as files: CSV for programs, XLSX for the office. Both carry filter and cut-off."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from enforcement.statistics import wording
from enforcement.statistics.reports import Line, Report
from enforcement.statistics.rules import FIGURES, Figure, Kind
from enforcement.statistics.scopes import Scope
from enforcement.timeline.clock import BEIJING
from regions.cells import BYTE_ORDER_MARK, neutral


def csv_of(report: Report) -> bytes:
    """One row per division and figure, each with the filter and the cut-off; UTF-8 with a byte order mark."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    filters = _filters(report.scope)
    writer.writerow(
        [
            _("区划代码"),
            _("区划"),
            _("指标代码"),
            _("指标"),
            _("数值"),
            _("单位"),
            _("分子"),
            _("分母"),
            *(n for n, _v in filters),
        ]
    )
    for code, name, figure in _every(report):
        formula = figure.formula
        numbers = [_plain(figure.value), neutral(_unit(figure)), _plain(figure.numerator), _plain(figure.denominator)]
        words = [neutral(text) for text in (code, name, figure.name, str(formula.label))]
        writer.writerow([*words, *numbers, *(neutral(value) for _n, value in filters)])
    return (BYTE_ORDER_MARK + buffer.getvalue()).encode()


def _every(report: Report) -> Iterator[tuple[str, str, Figure]]:
    for figure in report.figures.values():
        yield "", _("合计"), figure
    for line in report.lines:
        for figure in line.figures.values():
            yield line.code, line.name, figure


def _unit(figure: Figure) -> str:
    """A rate stays a ratio in a file for programs."""
    return "" if figure.formula.kind in (Kind.RATE, Kind.TRACING) else str(figure.formula.unit)


def _plain(value: Any) -> str:
    return "" if value is None else f"{value:f}"


def _filters(scope: Scope) -> list[tuple[str, str]]:
    return [
        (_("转办日期起"), scope.since.isoformat() if scope.since else ""),
        (_("转办日期止"), scope.until.isoformat() if scope.until else ""),
        (_("统计截止"), _moment(scope.cut_off)),
        (_("登记截止"), _moment(scope.known_at)),
        (_("责任区划"), scope.asked.get("division", "")),
        (_("联防联控区域"), scope.asked.get("area", "")),
        (_("来源"), scope.source or ""),
        (_("严重程度"), scope.severity or ""),
    ]


def _moment(moment: datetime | None) -> str:
    return moment.astimezone(BEIJING).isoformat(timespec="seconds") if moment else ""


# --- XLSX -------------------------------------------------------------------------------------------------------


def xlsx_of(report: Report) -> bytes:
    """Three sheets: the figures with numerator and denominator, the divisions, the formulas in words."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        looks = _looks(book)
        _figures_sheet(book.add_worksheet(_("办结统计")), report, looks)
        _divisions_sheet(book.add_worksheet(_("各区划")), report, looks)
        _formulas_sheet(book.add_worksheet(_("指标口径")), looks)
    return buffer.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "vcenter"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "rate": book.add_format({"num_format": "0.00%"}),
        "days": book.add_format({"num_format": "0.00"}),
        "number": book.add_format({"num_format": "#,##0.####"}),
        "whole": book.add_format({"num_format": "#,##0"}),
    }


def _head(sheet: Any, scope: Scope, looks: dict[str, Any]) -> int:
    """Title, filter and cut-off; gives the next free row."""
    sheet.write_string(0, 0, _("办结统计"), looks["title"])
    row = 1
    for label, value in wording.basis(scope):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, value)
        row += 1
    return row + 1


def _figures_sheet(sheet: Any, report: Report, looks: dict[str, Any]) -> None:
    row = _head(sheet, report.scope, looks)
    for column, name in enumerate((_("指标"), _("数值"), _("单位"), _("分子"), _("分母"))):
        sheet.write_string(row, column, name, looks["head"])
    for figure in report.figures.values():
        row += 1
        sheet.write_string(row, 0, str(figure.formula.label))
        _number(sheet, row, 1, figure, looks)
        sheet.write_string(row, 2, _unit(figure))
        for column, value in ((3, figure.numerator), (4, figure.denominator)):
            if value is not None:
                sheet.write_number(row, column, float(value), _count(value, looks))
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 4, 16)
    _print(sheet)


def _divisions_sheet(sheet: Any, report: Report, looks: dict[str, Any]) -> None:
    row = _head(sheet, report.scope, looks)
    for column, name in enumerate((_("区划代码"), _("区划"), *(wording.heading(name) for name in FIGURES))):
        sheet.write_string(row, column, name, looks["head"])
    sheet.freeze_panes(row + 1, 2)
    total = Line(None, _("合计"), report.figures)
    for line in (*report.lines, total):
        row += 1
        sheet.write_string(row, 0, line.code)
        sheet.write_string(row, 1, line.name)
        for column, figure in enumerate(line.figures.values(), start=2):
            _number(sheet, row, column, figure, looks)
    sheet.set_column(0, 0, 10)
    sheet.set_column(1, 1, 20)
    sheet.set_column(2, 1 + len(FIGURES), 13)
    _print(sheet)


def _formulas_sheet(sheet: Any, looks: dict[str, Any]) -> None:
    for column, name in enumerate((_("指标"), _("分子"), _("分母"))):
        sheet.write_string(0, column, name, looks["head"])
    for row, formula in enumerate(FIGURES.values(), start=1):
        for column, words in enumerate((formula.label, formula.above, formula.below)):
            sheet.write_string(row, column, str(words), looks["text"])
    sheet.set_column(0, 2, 26)


def _number(sheet: Any, row: int, column: int, figure: Figure, looks: dict[str, Any]) -> None:
    if figure.value is None:
        return
    look = {Kind.RATE: looks["rate"], Kind.TRACING: looks["rate"], Kind.DAYS: looks["days"]}.get(
        figure.formula.kind
    ) or _count(figure.value, looks)
    sheet.write_number(row, column, float(figure.value), look)


def _count(value: Any, looks: dict[str, Any]) -> Any:
    return looks["whole"] if value == value.to_integral_value() else looks["number"]


def _print(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
