"""A block of text cells to readings; rows that can't be placed in time and space are named and left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from . import cells, checks, clock
from .formats.base import CellBlock
from .layout import Layout
from .mapping import DATE, ColumnMapping
from .problems import REASONS, ProblemLog
from .readings import Bools, Channel, Floats, Ints, Readings
from .unit_watch import UnitWatch

Cells = Mapping[int, Sequence[str]]


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Reads blocks of one file, in its order; ``now_ms`` bounds its times, ``units`` follows them down the file."""

    layout: Layout
    mapping: ColumnMapping
    zone: tzinfo
    now_ms: int
    units: UnitWatch

    @property
    def indexes(self) -> list[int]:
        """The columns needed, in file order; blocks hold exactly these."""
        return sorted({*self.mapping.fields.values(), *(index for index, _channel in self.mapping.channels)})

    def read(self, block: CellBlock, log: ProblemLog) -> Readings:
        """The block's usable rows, in the file's own coordinate system and speed unit."""
        column = dict(zip(self.indexes, block.columns, strict=True))
        rows = np.asarray(block.rows, dtype=np.int64)
        time_ms, lat, lon, usable, headers = self._when_and_where(column, rows, log)
        flags = np.zeros(len(rows), dtype=np.uint16)
        values = tuple(
            self._channel(index, channel, column, rows, usable, headers, flags, log)
            for index, channel in self.mapping.channels
        )
        speed = np.full(len(rows), np.nan)
        if "speed" in self.mapping.fields:
            speed = cells.numbers(column[self.mapping.fields["speed"]], self._comma)[0]
        channels = tuple(channel for _index, channel in self.mapping.channels)
        return Readings(time_ms, lat, lon, speed, flags, rows, channels, values).take(usable)

    @property
    def _comma(self) -> bool:
        """A comma can only be a decimal comma where it doesn't separate columns."""
        return self.layout.delimiter != ","

    def _when_and_where(self, column: Cells, rows: Ints, log: ProblemLog) -> tuple[Ints, Floats, Floats, Bools, Bools]:
        at = self.mapping.fields
        time_ms, no_time, bad_time = clock.moments(self._time_cells(column), self.zone)
        headers = self.units.headers(at["time"], column[at["time"]], bad_time)
        reasons: list[tuple[str, Bools, str]] = [
            ("repeated_header", headers, "time"),
            ("no_time", no_time, "time"),
            ("bad_time", bad_time, "time"),
            ("implausible_time", checks.implausible_time(time_ms, self.now_ms), "time"),
        ]
        lat = lon = np.full(len(rows), np.nan)
        if "lat" in at:
            lat, lon, wrong = self._where(column)
            reasons += wrong
        usable = np.ones(len(rows), dtype=bool)
        for code, mask, field in reasons:
            hit = mask & usable
            self._remark(code, hit, at[field], column, rows, log)
            usable &= ~hit
        return time_ms, lat, lon, usable, headers

    def _where(self, column: Cells) -> tuple[Floats, Floats, list[tuple[str, Bools, str]]]:
        """Latitude, longitude and what is wrong with them: code, mask, field."""
        at = self.mapping.fields
        lat, no_lat, bad_lat = cells.numbers(column[at["lat"]], self._comma)
        lon, no_lon, bad_lon = cells.numbers(column[at["lon"]], self._comma)
        return (
            lat,
            lon,
            [
                ("no_place", no_lat, "lat"),
                ("no_place", no_lon, "lon"),
                ("bad_place", bad_lat, "lat"),
                ("bad_place", bad_lon, "lon"),
                *((code, mask, "lat") for code, mask in checks.unusable_place(lat, lon)),
            ],
        )

    def _channel(
        self,
        index: int,
        channel: Channel,
        column: Cells,
        rows: Ints,
        usable: Bools,
        headers: Bools,
        flags: NDArray[np.uint16],
        log: ProblemLog,
    ) -> Floats:
        values, blank, bad = cells.numbers(column[index], self._comma)
        changed = unknown = np.zeros(len(rows), dtype=bool)
        if not channel.role:
            values, bad, changed, unknown = self.units.read(index, column[index], values, bad, headers)
        negative = np.nan_to_num(values) < 0
        for code, mask in (
            ("missing_value", blank & (not self.layout.sparse)),
            ("bad_value", bad),
            ("negative", negative),
            ("unit_change", changed),
            ("unit_unknown", unknown),
        ):
            hit = mask & usable
            self._remark(code, hit, index, column, rows, log)
            flags[hit] |= np.uint16(REASONS[code].flag or 0)
        return values

    def channels(self) -> tuple[Channel, ...]:
        """The channels in the units they were read in: a column without one takes that of its cells."""
        return tuple(
            channel if channel.role else replace(channel, unit=channel.unit or self.units.declared[index])
            for index, channel in self.mapping.channels
        )

    def _remark(self, code: str, mask: Bools, index: int, column: Cells, rows: Ints, log: ProblemLog) -> None:
        hit = np.flatnonzero(mask)
        if len(hit):
            texts = column[index]
            log.add_many(code, rows[hit].tolist(), self.layout.columns[index].label, (texts[i] for i in hit.tolist()))

    def _time_cells(self, column: Cells) -> Sequence[str]:
        """The time column, with the date column in front of cells that hold only a time of day."""
        moments = column[self.mapping.fields["time"]]
        if DATE not in self.mapping.fields:
            return moments
        days = column[self.mapping.fields[DATE]]
        return [
            moment if _has_date(moment) else f"{day.strip().split(' ')[0]} {moment.strip()}"
            for day, moment in zip(days, moments, strict=True)
        ]


def _has_date(moment: str) -> bool:
    return len(moment.strip()) > 13 or any(mark in moment for mark in "-/年")
