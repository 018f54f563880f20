"""Ledgers as offices keep them, made in a moment: workbooks with merged cells and title rows, text in any encoding."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl

from enforcement.issues.actions import importing
from enforcement.issues.models import LedgerImport, Stage
from regions.roles import Role
from tests.scenarios.cast import Cast

TITLES = (
    "编号", "问题", "问题描述", "问题来源", "县区", "企业名称", "责任单位", "交办时间", "签收时间", "原整改期限", "整改期限",
    "完成时间", "办理情况", "整改情况", "备注",
)  # fmt: skip


def line(number: str = "并-2021-001", **said: Any) -> dict[str, Any]:
    """One historical problem: closed in time unless told otherwise."""
    return {
        "编号": number, "问题": "涂装车间未密闭", "问题描述": "喷漆房门敞开，异味明显", "问题来源": "专项检查", "县区": "杏花岭区",
        "企业名称": "太原某涂装厂", "责任单位": "", "交办时间": "2021.7.5", "签收时间": "2021年7月6日", "原整改期限": "2021-07-26",
        "整改期限": "2021-07-26", "完成时间": "2021/7/20", "办理情况": "已完成", "整改情况": "已密闭", "备注": "",
        **said,
    }  # fmt: skip


def lines(*some: dict[str, Any], titles: Sequence[str] = TITLES) -> list[list[Any]]:
    return [[one.get(title) for title in titles] for one in some]


def book(rows: Sequence[Sequence[Any]], *, heading: Sequence[str] = TITLES, title: str = "", foot: str = "") -> bytes:
    """A workbook of one sheet 台账: a merged title row where asked for, the heading, the rows, a line under them."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "台账"
    if title:
        sheet.append([title])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(heading))
    sheet.append(list(heading))
    for row in rows:
        sheet.append(list(row))
    if foot:
        sheet.append([foot])
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def text(
    rows: Sequence[Sequence[Any]], *, heading: Sequence[str] = TITLES, encoding: str = "utf-8", sign: str = ","
) -> bytes:
    cells = [heading, *rows]
    words = "\r\n".join(sign.join("" if c is None else str(c) for c in row) for row in cells)
    return words.encode(encoding)


def kept(cast: Cast, data: bytes, *, name: str = "台账.xlsx", role: Role = Role.DISPATCHER) -> LedgerImport:
    """A ledger the province's dispatcher uploaded, waiting to be looked at."""
    officer = cast.officer(cast.province, role)
    return importing.keep(officer, cast.province, name, data, source="special_check")


def looked(cast: Cast, data: bytes, **how: Any) -> dict[str, Any]:
    """What a trial tells of a ledger; raises with its sentence where it can't be read."""
    return importing.told_of(importing.look(kept(cast, data, **how)))


def brought_in(cast: Cast, data: bytes, **how: Any) -> LedgerImport:
    ledger = kept(cast, data, **how)
    importing.DESK.work(str(ledger.pk))
    importing.ask(ledger, "import")
    importing.DESK.work(str(ledger.pk))
    ledger.refresh_from_db()
    assert ledger.stage == Stage.DONE, ledger.sentence
    return ledger


def serial(day: date) -> int:
    """A day as a spreadsheet counts it."""
    return (day - date(1899, 12, 30)).days
