"""Files of one drive to one series of readings: by time, each instrument's values as measured, positions from who has them.

The part with most readings gives the rows. A reading of another instrument goes to the row nearest in time if that is near
enough, each to one row and each row one; what finds no row gets a row of its own. Nothing measured is interpolated, only
positions are, and only between two fixes that are close. Lags stay with the channels: the place of a hot spot is corrected
for the lag of its own channel later, whatever file it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _

from . import checks
from .limits import ImportLimits
from .problems import ProblemLog, TrackRefused
from .readings import PIECE_ROWS, UNPLACED, Bools, Channel, Floats, Ints, Readings
from .rules import TrackRule


@dataclass(frozen=True, slots=True)
class JoinPart:
    """What one file gives: ``readings`` in WGS-84, km/h and its final units; NaN places where it has none."""

    readings: Readings
    placed: bool
    log: ProblemLog

    @property
    def measures(self) -> bool:
        return bool(self.readings.channels)

    def clean(self) -> Ints:
        """Indexes of the readings whose time can be trusted; their times rise."""
        return np.flatnonzero((self.readings.flags & np.uint16(UNPLACED)) == 0)


@dataclass(frozen=True, slots=True)
class _Fixes:
    """Where the vehicle was: times rise; speed NaN where unknown."""

    time_ms: Ints
    lat: Floats
    lon: Floats
    speed_kmh: Floats


@dataclass(frozen=True, slots=True)
class Joined:
    """The readings in order of time; ``part`` says from which file each row is, ``row`` of the readings is its line."""

    readings: Readings
    part: Ints


def join(parts: Sequence[JoinPart], rule: TrackRule, within_s: float, limits: ImportLimits | None = None) -> Joined:
    """The parts as one. ``within_s``: how far apart two instruments' readings may be to share a row (s). What is long lies
    where ``limits`` say.

    Readings without a fix near enough (``rule.max_gap_s``) are left out and remarked on. Raises TrackRefused when no file
    says where the vehicle was.
    """
    if not any(part.placed for part in parts):
        raise TrackRefused("no_lat_column", _("这些文件里都没有经纬度，请把定位文件（如 GPX）一起上传。"), "mapping")
    measuring = [number for number, part in enumerate(parts) if part.measures]
    base = max(measuring or range(len(parts)), key=lambda number: (len(parts[number].clean()), -number))
    rows = _Rows.of(parts, base, within_s)
    lat, lon, speed, found = _places(parts, rows, _fixes(parts, rule), rule)
    for number, part in enumerate(parts):
        part.log.add_many("no_fix_near", rows.line[~found & (rows.part == number)].tolist())
    placed = rows.only(found)
    channels, values = _values(parts, placed, limits or ImportLimits())
    readings = Readings(
        placed.time_ms, lat[found], lon[found], speed[found], placed.flags, placed.line, channels, values
    )
    return Joined(readings, placed.part)


@dataclass(slots=True)
class _Rows:
    """The rows to be: ``index[p]`` is which reading of part ``p`` each row holds, -1 for none."""

    time_ms: Ints
    part: Ints
    line: Ints
    flags: np.ndarray
    index: list[Ints]

    def only(self, rows: Bools) -> _Rows:
        """Those where ``rows`` is true."""
        of_each = [one[rows] for one in self.index]
        return _Rows(self.time_ms[rows], self.part[rows], self.line[rows], self.flags[rows], of_each)

    @classmethod
    def of(cls, parts: Sequence[JoinPart], base: int, within_s: float) -> _Rows:
        first = parts[base].readings
        count = len(first)
        own: list[tuple[int, Ints]] = [(base, np.arange(count, dtype=np.int64))]
        matched: dict[int, tuple[Ints, Ints]] = {}
        for number, part in enumerate(parts):
            if number == base or not part.measures:
                continue
            rows, readings = _nearest(parts[base], part, within_s)
            matched[number] = rows, readings
            alone = np.setdiff1d(np.arange(len(part.readings), dtype=np.int64), readings)
            own.append((number, alone))
        origin = np.concatenate([np.full(len(which), number, dtype=np.int64) for number, which in own])
        which = np.concatenate([which for _number, which in own])
        time_ms = np.concatenate([parts[number].readings.time_ms[which] for number, which in own])
        line = np.concatenate([parts[number].readings.row[which] for number, which in own])
        flags = np.concatenate([parts[number].readings.flags[which] for number, which in own])
        index = [np.where(origin == number, which, -1) for number in range(len(parts))]
        for number, (rows, readings) in matched.items():
            index[number][rows] = readings
            flags[rows] |= parts[number].readings.flags[readings]
        order = np.argsort(time_ms, kind="stable")
        return cls(time_ms[order], origin[order], line[order], flags[order], [one[order] for one in index])


def _nearest(base: JoinPart, part: JoinPart, within_s: float) -> tuple[Ints, Ints]:
    """Rows of the base and the readings that go there: each reading's nearest row, each row's nearest reading."""
    here, there = base.clean(), part.clean()
    if not len(here) or not len(there):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    t, at = base.readings.time_ms[here], part.readings.time_ms[there]
    after = np.clip(np.searchsorted(t, at), 1, max(1, len(t) - 1))
    before = after - 1
    after = np.minimum(after, len(t) - 1)
    near = np.where(np.abs(at - t[before]) <= np.abs(t[after] - at), before, after)
    apart = np.abs(at - t[near])
    chosen = np.flatnonzero(apart <= within_s * 1000)
    # Of several readings for one row the nearest comes first, and the first is taken.
    chosen = chosen[np.lexsort((chosen, apart[chosen], near[chosen]))]
    chosen = chosen[np.concatenate(([True], np.diff(near[chosen]) > 0))] if len(chosen) else chosen
    return here[near[chosen]], there[chosen]


def _values(
    parts: Sequence[JoinPart], rows: _Rows, limits: ImportLimits
) -> tuple[tuple[Channel, ...], tuple[Floats, ...]]:
    channels: list[Channel] = []
    names: set[str] = set()
    columns = [
        (column, index) for part, index in zip(parts, rows.index, strict=True) for column in part.readings.values
    ]
    for part in parts:
        for channel in part.readings.channels:
            name, number = channel.name, 2
            while name in names:
                name, number = f"{channel.name}#{number}", number + 1
            names.add(name)
            channels.append(Channel(name, channel.unit, channel.role))
    values: list[Floats] = limits.room_for(len(rows.time_ms), ["f8"] * len(columns)).columns
    for into, (column, index) in zip(values, columns, strict=True):
        _take(column, index, into)
    return tuple(channels), tuple(values)


def _take(column: Floats, index: Ints, into: Floats) -> None:
    """The column's values at ``index``, NaN where it is -1, a stretch at a time."""
    for start in range(0, len(index), PIECE_ROWS):
        at = index[start : start + PIECE_ROWS]
        into[start : start + PIECE_ROWS] = np.where(at >= 0, column[at], np.nan) if len(column) else np.nan


