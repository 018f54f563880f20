"""A well-formed text file read as whole columns: numbers by a vectorised cast, times by their fixed width.

Only what the block reader would keep without a remark is taken this way. At the first cell that doesn't cast the answer
is None and the file goes the exact way, row by row, which names every bad one: two ways, one result.
"""

from __future__ import annotations

import resource
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from . import checks, clock
from .formats.base import OpenTrack, TrackFormat
from .formats.delimited import DelimitedText
from .layout import Layout
from .limits import ImportLimits
from .mapping import DATE, ColumnMapping, resolve
from .problems import ProblemLog
from .readings import Readings

#: Below this many bytes the exact way is as quick.
WORTH_IT = 1_000_000
#: The header is looked for in so many bytes.
HEAD = 256 * 1024
#: Rows shown to the user as they stand in the file.
SHOWN_ROWS = 5
#: Spare memory the whole-column way asks for under a ceiling: so many times the file, and for its threads.
ROOM_TIMES, ROOM_BYTES = 10, 512 * 1024 * 1024
_NOT_PLAIN = (b'"', b"\0", b"\r")
_PIECE = 1 << 20


Opened = tuple[OpenTrack, ColumnMapping, Readings, list[list[str]]]


def open_wide(
    data: bytes,
    kind: TrackFormat,
    chosen: Mapping[str, Any],
    stated: tzinfo,
    limits: ImportLimits,
    now_ms: int,
    placed: bool = True,
) -> Opened | None:
    """A large well-formed file: its head as opened, its mapping, its readings, its first rows. None: the exact way.

    ``placed`` as in `mapping.resolve`; a file without places goes the exact way.

    Raises TrackRefused for a head or a mapping that would be refused either way.
    """
    if kind.key != DelimitedText.key or len(data) < WORTH_IT or data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE):
        return None
    if not _has_room(len(data)):
        return None
    head = data[: data.rfind(b"\n", 0, HEAD) + 1]
    if not head:
        return None
    source = kind.open(head, limits)
    mapping = resolve(source.layout, chosen, placed)
    if "lat" not in mapping.fields:
        return None
    readings = read_wide(data, source.layout, mapping, stated, limits, now_ms)
    if readings is None:
        return None
    indexes = sorted({*mapping.fields.values(), *(index for index, _channel in mapping.channels)})
    block = next(source.blocks(indexes, ProblemLog(0)))
    first = [list(row) for row in zip(*(column[:SHOWN_ROWS] for column in block.columns), strict=True)]
    return source, mapping, readings, first


def _has_room(size: int) -> bool:
    """Whether whole columns of so large a file fit well under the process's ceiling, if it has one.

    The column reader's own threads know no MemoryError: at a ceiling they stand still. The exact way raises one.
    """
    ceiling, _hard = resource.getrlimit(resource.RLIMIT_DATA)
    if ceiling == resource.RLIM_INFINITY:
        return True
    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return ceiling - held > ROOM_TIMES * size + ROOM_BYTES


def read_wide(
    data: bytes, layout: Layout, mapping: ColumnMapping, stated: tzinfo, limits: ImportLimits, now_ms: int
) -> Readings | None:
    """The readings in the file's own coordinate system and units; None where anything in it needs a remark."""
    if DATE in mapping.fields or any(mark in data for mark in _NOT_PLAIN) or not _plain(data, layout, limits):
        return None
    frame = _frame(data, layout, mapping, limits)
    if frame is None or not len(frame) or len(frame) > limits.max_rows or _torn(data, layout, len(frame)):
        return None
    time_ms = clock.whole_column(frame[_name(mapping.fields["time"])], stated)
    if time_ms is None or checks.implausible_time(time_ms, now_ms).any():
        return None
    lat, lon = (frame[_name(mapping.fields[field])].to_numpy() for field in ("lat", "lon"))
    if any(mask.any() for _code, mask in checks.unusable_place(lat, lon)):
        return None
    values = tuple(frame[_name(index)].to_numpy() for index, _channel in mapping.channels)
    if any((column < 0).any() for column in values):
        return None
    count = len(frame)
    speed = frame[_name(mapping.fields["speed"])].to_numpy() if "speed" in mapping.fields else np.full(count, np.nan)
    rows = np.arange(layout.header_line + 1, layout.header_line + 1 + count, dtype=np.int64)
    channels = tuple(channel for _index, channel in mapping.channels)
    return Readings(time_ms, lat, lon, speed, np.zeros(count, dtype=np.uint16), rows, channels, values)


def _frame(data: bytes, layout: Layout, mapping: ColumnMapping, limits: ImportLimits) -> pl.DataFrame | None:
    """The columns asked for: text for the time, floats for the rest. None if a cell is blank or no finite number."""
    names = [_name(column.index) for column in layout.columns]
    time = _name(mapping.fields["time"])
    asked = sorted({*mapping.fields.values(), *(index for index, _channel in mapping.channels)})
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            skip_rows=layout.header_line,
            separator=layout.delimiter,
            quote_char=None,
            new_columns=names,
            columns=asked,
            schema_overrides={name: pl.String if name == time else pl.Float64 for name in names},
        )
    except (PolarsError, ValueError):
        return None
    if any(column.null_count() for column in frame):
        return None
    floats = [column for column in frame if column.dtype == pl.Float64]
    return frame if all(bool(column.is_finite().all()) for column in floats) else None


def _plain(data: bytes, layout: Layout, limits: ImportLimits) -> bool:
    """True if everything after the header is ASCII in lines that aren't long."""
    start = 0
    for _line in range(layout.header_line):
        start = data.index(b"\n", start) + 1
    view = memoryview(data)
    while start < len(data):
        piece = bytes(view[start : start + _PIECE])
        end = piece.rfind(b"\n") + 1 or len(piece)
        # A line of such a length has no newline in the part after the last full one.
        if not piece.isascii() or end < len(piece) - limits.max_cell_chars:
            return False
        start += end
    return True


def _torn(data: bytes, layout: Layout, rows: int) -> bool:
    """True unless every line after the header has as many separators as the header has, and there is no blank line."""
    separators = data.count(layout.delimiter.encode())
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    return lines - layout.header_line != rows or separators < rows * (len(layout.columns) - 1)


def _name(index: int) -> str:
    return f"c{index}"
