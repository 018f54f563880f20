"""Well-formed text read as whole columns: numbers by a vectorised cast, times by their fixed width.

Only what the block reader would keep without a remark is taken this way. At the first cell that doesn't cast the answer
is None and the piece goes the exact way, row by row, which names every bad one: two ways, one result.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from . import checks, clock
from .abreast import has_room
from .blocks import BlockReader
from .layout import Layout
from .limits import ImportLimits
from .mapping import DATE, ColumnMapping
from .readings import Floats, Ints, Readings
from .text import REPLACEMENT

#: Memory the whole-column way takes, so many times the piece. The column reader's own threads know no MemoryError: at a
#: ceiling they stand still. The exact way raises one.
ROOM_TIMES = 10
#: More characters no time has.
LONGEST_TIME = 40


def read_wide(
    piece: bytes, text: str | None, reader: BlockReader, limits: ImportLimits, before: int, ends: int
) -> Readings | None:
    """The readings of a piece that begins after so many lines and in which so many end, in the file's own coordinate
    system and units.

    ``text`` is the piece decoded where it isn't ASCII. None where anything in it needs a remark, or memory is short.
    """
    layout, mapping = reader.layout, reader.mapping
    # Where the unit changed further up, every value must be converted and remarked on.
    if DATE in mapping.fields or reader.units.in_force:
        return None
    if b'"' in piece or b"\0" in piece or not has_room(ROOM_TIMES * len(piece)):
        return None
    if text is not None:
        if REPLACEMENT in text:
            return None
        piece = text.encode()
    # A whole line has its separators at least: millions of blank ones aren't laid out to find that out.
    if ends * len(layout.columns) > len(piece):
        return None
    starts = _starts(piece, limits.max_cell_chars)
    lines = len(starts)
    frame = _frame(piece, layout, mapping) if lines else None
    if frame is None or len(frame) != lines or _torn(piece, layout, mapping, lines):
        return None
    times = _times(piece, starts, frame, layout, mapping)
    time_ms = None if times is None else clock.whole_column(times, reader.zone)
    if time_ms is None or checks.implausible_time(time_ms, reader.now_ms).any():
        return None
    floats = _floats(frame)
    if floats is None:
        return None
    unknown = np.full(lines, np.nan)
    lat = lon = unknown
    if "lat" in mapping.fields:
        lat, lon = (floats[_name(mapping.fields[field])] for field in ("lat", "lon"))
        if any(mask.any() for _code, mask in checks.unusable_place(lat, lon)):
            return None
    values = tuple(floats[_name(index)] for index, _channel in mapping.channels)
    if any((column < 0).any() for column in values):
        return None
    speed = floats[_name(mapping.fields["speed"])] if "speed" in mapping.fields else unknown
    rows = np.arange(before + 1, before + 1 + lines, dtype=np.int64)
    channels = tuple(channel for _index, channel in mapping.channels)
    return Readings(time_ms, lat, lon, speed, np.zeros(lines, dtype=np.uint16), rows, channels, values)


def _starts(piece: bytes, longest: int) -> Ints:
    """Where each line begins; none when one is so long that a cell may be too."""
    ends = np.flatnonzero(np.frombuffer(piece, dtype=np.uint8) == ord("\n"))
    if not len(ends) or ends[0] > longest or len(piece) - ends[-1] > longest + 1 or (np.diff(ends) > longest).any():
        return ends[:0]
    return np.concatenate(([0], ends[:-1] + 1 if piece.endswith(b"\n") else ends + 1))


def _times(
    piece: bytes, starts: Ints, frame: pl.DataFrame, layout: Layout, mapping: ColumnMapping
) -> NDArray[np.uint8] | None:
    """The time cells as rows of bytes, each with the mark that ends it; None where they aren't all equally long.

    Where it is the first column its cells lie at the beginnings of the lines.
    """
    if mapping.fields["time"] == 0:
        mark = layout.delimiter.encode()
        width = piece.find(mark) + 1
        if not 0 < width <= LONGEST_TIME or starts[-1] + width > len(piece):
            return None
        anywhere: NDArray[np.void] = np.ndarray(len(piece) - width + 1, f"V{width}", piece, strides=(1,))
        cells = anywhere[starts].tobytes()
    else:
        mark = b"\n"  # which no cell holds
        cells = frame[_name(mapping.fields["time"])].str.join("\n").cast(pl.Binary)[0] + mark
        width = cells.find(mark) + 1
        if width * len(starts) != len(cells):
            return None
    rows = np.frombuffer(cells, dtype=np.uint8).reshape(len(starts), width)
    return rows if (rows[:, -1] == ord(mark)).all() else None


def _frame(piece: bytes, layout: Layout, mapping: ColumnMapping) -> pl.DataFrame | None:
    """The columns asked for: text for the time unless it is the first, floats for the rest. None if a cell is no number or
    no time stands."""
    names = [_name(column.index) for column in layout.columns]
    time = _name(mapping.fields["time"])
    try:
        frame = pl.read_csv(
            piece,
            has_header=False,
            separator=layout.delimiter,
            quote_char=None,
            columns=[index for index in _asked(mapping) if index or mapping.fields["time"]],
            schema={name: pl.String if name == time else pl.Float64 for name in names},
        )
    except (PolarsError, ValueError):
        return None
    return None if time in frame.columns and frame[time].null_count() else frame


def _floats(frame: pl.DataFrame) -> dict[str, Floats] | None:
    """The columns of numbers by name; None if a cell is blank, which is NaN here, or no finite number."""
    floats = {column.name: column.to_numpy() for column in frame if column.dtype == pl.Float64}
    return floats if all(bool(np.isfinite(column).all()) for column in floats.values()) else None


def _asked(mapping: ColumnMapping) -> list[int]:
    return sorted({*mapping.fields.values(), *(index for index, _channel in mapping.channels)})


def _torn(piece: bytes, layout: Layout, mapping: ColumnMapping, lines: int) -> bool:
    """True if a line lacks columns. Where the last column was asked for, every line is known to have one."""
    last = len(layout.columns) - 1
    return _asked(mapping)[-1] != last and piece.count(layout.delimiter.encode()) < lines * last


def _name(index: int) -> str:
    return f"c{index}"
