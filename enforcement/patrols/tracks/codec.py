"""A run's readings as one compressed file, read back exactly.

Layout, version 1: the magic ``LKTRACK``, one byte of version, four bytes (big endian) with the length of the
header, the header (UTF-8 JSON: row count, channels, and per column its name, coding and byte length), then the
columns' zlib streams in that order. Integers, and floats that are whole in some decimal scale, are stored as
differences; a coding is used only where it gives back the very same numbers. The SHA-256 of the file is its key.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, overload

import numpy as np
from django.utils.translation import gettext as _

from .abreast import abreast, meanwhile
from .problems import TrackRefused
from .readings import Channel, Floats, Ints, Readings, blank_column, pieces

MAGIC = b"LKTRACK"
VERSION = 1
#: Level 1 is within a tenth of level 6 on differenced columns at a quarter of the time.
LEVEL = 1
#: Decimal places tried, cheapest first; 7 are about a centimetre of latitude, 8 what an import keeps.
SCALES = (0, 1, 2, 3, 4, 6, 7, 8)
#: What is larger is kept as it is: as a whole number of its last place it may be none.
MOST = 1e9
#: Bytes of compressed columns held in memory while a run is encoded.
IN_MEMORY = 64 * 1024 * 1024
#: Bytes a row that the columns being encoded take at most, differences and streams together.
ROOM_TIMES = 40
#: Bytes a row that looking for hot spots takes meanwhile, by the rule that asks most.
BESIDE = 150
#: A stored run may not unpack to more than this (a guard against a forged file).
MAX_ROWS = 50_000_000
_BROKEN = (ValueError, KeyError, TypeError, IndexError, zlib.error)


class Encoded:
    """The stored form, in pieces as often as asked for; what is long lies in a nameless file of ``aside``."""

    def __init__(self, readings: Readings, aside: Path | None = None) -> None:
        columns: list[dict[str, Any]] = []
        # Closed, and gone from the disk, with this object.
        self._streams = SpooledTemporaryFile(IN_MEMORY, dir=str(aside) if aside else None)  # noqa: SIM115
        named = _columns(readings)
        streams = abreast(_stream, [values for _name, values in named], ROOM_TIMES * len(readings))
        for (name, _values), (coding, stream) in zip(named, streams, strict=True):
            columns.append({"name": name, "coding": coding, "bytes": len(stream)})
            self._streams.write(stream)
        header = json.dumps(
            {
                "rows": len(readings),
                "channels": [[channel.name, channel.unit, channel.role] for channel in readings.channels],
                "columns": columns,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        ).encode()
        self._head = b"".join([MAGIC, bytes([VERSION]), len(header).to_bytes(4, "big"), header])

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        self._streams.seek(0)
        while piece := self._streams.read(1 << 20):
            yield piece

    def sha256(self) -> str:
        """The key of the stored run, 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for piece in self:
            digest.update(piece)
        return digest.hexdigest()


def encoding(readings: Readings, aside: Path | None = None) -> AbstractContextManager[Future[Encoded]]:
    """The stored form, made while hot spots are looked for in the same readings."""
    return meanwhile(partial(Encoded, readings, aside), (ROOM_TIMES + BESIDE) * len(readings))


def encode(readings: Readings) -> bytes:
    """The stored form."""
    return b"".join(Encoded(readings))


def decode(data: bytes) -> Readings:
    """The readings of a stored run. Raises TrackRefused if the bytes aren't one."""
    try:
        return _decode(data)
    except _BROKEN as error:
        raise TrackRefused("broken_store", _("存储的走航数据已损坏，无法读取。")) from error


def _columns(readings: Readings) -> list[tuple[str, Any]]:
    named: list[tuple[str, Any]] = [
        ("time_ms", readings.time_ms),
        ("lat", readings.lat),
        ("lon", readings.lon),
        ("speed_kmh", readings.speed_kmh),
        ("flags", readings.flags),
        ("row", readings.row),
    ]
    return named + [(f"c{number}", values) for number, values in enumerate(readings.values)]


def _stream(values: Any) -> tuple[str, bytes]:
    """A column's coding and its compressed stream."""
    coding, parts = _encode_column(values)
    packer = zlib.compressobj(LEVEL)
    packed = [packer.compress(part) for part in parts]
    return coding, b"".join((*packed, packer.flush()))


