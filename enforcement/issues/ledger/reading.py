"""A ledger's rows as named fields, each in its canonical text, with every fault named by sheet, row and column.

Nothing is looked up here: counties, bureaus and sites stay words until `actions.importing` finds them.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from enforcement.issues.ledger import values
from enforcement.issues.ledger.faults import Fault, LedgerRefused, MappingNeeded
from enforcement.issues.ledger.headings import BY_KEY, FIELDS, NEEDED, Layout, layout_of, suggested
from enforcement.issues.ledger.opening import MAX_COLUMNS, Cell, Grid
from enforcement.issues.models import Severity, Source

#: Lines under the rows that are no problem: sums, who filled it in.
_FOOT = re.compile(r"^(合计|总计|小计|共计|填表人|填报人|制表人|审核人|联系人|填表说明|备注|注[:：])")
_SOURCES = {"专项督查": "special_inspection", "督察": "special_inspection", "督查": "special_inspection",
            "检查": "special_check", "日常检查": "special_check", "异地执法": "cross_enforcement",
            "走航监测": "patrol", "在线": "online_monitoring", "自动监控": "online_monitoring"}  # fmt: skip
_SEVERITIES = {"轻微": "general", "一般问题": "general", "较大": "serious", "重大": "major", "严重问题": "major"}
_LENGTHS = {"number": 40, "title": 120, "description": 4000, "pollution_type": 30, "site": 120, "uscc": 18,
            "address": 200, "division": 60, "bureaus": 400, "verifier": 80, "measures": 4000, "note": 2000}  # fmt: skip

Mapping_ = Mapping[str, int]


@dataclass(slots=True)
class Row:
    """One row: canonical texts by field ("" where its cell is empty), the cells as they stood, and its faults."""

    sheet: str
    number: int
    stated: dict[str, str]
    cells: list[str]
    faults: list[Fault] = field(default_factory=list)

    def blame(self, key: str, words: str) -> None:
        self.faults.append(Fault(self.sheet, self.number, str(BY_KEY[key].label) if key else "", words))

    @property
    def key(self) -> str:
        """What the row is known by again: its number, or its day, place and title where the ledger gives none."""
        number = re.sub(r"\s+", "", unicodedata.normalize("NFKC", self.stated.get("number", "")))
        if number:
            return number.upper()
        parts = [self.stated.get(name, "") for name in ("issued_on", "division", "bureaus", "site", "title")]
        return "~" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:30]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet that has a heading, with what each column was taken for."""

    name: str
    layout: Layout
    mapping: Mapping_
    rows: list[Row]


