"""How far, how long and how soundly a run was driven. The one place where kilometres come from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regions.coordinates import step_lengths_m

from .abreast import do_abreast
from .readings import Bools, Chosen, Floats, Ints, Readings, blank_column, pieces
from .rules import TrackRule


@dataclass(frozen=True, slots=True)
class Steps:
    """Each step between consecutive ``placed`` readings: its ``metres`` and ``seconds``, both 0 where the step isn't driven
    (a gap longer than the rule allows, a jump)."""

    placed: Chosen
    metres: Floats
    seconds: Floats

    @property
    def at(self) -> Ints:
        """The index of the reading each step ends on."""
        rows = self.placed.rows
        return np.arange(1, len(self.placed)) if rows is None else rows[1:]


@dataclass(frozen=True, slots=True)
class Quality:
    """Kilometres and hours driven, and the share (0-1) of the file's rows that are placed readings."""

    km: float
    hours: float
    valid_share: float


def steps(readings: Readings, rule: TrackRule) -> Steps:
    """The steps of a run."""
    placed = readings.where_placed()
    count = max(0, len(placed) - 1)
    metres, seconds = blank_column(count), blank_column(count)

    def drive(piece: slice) -> None:
        at = placed.at(slice(piece.start, piece.stop + 1))
        long_s = np.diff(readings.time_ms[at]) / 1000
        far_m = step_lengths_m(readings.lon[at], readings.lat[at])
        driven = (long_s <= rule.max_gap_s) & (far_m * 3.6 <= rule.max_speed_kmh * np.maximum(long_s, 0.001))
        metres[piece] = np.where(driven, far_m, 0.0)
        seconds[piece] = np.where(driven, long_s, 0.0)

    do_abreast(drive, pieces(count))
    return Steps(placed, metres, seconds)


def measure(readings: Readings, rows_total: int, rule: TrackRule, found: Steps | None = None) -> Quality:
    """Quality of a run whose file had ``rows_total`` rows, those that could not be read included."""
    found = found or steps(readings, rule)
    share = len(found.placed) / rows_total if rows_total else 0.0
    return Quality(float(found.metres.sum()) / 1000, float(found.seconds.sum()) / 3600, share)


def derived_speed(time_ms: Ints, lat: Floats, lon: Floats, placed: Bools, rule: TrackRule) -> Floats:
    """Speed in km/h from one placed reading to the next; NaN at the first, after a gap and where not placed."""
    speed = np.full(len(time_ms), np.nan)
    at = np.flatnonzero(placed)
    if len(at) < 2:
        return speed
    seconds = np.diff(time_ms[at]) / 1000
    metres = step_lengths_m(lon[at], lat[at])
    known = (seconds > 0) & (seconds <= rule.max_gap_s)
    speed[at[1:][known]] = metres[known] / seconds[known] * 3.6
    if known[0]:
        speed[at[0]] = speed[at[1]]
    return speed


def trim_to_km(readings: Readings, km: float, rule: TrackRule) -> Readings:
    """The opening part of a run that is as close to ``km`` driven as whole readings allow."""
    found = steps(readings, rule)
    driven = np.cumsum(found.metres) / 1000
    if not len(driven) or driven[-1] <= km:
        return readings
    after = int(np.searchsorted(driven, km))
    if after and km - driven[after - 1] < driven[after] - km:
        after -= 1
    return readings.take(slice(0, int(found.at[after]) + 1))
