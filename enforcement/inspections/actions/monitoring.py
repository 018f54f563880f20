"""Months of online monitoring from a file (XLSX, CSV): tried first, every row judged, then kept whole or not at all.

A file names its sites by permit number, credit code or name, and gives counts of hourly values; a file of rates alone is
refused: what a rate is a rate of has to be known. A month that is there already is corrected, and the trial says from what.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.inspections.models import MonitoringMonth
from enforcement.inspections.reference.headings import MONTH, TITLES
from enforcement.issues.ledger.opening import Cell, Grid, grids
from enforcement.timeline import clock
from regions.errors import Conflict, Invalid
from regions.models import Site
from regions.words import unfit

MAX_BYTES = 5 << 20
MAX_ROWS = 5000
SHOWN_FAULTS = 50
#: A month of one outlet's hourly values is 744 at most, and no site has a thousand outlets.
MAX_COUNT = 744_000
_HEADING_WITHIN = 10
_COUNTS = ("due", "arrived", "valid")


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it would be kept, with what stands there now (due, arrived, valid), if anything does."""

    line: int
    site: int
    name: str
    month: date
    due: int
    arrived: int
    valid: int
    source: str
    before: tuple[int, int, int] | None = None

    @property
    def outcome(self) -> Outcome:
        if self.before is None:
            return Outcome.NEW
        return Outcome.SAME if self.before == (self.due, self.arrived, self.valid) else Outcome.CHANGED


@dataclass(frozen=True, slots=True)
class Trial:
    """What a file would do: its rows and the sentences of what is wrong with others. Kept only without faults."""

    rows: list[Row]
    faults: list[str]

    @property
    def fit(self) -> bool:
        return bool(self.rows) and not self.faults

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)


def tried(data: bytes, source: str = "") -> Trial:
    """Reads a file and judges every row; nothing is written. `source` stands where a row names none.

    Raises Invalid for what can't be read as such a file at all. Three statements.
    """
    if len(data) > MAX_BYTES:
        raise Invalid(_("文件不能超过%(n)d MB，请按月份拆分后上传。") % {"n": MAX_BYTES >> 20}, field="file")
    grid, top, columns = _headed(grids(data, MAX_ROWS))
    entries = [
        (number, {name: _text(cells[place]) if place < len(cells) else "" for name, place in columns.items()})
        for number, cells in enumerate(grid.rows[top + 1 :], top + 2)
        if any(cell not in (None, "") for cell in cells)
    ]
    if not entries:
        raise Invalid(_("表头下面没有数据行。"), field="file")
    return _judged(entries, _Sites(entries), source)


def _headed(found: Iterable[Grid]) -> tuple[Grid, int, dict[str, int]]:
    """The sheet with a heading, its place, and the columns it names."""
    lacking = ""
    for grid in found:
        for top, cells in enumerate(grid.rows[:_HEADING_WITHIN]):
            words = {re.sub(r"\s|\(.*\)", "", _text(cell)): place for place, cell in enumerate(cells)}
            columns = {name: words[t] for name, titles in TITLES.items() for t in reversed(titles) if t in words}
            if "month" not in columns:
                continue
            missing = [TITLES[name][0] for name in _COUNTS if name not in columns]
            if not missing and columns.keys() & {"permit_no", "uscc", "name"}:
                return grid, top, columns
            lacking = _("、").join(missing or [_("排污许可证编号、统一社会信用代码、点位中的任一列")])
    if lacking:
        sentence = _("表头缺少：%(names)s。传输率由个数计算，只有百分率的表不能导入。")
        raise Invalid(sentence % {"names": lacking}, field="file")
    raise Invalid(_("没有找到表头，请在前10行写明：点位、月份、应传、实传、有效。"), field="file")


class _Sites:
    """The sites some rows name, by each way of naming them. Two statements."""

    def __init__(self, entries: Sequence[tuple[int, Mapping[str, str]]]) -> None:
        asked = {
            key: {word for _n, row in entries if (word := row.get(key)) and not unfit(word)}
            for key in ("permit_no", "uscc", "name")
        }
        known = Q(permit_no__in=asked["permit_no"]) | Q(uscc__in=asked["uscc"]) | Q(name__in=asked["name"])
        self.by: dict[tuple[str, str], list[Site]] = {}
        for site in Site.objects.filter(known).only("pk", "name", "uscc", "permit_no"):
            for key in asked:
                if getattr(site, key):
                    self.by.setdefault((key, getattr(site, key)), []).append(site)
        held = MonitoringMonth.objects.filter(site__in={site.pk for rows in self.by.values() for site in rows})
        self.months = {
            (site, month): (due, arrived, valid)
            for site, month, due, arrived, valid in held.values_list("site", "month", *_COUNTS)
        }

    def named(self, row: Mapping[str, str]) -> Site:
        """The one site of a row, by the surest name it gives. Raises Invalid."""
        for key in ("permit_no", "uscc", "name"):
            if word := row.get(key):
                if unfit(word):
                    raise Invalid(_("点位的名称或编号中有无法识别的字符，请删去后重填。"))
                found = self.by.get((key, word), [])
                if len(found) == 1:
                    return found[0]
                if not found:
                    raise Invalid(_("没有“%(word)s”这个点位。") % {"word": word[:40]})
        if any(row.get(key) for key in ("permit_no", "uscc", "name")):
            raise Invalid(_("有几个点位同名或同一代码，请填排污许可证编号。"))
        raise Invalid(_("没有写是哪个点位。"))


