"""A long delimited text, read piece by piece: memory holds its columns and a few pieces, never the text.

Each piece of whole lines is read as whole columns (``wide``) where it is clean, else row by row as a short file is, and
the rows of both are the same. Whole columns are read ahead on other threads, for Polars and numpy let go of Python's lock,
and put where they belong if every line before them is a row; what depends on the pieces before waits for its turn. What
can't be cut into pieces (UTF-16, lone carriage returns, quotes while the file is small enough to be read at once) is left
to the exact way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from . import wide
from .abreast import has_room
from .blocks import BlockReader
from .formats.base import TrackFormat
from .formats.delimited import DelimitedText, OpenDelimited
from .heads import HEAD, whole_lines
from .limits import Deadline, ImportLimits, Room
from .problems import ProblemLog, TrackRefused
from .readings import Readings
from .stored import Stored
from .text import EncodingSurvey, is_utf16, newlines

#: Below this many bytes the exact way is as quick.
WORTH_IT = 1_000_000
#: Bytes of one piece: enough to keep the column reader busy.
PIECE = 8 << 20
#: Bytes looked through at once: few enough that they stay in the cache and in memory that was used before.
GLANCE = 1 << 18
#: Pieces begun before their turn, each on a thread: more than processors, for one often waits for the column reader.
AHEAD = 4


@dataclass(frozen=True, slots=True)
class LongText:
    """A file that can be read in pieces: its head as opened, where its rows begin, how many lines come after."""

    stored: Stored
    source: OpenDelimited
    start: int
    lines: int


def look_through(stored: Stored, kind: TrackFormat, limits: ImportLimits) -> LongText | None:
    """Reads all bytes once, keeping none, to learn the encoding and the number of lines; None for the exact way.

    Raises TrackRefused for what would be refused either way.
    """
    if kind.key != DelimitedText.key or stored.size < WORTH_IT:
        return None
    head = whole_lines(stored.head(HEAD), stored.size)
    if is_utf16(head) or b"\n" not in head:
        return None
    survey = EncodingSurvey(head)
    try:
        source = DelimitedText().open(head, limits)
    except TrackRefused:
        return None
    start = _after_line(head, source.layout.header_line)
    quotes = unended = 0
    survey.add(head[:start])
    before = survey.lines
    for piece in stored.lines(start, GLANCE):
        if b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n"):
            return None
        quotes += _quotes(piece)
        unended += not piece.endswith(b"\n")
        survey.add(piece)
    if b"\r" in head[:start].replace(b"\r\n", b"") or b'"' in head[:start] or quotes:
        # A quoted cell may run over lines, and one stray quote swallow the rest: only the whole text can tell.
        if stored.size <= limits.whole_bytes or quotes % 2:
            return None
    encoding = survey.encoding(stored.size)
    if encoding != source.encoding and not head[:start].isascii():
        return None
    source.encoding = encoding
    return LongText(stored, source, start, survey.lines - before + unended)


def _quotes(piece: bytes) -> int:
    """How many quotes there are; looking for one is quicker than counting none."""
    return piece.count(b'"') if b'"' in piece else 0


def _after_line(head: bytes, number: int) -> int:
    start = 0
    for _line in range(number):
        start = head.index(b"\n", start) + 1
    return start


def read_long(
    text: LongText,
    reader: BlockReader,
    limits: ImportLimits,
    log: ProblemLog,
    deadline: Deadline,
    tell: Callable[[float, int], None],
) -> Readings:
    """The readings, in the file's own coordinate system and units; ``tell`` is given the share of bytes and the rows."""
    columns = _Columns(min(text.lines, limits.max_rows), len(reader.mapping.channels), limits)
    done, first = text.start, text.source.layout.header_line

    def put(piece: _Piece) -> int:
        part = wide.read_wide(piece.data, piece.decoded, reader, limits, piece.before, piece.ends)
        return columns.put(part, piece.before - first) if part is not None else 0

    with ThreadPoolExecutor(AHEAD) as pool:
        for piece, rows in _read_ahead(pool, _pieces(text, limits), put):
            deadline.check()
            # A unit that changed further up wasn't known yet when this piece was begun.
            if rows and not reader.units.in_force:
                columns.close_up(piece.before - first, rows)
            else:
                body = piece.decoded or piece.data.decode("ascii")
                opened = replace(text.source, body=body, before=piece.before, limits=limits)
                _exactly(columns, opened, reader, log)
            limits.check_rows(columns.count + log.left_out())
            done += len(piece.data)
            tell(done / text.stored.size, piece.before + piece.ends)
    return columns.readings(reader)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Whole lines: their bytes, decoded where they aren't ASCII, how many lines came ``before``, how many end in it."""

    data: bytes
    decoded: str | None
    before: int
    ends: int


