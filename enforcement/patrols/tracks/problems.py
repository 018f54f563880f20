"""What can be wrong with a track file, and the sentence that says so."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from regions.errors import Invalid

from .readings import RowFlag

#: Longest piece of a user's text that is quoted back.
QUOTED_CHARS = 40
#: Remarks listed one by one, of all kinds together; beyond it they are counted only. Bounds memory.
LISTED = 100_000


class TrackRefused(Invalid):
    """The file cannot be read as a track at all. The message is a sentence for the user; ``code`` is for programs."""

    def __init__(self, code: str, sentence: Any, field: str = "file") -> None:
        super().__init__(sentence, field=field)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is remarked on. ``flag`` is None where the row cannot be kept at all; ``data`` is False for a line that
    holds no reading to begin with."""

    text: Promise | str
    flag: RowFlag | None = None
    data: bool = True


REASONS: dict[str, Reason] = {
    "nul": Reason(_("含有 NUL 字符，该行已略去")),
    "encoding": Reason(_("含有无法按文件编码识别的字节（乱码），该行已略去")),
    "truncated": Reason(_("该行不完整（列数少于表头），已略去")),
    "extra_cells": Reason(_("列数多于表头，可能是分隔符混用，该行已略去")),
    "long_cell": Reason(_("单元格过长，该行已略去")),
    "no_channel": Reason(_("没有写明是哪个通道，该行已略去")),
    "no_time": Reason(_("缺少时间，该行已略去")),
    "bad_time": Reason(_("时间写法无法识别或日期不存在，该行已略去")),
    "implausible_time": Reason(_("时间早于 2000 年或在未来，该行已略去")),
    "no_place": Reason(_("缺少经纬度，该行已略去")),
    "bad_place": Reason(_("经纬度不是数字，该行已略去")),
    "swapped": Reason(_("经度与纬度似乎颠倒，该行已略去；请检查列对应关系")),
    "not_on_earth": Reason(_("经纬度超出范围，该行已略去")),
    "no_fix": Reason(_("经纬度为 0，定位无效，该行已略去")),
    "no_fix_near": Reason(_("前后没有足够近的定位，位置无法确定，该行已略去")),
    "time_back": Reason(_("时间早于前一行，不计入里程"), RowFlag.TIME_BACK),
    "duplicate_second": Reason(_("与前一行时间相同，不计入里程"), RowFlag.DUPLICATE_SECOND),
    "jump": Reason(_("与前一点之间的速度超过限值，视为定位跳变，不计入里程"), RowFlag.JUMP),
    "outside": Reason(_("位于本省之外，只上图，不转线索"), RowFlag.OUTSIDE),
    "negative": Reason(_("数值为负，不参与热点判断"), RowFlag.NEGATIVE),
    "missing_value": Reason(_("缺少数值，不参与热点判断"), RowFlag.MISSING_VALUE),
    "bad_value": Reason(_("不是数字，按缺少数值处理"), RowFlag.BAD_VALUE),
    "saturated": Reason(_("数值达到量程上限（饱和），实际可能更高；参与热点判断并注明"), RowFlag.SATURATED),
    "repeated_header": Reason(_("表头再次出现，该行不是数据，已略去"), data=False),
    "unit_change": Reason(_("单位与表头不同，已换算为表头单位；参与热点判断并注明"), RowFlag.UNIT_CHANGE),
    "unit_unknown": Reason(_("单位与表头不同且无法换算，按缺少数值处理"), RowFlag.UNIT_CHANGE),
}


def quoted(text: str) -> str:
    """The user's text, made safe to show: control characters as dots, cut to a few dozen characters."""
    shown = "".join("·" if unicodedata.category(char)[0] == "C" else char for char in text[: QUOTED_CHARS + 1])
    return shown if len(text) <= QUOTED_CHARS else shown[:QUOTED_CHARS] + "…"


@dataclass(frozen=True, slots=True)
class Problem:
    """One remark on one row. ``row`` is the line of the file, 1 being the first; ``file`` its name where there are several."""

    row: int
    field: str
    code: str
    value: str = ""
    file: str = ""

    @property
    def reason(self) -> str:
        """Why, in Chinese."""
        return str(REASONS[self.code].text)

    @property
    def sentence(self) -> str:
        """The whole remark: file, row, field, value and reason."""
        if self.file:
            return str(_("文件“%(file)s”%(rest)s")) % {"file": self.file, "rest": replace(self, file="").sentence}
        if self.field and self.value:
            return str(_("第 %(row)d 行“%(field)s”（%(value)s）：%(reason)s。")) % self._named()
        if self.field:
            return str(_("第 %(row)d 行“%(field)s”：%(reason)s。")) % self._named()
        return str(_("第 %(row)d 行：%(reason)s。")) % self._named()

    def _named(self) -> dict[str, Any]:
        return {"row": self.row, "field": self.field, "value": self.value, "reason": self.reason}


@dataclass(slots=True)
class ProblemLog:
    """Counts every problem, keeps the first few of each kind to show, lists them all up to ``LISTED`` to hand out."""

    keep: int = 50
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[Problem] = field(default_factory=list)
    listed: list[tuple[int, str, str, str, str]] = field(default_factory=list)
    #: The file's name, for a reading of several.
    file: str = ""
    _kept_of: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, code: str, row: int, field: str = "", value: str = "") -> None:
        """Remark on one row."""
        self.counts[code] += 1
        if len(self.listed) < LISTED:
            self.listed.append((int(row), field, code, quoted(value), self.file))
        if self._kept_of[code, field] < self.keep:
            self._kept_of[code, field] += 1
            self.kept.append(Problem(int(row), field, code, quoted(value), self.file))

    def add_many(self, code: str, rows: Iterable[int], field: str = "", values: Iterable[str] | None = None) -> None:
        """Remark on many rows for the same reason; ``values`` runs alongside ``rows``."""
        rows = list(rows)
        shown = [""] * len(rows) if values is None else list(values)
        room = max(0, self.keep - self._kept_of[code, field])
        pairs = list(zip(rows, shown, strict=True))
        for row, value in pairs[:room]:
            self.add(code, row, field, value)
        self.counts[code] += max(0, len(rows) - room)
        self.listed += [
            (int(row), field, code, quoted(value), self.file)
            for row, value in pairs[room : room + max(0, LISTED - len(self.listed))]
        ]

    def left_out(self) -> int:
        """How many rows of data could not be kept."""
        return sum(n for code, n in self.counts.items() if REASONS[code].flag is None and REASONS[code].data)

    def first(self) -> list[Problem]:
        """The kept problems in row order."""
        return sorted(self.kept, key=lambda problem: (problem.file, problem.row, problem.field))

    @classmethod
    def joined(cls, logs: Sequence[ProblemLog]) -> ProblemLog:
        """The remarks on several files as one log."""
        whole = cls(logs[0].keep)
        for log in logs:
            whole.counts += log.counts
            whole.kept += log.kept
            whole.listed += log.listed[: LISTED - len(whole.listed)]
        return whole

    def summary(self) -> list[tuple[str, str, int]]:
        """(code, reason, rows) for each kind, most frequent first."""
        return [(code, str(REASONS[code].text), count) for code, count in self.counts.most_common()]

    @property
    def total(self) -> int:
        """How many remarks were made in all."""
        return sum(self.counts.values())
