"""One file to readings in WGS-84, km/h and the units asked for: all that can be told without the other files of its drive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from regions.coordinates import CoordinateSystem, convert

from . import checks, clock, lengthwise
from .abreast import do_abreast
from .blocks import BlockReader
from .bundle import SourceFile
from .formats import format_of
from .formats.base import CellBlock, OpenTrack, TrackFormat
from .heads import HEAD, PACKED
from .joining import JoinPart
from .limits import Deadline, ImportLimits
from .mapping import SPEED_UNITS, WIND_UNITS, ColumnMapping, resolve
from .problems import ProblemLog, TrackRefused, quoted
from .readings import WIND_SPEED, Channel, Flags, Floats, Readings, RowFlag, concatenate, pieces
from .rules import CeilingRule, TrackRule
from .stored import Stored
from .unit_watch import UnitWatch
from .units import SCALES, Conversion, UnitTable, standard

#: (lat, lon) in WGS-84 -> index of the division each point lies in, -1 outside the province.
Placer = Callable[[Floats, Floats], NDArray[np.int64]]
#: Told how far a reading is, 0 to 1, and how many rows were read.
Progress = Callable[[float, int], None]
#: Share of the work that is reading rows; the rest is placing and judging them.
ROWS_SHARE = 0.8
#: Rows shown to the user as they stand in the file.
SHOWN_ROWS = 5
#: Decimal places a degree keeps, a millimetre, and a converted value.
DEGREE_PLACES = 8
CONVERTED_PLACES = 6


@dataclass(frozen=True, slots=True)
class Statement:
    """What the uploader states about a file: its clock, its coordinates, its columns.

    ``files`` states otherwise for single files of several, by name.
    """

    time_zone: str = clock.DEFAULT_ZONE
    coordinate_system: CoordinateSystem | str = CoordinateSystem.WGS84
    mapping: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Statement] = field(default_factory=dict)

    def of(self, name: str) -> Statement:
        """What is stated of one of several files."""
        return self.files.get(name) or Statement(self.time_zone, self.coordinate_system, self.mapping)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What reading needs to know of the world: the rules in force, where places are, what time it is, whom to tell how
    far it is (a share, 0-1; what that raises ends the reading). ``ranges`` is the upper end of a channel's registered
    range by its name in lower case, in its own unit; ``join_within_s`` how far apart in time readings share a row (s)."""

    rule: TrackRule
    now_ms: int
    place: Placer | None = None
    progress: Progress | None = None
    ceiling: CeilingRule = field(default_factory=CeilingRule)
    ranges: Mapping[str, float] = field(default_factory=dict)
    units: UnitTable = field(default_factory=UnitTable)
    join_within_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """A file as understood. ``rows_total`` are its rows of data; ``notes`` say what was asked for and couldn't be done."""

    file: SourceFile
    statement: Statement
    readings: Readings
    rows_total: int
    log: ProblemLog
    source: OpenTrack
    mapping: ColumnMapping
    first_rows: list[list[str]]
    format_key: str
    conversions: tuple[Conversion, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def placed(self) -> bool:
        return "lat" in self.mapping.fields

    def to_join(self) -> JoinPart:
        return JoinPart(self.readings, self.placed, self.log)


def read_part(
    file: SourceFile,
    statement: Statement,
    around: Surroundings,
    limits: ImportLimits,
    deadline: Deadline,
    *,
    several: bool = False,
) -> Part:
    """Read one file. With ``several``, its remarks name it and it may be without places.

    Raises TrackRefused, with a sentence, when nothing usable is in the file or a limit is passed.
    """
    stored = file.stored
    limits.check_size(stored.size)
    zone, system = clock.zone(statement.time_zone), coordinate_system(statement.coordinate_system)
    kind = _kind(stored, file.name, limits)
    log = ProblemLog(limits.keep_problems, file=file.name if several else "")
    long = lengthwise.look_through(stored, kind, limits)
    whole = b"" if long else stored.whole(limits)
    source = long.source if long else kind.open(whole, limits)
    mapping = resolve(source.layout, statement.mapping, not several)
    reader = BlockReader(source.layout, mapping, zone, around.now_ms, UnitWatch(source.layout, around.units))

    def told(share: float, rows: int) -> None:
        tell(around.progress, share * ROWS_SHARE, rows)

    if long:
        first_rows = _shown_rows(next(iter(source.blocks(reader.indexes, ProblemLog(0))), None))
        gathered = lengthwise.read_long(long, reader, limits, log, deadline, told)
    else:
        gathered, first_rows = _read_blocks(reader, source, log, deadline, told, whole.count(b"\n") or 1)
    rows_total = len(gathered) + log.left_out()
    _refuse_hopeless(len(gathered), rows_total, log)
    deadline.check()
    readings, conversions, notes = _understood(gathered, source, mapping, system, around, log)
    return Part(file, statement, readings, rows_total, log, source, mapping, first_rows, kind.key, conversions, notes)


def _kind(stored: Stored, filename: str, limits: ImportLimits) -> TrackFormat:
    """The format of a file: of a large text by its beginning, of what is packed by all of it."""
    head = stored.head(HEAD)
    if head.startswith(PACKED):
        head = stored.whole(limits)
    return format_of(head, filename)


def _shown_rows(block: CellBlock | None) -> list[list[str]]:
    if block is None:
        return []
    return [list(row) for row in zip(*(column[:SHOWN_ROWS] for column in block.columns), strict=True)]


def tell(progress: Progress | None, share: float, rows: int) -> None:
    if progress is not None:
        progress(share, rows)


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
    told: Progress,
    lines: int,
) -> tuple[Readings, list[list[str]]]:
    parts: list[Readings] = []
    first_rows: list[list[str]] = []
    for block in source.blocks(reader.indexes, log):
        deadline.check()
        if not first_rows:
            first_rows = _shown_rows(block)
        parts.append(reader.read(block, log))
        if len(block.rows):
            told(min(1.0, block.rows[-1] / lines), block.rows[-1])
    return concatenate(parts, reader.channels()), first_rows


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