def _pieces(text: LongText, limits: ImportLimits) -> Iterator[_Piece]:
    codec = "utf-8" if text.source.encoding.startswith("utf-8") else text.source.encoding
    errors = "replace" if codec == "utf-8" else "strict"
    before = text.source.layout.header_line
    for data in _between_cells(text.stored, text.start, limits):
        decoded = None if data.isascii() else data.decode(codec, errors=errors)
        ends = newlines(data)
        yield _Piece(data, decoded, before, ends)
        before += ends


def _read_ahead(
    pool: ThreadPoolExecutor, pieces: Iterator[_Piece], put: Callable[[_Piece], int]
) -> Iterator[tuple[_Piece, int]]:
    """Each piece in its turn with the rows that were ``put`` of it, none where the exact way must read it.

    Where memory is short none is begun before its turn, nor on a thread, which takes room of its own.
    """
    begun: deque[tuple[_Piece, Future[int]]] = deque()
    for piece in pieces:
        ahead = AHEAD if has_room(AHEAD * wide.ROOM_TIMES * len(piece.data)) else 0
        while len(begun) > ahead:
            waited, future = begun.popleft()
            yield waited, future.result()
        if ahead:
            begun.append((piece, pool.submit(put, piece)))
        else:
            yield piece, put(piece)
    for waited, future in begun:
        yield waited, future.result()


def _between_cells(stored: Stored, start: int, limits: ImportLimits) -> Iterator[bytes]:
    """Pieces of whole lines, cut where no quoted cell is open: one may run over lines. Raises TrackRefused where a lone
    quote would hold back more than may be in memory."""
    held, quotes = b"", 0
    for piece in stored.lines(start, PIECE):
        end, quotes = len(piece), quotes + _quotes(piece)
        open_, left = quotes % 2, quotes  # none is open at the end: `look_through` saw to that
        while left % 2 and end:  # back to a line that ends with no cell open
            line = piece.rfind(b"\n", 0, end - 1) + 1
            left, end = left - piece.count(b'"', line, end), line
        if end:
            yield held + piece[:end]
            held = b""
        held, quotes = held + piece[end:], open_
        if len(held) > limits.whole_bytes:
            limits.check_whole(stored.size)


def _exactly(columns: _Columns, opened: OpenDelimited, reader: BlockReader, log: ProblemLog) -> None:
    for block in opened.blocks(reader.indexes, log):
        columns.add(reader.read(block, log))


class _Columns:
    """The columns as they fill up; room for all rows is taken at once, so that nothing is copied when they are whole.

    No line gives two rows: what is put ahead lies behind everything that the pieces before it can still add.
    """

    def __init__(self, rows: int, channels: int, limits: ImportLimits) -> None:
        self.count = 0
        self._room = limits.room_for(rows, ("i8", "f8", "f8", "f8", "u2", "i8", *["f8"] * channels))

    def put(self, part: Readings, at: int) -> int:
        """Puts rows in place before their turn and gives how many: none where there isn't room for all of them."""
        if at + len(part) > len(self._room.columns[0]):
            return 0
        self._room.put(at, _parts(part))
        return len(part)

    def close_up(self, at: int, rows: int) -> None:
        """Takes so many rows that were put at a place; they move up where lines before them gave no row."""
        last = self.count + rows
        if at > self.count:
            for column in self._room.columns:
                column[self.count : last] = column[at : at + rows]
        self.count = last

    def add(self, part: Readings) -> None:
        """Takes the next rows."""
        last = self.count + len(part)
        missing = last - len(self._room.columns[0])
        if missing > 0:
            self._room = Room([np.concatenate((one, np.empty(missing, one.dtype))) for one in self._room.columns])
        self._room.put(self.count, _parts(part))
        self.count = last

    def readings(self, reader: BlockReader) -> Readings:
        time_ms, lat, lon, speed, flags, row, *values = (column[: self.count] for column in self._room.columns)
        return Readings(time_ms, lat, lon, speed, flags, row, reader.channels(), tuple(values))


def _parts(of: Readings) -> tuple[np.ndarray, ...]:
    return (of.time_ms, of.lat, of.lon, of.speed_kmh, of.flags, of.row, *of.values)
