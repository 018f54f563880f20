"""Where the air was worse than around it.

Against a background that follows the run (``tracks.background``), a hot spot is a stretch of readings that exceeds a
ratio **and** a floor for long enough, is wider than a passing exhaust, was met driving, and lies where the air was when
it entered the inlet. What each step asks is the dated rule's (``tracks.rules``); ``tracks.judging`` grades and confirms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from regions.coordinates import step_lengths_m

from . import judging, tracers
from .alignment import Inlet, earlier, inlet_of
from .background import Background, background
from .judging import FoundHotSpot, Shape
from .readings import WIND_SPEED, Bools, Chosen, Floats, Ints, Readings, pieces
from .rules import UNREGISTERED, ChannelResponse, HotSpotSettings
from .shapes import opened, sharpened, smoothed, usual_interval_s

__all__ = ["Dropped", "FoundHotSpot", "Judged", "background", "find", "judge"]
#: Rows before a stretch in which its rise is looked for.
RISE_ROWS = 6
#: A value stands for the seconds to the next one, over a silence for so many.
LONGEST_HELD_S = 5.0


@dataclass(frozen=True, slots=True)
class _Series:
    """One channel of a run as it is judged; ``row`` indexes the readings, the arrays run alongside it.

    ``shown`` as the instrument gave it, ``air`` with its slow answer undone, ``wide`` what of it is wider than a spike,
    ``around`` the background, ``inlet`` where the air came in; ``tracer`` its excess, ``wind`` its speed (m/s), if any.
    """

    row: Chosen
    time_ms: Ints
    shown: Floats
    air: Floats
    wide: Floats
    around: Background
    inlet: Inlet
    tracer: Floats | None
    interval_s: float
    wind: Floats | None = None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A stretch of a series by its first and last place, and over it the background, the vehicle's speed (km/h) and place
    (degrees) when the air came in, and the seconds each value stands for."""

    first: int
    last: int
    level: Floats
    kmh: Floats
    lon: Floats
    lat: Floats
    held_s: Floats

    @property
    def whole(self) -> slice:
        return slice(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A stretch above the limits that is no hot spot, and ``why`` not (a code of ``judging``).

    ``wind_ms`` and ``kmh`` are its mean wind (m/s) and the mean speed (km/h) of what was driven of it, None where unknown.
    ``described`` gives it as it would have been one: an import has thousands of them that nobody looks at.
    """

    described: Callable[[], FoundHotSpot]
    why: str
    wind_ms: float | None
    kmh: float | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Every stretch of one channel above the limits, in order of time: the hot spots, and what was dropped."""

    found: list[FoundHotSpot]
    dropped: list[Dropped]


def find(
    readings: Readings,
    channel: str,
    rule: HotSpotSettings,
    responses: Mapping[str, ChannelResponse] | None = None,
) -> list[FoundHotSpot]:
    """The hot spots of one channel, in order of time. KeyError if the run has no such channel.

    ``responses`` by channel name in lower case; a channel that isn't there is taken as it stands.
    """
    return judge(readings, channel, rule, responses).found


def judge(
    readings: Readings,
    channel: str,
    rule: HotSpotSettings,
    responses: Mapping[str, ChannelResponse] | None = None,
) -> Judged:
    """The same with the stretches that were dropped, and why."""
    responses = responses or {}
    own = responses.get(channel.lower(), UNREGISTERED)
    series = _series(readings, readings.value(channel), rule, own, responses, channel)
    if series is None:
        return Judged([], [])
    going_on, over = _above(series, own, rule)
    kept, dropped = [], []
    for stretch in _told(series, _stretches(series, going_on, over, rule), rule):
        shape = _shape(series, stretch, over)
        described, why = partial(_described, series, stretch, over, shape, own, rule), judging.fault(shape, rule)
        if why:
            dropped.append(Dropped(described, why, shape.wind_ms, shape.driven_kmh(rule)))
        else:
            kept.append(described())
    return Judged(judging.confirmed(kept, rule), dropped)


def _series(
    readings: Readings,
    values: Floats,
    rule: HotSpotSettings,
    own: ChannelResponse,
    responses: Mapping[str, ChannelResponse],
    channel: str,
) -> _Series | None:
    there = readings.placed()
    for piece in pieces(len(there)):
        there[piece] &= np.isfinite(values[piece]) & (values[piece] >= 0)
    row = Chosen.of(there)
    if not len(row):
        return None
    t, shown = readings.time_ms[row.at()], values[row.at()]
    inlet = inlet_of(readings, own.lag_s)
    kmh = inlet.speed(t) if rule.idle_kmh > 0 else None
    around = Background(t, shown, rule, kmh)
    air = sharpened(t, shown, own.response_s if rule.spike_s > 0 else 0.0)
    tracer = None
    # Two lags nobody knows are no ground for comparing two instruments second by second.
    if rule.tracer and own is not UNREGISTERED and not tracers.is_tracer(channel, rule):
        tracer = tracers.excess(readings, t, own.lag_s + own.response_s, rule, responses)
    wide = opened(t, air, rule.spike_s)
    wind = _wind(readings, t, own.lag_s) if rule.calm_ms > 0 else None
    return _Series(row, t, shown, air, wide, around, inlet, tracer, usual_interval_s(t), wind)


def _background(series: _Series, rows: Ints, rule: HotSpotSettings) -> Floats:
    level: Floats = np.maximum(series.around.at(rows), rule.background_min)
    return level


def _above(series: _Series, own: ChannelResponse, rule: HotSpotSettings) -> tuple[Ints, Bools]:
    """The places that a stretch goes on at, and which of all are above the limit.

    The limit is never below its floor: the background is asked for where that is passed, which is seldom.
    """
    floor = max(rule.floor, own.detection_limit)
    lowest = min(rule.release_share, 1.0) * floor
    high = np.concatenate(
        [
            np.zeros(0, dtype=np.int64),
            *(piece.start + np.flatnonzero(series.wide[piece] >= lowest) for piece in pieces(len(series.wide))),
        ]
    )
    limit = np.maximum(floor, rule.ratio * _background(series, high, rule))
    # Written so that NaN, a background nobody can tell, is never above.
    over = np.zeros(len(series.wide), dtype=bool)
    over[high] = series.wide[high] >= limit
    return high[series.wide[high] >= rule.release_share * limit], over


def _told(series: _Series, found: list[tuple[int, int]], rule: HotSpotSettings) -> Iterator[_Stretch]:
    """The stretches with what is asked of all their rows at once."""
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(np.arange(first, last + 1) for first, last in found)])
    level, moments = _background(series, rows, rule), series.time_ms[rows]
    kmh, (lon, lat) = series.inlet.speed(moments), series.inlet.place(moments)
    held_s = np.minimum(np.diff(moments, append=moments[-1:]) / 1000, LONGEST_HELD_S)
    start = 0
    for first, last in found:
        its = slice(start, start + last + 1 - first)
        held_s[its.stop - 1] = series.interval_s
        yield _Stretch(first, last, level[its], kmh[its], lon[its], lat[its], held_s[its])
        start = its.stop


