"""What a format must give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..layout import Layout
from ..limits import ImportLimits
from ..problems import ProblemLog


@dataclass(frozen=True, slots=True)
class CellBlock:
    """A stretch of rows: the line number of each, and one list of text cells per column asked for."""

    rows: Sequence[int]
    columns: Sequence[Sequence[str]]


class OpenTrack(Protocol):
    """A file whose layout is known and whose rows can be read once."""

    layout: Layout
    encoding: str

    def blocks(self, indexes: Sequence[int], log: ProblemLog) -> Iterator[CellBlock]:
        """The columns at ``indexes`` of every whole row, in blocks; rows that aren't whole go to the log."""
        ...


class TrackFormat(Protocol):
    """One kind of file."""

    key: str

    def recognises(self, data: bytes, filename: str) -> bool:
        """True if the file is of this kind, judged by content first."""
        ...

    def open(self, data: bytes, limits: ImportLimits) -> OpenTrack:
        """Find the layout. Raises TrackRefused."""
        ...
