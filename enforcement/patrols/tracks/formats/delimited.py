"""CSV and its kin: comma, semicolon, tab or bar, a header somewhere near the top, any column order."""

from __future__ import annotations

import csv
import gc
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from ..layout import Layout, detect, long_line
from ..limits import ImportLimits
from ..problems import ProblemLog, TrackRefused
from ..text import REPLACEMENT, decode
from .base import CellBlock

#: Rows turned over at a time: bounds memory, keeps NumPy busy.
BLOCK_ROWS = 20_000


class DelimitedText:
    """The generic reader."""

    key = "csv"

    def recognises(self, data: bytes, filename: str) -> bool:
        """It takes any text."""
        return True

    def open(self, data: bytes, limits: ImportLimits) -> OpenDelimited:
        """Decode and find the header."""
        limits.check_size(len(data))
        text = decode(data)
        return OpenDelimited(text.body, text.encoding, detect(text.body, limits), limits)


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the collector of cycles: rows make none, and for every few hundred it would go through all a server holds."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@dataclass(slots=True)
class OpenDelimited:
    """A decoded file with a known header, or a piece of one that begins after ``before`` lines, the header's among them;
    ``at`` is the line read last."""

    body: str
    encoding: str
    layout: Layout
    limits: ImportLimits
    before: int = 0
    at: int = 0

    def blocks(self, indexes: Sequence[int], log: ProblemLog) -> Iterator[CellBlock]:
        """See ``OpenTrack.blocks``. Raises TrackRefused for too many rows, an endless line or a broken quote."""
        reader = csv.reader(self._lines(), delimiter=self.layout.delimiter)
        width = len(self.layout.columns)
        suspicious = "\0" in self.body or REPLACEMENT in self.body
        count = 0
        while True:
            with uncollected():
                numbers, rows = self._next_rows(reader)
                whole = self._whole(numbers, rows, width, suspicious, log)
                turned = list(zip(*(row for _number, row in whole), strict=True))
            if not numbers:
                return
            count += len(numbers)
            self.limits.check_rows(count)
            if whole:
                yield CellBlock([number for number, _row in whole], [turned[index] for index in indexes])

    def _whole(
        self, numbers: list[int], rows: list[list[str]], width: int, suspicious: bool, log: ProblemLog
    ) -> list[tuple[int, list[str]]]:
        """The rows that can be read, with their lines; the others are remarked on."""
        if not suspicious:
            # Told together: a file of nothing else has millions of them.
            torn = [number for number, row in zip(numbers, rows, strict=True) if len(row) < width and any(row)]
            if torn:
                log.add_many("truncated", torn)
        return [
            (number, row)
            for number, row in zip(numbers, rows, strict=True)
            if (suspicious or len(row) >= width) and self._is_whole(number, row, width, suspicious, log)
        ]

    def _lines(self) -> Iterator[str]:
        """The lines after the header that aren't blank, each within the limit."""
        limit = self.limits.max_line_chars
        header = self.layout.header_line
        # Millions of them would cost more than the rows; within quotes one is part of a cell.
        blank = "" if '"' in self.body else "\n"
        for number, line in enumerate(io.StringIO(self.body, newline=None), self.before + 1):
            if line == blank:
                continue
            if len(line) > limit:
                raise long_line(number, self.limits)
            if number > header:
                self.at = number
                yield line

    def _next_rows(self, reader: Any) -> tuple[list[int], list[list[str]]]:
        """The next block of rows that aren't blank, with the line each ends on."""
        numbers: list[int] = []
        rows: list[list[str]] = []
        try:
            for row in islice(reader, BLOCK_ROWS):
                numbers.append(self.at)
                rows.append(row)
        except csv.Error:
            raise TrackRefused(
                "broken_quotes",
                _("第 %(row)d 行附近引号不配对，无法分列。请检查后重新导出。") % {"row": self.at},
            ) from None
        return numbers, rows

    def _is_whole(self, number: int, row: list[str], width: int, suspicious: bool, log: ProblemLog) -> bool:
        if not any(row):
            return False
        if len(row) == width and not suspicious:
            return self._cells_fit(number, row, log)
        joined = "".join(row)
        if "\0" in joined:
            log.add("nul", number)
        elif REPLACEMENT in joined:
            log.add("encoding", number)
        elif len(row) < width:
            log.add("truncated", number)
        elif len(row) > width and any(cell.strip() for cell in row[width:]):
            log.add("extra_cells", number)
        else:
            del row[width:]
            return self._cells_fit(number, row, log)
        return False

    def _cells_fit(self, number: int, row: list[str], log: ProblemLog) -> bool:
        if max(map(len, row)) > self.limits.max_cell_chars:
            log.add("long_cell", number)
            return False
        return True