def _fixes(parts: Sequence[JoinPart], rule: TrackRule) -> _Fixes:
    """The fixes of the files that hold nothing else, or else of all that have places; jumps left out."""
    alone = [part for part in parts if part.placed and not part.measures]
    found = [part.readings.take(part.clean()) for part in alone or [part for part in parts if part.placed]]
    time_ms = np.concatenate([one.time_ms for one in found])
    order = np.argsort(time_ms, kind="stable")
    order = order[np.concatenate(([True], np.diff(time_ms[order]) > 0))] if len(order) else order
    lat, lon, speed = (
        np.concatenate([getattr(one, name) for one in found])[order] for name in ("lat", "lon", "speed_kmh")
    )
    time_ms = time_ms[order]
    sound = checks.jump_flags(time_ms, lat, lon, np.zeros(len(time_ms), dtype=np.uint16), rule) == 0
    return _Fixes(time_ms[sound], lat[sound], lon[sound], speed[sound])


def _places(
    parts: Sequence[JoinPart], rows: _Rows, fixes: _Fixes, rule: TrackRule
) -> tuple[Floats, Floats, Floats, Bools]:
    """Each row's place and speed, and whether it has one: its own, or between two fixes at most ``max_gap_s`` apart."""
    lat = np.full(len(rows.time_ms), np.nan)
    lon, speed = lat.copy(), lat.copy()
    for number, part in enumerate(parts):
        mine = rows.part == number
        at = rows.index[number][mine]
        lat[mine], lon[mine] = part.readings.lat[at], part.readings.lon[at]
        speed[mine] = part.readings.speed_kmh[at]
    lost = ~np.isfinite(lat)
    if lost.any() and len(fixes.time_ms):
        lat[lost], lon[lost], between = _between(rows.time_ms[lost], fixes, rule.max_gap_s)
        speed[lost] = np.where(np.isfinite(speed[lost]), speed[lost], between)
    found: Bools = np.isfinite(lat)
    return lat, lon, speed, found


def _between(time_ms: Ints, fixes: _Fixes, max_gap_s: float) -> tuple[Floats, Floats, Floats]:
    """Latitude, longitude and speed at other moments, linear between two fixes; NaN where they are too far apart."""
    last = len(fixes.time_ms) - 1
    after = np.clip(np.searchsorted(fixes.time_ms, time_ms), 0, last)
    before = np.where(fixes.time_ms[after] == time_ms, after, np.maximum(after - 1, 0))
    start, end = fixes.time_ms[before], fixes.time_ms[after]
    near = (start <= time_ms) & (time_ms <= end) & (end - start <= max_gap_s * 1000)
    share = np.where(near & (end > start), (time_ms - start) / np.maximum(end - start, 1), 0.0)

    def at(values: Floats) -> Floats:
        found: Floats = np.where(near, values[before] + (values[after] - values[before]) * share, np.nan)
        return found

    return np.round(at(fixes.lat), 8), np.round(at(fixes.lon), 8), np.round(at(fixes.speed_kmh), 2)
