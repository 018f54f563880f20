"""A run's readings as columns."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Flags = NDArray[np.uint16]
#: Long columns are worked through in pieces of so many rows: they stay in the processor's cache, and so does memory.
PIECE_ROWS = 1 << 16
#: From so many bytes on numpy asks for huge pages.
HUGE = 1 << 22


def pieces(rows: int, more: int = 0) -> Iterator[slice]:
    """The pieces of a column of so many rows in order, each with so many rows ``more`` of the next one."""
    for start in range(0, rows, PIECE_ROWS):
        yield slice(start, min(start + PIECE_ROWS, rows) + more)


def blank_column(rows: int, kind: str = "f8") -> NDArray[Any]:
    """A column yet to be filled. Raises MemoryError.

    numpy asks for huge pages for a long one: on a shared machine clearing those took longer than filling them, while
    pages that come one by one are mostly warm.
    """
    size = np.dtype(kind).itemsize * rows
    if size < HUGE:
        return np.empty(rows, dtype=kind)
    try:
        pages = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(size) from error
    return np.frombuffer(pages, dtype=kind)


class RowFlag(IntFlag):
    """What is known against one reading. Several may hold at once; 0 is a clean reading."""

    TIME_BACK = 1
    DUPLICATE_SECOND = 2
    JUMP = 4
    OUTSIDE = 8
    NEGATIVE = 16
    MISSING_VALUE = 32
    BAD_VALUE = 64
    SATURATED = 128
    UNIT_CHANGE = 256


#: A reading with one of these cannot be trusted to say where the vehicle was at that second.
UNPLACED = RowFlag.TIME_BACK | RowFlag.DUPLICATE_SECOND | RowFlag.JUMP

#: Flags whose values still count towards a hot spot, which then says so: the air was at least that bad.
FEEDING = (RowFlag.SATURATED, RowFlag.UNIT_CHANGE)

#: What a channel may stand for beyond a measured value.
WIND_FROM = "wind_from"
WIND_SPEED = "wind_speed"


@dataclass(frozen=True, slots=True)
class Channel:
    """One measured column: its name and unit as the file gives them, and its part if it is wind."""

    name: str
    unit: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some of a run's readings in their order: ``rows`` are their places, None where it is all of them."""

    count: int
    rows: Ints | None

    @classmethod
    def of(cls, mask: Bools) -> Chosen:
        """Those for which it is true."""
        count = int(np.count_nonzero(mask))
        return cls(count, None if count == len(mask) else np.flatnonzero(mask))

    def __len__(self) -> int:
        return self.count

    def at(self, piece: slice = slice(None)) -> Ints | slice:
        """The places of a piece of them, to take from a column: of all of them what is taken needn't be copied."""
        return piece if self.rows is None else self.rows[piece]

    def place(self, number: int) -> int:
        """The place of one of them."""
        return number if self.rows is None else int(self.rows[number])


@dataclass(frozen=True, slots=True)
class Readings:
    """``n`` readings in file order, as arrays of length ``n``.

    ``time_ms`` UTC milliseconds since 1970, ``lat``/``lon`` WGS-84 degrees, ``speed_kmh`` km/h (derived where the file
    has none), ``flags`` a ``RowFlag`` mask, ``row`` the line of the source file (1 is the first line), ``values`` one
    float array per channel in the channel's own unit, NaN where there is no value.
    """

    time_ms: Ints
    lat: Floats
    lon: Floats
    speed_kmh: Floats
    flags: Flags
    row: Ints
    channels: tuple[Channel, ...] = ()
    values: Sequence[Floats] = ()

    def __len__(self) -> int:
        return len(self.time_ms)

    def where_placed(self) -> Chosen:
        """The readings whose time and place can be trusted."""
        return Chosen.of(self.placed())

    def placed(self) -> Bools:
        """True where time and place can be trusted."""
        mask = np.empty(len(self), dtype=bool)
        for piece in pieces(len(self)):
            mask[piece] = (self.flags[piece] & np.uint16(UNPLACED)) == 0
        return mask

    def inside(self) -> Bools:
        """True where the reading lies in the province."""
        mask: Bools = (self.flags & np.uint16(RowFlag.OUTSIDE)) == 0
        return mask

    def value(self, name: str) -> Floats:
        """The values of the channel called ``name``; KeyError if there is none."""
        for number, channel in enumerate(self.channels):
            if channel.name == name:
                return self.values[number]
        raise KeyError(name)

    def role(self, role: str) -> Floats | None:
        """The values of the channel that plays ``role``, or None."""
        for number, channel in enumerate(self.channels):
            if channel.role == role:
                return self.values[number]
        return None

    def measured(self) -> tuple[Channel, ...]:
        """The channels that measure the air, wind left out."""
        return tuple(channel for channel in self.channels if not channel.role)

    def unmeasured(self) -> Readings:
        """Time, place and wind alone."""
        return self._of([number for number, channel in enumerate(self.channels) if channel.role])

    def only(self, name: str) -> Readings:
        """Time, place and the channel called ``name``, or no channel."""
        return self._of([number for number, channel in enumerate(self.channels) if channel.name == name][:1])

    def _of(self, kept: Sequence[int]) -> Readings:
        """With these channels alone: what nobody asks for of a long run is neither unpacked nor copied."""
        return replace(
            self,
            channels=tuple(self.channels[number] for number in kept),
            values=tuple(self.values[number] for number in kept),
        )

    def take(self, rows: Any) -> Readings:
        """The readings chosen by a slice, mask or index array."""
        return replace(
            self,
            time_ms=self.time_ms[rows],
            lat=self.lat[rows],
            lon=self.lon[rows],
            speed_kmh=self.speed_kmh[rows],
            flags=self.flags[rows],
            row=self.row[rows],
            values=tuple(values[rows] for values in self.values),
        )


def concatenate(parts: Sequence[Readings], channels: tuple[Channel, ...]) -> Readings:
    """Readings one after the other; all have ``channels``. No parts give no readings."""
    none = Readings(
        np.zeros(0, dtype=np.int64),
        np.zeros(0),
        np.zeros(0),
        np.zeros(0),
        np.zeros(0, dtype=np.uint16),
        np.zeros(0, dtype=np.int64),
        channels,
        tuple(np.zeros(0) for _channel in channels),
    )
    parts = [none, *parts]
    return Readings(
        np.concatenate([part.time_ms for part in parts]),
        np.concatenate([part.lat for part in parts]),
        np.concatenate([part.lon for part in parts]),
        np.concatenate([part.speed_kmh for part in parts]),
        np.concatenate([part.flags for part in parts]),
        np.concatenate([part.row for part in parts]),
        channels,
        tuple(np.concatenate([part.values[number] for part in parts]) for number in range(len(channels))),
    )
