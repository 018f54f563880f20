"""From a file's bytes to readings, with every problem named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from regions.coordinates import CoordinateSystem, convert

from . import checks, clock, wide
from .blocks import BlockReader
from .formats import format_of
from .formats.base import OpenTrack
from .limits import Deadline, ImportLimits
from .mapping import SPEED_UNITS, WIND_UNITS, ColumnMapping, resolve
from .problems import REASONS, ProblemLog, TrackRefused, quoted
from .quality import derived_speed
from .readings import UNPLACED, WIND_SPEED, Channel, Floats, Ints, Readings, RowFlag, concatenate
from .rules import TrackRule

#: (lat, lon) in WGS-84 -> index of the division each point lies in, -1 outside the province.
Placer = Callable[[Floats, Floats], NDArray[np.int64]]
#: Told how far a reading is, 0 to 1.
Progress = Callable[[float], None]
#: Share of the work that is reading rows; the rest is placing and judging them.
ROWS_SHARE = 0.8
#: Rows shown to the user as they stand in the file.
SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Statement:
    """What the uploader states about the file: its clock, its coordinates, its columns."""

    time_zone: str = clock.DEFAULT_ZONE
    coordinate_system: CoordinateSystem | str = CoordinateSystem.WGS84
    mapping: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading needs to know of the world: the rules in force, where places are, what time it is, whom to tell how
    far it is (a share, 0-1; what that raises ends the reading)."""

    rule: TrackRule
    now_ms: int
    place: Placer | None = None
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class ReadTrack:
    """A file as understood. ``place`` is each reading's division index (-1 outside), or all -1 when nobody asked."""

    readings: Readings
    place: NDArray[np.int64]
    rows_total: int
    problems: ProblemLog
    source: OpenTrack
    mapping: ColumnMapping
    first_rows: list[list[str]]
    format_key: str


def read_track(
    data: bytes, filename: str, statement: Statement, around: Surroundings, limits: ImportLimits | None = None
) -> ReadTrack:
    """Read a track. Raises TrackRefused, with a sentence, when nothing usable is in the file or a limit is passed."""
    limits = limits or ImportLimits()
    limits.check_size(len(data))
    deadline = Deadline(limits.max_seconds)
    stated_zone = clock.zone(statement.time_zone)
    system = coordinate_system(statement.coordinate_system)
    kind = format_of(data, filename)
    log = ProblemLog(limits.keep_problems)
    at_once = wide.open_wide(data, kind, statement.mapping, stated_zone, limits, around.now_ms)
    if at_once is not None:
        source, mapping, gathered, first_rows = at_once
        _tell(around.progress, ROWS_SHARE)
    else:
        source = kind.open(data, limits)
        mapping = resolve(source.layout, statement.mapping)
        reader = BlockReader(source.layout, mapping, stated_zone, around.now_ms)
        lines = data.count(b"\n") or 1
        gathered, first_rows = _read_blocks(reader, source, log, deadline, around.progress, lines)
    rows_total = len(gathered) + sum(n for code, n in log.counts.items() if REASONS[code].flag is None)
    _refuse_hopeless(len(gathered), rows_total, log)
    deadline.check()
    readings, place = _settle(gathered, source, mapping, system, around, log)
    return ReadTrack(readings, place, rows_total, log, source, mapping, first_rows, kind.key)


def _tell(progress: Progress | None, share: float) -> None:
    if progress is not None:
        progress(share)


def coordinate_system(stated: str) -> CoordinateSystem:
    """The stated system, however it is spelled. Raises TrackRefused."""
    try:
        return CoordinateSystem(str(stated).strip().lower().replace("-", "").replace("_", ""))
    except ValueError:
        raise TrackRefused(
            "bad_system",
            _("不认识坐标系“%(system)s”，请选 WGS-84、GCJ-02 或 BD-09。") % {"system": quoted(str(stated))},
            "coordinate_system",
        ) from None


