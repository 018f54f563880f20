"""The same stretch of road in two runs: where it was driven, how far the air stood above its background. Pure.

Both runs are corrected by their own background, so that another day's air or another zero doesn't count as a change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regions.coordinates import step_lengths_m

from .background import background
from .readings import Floats, Readings
from .rules import HotSpotSettings

METRES = 111_195.08  # of a degree of latitude
#: Points of a stretch are this far apart, and at most so many.
SPACING_M = 20.0
MOST_POINTS = 400

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RedriveSettings:
    """What makes two drives of a stretch comparable, and what a change is. Shares are of the excess before."""

    tolerance_m: float
    min_share: float
    percentile: float
    improved_share: float
    worse_share: float


@dataclass(frozen=True, slots=True)
class Pass:
    """A stretch in one run: the excess over background at each of its points (NaN where it wasn't driven)."""

    excess: Floats

    @property
    def share(self) -> float:
        """How much of the stretch was driven and measured."""
        return float(np.isfinite(self.excess).mean()) if len(self.excess) else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """The numbers of a proposal, in the channel's unit; `verdict` is improved, unchanged, worse or not_comparable."""

    share_before: float
    share_after: float
    before: float
    after: float
    verdict: str

    def numbers(self) -> dict[str, float]:
        values = {"share_before": self.share_before, "share_after": self.share_after, "before": self.before,
                  "after": self.after}  # fmt: skip
        return {name: round(value, 4) for name, value in values.items() if math.isfinite(value)}


def stretch_of(readings: Readings, first: int, last: int, reach_m: float) -> list[Point]:
    """The road driven from `reach_m` before a hot spot's first reading to `reach_m` after its last: (lon, lat) points."""
    placed = np.flatnonzero(readings.placed())
    lon, lat = readings.lon[placed], readings.lat[placed]
    if not len(placed):
        return []
    steps = np.hypot(np.diff(lon) * np.cos(np.radians(lat[1:])), np.diff(lat)) * METRES
    driven = np.concatenate(([0.0], np.cumsum(steps)))
    begin, end = (int(np.clip(np.searchsorted(placed, one), 0, len(placed) - 1)) for one in (first, last))
    inside = (driven >= driven[begin] - reach_m) & (driven <= driven[end] + reach_m)
    rows = np.flatnonzero(inside)
    bucket = (driven[rows] / SPACING_M).astype(np.int64)
    kept = rows[np.flatnonzero(np.concatenate(([True], np.diff(bucket) > 0)))][:MOST_POINTS]
    return [(round(float(lon[row]), 6), round(float(lat[row]), 6)) for row in kept]


def along_m(stretch: Sequence[Sequence[float]]) -> Floats:
    """How far each point of a stretch lies from its beginning, along the road (m)."""
    lon, lat = (np.array(one) for one in zip(*stretch, strict=True))
    return np.concatenate(([0.0], np.cumsum(step_lengths_m(lon, lat))))


def excess_along(
    readings: Readings, channel: str, stretch: Sequence[Point], rule: HotSpotSettings, tolerance_m: float,
    between: tuple[int, int] | None = None,
) -> Pass:  # fmt: skip
    """The mean excess of the readings within the tolerance of each point; `between` are times (ms) that count."""
    nothing = Pass(np.full(len(stretch), np.nan))
    name = next((one.name for one in readings.measured() if one.name.lower() == channel.lower()), None)
    if name is None or not stretch:
        return nothing
    placed = readings.only(name).take(np.flatnonzero(readings.placed()))
    if not len(placed):
        return nothing
    values = np.where(placed.value(name) >= 0, placed.value(name), np.nan)
    above = values - background(placed.time_ms, values, rule)
    lons, lats = (np.array(one) for one in zip(*stretch, strict=True))
    room = 2 * tolerance_m / METRES
    near = np.isfinite(above) & (placed.lat > lats.min() - room) & (placed.lat < lats.max() + room)
    near &= (placed.lon > lons.min() - 2 * room) & (placed.lon < lons.max() + 2 * room)
    if between is not None:
        near &= (placed.time_ms >= between[0]) & (placed.time_ms <= between[1])
    lon, lat, above = placed.lon[near], placed.lat[near], above[near]
    squeeze = math.cos(math.radians(float(lats.mean())))
    found = np.full(len(stretch), np.nan)
    for number, (x, y) in enumerate(stretch):
        close = np.hypot((lon - x) * squeeze, lat - y) * METRES <= tolerance_m
        if close.any():
            found[number] = float(above[close].mean())
    return Pass(found)


def compared(before: Pass, after: Pass, settings: RedriveSettings) -> Comparison:
    """The two drives over the points both of them measured: a high percentile of each excess, and what it proposes."""
    both = np.isfinite(before.excess) & np.isfinite(after.excess)
    if not both.any():
        return Comparison(before.share, after.share, math.nan, math.nan, "not_comparable")
    high = float(np.percentile(before.excess[both], settings.percentile))
    now = float(np.percentile(after.excess[both], settings.percentile))
    enough = float(both.mean()) >= settings.min_share
    return Comparison(
        before.share, after.share, high, now, _verdict(high, now, settings) if enough else "not_comparable"
    )


def _verdict(before: float, after: float, settings: RedriveSettings) -> str:
    if before <= 0:
        return "not_comparable"
    if after <= before * settings.improved_share:
        return "improved"
    return "worse" if after >= before * settings.worse_share else "unchanged"