def _understood(
    gathered: Readings,
    source: OpenTrack,
    mapping: ColumnMapping,
    system: CoordinateSystem,
    around: Surroundings,
    log: ProblemLog,
) -> tuple[Readings, tuple[Conversion, ...], tuple[str, ...]]:
    """Convert coordinates, speed, wind and units; judge the order of rows and the ceilings."""
    lat, lon = gathered.lat, gathered.lon
    if "lat" in mapping.fields:
        lon, lat = convert(lon, lat, system)
        lat, lon = _rounded(lat), _rounded(lon)
    flags = checks.order_flags(gathered.time_ms)
    checks.log_flags(log, flags, gathered.row, checks.OF_ORDER)
    channels, values = _with_wind_in_ms(gathered, source, mapping)
    channels, values, conversions, notes = _in_units_asked(channels, values, mapping, around.units)
    _flag_saturated(replace(gathered, channels=channels, values=values), around, log, flags)
    flags |= gathered.flags
    readings = replace(
        gathered,
        lat=lat,
        lon=lon,
        speed_kmh=_speed(gathered, source, mapping),
        flags=flags,
        channels=channels,
        values=values,
    )
    return readings, conversions, notes


def _rounded(degrees: Floats) -> Floats:
    """The same column, whose numbers have `DEGREE_PLACES` places now."""

    def rounded(piece: slice) -> None:
        np.round(degrees[piece], DEGREE_PLACES, out=degrees[piece])

    do_abreast(rounded, pieces(len(degrees)))
    return degrees


def _in_units_asked(
    channels: tuple[Channel, ...], values: tuple[Floats, ...], mapping: ColumnMapping, table: UnitTable
) -> tuple[tuple[Channel, ...], tuple[Floats, ...], tuple[Conversion, ...], tuple[str, ...]]:
    """The channels in the units asked for. What was asked for one channel must be possible; of all, what is possible."""
    shown, columns = list(channels), list(values)
    conversions: list[Conversion] = []
    notes: list[str] = []
    for number, ((index, _named), channel) in enumerate(zip(mapping.channels, channels, strict=True)):
        asked = mapping.units.get(index, "")
        to = asked or mapping.unit
        if (
            channel.role
            or not to
            or to == standard(channel.unit)
            or (not asked and standard(channel.unit) not in SCALES)
        ):
            continue
        try:
            done = table.convert(channel.name, channel.unit, to)
        except TrackRefused as refusal:
            if asked:
                raise
            notes.append(str(refusal))
            continue
        conversions.append(done)
        shown[number] = Channel(channel.name, done.to, channel.role)
        columns[number] = np.round(values[number] * done.factor, CONVERTED_PLACES)
    return tuple(shown), tuple(columns), tuple(conversions), tuple(notes)


def _flag_saturated(gathered: Readings, around: Surroundings, log: ProblemLog, flags: Flags) -> None:
    """Flag readings at a channel's ceiling, each remarked on."""
    for channel, values in zip(gathered.channels, gathered.values, strict=True):
        if channel.role:
            continue
        hit = checks.saturated(values, around.ceiling, around.ranges.get(channel.name.lower()))
        if hit.any():
            flags[hit] |= int(RowFlag.SATURATED)
            log.add_many("saturated", gathered.row[hit].tolist(), channel.name, (f"{one:g}" for one in values[hit]))


def _speed(gathered: Readings, source: OpenTrack, mapping: ColumnMapping) -> Floats:
    """The file's own speed in km/h, NaN where it has none."""
    if "speed" not in mapping.fields:
        return gathered.speed_kmh
    column = source.layout.columns[mapping.fields["speed"]]
    return _times(gathered.speed_kmh, _factor(SPEED_UNITS, column.unit, column.label))


def _with_wind_in_ms(
    gathered: Readings, source: OpenTrack, mapping: ColumnMapping
) -> tuple[tuple[Channel, ...], tuple[Floats, ...]]:
    values = list(gathered.values)
    for number, (index, channel) in enumerate(mapping.channels):
        if channel.role == WIND_SPEED:
            column = source.layout.columns[index]
            values[number] = _times(values[number], _factor(WIND_UNITS, column.unit, column.label))
    return gathered.channels, tuple(values)


def _times(values: Floats, factor: float) -> Floats:
    return values if factor == 1 else values * factor


def _factor(units: Mapping[str, float], unit: str, column: str) -> float:
    factor = units.get(unit.lower())
    if factor is None:
        raise TrackRefused(
            "bad_unit",
            _("“%(column)s”列的单位“%(unit)s”无法换算，可用的单位：%(known)s。")
            % {"column": column, "unit": unit, "known": _("、").join(name for name in units if name)},
        )
    return factor
