"""From one file's bytes, or several files', to the readings of a drive, with every problem named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from . import bundle, checks, records
from .abreast import meanwhile
from .bundle import SourceFile
from .formats.base import OpenTrack
from .joining import join
from .limits import Deadline, ImportLimits
from .mapping import ColumnMapping
from .parts import ROWS_SHARE, Part, Placer, Progress, Statement, Surroundings, coordinate_system, read_part, tell
from .problems import ProblemLog, TrackRefused
from .quality import derived_speed
from .readings import UNPLACED, Flags, Ints, Readings, RowFlag, blank_column, pieces
from .stored import Stored

__all__ = [
    "Part",
    "Placer",
    "Progress",
    "ReadTrack",
    "Statement",
    "Surroundings",
    "coordinate_system",
    "files_of",
    "read_track",
]


@dataclass(frozen=True, slots=True)
class ReadTrack:
    """A drive as understood. ``place`` is each reading's division index (-1 outside), or all -1 when nobody asked.

    ``parts`` are its files; the one that gave most rows is first where a single layout is shown.
    """

    readings: Readings
    place: NDArray[np.int64]
    rows_total: int
    problems: ProblemLog
    parts: tuple[Part, ...]

    @property
    def main(self) -> Part:
        """The file with most readings of what is measured."""
        return max(self.parts, key=lambda part: (bool(part.readings.channels), len(part.readings)))

    @property
    def source(self) -> OpenTrack:
        return self.main.source

    @property
    def mapping(self) -> ColumnMapping:
        return self.main.mapping

    @property
    def first_rows(self) -> list[list[str]]:
        return self.main.first_rows

    @property
    def format_key(self) -> str:
        return self.main.format_key if len(self.parts) == 1 else "joined"


def read_track(
    data: bytes | Path | Stored,
    filename: str,
    statement: Statement,
    around: Surroundings,
    limits: ImportLimits | None = None,
) -> ReadTrack:
    """Read a track, from memory or where it lies. Raises TrackRefused, with a sentence, when nothing usable is in the file
    or a limit is passed."""
    limits = limits or ImportLimits()
    stored = Stored.of(data)
    limits.check_size(stored.size)
    deadline = Deadline(limits.max_seconds)
    if not isinstance(stored.data, Path):
        return _read(stored, filename, statement, around, limits, deadline)
    with meanwhile(stored.sha256):
        return _read(stored, filename, statement, around, limits, deadline)


def _read(
    stored: Stored, filename: str, statement: Statement, around: Surroundings, limits: ImportLimits, deadline: Deadline
) -> ReadTrack:
    files = files_of(stored, filename, limits)
    if len(files) == 1:
        part = read_part(files[0], statement.of(files[0].name), around, limits, deadline)
        return _settle(part.readings, [part], np.zeros(0, dtype=np.int64), around)
    # Together the files' columns take no more memory than one file's may, and the joined ones as much again.
    each = replace(limits, aside_above=limits.aside_above // len(files))
    parts = []
    for number, file in enumerate(files):
        parts.append(_named(file, statement, _in_its_turn(around, number, len(files)), each, deadline))
    tell(around.progress, ROWS_SHARE, sum(part.rows_total for part in parts))
    joined = join([part.to_join() for part in parts], around.rule, around.join_within_s, limits)
    if not len(joined.readings):
        raise TrackRefused("nothing_usable", _("几个文件的时间对不上，没有一行能确定位置。请核对各文件的日期和时区。"))
    return _settle(joined.readings, parts, joined.part, around)


def files_of(data: bytes | Stored, filename: str, limits: ImportLimits) -> list[SourceFile]:
    """What is read by itself: the files of a bundle, or the file, each by kinds of rows where it has several."""
    stored = Stored.of(data)
    files = bundle.files_of(stored, limits) if bundle.is_bundle(stored) else [SourceFile(filename, stored)]
    return [part for file in files for part in records.split(file, limits)]


def _in_its_turn(around: Surroundings, number: int, count: int) -> Surroundings:
    """The same, told how far all files are together instead of each by itself."""
    told = around.progress
    if told is None:
        return around
    return replace(around, progress=lambda share, rows: told((number * ROWS_SHARE + share) / count, rows))


def _named(
    file: SourceFile, statement: Statement, around: Surroundings, limits: ImportLimits, deadline: Deadline
) -> Part:
    """One of several files; a refusal names it."""
    try:
        return read_part(file, statement.of(file.name), around, limits, deadline, several=True)
    except TrackRefused as refusal:
        words = _("文件“%(file)s”：%(sentence)s") % {"file": file.name, "sentence": refusal}
        raise TrackRefused(refusal.code, words, refusal.field or "file") from refusal


def _settle(readings: Readings, parts: Sequence[Part], origin: Ints, around: Surroundings) -> ReadTrack:
    """Judge the jumps, place the points, derive the speed; ``origin`` is the file each reading is remarked on in, of
    several."""
    time_ms, lat, lon = readings.time_ms, readings.lat, readings.lon
    before: Flags = readings.flags & np.uint16(UNPLACED)
    flags = checks.jump_flags(time_ms, lat, lon, before, around.rule)
    place = blank_column(len(readings), "i8")
    place[:] = -1
    if around.place is not None:
        place = around.place(lat, lon)
        flags[place < 0] |= int(RowFlag.OUTSIDE)
    for number, part in enumerate(parts):
        mine = origin == number if len(parts) > 1 else slice(None)
        checks.log_flags(part.log, flags[mine], readings.row[mine], checks.OF_PLACE)
    speed = readings.speed_kmh
    # Not NaN, nor infinite.
    if not all(((speed[piece] >= 0) & (speed[piece] < np.inf)).all() for piece in pieces(len(speed))):
        stated = np.isfinite(speed) & (speed >= 0)
        placed = (flags & int(UNPLACED)) == 0
        derived = derived_speed(time_ms, lat, lon, placed, around.rule)
        speed = np.where(stated, speed, np.round(derived, 2))
    flags |= readings.flags
    readings = replace(readings, speed_kmh=speed, flags=flags)
    log = parts[0].log if len(parts) == 1 else ProblemLog.joined([part.log for part in parts])
    rows_total = parts[0].rows_total if len(parts) == 1 else len(readings) + log.left_out()
    return ReadTrack(readings, place, rows_total, log, tuple(parts))
