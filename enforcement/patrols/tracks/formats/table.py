"""Rows that come as cells already: what a sheet or a track of points has instead of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.utils.translation import gettext as _

from ..layout import Layout
from ..limits import ImportLimits
from ..problems import ProblemLog, TrackRefused
from .base import CellBlock

#: Rows turned over at a time.
BLOCK_ROWS = 20_000


@dataclass(slots=True)
class OpenTable:
    """An ``OpenTrack`` over numbered rows of cells; ``rows`` starts anew at each call."""

    layout: Layout
    encoding: str
    rows: Callable[[], Iterable[tuple[int, list[str]]]]
    limits: ImportLimits

    def blocks(self, indexes: Sequence[int], log: ProblemLog) -> Iterator[CellBlock]:
        """See ``OpenTrack.blocks``. Short rows are filled with blanks: a table has no torn lines."""
        waiting = iter(self.rows())
        width = len(self.layout.columns)
        count = 0
        while block := list(islice(waiting, BLOCK_ROWS)):
            count += len(block)
            if count > self.limits.max_rows:
                raise TrackRefused(
                    "too_many_rows",
                    _("数据超过 %(limit)d 行的上限，请按日期拆分后上传。") % {"limit": self.limits.max_rows},
                )
            kept = [(number, row) for number, row in block if any(row) and self._fits(number, row, width, log)]
            if kept:
                turned = list(zip(*((row + [""] * width)[:width] for _number, row in kept), strict=True))
                yield CellBlock([number for number, _row in kept], [turned[index] for index in indexes])

    def _fits(self, number: int, row: list[str], width: int, log: ProblemLog) -> bool:
        if any(row[width:]):
            log.add("extra_cells", number)
        elif max(map(len, row)) > self.limits.max_cell_chars:
            log.add("long_cell", number)
        elif any("\0" in cell for cell in row):
            log.add("nul", number)
        else:
            return True
        return False