def _read_blocks(
    reader: BlockReader,
    source: OpenTrack,
    log: ProblemLog,
    deadline: Deadline,
    progress: Progress | None,
    lines: int,
) -> tuple[Readings, list[list[str]]]:
    parts: list[Readings] = []
    first_rows: list[list[str]] = []
    for block in source.blocks(reader.indexes, log):
        deadline.check()
        if not first_rows:
            first_rows = [list(row) for row in zip(*(column[:SHOWN_ROWS] for column in block.columns), strict=True)]
        parts.append(reader.read(block, log))
        if progress is not None and len(block.rows):
            progress(min(1.0, block.rows[-1] / lines) * ROWS_SHARE)
    return concatenate(parts, tuple(channel for _index, channel in reader.mapping.channels)), first_rows


def _refuse_hopeless(kept: int, rows_total: int, log: ProblemLog) -> None:
    if rows_total == 0:
        raise TrackRefused("no_rows", _("表头之后没有数据行。"))
    if log.counts["swapped"] * 2 > rows_total:
        raise TrackRefused("swapped", _("多数行的纬度大于 90，经度与纬度列似乎对调了。请在列对应关系中交换两列。"))
    if kept == 0:
        first = log.first()[0]
        raise TrackRefused(
            "nothing_usable",
            _("没有一行可用，共 %(count)d 行。例如：%(example)s") % {"count": rows_total, "example": first.sentence},
        )


def _settle(
    gathered: Readings,
    source: OpenTrack,
    mapping: ColumnMapping,
    system: CoordinateSystem,
    around: Surroundings,
    log: ProblemLog,
) -> tuple[Readings, NDArray[np.int64]]:
    """Convert the coordinates, judge the order of rows, place the points, derive what is missing."""
    lon, lat = convert(gathered.lon, gathered.lat, system)
    lat, lon = np.round(lat, 8), np.round(lon, 8)
    flags: Ints = checks.order_flags(gathered.time_ms)
    flags = checks.jump_flags(gathered.time_ms, lat, lon, flags, around.rule)
    place = np.full(len(gathered), -1, dtype=np.int64)
    if around.place is not None:
        place = around.place(lat, lon)
        flags[place < 0] |= int(RowFlag.OUTSIDE)
    checks.log_flags(log, flags, gathered.row)
    placed = (flags & int(UNPLACED)) == 0
    speed = _speed(gathered, source, mapping)
    stated = np.isfinite(speed) & (speed >= 0)
    if not stated.all():
        derived = derived_speed(gathered.time_ms, lat, lon, placed, around.rule)
        speed = np.where(stated, speed, np.round(derived, 2))
    channels, values = _with_wind_in_ms(gathered, source, mapping)
    readings = replace(
        gathered,
        lat=lat,
        lon=lon,
        speed_kmh=speed,
        flags=(gathered.flags | flags.astype(np.uint16)),
        channels=channels,
        values=values,
    )
    return readings, place


def _speed(gathered: Readings, source: OpenTrack, mapping: ColumnMapping) -> Floats:
    """The file's own speed in km/h, NaN where it has none."""
    if "speed" not in mapping.fields:
        return gathered.speed_kmh
    column = source.layout.columns[mapping.fields["speed"]]
    return gathered.speed_kmh * _factor(SPEED_UNITS, column.unit, column.label)


def _with_wind_in_ms(
    gathered: Readings, source: OpenTrack, mapping: ColumnMapping
) -> tuple[tuple[Channel, ...], tuple[Floats, ...]]:
    values = list(gathered.values)
    for number, (index, channel) in enumerate(mapping.channels):
        if channel.role == WIND_SPEED:
            column = source.layout.columns[index]
            values[number] = values[number] * _factor(WIND_UNITS, column.unit, column.label)
    return gathered.channels, tuple(values)


def _factor(units: Mapping[str, float], unit: str, column: str) -> float:
    factor = units.get(unit.lower())
    if factor is None:
        raise TrackRefused(
            "bad_unit",
            _("“%(column)s”列的单位“%(unit)s”无法换算，可用的单位：%(known)s。")
            % {"column": column, "unit": unit, "known": _("、").join(name for name in units if name)},
        )
    return factor