def digest_of(content: Mapping[str, str]) -> str:
    """The fingerprint of what a row states."""
    return hashlib.sha256(json.dumps(dict(content), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def sheets(
    found: Sequence[Grid], mappings: Mapping[str, Mapping_], today: date, most_rows: int
) -> tuple[list[Sheet], list[str]]:
    """The sheets with a heading, and the names of those without. `mappings` are remembered ones by fingerprint.

    Raises LedgerRefused when no sheet has a heading, or its columns don't say what is needed.
    """
    taken: list[Sheet] = []
    passed: list[str] = []
    for grid in found:
        layout = layout_of(grid)
        if layout is None:
            passed.append(grid.name)
            continue
        if len(layout.titles) > MAX_COLUMNS:
            raise LedgerRefused(_("表头超过%(n)d列，请删去多余的列后上传。") % {"n": MAX_COLUMNS})
        mapping = mappings.get(layout.fingerprint) or suggested(layout.titles)
        taken.append(Sheet(grid.name, layout, mapping, list(_rows(grid, layout, mapping, today))))
    if not taken:
        words = _("、").join(str(BY_KEY[key].label) for key in (*NEEDED, "division"))
        raise LedgerRefused(_("没有找到表头。前15行中应有一行写明各列名称，至少有%(names)s。") % {"names": words})
    if sum(len(sheet.rows) for sheet in taken) > most_rows:
        raise LedgerRefused(_("台账超过%(n)d行，请按年度或县区拆分后上传。") % {"n": most_rows})
    if not any(sheet.rows for sheet in taken):
        raise LedgerRefused(_("表头之下没有数据行，请核对后上传。"))
    _refuse_twins(taken)
    return taken, passed


def missing(mapping: Mapping_) -> list[str]:
    """Fields a mapping must name and doesn't."""
    lacking = [key for key in NEEDED if key not in mapping]
    if "division" not in mapping and "bureaus" not in mapping:
        lacking.append("division")
    return lacking


def _rows(grid: Grid, layout: Layout, mapping: Mapping_, today: date) -> Iterable[Row]:
    if missing(mapping):
        words = _("、").join(str(BY_KEY[key].label) for key in missing(mapping))
        sheet = _("工作表“%(sheet)s”") % {"sheet": grid.name} if grid.name else _("台账")
        sentence = _("%(sheet)s没有指明哪一列是%(names)s，请补上列对应关系。") % {"sheet": sheet, "names": words}
        raise MappingNeeded(sentence, layout.fingerprint, layout.titles, dict(mapping))
    readers = _readers(today)
    width = len(layout.titles)
    for number, cells in enumerate(grid.rows[layout.line :], start=layout.line + 1):
        if not any(_filled(cell) for cell in cells) or _is_foot(cells, mapping):
            continue
        if _repeats_heading(cells, layout):
            continue
        row = Row(grid.name, number, {}, [])
        if any(_filled(cell) for cell in cells[width:]):
            row.blame("", _("这一行比表头多出内容，可能错列，请核对。"))
        for key, column in mapping.items():
            cell = cells[column] if column < len(cells) else None
            row.stated[key] = _read(row, key, cell, readers)
        row.cells = [_as_text(cell) for cell in cells[:width]]
        _check(row)
        yield row


def _filled(cell: Cell) -> bool:
    return cell is not None and str(cell).strip() != ""


def _is_foot(cells: Sequence[Cell], mapping: Mapping_) -> bool:
    first = next((str(cell).strip() for cell in cells if _filled(cell)), "")
    day = mapping.get("issued_on", -1)
    return bool(_FOOT.match(first)) and not (day < len(cells) and _filled(cells[day]) and len(set(cells)) > 2)


def _repeats_heading(cells: Sequence[Cell], layout: Layout) -> bool:
    """Pasted together from several files, a ledger repeats its heading."""
    words = ["".join(str(cell).split()) if cell is not None else "" for cell in cells[: len(layout.titles)]]
    same = sum(1 for word, title in zip(words, layout.titles, strict=False) if word and word == title)
    return same >= max(3, len(layout.titles) // 2)


def _as_text(cell: Cell) -> str:
    try:
        return cell.isoformat() if isinstance(cell, date) else values.text(cell)
    except ValueError:
        return ""


def _read(row: Row, key: str, cell: Cell, readers: Mapping[str, Callable[[Cell], str]]) -> str:
    try:
        return readers[key](cell)
    except ValueError as error:
        row.blame(key, str(error))
        return ""


def _readers(today: date) -> dict[str, Callable[[Cell], str]]:
    with override(settings.LANGUAGE_CODE):
        sources = [(value, str(label)) for value, label in Source.choices]
        severities = [(value, str(label)) for value, label in Severity.choices]
    readers: dict[str, Callable[[Cell], str]] = {key: partial(values.text, most=most) for key, most in _LENGTHS.items()}
    readers |= {key: (lambda cell: values.day(cell, today)) for key in ("issued_on", "acknowledged_on", "closed_on")}
    readers |= dict.fromkeys(("first_due_on", "due_on"), lambda cell: values.due_day(cell, today))
    readers["lon"] = lambda cell: values.degrees(cell, 73, 136)
    readers["lat"] = lambda cell: values.degrees(cell, 3, 54)
    readers["source"] = lambda cell: values.choice(cell, sources, _SOURCES)
    readers["severity"] = lambda cell: values.choice(cell, severities, _SEVERITIES)
    readers["starred"] = values.starred
    readers["state"] = values.state
    readers["uscc"] = lambda cell: values.folded(cell).upper()
    return readers


def _check(row: Row) -> None:
    """What is right cell by cell and wrong together."""
    stated, blamed = row.stated, {fault.field for fault in row.faults}
    for key in NEEDED:
        if not stated.get(key) and str(BY_KEY[key].label) not in blamed:
            row.blame(key, _("不能为空，请填写。"))
    if bool(stated.get("lon")) != bool(stated.get("lat")):
        row.blame("lat" if stated.get("lon") else "lon", _("经度和纬度应同时填写。"))
    for early, late in (
        ("issued_on", "acknowledged_on"), ("issued_on", "closed_on"), ("acknowledged_on", "closed_on"),
        ("issued_on", "due_on"), ("issued_on", "first_due_on"), ("first_due_on", "due_on"),
    ):  # fmt: skip
        if stated.get(early) and stated.get(late) and stated[late] < stated[early]:
            row.blame(
                late,
                _("%(late)s早于%(name)s（%(early)s），请核对。")
                % {"late": stated[late], "early": stated[early], "name": BY_KEY[early].label},
            )
    state, closed = stated.get("state", ""), stated.get("closed_on", "")
    done = state in ("closed", "struck_off")
    if done and "closed_on" in stated and not closed and str(BY_KEY["closed_on"].label) not in blamed:
        row.blame("closed_on", _("状态为办结或销号，请填写办结日期。"))
    if state and not done and closed:
        row.blame("closed_on", _("状态不是办结，不应有办结日期，请核对状态或日期。"))


def _refuse_twins(taken: Sequence[Sheet]) -> None:
    """Two rows of one key: which of them holds, nobody knows but the office."""
    seen: dict[str, Row] = {}
    for sheet in taken:
        for row in sheet.rows:
            first = seen.setdefault(row.key, row)
            if first is not row:
                where = _("工作表“%(sheet)s”第%(row)d行") if first.sheet else _("第%(row)d行")
                key = "number" if row.stated.get("number") else ""
                row.blame(key, _("与%(where)s重复，请删去其中一行或改正编号。") % {"where": where % {"sheet": first.sheet, "row": first.number}})  # fmt: skip


ORDER = tuple(field.key for field in FIELDS)