def _encode_column(values: Any) -> tuple[str, list[Any]]:
    """As whole numbers where that is exact, else the bytes themselves, shuffled by significance."""
    if values.dtype != np.float64:
        return "int", _differences(values, None) or []
    sample = values[:: max(1, len(values) // 64)]
    for places in SCALES:
        differences = _differences(values, places) if _whole(sample, places) is not None else None
        if differences is not None:
            # Absent values as a bit mask in front, so that they don't spoil the differences.
            return f"dec{places}", [np.packbits(np.isnan(values)), *differences]
    return "raw", [np.ascontiguousarray(values).view(np.uint8).reshape(len(values), 8).T.tobytes()]


def _whole(values: Any, places: int | None) -> Ints | None:
    """Values as whole numbers of their last place, absent ones 0; None where one isn't exact in it, too large, or a
    negative zero."""
    if places is None:
        whole: Ints = values.astype(np.int64)
        return whole
    absent = np.isnan(values)
    there = np.where(absent, 0.0, values) if absent.any() else values
    zero = there == 0
    if np.abs(there).max(initial=0.0) >= MOST or (zero.any() and np.signbit(there[zero]).any()):
        return None
    scaled = np.rint(there * 10.0**places)
    return scaled.astype(np.int64) if (scaled / 10.0**places == there).all() else None


def _differences(values: Any, places: int | None) -> list[Any] | None:
    """The first value and the differences in the narrowest integer that holds them all, bytes grouped by significance;
    None where a value isn't whole."""
    if not len(values):
        return []
    steps = []
    for piece in pieces(len(values), 1):
        whole = _whole(values[piece], places)
        if whole is None:
            return None
        step = np.diff(whole)
        steps.append(step.astype(f"<i{_width(step)}"))
    width = max(step.itemsize for step in steps)
    by_byte = blank_column(width * (len(values) - 1), "u1").reshape(width, -1)
    at = 0
    for step in steps:
        by_byte[:, at : at + len(step)] = step.astype(f"<i{width}").view(np.uint8).reshape(len(step), width).T
        at += len(step)
    first = np.asarray(_whole(values[:1], places), dtype="<i8")
    return [first.tobytes() + bytes([width]), *by_byte]


def _width(step: Ints) -> int:
    """Bytes of the narrowest integer that holds them, and their like with the other sign."""
    widest = int(np.abs(step).max(initial=0))
    return 1 if widest < 2**7 else 2 if widest < 2**15 else 4 if widest < 2**31 else 8


def _decode(data: bytes) -> Readings:
    if not data.startswith(MAGIC) or data[len(MAGIC)] != VERSION:
        raise ValueError("not a stored run of this version")
    start = len(MAGIC) + 5
    length = int.from_bytes(data[start - 4 : start], "big")
    header = json.loads(data[start : start + length])
    rows = int(header["rows"])
    if not 0 <= rows <= MAX_ROWS:
        raise ValueError("impossible row count")
    position = start + length
    found: dict[str, StoredColumn] = {}
    streams = memoryview(data)
    for column in header["columns"]:
        found[column["name"]] = StoredColumn(column["coding"], streams[position : position + column["bytes"]], rows)
        position += column["bytes"]
    if position != len(data):
        raise ValueError("columns cut short or too long")
    channels = tuple(Channel(*parts) for parts in header["channels"])
    return Readings(
        found["time_ms"].unpacked(),
        found["lat"].unpacked(),
        found["lon"].unpacked(),
        found["speed_kmh"].unpacked(),
        found["flags"].unpacked().astype(np.uint16),
        found["row"].unpacked(),
        channels,
        StoredValues(tuple(found[f"c{number}"] for number in range(len(channels)))),
    )


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """One column as it lies in the file, whose bytes it shares: its coding, its zlib stream, its length in rows."""

    coding: str
    stream: memoryview
    rows: int

    def unpacked(self) -> Any:
        """The column's numbers. Raises ValueError, zlib.error for a damaged stream."""
        return _decode_column(self.coding, _inflate(self.stream, self.rows), self.rows)


class StoredValues(Sequence[Floats]):
    """The channels' values, each unpacked when it is asked for: a page draws one of thirty.

    The channel asked for last is kept. Raises TrackRefused where a stream isn't what was written.
    """

    def __init__(self, columns: tuple[StoredColumn, ...]) -> None:
        self._columns = columns
        self._last: tuple[int, Floats] | None = None

    def __len__(self) -> int:
        return len(self._columns)

    @overload
    def __getitem__(self, number: int) -> Floats: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Floats]: ...
    def __getitem__(self, number: int | slice) -> Floats | Sequence[Floats]:
        if isinstance(number, slice):
            return StoredValues(self._columns[number])
        column = self._columns[number]
        if self._last is None or self._last[0] != number:
            try:
                self._last = (number, column.unpacked())
            except _BROKEN as error:
                raise TrackRefused("broken_store", _("存储的走航数据已损坏，无法读取。")) from error
        return self._last[1]


def _inflate(stream: memoryview, rows: int) -> bytes:
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(stream, rows * 9 + 64)
    if not unpacker.eof:
        raise ValueError("column cut short or too long")
    return raw


def _decode_column(coding: str, raw: bytes, rows: int) -> Any:
    if coding == "int":
        return _unpack_differences(raw, rows)
    if coding == "raw":
        return np.frombuffer(raw, dtype=np.uint8).reshape(8, rows).T.copy().view(np.float64).reshape(rows)
    if not coding.startswith("dec"):
        raise ValueError("unknown coding")
    mask_bytes = (rows + 7) // 8
    absent = np.unpackbits(np.frombuffer(raw[:mask_bytes], dtype=np.uint8), count=rows).astype(bool)
    values = _unpack_differences(raw[mask_bytes:], rows) / 10.0 ** int(coding[3:])
    values[absent] = np.nan
    return values


def _unpack_differences(raw: bytes, rows: int) -> Any:
    if rows == 0:
        return np.zeros(0, dtype=np.int64)
    first = int(np.frombuffer(raw[:8], dtype="<i8")[0])
    width = raw[8]
    steps = np.frombuffer(raw[9:], dtype=np.uint8).reshape(width, rows - 1).T.copy()
    whole = np.empty(rows, dtype=np.int64)
    whole[0] = first
    if rows > 1:
        np.cumsum(steps.view(f"<i{width}").reshape(rows - 1).astype(np.int64), out=whole[1:])
        whole[1:] += first
    return whole
