"""Where the air was worse than around it.

Against a background that follows the run (a low percentile of the values in a window of *time*, so that gaps and uneven
sampling don't shift it), a hot spot is a stretch of readings that exceeds a ratio **and** a floor for long enough.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from regions.coordinates import distance_m

from .readings import Bools, Floats, Ints, Readings
from .rules import HotSpotSettings


@dataclass(frozen=True, slots=True)
class FoundHotSpot:
    """One stretch. Indexes into the readings; values in the channel's unit; times UTC milliseconds.

    ``ratio`` is peak over the background at the peak. ``duration_s`` is from first to last reading and counts the last
    one's own interval; merged gaps are part of it, but only time above the limits counts towards the least duration.
    """

    first: int
    last: int
    at_peak: int
    peak: float
    mean: float
    background: float
    ratio: float
    duration_s: float
    started_ms: int
    ended_ms: int
    lat: float
    lon: float


def background(time_ms: Ints, values: Floats, rule: HotSpotSettings) -> Floats:
    """The rolling background at each reading, NaN where the window holds too little to tell.

    ``values`` has NaN where there is nothing to judge; ``time_ms`` must not decrease over the others.
    """
    level = np.full(len(values), np.nan)
    known = np.flatnonzero(np.isfinite(values))
    if not len(known):
        return level
    t, v = time_ms[known], values[known]
    knots = _knots(t, rule)
    at_knots = _percentiles(t, v, knots, rule)
    told = np.isfinite(at_knots)
    if not told.any():
        return level
    inside = _near_a_told_knot(t, knots[told], rule)
    level[known[inside]] = np.interp(t[inside], knots[told], at_knots[told])
    return level


def _knots(t: Ints, rule: HotSpotSettings) -> Ints:
    """The moments the background is computed at: every step that has a reading, both ends, both sides of a silence."""
    step = int(rule.step_s * 1000)
    cells = np.unique((t - t[0]) // step)
    silent = np.flatnonzero(np.diff(t) > step)
    return np.unique(np.concatenate((t[0] + cells * step, t[silent], t[silent + 1], t[-1:])))


def _percentiles(t: Ints, v: Floats, knots: Ints, rule: HotSpotSettings) -> Floats:
    half = int(rule.window_s * 500)
    starts = np.searchsorted(t, knots - half, side="left")
    ends = np.searchsorted(t, knots + half, side="right")
    needed = _needed(t, rule)
    at_knots = np.full(len(knots), np.nan)
    share = rule.percentile / 100
    for number, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        count = end - start
        if count < needed:
            continue
        rank = int(share * (count - 1) + 0.5)
        at_knots[number] = np.partition(v[start:end], rank)[rank]
    return at_knots


def _needed(t: Ints, rule: HotSpotSettings) -> int:
    """Readings a window must hold; half a window at the run's ends is still judged by the same count."""
    usual_ms = float(np.median(np.diff(t))) if len(t) > 1 else 1000.0
    full = rule.window_s * 1000 / max(usual_ms, 1.0)
    return max(3, int(full * rule.min_window_share))


def _near_a_told_knot(t: Ints, knots: Ints, rule: HotSpotSettings) -> Bools:
    """True where a computed background is within half a window; farther away nobody measured it."""
    after = np.clip(np.searchsorted(knots, t), 0, len(knots) - 1)
    before = np.clip(after - 1, 0, len(knots) - 1)
    near: Bools = np.minimum(np.abs(knots[after] - t), np.abs(knots[before] - t)) <= rule.window_s * 500
    return near


def find(readings: Readings, channel: str, rule: HotSpotSettings) -> list[FoundHotSpot]:
    """The hot spots of one channel, in order of time. KeyError if the run has no such channel."""
    values = readings.value(channel)
    usable = readings.placed() & np.isfinite(values) & (values >= 0)
    values = np.where(usable, values, np.nan)
    level = background(readings.time_ms, values, rule)
    lifted = np.maximum(level, rule.background_min)
    with np.errstate(invalid="ignore"):
        over = usable & (values >= rule.floor) & (values >= rule.ratio * lifted)
    firsts, lasts = _stretches(readings, over, rule)
    return _describe(readings, values, lifted, over, firsts, lasts, rule)


def _stretches(readings: Readings, over: Bools, rule: HotSpotSettings) -> tuple[Ints, Ints]:
    """First and last index of each stretch, close ones merged."""
    rows = np.flatnonzero(over)
    if not len(rows):
        return rows, rows
    silence_s = np.diff(readings.time_ms[rows]) / 1000
    apart_m = distance_m(
        readings.lon[rows[:-1]], readings.lat[rows[:-1]], readings.lon[rows[1:]], readings.lat[rows[1:]]
    )
    # Standing in a queue keeps two stretches within metres for minutes; half a window later it is another stretch.
    close = (silence_s <= rule.merge_gap_s) | ((apart_m < rule.merge_gap_m) & (silence_s < rule.window_s / 2))
    cut = np.flatnonzero(~close)
    return rows[np.concatenate(([0], cut + 1))], rows[np.concatenate((cut, [len(rows) - 1]))]


def _describe(
    readings: Readings, values: Floats, level: Floats, over: Bools, firsts: Ints, lasts: Ints, rule: HotSpotSettings
) -> list[FoundHotSpot]:
    if not len(firsts):
        return []
    interval_s = _usual_interval_s(readings)
    found = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        over_s = float(over[first : last + 1].sum()) * interval_s
        if over_s < rule.min_duration_s:
            continue
        duration_s = (int(readings.time_ms[last]) - int(readings.time_ms[first])) / 1000 + interval_s
        stretch = np.where(over[first : last + 1], values[first : last + 1], -np.inf)
        at_peak = first + int(np.argmax(stretch))
        peak, around = float(values[at_peak]), float(level[at_peak])
        found.append(
            FoundHotSpot(
                first,
                last,
                at_peak,
                peak,
                float(np.nanmean(values[first : last + 1])),
                around,
                peak / around if around > 0 else float("inf"),
                duration_s,
                int(readings.time_ms[first]),
                int(readings.time_ms[last]),
                float(readings.lat[at_peak]),
                float(readings.lon[at_peak]),
            )
        )
    return found


def _usual_interval_s(readings: Readings) -> float:
    times = readings.time_ms[readings.placed()]
    return float(np.median(np.diff(times))) / 1000 if len(times) > 1 else 0.0
