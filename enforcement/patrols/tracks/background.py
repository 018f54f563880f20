"""The air around a hot spot: a low percentile of the values in a window of *time*, so that gaps and uneven sampling
don't shift it."""

from __future__ import annotations

import numpy as np

from .ranking import ranked
from .readings import Bools, Floats, Ints
from .rules import HotSpotSettings
from .shapes import silences, usual_step_ms


class Background:
    """The rolling background of a series, computed at knots and told where somebody asks."""

    def __init__(self, time_ms: Ints, values: Floats, rule: HotSpotSettings, speed_kmh: Floats | None = None) -> None:
        self._level = _Level(time_ms, values, rule)
        self._driven: Floats | None = None
        if speed_kmh is not None and rule.idle_kmh > 0:
            self._driven = _driven(time_ms, values, rule, speed_kmh)

    def at(self, rows: Ints | slice) -> Floats:
        """The background at the readings of these places, NaN where nobody can tell."""
        level = self._level.at(rows)
        if self._driven is None:
            return level
        driven = self._driven[rows]
        return np.where(np.isfinite(driven), driven, level)


def background(time_ms: Ints, values: Floats, rule: HotSpotSettings, speed_kmh: Floats | None = None) -> Floats:
    """The rolling background at each reading, NaN where the window holds too little to tell.

    ``values`` has NaN where there is nothing to judge; ``time_ms`` must not decrease over the others. With speeds,
    readings taken standing count only where there are no others.
    """
    return Background(time_ms, values, rule, speed_kmh).at(slice(None))


def _driven(time_ms: Ints, values: Floats, rule: HotSpotSettings, speed_kmh: Floats) -> Floats | None:
    """The background of what was driven, which reaches over the standing readings between, half a window at most."""
    driven = _Level(time_ms, np.where(speed_kmh < rule.idle_kmh, np.nan, values), rule).at(slice(None))
    known = np.isfinite(driven)
    if not known.any():
        return None
    at = np.flatnonzero(np.isfinite(values) & ~known)
    reached = at[_near_a_told_knot(time_ms[at], time_ms[known], rule)]
    driven[reached] = np.interp(time_ms[reached], time_ms[known], driven[known])
    return driven


class _Level:
    """The background of all values, standing or not: the knots that can be told, and what lies between them."""

    def __init__(self, time_ms: Ints, values: Floats, rule: HotSpotSettings) -> None:
        self._time_ms, self._values, self._rule = time_ms, values, rule
        there = np.isfinite(values)
        known = slice(None) if there.all() else np.flatnonzero(there)
        t, v = time_ms[known], values[known]
        self._knots, self._told = np.zeros(0, dtype=np.int64), np.zeros(0)
        if len(t):
            knots = _knots(t, rule)
            at_knots = _percentiles(t, v, knots, rule)
            told = np.isfinite(at_knots)
            self._knots, self._told = knots[told], at_knots[told]

    def at(self, rows: Ints | slice) -> Floats:
        """The level at these readings, which rise."""
        t, there = self._time_ms[rows], np.isfinite(self._values[rows])
        level = np.full(len(t), np.nan)
        if not len(self._knots) or not len(t):
            return level
        known = slice(None) if there.all() else np.flatnonzero(there)
        t = t[known]
        between = np.interp(t, self._knots, self._told)
        between[~_near_a_told_knot(t, self._knots, self._rule)] = np.nan
        level[known] = between
        return level


def _knots(t: Ints, rule: HotSpotSettings) -> Ints:
    """The moments the background is computed at: every step that has a reading, both ends, both sides of a silence."""
    step = int(rule.step_s * 1000)
    # A cell's readings lie together: bisecting for each edge is cheaper than telling every reading its cell.
    last = int(t[-1] - t[0]) // step
    cells = np.arange(last + 1) if last < len(t) else np.unique((t - t[0]) // step)
    if last < len(t):
        edges = np.searchsorted(t, t[0] + np.arange(last + 2) * step)
        cells = cells[edges[1:] > edges[:-1]]
    silent = silences(t, step)
    # Nearly in order as they are: sorting is far cheaper than the hashing of `np.unique`.
    knots = np.sort(np.concatenate((t[0] + cells * step, t[silent], t[silent + 1], t[-1:])), kind="stable")
    return knots[np.diff(knots, prepend=knots[0] - 1) > 0]


def _percentiles(t: Ints, v: Floats, knots: Ints, rule: HotSpotSettings) -> Floats:
    half = int(rule.window_s * 500)
    starts = np.searchsorted(t, knots - half, side="left")
    ends = np.searchsorted(t, knots + half, side="right")
    needed = _needed(t, rule)
    starts, ends = _within_restarts(t, knots, starts, ends, needed, rule)
    at_knots = np.full(len(knots), np.nan)
    told = np.flatnonzero(ends - starts >= needed)
    ranks = (rule.percentile / 100 * (ends[told] - starts[told] - 1) + 0.5).astype(np.int64)
    at_knots[told] = ranked(v, starts[told], ends[told], ranks)
    return at_knots


def _within_restarts(
    t: Ints, knots: Ints, starts: Ints, ends: Ints, needed: int, rule: HotSpotSettings
) -> tuple[Ints, Ints]:
    """Windows that stop at long silences: what was before may be another place, or the instrument another zero.

    A side with too little of its own keeps looking across.
    """
    if rule.restart_gap_s <= 0:
        return starts, ends
    cuts = silences(t, rule.restart_gap_s * 1000) + 1
    edges = np.concatenate(([0], cuts, [len(t)]))
    own = np.searchsorted(edges, np.searchsorted(t, knots, side="right") - 1, side="right") - 1
    first, last = np.maximum(starts, edges[own]), np.minimum(ends, edges[own + 1])
    enough = last - first >= needed
    return np.where(enough, first, starts), np.where(enough, last, ends)


def _needed(t: Ints, rule: HotSpotSettings) -> int:
    """Readings a window must hold; half a window at the run's ends is still judged by the same count."""
    usual_ms = usual_step_ms(t) if len(t) > 1 else 1000.0
    full = rule.window_s * 1000 / max(usual_ms, 1.0)
    return max(3, int(full * rule.min_window_share))


def _near_a_told_knot(t: Ints, knots: Ints, rule: HotSpotSettings) -> Bools:
    """True where a computed background is within half a window; farther away nobody measured it.

    Moments and knots rise, so what isn't near lies in stretches: before the first knot, between two, after the last.
    """
    half = rule.window_s * 500
    wide = np.flatnonzero(np.diff(knots) > 2 * half)
    near = np.ones(len(t), dtype=bool)
    near[: np.searchsorted(t, np.ceil(knots[0] - half).astype(np.int64), side="left")] = False
    near[np.searchsorted(t, np.floor(knots[-1] + half).astype(np.int64), side="right") :] = False
    leaves = np.searchsorted(t, np.floor(knots[wide] + half).astype(np.int64), side="right")
    nears = np.searchsorted(t, np.ceil(knots[wide + 1] - half).astype(np.int64), side="left")
    for start, end in zip(leaves[leaves < nears].tolist(), nears[leaves < nears].tolist(), strict=True):
        near[start:end] = False
    return near
