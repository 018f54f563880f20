"""The air around a hot spot: a low percentile of the values in a window of *time*, so that gaps and uneven sampling
don't shift it."""

from __future__ import annotations

import numpy as np

from .ranking import ranked
from .readings import Bools, Floats, Ints
from .rules import HotSpotSettings
from .shapes import usual_step_ms


def background(time_ms: Ints, values: Floats, rule: HotSpotSettings, speed_kmh: Floats | None = None) -> Floats:
    """The rolling background at each reading, NaN where the window holds too little to tell.

    ``values`` has NaN where there is nothing to judge; ``time_ms`` must not decrease over the others. With speeds,
    readings taken standing count only where there are no others.
    """
    level = _level(time_ms, values, rule)
    if speed_kmh is None or rule.idle_kmh <= 0:
        return level
    driven = _level(time_ms, np.where(speed_kmh < rule.idle_kmh, np.nan, values), rule)
    known = np.isfinite(driven)
    if not known.any():
        return level
    # Standing readings lie between driven ones: the driven background reaches over them, half a window at most.
    at = np.flatnonzero(np.isfinite(values) & ~known)
    reached = at[_near_a_told_knot(time_ms[at], time_ms[known], rule)]
    driven[reached] = np.interp(time_ms[reached], time_ms[known], driven[known])
    return np.where(np.isfinite(driven), driven, level)


def _level(time_ms: Ints, values: Floats, rule: HotSpotSettings) -> Floats:
    level = np.full(len(values), np.nan)
    there = np.isfinite(values)
    if not there.any():
        return level
    known = slice(None) if there.all() else np.flatnonzero(there)
    t, v = time_ms[known], values[known]
    knots = _knots(t, rule)
    at_knots = _percentiles(t, v, knots, rule)
    told = np.isfinite(at_knots)
    if not told.any():
        return level
    between = np.interp(t, knots[told], at_knots[told])
    between[~_near_a_told_knot(t, knots[told], rule)] = np.nan
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
    silent = np.flatnonzero(np.diff(t) > step)
    return np.unique(np.concatenate((t[0] + cells * step, t[silent], t[silent + 1], t[-1:])))


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
    cuts = np.flatnonzero(np.diff(t) > rule.restart_gap_s * 1000) + 1
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
