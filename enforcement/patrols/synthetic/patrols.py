"""One synthetic VOC patrol: a drive, the wind, the plumes it crosses, an instrument with noise and response."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from regions.coordinates import step_lengths_m

from ..tracks.readings import WIND_FROM, WIND_SPEED, Channel, Readings
from .plumes import PATTERNS, SyntheticSource, plume_ppb
from .roads import drive_line, road_net

Array = NDArray[np.float64]
CHANNELS = (
    Channel("TVOC", "ppb"),
    Channel("苯", "ppb"),
    Channel("甲苯", "ppb"),
    Channel("C8芳烃", "ppb"),
    Channel("风向", "°", WIND_FROM),
    Channel("风速", "m/s", WIND_SPEED),
)
#: Usual speed in km/h and its spread; the vehicle of the Shanxi paper drives 20.
USUAL_KMH, SPREAD_KMH = 25.0, 7.0
#: Species in clean air (ppb) and share of the TVOC background.
BACKGROUND_PPB = 38.0
BACKGROUND_SHARES = (0.012, 0.03, 0.018)


@dataclass(frozen=True, slots=True)
class PatrolPlan:
    """What to drive: county, start (UTC milliseconds), least distance, sampling interval, seed."""

    county_code: str
    started_ms: int
    km: float
    seed: int
    interval_s: float = 1.0


def patrol(plan: PatrolPlan, sources: Sequence[SyntheticSource] = ()) -> Readings:
    """The readings of a patrol of at least ``plan.km``; the same plan and sources give the same bytes."""
    rng = np.random.default_rng([plan.seed, int(plan.county_code)])
    net = road_net(plan.county_code)
    visit = tuple(net.nearest(source.lon, source.lat) for source in sources)
    lon, lat, speed = _drive(*drive_line(net, plan.km * 1.02 + 0.2, rng, visit), plan, rng)
    count = len(lon)
    wind_from: Array = np.round((rng.uniform(0, 360) + 25 * _slow(count, 600, plan, rng)) % 360, 0)
    gusty: Array = np.maximum(rng.uniform(1.5, 3.5) + 0.6 * _slow(count, 120, plan, rng), 0.4)
    wind_ms: Array = gusty.round(1)
    values = _air(lon, lat, wind_from, wind_ms, sources, plan, rng)
    time_ms = plan.started_ms + np.arange(count, dtype=np.int64) * int(plan.interval_s * 1000)
    return Readings(
        time_ms,
        lat,
        lon,
        speed,
        np.zeros(count, dtype=np.uint16),
        np.arange(2, count + 2, dtype=np.int64),
        CHANNELS,
        (*values, wind_from, wind_ms),
    )


def _drive(line_lon: Array, line_lat: Array, plan: PatrolPlan, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Positions along the line at each moment (6 decimals, 0.1 m) and speed in km/h."""
    along = np.concatenate([[0.0], np.cumsum(step_lengths_m(line_lon, line_lat))])
    count = int(along[-1] / 1000 / USUAL_KMH * 3600 / plan.interval_s * 1.6) + 60
    speed = np.clip(USUAL_KMH + SPREAD_KMH * _slow(count, 40, plan, rng), 3.0, 60.0)
    stops = rng.random(count) < plan.interval_s / 900
    lengths = np.ones(max(1, int(24 / plan.interval_s)))
    speed[np.convolve(stops, lengths)[:count] > 0] = 0.0
    driven = np.concatenate([[0.0], np.cumsum(speed[:-1] / 3.6 * plan.interval_s)])
    kept = driven <= along[-1]
    driven, speed = driven[kept], speed[kept]
    lon = np.round(np.interp(driven, along, line_lon), 6)
    lat = np.round(np.interp(driven, along, line_lat), 6)
    return lon, lat, np.round(speed, 1)


def _slow(count: int, seconds: float, plan: PatrolPlan, rng: np.random.Generator) -> Array:
    """Noise of unit spread that changes over ``seconds``."""
    step = max(1, int(seconds / plan.interval_s))
    knots = rng.standard_normal(count // step + 3)
    return np.interp(np.arange(count), np.arange(len(knots)) * step, knots)


def _air(
    lon: Array,
    lat: Array,
    wind_from: Array,
    wind_ms: Array,
    sources: Sequence[SyntheticSource],
    plan: PatrolPlan,
    rng: np.random.Generator,
) -> list[Array]:
    """TVOC and three species (ppb, one decimal or two) along the drive."""
    count = len(lon)
    base: Array = BACKGROUND_PPB * np.exp(0.25 * _slow(count, 1200, plan, rng))
    species = [base * share for share in BACKGROUND_SHARES]
    total = base.copy()
    for source in sources:
        gusts = np.exp(0.25 * _slow(count, 6, plan, rng))
        added = plume_ppb(source, lon, lat, wind_from, wind_ms) * gusts
        total += added
        for number, share in enumerate(PATTERNS[source.kind]):
            species[number] = species[number] + added * share
    # Passing exhausts: one reading wide, too short to be a hot spot.
    passing = np.flatnonzero(rng.random(count) < plan.interval_s / 1500)
    total[passing] += rng.uniform(60, 260, len(passing))
    measured = [_respond(total, plan) * (1 + 0.05 * rng.standard_normal(count))]
    measured += [_respond(one, plan) * (1 + 0.08 * rng.standard_normal(count)) for one in species]
    above_zero: list[Array] = [np.maximum(one, 0.0) for one in measured]
    return [one.round(places) for one, places in zip(above_zero, (0, 1, 1, 1), strict=True)]


def _respond(values: Array, plan: PatrolPlan, seconds: float = 1.5) -> Array:
    """An instrument that follows with a time constant of ``seconds``."""
    decay = math.exp(-plan.interval_s / seconds)
    weights = (1 - decay) * decay ** np.arange(8)
    weights /= weights.sum()
    padded = np.concatenate([np.full(7, values[0]), values])
    followed: Array = np.convolve(padded, weights, mode="valid")
    return followed
