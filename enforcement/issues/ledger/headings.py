"""Where a ledger's heading stands and what its columns mean: title rows above it, headings of two lines."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enforcement.issues.ledger.opening import Cell, Grid

#: The heading stands within so many lines from the top.
WITHIN = 15
#: Fewer columns known by name make no heading.
LEAST_KNOWN = 3


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a ledger says of an issue, and the words offices head its column with."""

    key: str
    label: str | Promise
    words: tuple[str, ...]


FIELDS = (
    Field("number", _("编号"), ("编号", "问题编号", "原编号", "台账编号", "案件编号", "问题编码")),
    Field("title", _("标题"), ("标题", "问题", "问题名称", "问题标题", "问题简述", "存在问题", "主要问题", "问题概述")),
    Field("description", _("情况"), ("情况", "问题描述", "详细情况", "问题情况", "具体问题", "情况描述", "问题详情")),
    Field("source", _("来源"), ("来源", "问题来源", "线索来源", "检查类型", "发现方式")),
    Field("pollution_type", _("污染类型"), ("污染类型", "问题类型", "类型", "污染因子", "问题类别")),
    Field("severity", _("严重程度"), ("严重程度", "严重等级", "等级", "问题等级")),
    Field("starred", _("加星件"), ("加星件", "是否加星")),
    Field("division", _("责任区划"), ("责任区划", "县区", "县（市、区）", "县(市、区)", "所属县区", "属地", "区县", "所在县区", "区域", "县市区")),
    Field("site", _("企业或点位"), ("企业或点位", "企业名称", "点位名称", "企业", "点位", "单位名称", "污染源名称", "被检查单位")),
    Field("uscc", _("统一社会信用代码"), ("统一社会信用代码", "信用代码", "社会信用代码")),
    Field("address", _("地址"), ("地址", "详细地址", "地点", "位置", "所在位置")),
    Field("lon", _("经度"), ("经度", "东经", "lon", "经度(e)")),
    Field("lat", _("纬度"), ("纬度", "北纬", "lat", "纬度(n)")),
    Field("bureaus", _("承办单位"), ("承办单位", "责任单位", "整改责任单位", "承办部门", "责任部门", "整改单位", "牵头单位")),
    Field("verifier", _("核查单位"), ("核查单位", "验收单位", "复核单位")),
    Field("issued_on", _("转办日期"), ("转办日期", "转办时间", "交办日期", "交办时间", "下发日期", "下发时间", "发现日期", "检查日期", "检查时间", "发现时间")),
    Field("acknowledged_on", _("签收日期"), ("签收日期", "签收时间", "接收日期")),
    Field("first_due_on", _("首次期限"), ("首次期限", "原整改期限", "原定期限", "原期限")),
    Field("due_on", _("当前期限"), ("当前期限", "整改期限", "完成时限", "整改时限", "要求完成时间", "办理期限", "期限", "限期", "延期后期限")),
    Field("closed_on", _("办结日期"), ("办结日期", "办结时间", "完成日期", "完成时间", "整改完成时间", "销号日期", "销号时间", "验收日期")),
    Field("state", _("状态"), ("状态", "办理状态", "整改状态", "办理情况", "是否完成", "是否办结", "完成情况", "整改进度", "进展")),
    Field("measures", _("整改措施"), ("整改措施", "整改情况", "处理情况", "处置情况", "整改落实情况", "处理结果")),
    Field("note", _("备注"), ("备注", "说明")),
)  # fmt: skip
BY_KEY = {field.key: field for field in FIELDS}
NEEDED = ("title", "issued_on")


@dataclass(frozen=True, slots=True)
class Layout:
    """A ledger's heading: its columns' titles, the line it ends on (from 1), and a fingerprint of the titles."""

    titles: tuple[str, ...]
    line: int
    fingerprint: str


def layout_of(grid: Grid) -> Layout | None:
    """The heading: the line, or two lines together, that names the most columns. None where nothing looks like one."""
    best: tuple[int, int, tuple[str, ...]] | None = None
    for place in range(min(WITHIN, len(grid.rows))):
        one = tuple(_title(cell) for cell in grid.rows[place])
        for line, titles in ((place, one), (place + 1, _joined(grid, place))):
            known = len(suggested(titles))
            if titles and known >= LEAST_KNOWN and (best is None or known > best[0]):
                best = (known, line, titles)
    if best is None:
        return None
    titles = _trimmed(best[2])
    marks = "\x1f".join(plain_title(title) for title in titles)
    return Layout(titles, best[1] + 1, hashlib.sha256(marks.encode()).hexdigest())


def _joined(grid: Grid, place: int) -> tuple[str, ...]:
    """Two lines as one heading: the upper word where the lower one says nothing else, both where they differ."""
    if place + 1 >= len(grid.rows):
        return ()
    upper, lower = ([_title(cell) for cell in grid.rows[n]] for n in (place, place + 1))
    # A line of data under a heading is no second line of it: those are short words without digits.
    if any(re.search(r"\d", word) or len(word) > 12 for word in lower) or not any(lower):
        return ()
    width = max(len(upper), len(lower))
    upper += [""] * (width - len(upper))
    lower += [""] * (width - len(lower))
    # The lower word alone, where it is a field's own name: 问题情况 / 县区.
    return tuple(
        low if low and (low == up or not up or plain_title(low) in _FIELD_OF) else (up + low if low else up)
        for up, low in zip(upper, lower, strict=True)
    )


def _trimmed(titles: Sequence[str]) -> tuple[str, ...]:
    kept = list(titles)
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _title(cell: Cell) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(cell))) if cell is not None else ""


def plain_title(title: str) -> str:
    """A title as it is looked up: full-width folded, without blanks, marks and what stands in brackets at its end."""
    folded = re.sub(r"[\s*＊:：]", "", unicodedata.normalize("NFKC", title)).lower()
    return folded if folded in _FIELD_OF else re.sub(r"\([^()]*\)$", "", folded)


def _plain(word: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", word)).lower()


_FIELD_OF: dict[str, str] = {_plain(word): field.key for field in FIELDS for word in field.words}


def suggested(titles: Sequence[str]) -> dict[str, int]:
    """Field -> column, by the words of the titles; of two columns with one meaning, the first."""
    found: dict[str, int] = {}
    for place, title in enumerate(titles):
        key = _FIELD_OF.get(plain_title(title))
        if key and key not in found:
            found[key] = place
    if "title" not in found and "description" in found:
        # A ledger that only describes its problems: the description is their title.
        found["title"] = found["description"]
    return found
