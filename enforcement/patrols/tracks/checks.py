"""What is wrong with readings that were understood: clock, jumps, place, values."""

from __future__ import annotations

import numpy as np

from regions.coordinates import EARTH_RADIUS_M, distance_m

from .abreast import do_abreast
from .problems import REASONS, ProblemLog
from .readings import Bools, Flags, Floats, Ints, RowFlag, pieces
from .rules import CeilingRule, TrackRule

#: Instruments of this trade did not exist before; an earlier date is a clock that was never set.
EARLIEST_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
#: How far a receiver's clock may run ahead of ours.
AHEAD_MS = 86_400_000
KM_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180_000


def unusable_place(lat: Floats, lon: Floats) -> list[tuple[str, Bools]]:
    """(code, mask) of coordinates that are no place; the first code that fits a row is its reason."""
    off = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    swapped = (np.abs(lat) > 90) & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    nowhere = (lat == 0) & (lon == 0)
    return [("swapped", swapped), ("not_on_earth", off), ("no_fix", nowhere)]


def implausible_time(time_ms: Ints, now_ms: int) -> Bools:
    """True before 2000 and more than a day ahead of now."""
    mask: Bools = (time_ms < EARLIEST_MS) | (time_ms > now_ms + AHEAD_MS)
    return mask


def order_flags(time_ms: Ints) -> Flags:
    """Flags for readings whose clock steps back or stands still, file order kept.

    A single reading ahead of both its neighbours is itself the stray one, not everything after it.
    """
    flags = np.zeros(len(time_ms), dtype=np.uint16)
    if all((np.diff(time_ms[piece]) > 0).all() for piece in pieces(len(time_ms) - 1, 1)):
        return flags
    stray = np.zeros(len(time_ms), dtype=bool)
    stray[1:-1] = (time_ms[1:-1] > time_ms[2:]) & (time_ms[2:] > time_ms[:-2])
    steady = np.where(stray, np.iinfo(np.int64).min, time_ms)
    latest = np.maximum.accumulate(steady)
    flags[stray] = RowFlag.TIME_BACK
    before = latest[:-1]
    flags[1:][(time_ms[1:] < before) & ~stray[1:]] = RowFlag.TIME_BACK
    flags[1:][(time_ms[1:] == before) & ~stray[1:]] = RowFlag.DUPLICATE_SECOND
    return flags


def jump_flags(time_ms: Ints, lat: Floats, lon: Floats, flags: Flags, rule: TrackRule) -> Flags:
    """Flags for readings that could not have been reached from the last one at the rule's top speed.

    A single point off the road is flagged alone; a lasting change of place flags its first point. Where nothing jumped the
    answer is ``flags`` as given.
    """
    kept = np.flatnonzero(flags == 0) if flags.any() else None
    t, y, x = (time_ms, lat, lon) if kept is None else (time_ms[kept], lat[kept], lon[kept])
    too_fast = _too_fast(t, y, x, rule.max_speed_kmh)
    if not too_fast.any():
        return flags
    flags = flags.copy()
    kept = np.arange(len(t)) if kept is None else kept
    jump = np.zeros(len(kept), dtype=bool)
    if len(kept) > 2:
        around = np.zeros(len(kept) - 2, dtype=bool)
        at = np.flatnonzero(too_fast[:-1] | too_fast[1:])
        around[at] = _kmh(t[at], y[at], x[at], t[at + 2], y[at + 2], x[at + 2]) <= rule.max_speed_kmh
        jump[1:-1] = too_fast[:-1] & too_fast[1:] & around
        jump[0] = too_fast[0] and not too_fast[1] and not around[0]
    explained = np.zeros(len(kept) - 1, dtype=bool)
    explained |= jump[:-1] | jump[1:]
    jump[1:] |= too_fast & ~explained
    flags[kept[jump]] |= np.uint16(RowFlag.JUMP)
    return flags


def _too_fast(t: Ints, lat: Floats, lon: Floats, max_kmh: float) -> Bools:
    """True for each step faster than so many km/h. Most are settled by a bound, the great circle by what is left.

    No way is longer than the way north and then the way east on the equator.
    """
    fast = np.zeros(max(0, len(t) - 1), dtype=bool)

    def settle(part: slice) -> None:
        degrees = np.abs(np.diff(lat[part])) + np.abs(np.diff(lon[part]))
        reach = np.maximum(np.diff(t[part]), 1) * (max_kmh / 3_600_000 * 0.999 / KM_PER_DEGREE)
        at = part.start + np.flatnonzero(degrees > reach)
        fast[at] = _kmh(t[at], lat[at], lon[at], t[at + 1], lat[at + 1], lon[at + 1]) > max_kmh

    do_abreast(settle, pieces(len(fast), 1))
    return fast


def _kmh(t0: Ints, lat0: Floats, lon0: Floats, t1: Ints, lat1: Floats, lon1: Floats) -> Floats:
    hours = np.maximum(t1 - t0, 1) / 3_600_000
    speed: Floats = distance_m(lon0, lat0, lon1, lat1) / 1000 / hours
    return speed


def saturated(values: Floats, rule: CeilingRule, range_max: float | None = None) -> Bools:
    """True where an instrument shows its ceiling instead of the air.

    At or above its registered range; at the file's highest value where that is a number formats end at; at the highest
    value where it stands still over ``repeats`` readings in a row although it is ``times`` the median, for air never
    repeats its peak to the last digit.
    """
    over = np.zeros(len(values), dtype=bool)
    finite = np.isfinite(values)
    if not finite.any():
        return over
    if range_max is not None and range_max > 0:
        over |= np.nan_to_num(values) >= range_max
    highest = float(np.nanmax(values))
    if not rule.repeats and highest not in rule.ceilings:
        return over
    top = finite & (values == highest)
    if highest > 0 and (highest in rule.ceilings or _stands_still(values, top, highest, rule)):
        over |= top
    return over


def _stands_still(values: Floats, top: Bools, highest: float, rule: CeilingRule) -> bool:
    """True where the highest value, far above the median, comes ``repeats`` times in a row."""
    if not rule.repeats or top.sum() < rule.repeats:
        return False
    if highest <= rule.times * max(float(np.median(values[np.isfinite(values)])), 0.0):
        return False
    edges = np.flatnonzero(np.diff(np.concatenate(([False], top, [False])).astype(np.int8)))
    return bool((edges[1::2] - edges[::2]).max() >= rule.repeats)


#: What the order of a file's rows says, and what the places of the whole drive say.
OF_ORDER = (RowFlag.TIME_BACK, RowFlag.DUPLICATE_SECOND)
OF_PLACE = (RowFlag.JUMP, RowFlag.OUTSIDE)


def log_flags(log: ProblemLog, flags: Flags, row: Ints, which: tuple[RowFlag, ...]) -> None:
    """Remark on each reading with one of the flags by line number."""
    if not flags.any():
        return
    for code, reason in REASONS.items():
        if reason.flag in which:
            hit = row[(flags & int(reason.flag)) != 0]
            if len(hit):
                log.add_many(code, hit.tolist())