def _judged(entries: Sequence[tuple[int, Mapping[str, str]]], sites: _Sites, source: str) -> Trial:
    rows, faults = [], []
    seen: dict[tuple[int, date], int] = {}
    for number, entry in entries:
        try:
            row = _row(number, entry, sites, source)
            if (first := seen.setdefault((row.site, row.month), number)) != number:
                raise Invalid(_("与第%(line)d行是同一点位同一月份。") % {"line": first})
            rows.append(row)
        except Invalid as error:
            faults.append(_("第%(line)d行：%(sentence)s") % {"line": number, "sentence": error})
    return Trial(rows, faults)


def _row(number: int, entry: Mapping[str, str], sites: _Sites, source: str) -> Row:
    site, month = sites.named(entry), _month(entry.get("month", ""))
    due, arrived, valid = (_count(entry.get(name, ""), TITLES[name][0]) for name in _COUNTS)
    if not 0 < due >= arrived >= valid:
        raise Invalid(_("应传、实传、有效个数应依次不增，且应传大于0。"))
    said = entry.get("source") or source
    if not said or len(said) > 200 or unfit(said):
        raise Invalid(_("请写明出处，不超过200字，且不含无法识别的字符。"))
    return Row(number, site.pk, site.name, month, due, arrived, valid, said, sites.months.get((site.pk, month)))


def _month(text: str) -> date:
    found = MONTH.fullmatch(text)
    if found and 1 <= int(found[2]) <= 12 and int(found[1]) >= 2000:
        month = date(int(found[1]), int(found[2]), 1)
        if month <= clock.today():
            return month
        raise Invalid(_("月份%(month)s还没有到。") % {"month": f"{month:%Y-%m}"})
    raise Invalid(_("“%(text)s”不是月份，请写成 2026-06。") % {"text": text[:20]})


def _count(text: str, title: str) -> int:
    digits = text.replace(",", "").replace("，", "")
    if not re.fullmatch(r"[0-9]{1,7}(\.0+)?", digits) or float(digits) > MAX_COUNT:
        raise Invalid(
            _("“%(title)s”应为小时值的个数（0至%(n)d的整数），现为“%(text)s”。")
            % {"title": title, "n": MAX_COUNT, "text": text[:20]}
        )
    return int(float(digits))


def _text(cell: Cell) -> str:
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell if cell is not None else "").strip()[:300]


# --- keeping ------------------------------------------------------------------------------------------------------


def plain(rows: Sequence[Row]) -> list[list[Any]]:
    """Rows as they go to the page and back, signed, between trial and keeping."""
    return [
        [r.line, r.site, r.name, r.month.isoformat(), r.due, r.arrived, r.valid, r.source, r.before and list(r.before)]
        for r in rows
    ]


def from_plain(entries: Sequence[Sequence[Any]]) -> list[Row]:
    return [
        Row(e[0], e[1], e[2], date.fromisoformat(e[3]), e[4], e[5], e[6], e[7], tuple(e[8]) if e[8] else None)
        for e in entries
    ]


def keep(rows: Sequence[Row]) -> int:
    """Writes what a trial found, all or nothing, and gives how many months are new or other than before.

    Raises Conflict when one of the months has changed since the trial.
    """
    with transaction.atomic():
        held = {
            (row.site_id, row.month): row
            for row in MonitoringMonth.objects.select_for_update()
            .filter(site__in={row.site for row in rows}, month__in={row.month for row in rows})
            .order_by("pk")  # Two files with the same months wait in one order.
        }
        for row in rows:
            now = held.get((row.site, row.month))
            standing = (now.due, now.arrived, now.valid) if now else None
            if standing != row.before:
                raise Conflict(
                    _("%(name)s %(month)s 的数据在试导入之后有变动，请重新上传。")
                    % {"name": row.name, "month": f"{row.month:%Y-%m}"}
                )
        _add([_kept(row) for row in rows if row.outcome == Outcome.NEW])
        # They are there and locked; by bulk_update five thousand took seconds.
        MonitoringMonth.objects.bulk_create(
            [_kept(row) for row in rows if row.outcome == Outcome.CHANGED],
            update_conflicts=True,
            unique_fields=["site", "month"],
            update_fields=["due", "arrived", "valid", "source"],
        )
    return sum(row.outcome != Outcome.SAME for row in rows)


def _kept(row: Row) -> MonitoringMonth:
    return MonitoringMonth(
        site_id=row.site, month=row.month, due=row.due, arrived=row.arrived, valid=row.valid, source=row.source
    )


def _add(months: Sequence[MonitoringMonth]) -> None:
    try:
        MonitoringMonth.objects.bulk_create(months)
    except IntegrityError:
        # Somebody else brought one of them in at the same moment.
        raise Conflict(_("同一时刻有人录入了其中的月份，没有写入，请重新上传。")) from None