def _wind(readings: Readings, time_ms: Ints, lag_s: float) -> Floats | None:
    """The wind's speed (m/s) when the air of each moment came in; None where the run has none."""
    speed = readings.role(WIND_SPEED)
    if speed is None:
        return None
    known = np.flatnonzero(readings.placed() & np.isfinite(speed) & (speed >= 0))
    if not len(known):
        return None
    return earlier(readings.time_ms[known], speed[known], time_ms.astype(np.float64) - lag_s * 1000)


def _stretches(series: _Series, rows: Ints, over: Bools, rule: HotSpotSettings) -> list[tuple[int, int]]:
    """First and last place of each stretch of ``rows`` that passes the limits somewhere, close ones merged."""
    if not len(rows):
        return []
    silence_s = np.diff(series.time_ms[rows]) / 1000
    apart_m = step_lengths_m(*series.inlet.place(series.time_ms[rows]))
    # Standing in a queue keeps two stretches within metres for minutes; half a window later it is another stretch.
    close = (silence_s <= rule.merge_gap_s) | ((apart_m < rule.merge_gap_m) & (silence_s < rule.window_s / 2))
    cut = np.flatnonzero(~close)
    firsts, lasts = rows[np.concatenate(([0], cut + 1))], rows[np.concatenate((cut, [len(rows) - 1]))]
    passing = np.flatnonzero(over)
    passed = np.searchsorted(passing, lasts, side="right") > np.searchsorted(passing, firsts)
    return list(zip(firsts[passed].tolist(), lasts[passed].tolist(), strict=True))


def _shape(series: _Series, stretch: _Stretch, over: Bools) -> Shape:
    """What a stretch looks like: how long, how much of it driven, how steep, how steady, how much of it is exhaust."""
    whole, first, last = stretch.whole, stretch.first, stretch.last
    above = over[whole]
    excess = np.maximum(series.air[whole] - stretch.level, 0.0)
    wide = np.maximum(series.wide[whole] - stretch.level, 0.0)
    core = np.flatnonzero(above)
    inner = slice(int(core[0]), int(core[-1]) + 1)
    highest = max(float(excess.max()), 1e-9)
    rises = np.diff(series.air[max(0, first - RISE_ROWS) : last + 1])
    traffic = None
    if series.tracer is not None:
        own = smoothed(series.shown[whole] - stretch.level, tracers.ROWS)[above].mean()
        traffic = float(series.tracer[whole][above].mean() / max(float(own), 1e-9))
    return Shape(
        over_s=float(above.sum()) * series.interval_s,
        moving=above,
        kmh=stretch.kmh,
        interval_s=series.interval_s,
        rise=float(rises.max(initial=0.0)) / highest,
        steady=float(wide[inner].sum()) / max(float(excess[inner].sum()), 1e-9),
        hold=float(wide.max()) / highest,
        traffic=traffic,
        wind_ms=None if series.wind is None else float(series.wind[whole][above].mean()),
    )


def _described(
    series: _Series,
    stretch: _Stretch,
    over: Bools,
    shape: Shape,
    own: ChannelResponse,
    rule: HotSpotSettings,
) -> FoundHotSpot:
    whole, first, last = stretch.whole, stretch.first, stretch.last
    wide, shown = series.wide[whole], series.shown[whole]
    top = np.flatnonzero(wide >= wide[over[whole]].max())
    highest = int(top[np.argmax(shown[top])])
    peak, around = float(shown[highest]), float(stretch.level[highest])
    row, t = series.row, series.time_ms
    dose = float((np.maximum(shown - stretch.level, 0.0) * stretch.held_s).sum())
    return FoundHotSpot(
        first=row.place(first),
        last=row.place(last),
        at_peak=row.place(first + highest),
        peak=peak,
        mean=float(shown.mean()),
        background=around,
        ratio=peak / around if around > 0 else float("inf"),
        duration_s=(int(t[last]) - int(t[first])) / 1000 + series.interval_s,
        started_ms=int(t[first]),
        ended_ms=int(t[last]),
        lat=float(stretch.lat[highest]),
        lon=float(stretch.lon[highest]),
        dose=dose,
        over_s=shape.over_s,
        standing_s=shape.standing_s(rule),
        rise=shape.rise,
        steady=shape.steady,
        hold=shape.hold,
        traffic=shape.traffic,
        lag_s=own.lag_s,
        response_s=own.response_s,
        severity=judging.severity(peak, dose, rule),
    )
