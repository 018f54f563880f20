"""One synthetic drive: a line, a vehicle, plumes laid across it, an instrument that lags, and what is true of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.plumes import air
from benchmarks.plumes.air import Array
from enforcement.patrols.synthetic.roads import METRES_PER_DEGREE, drive_line, road_net
from enforcement.patrols.tracks.readings import Channel, Readings
from regions import boundaries

#: A real track's geometry, where it lies beside the project; every tenth drive follows it.
REAL_TRACK = Path(__file__).resolve().parents[3] / "shared" / "data" / "bangalore_track.csv"
STARTED_MS = 1_625_187_600_000
#: What must be found and what may: inlet TVOC over both limits (ppb, times the true background) for so many seconds.
FLOOR, RATIO, SECONDS = 200.0, 3.0, 5
CERTAIN, WEAK = 1.25, 0.7


@dataclass(frozen=True, slots=True)
class Crossing:
    """A plume met: first, last and highest moment (UTC ms, at the inlet), where the highest was (degrees)."""

    first_ms: int
    last_ms: int
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Response:
    """How a channel answers: transport lag and time constant, in seconds."""

    lag_s: float
    response_s: float


@dataclass(frozen=True, slots=True)
class Drive:
    """`readings` as the instruments logged them; `certain` must be found, `weak` may.

    `lag_s`: how late TVOC really is (s); `stated`: what the register says of each channel.
    """

    readings: Readings
    lag_s: float
    stated: Mapping[str, Response]
    km: float
    certain: tuple[Crossing, ...]
    weak: tuple[Crossing, ...]


def drive(seed: int, number: int) -> Drive:
    """The drive of a number: the same seed and number give the same bytes."""
    rng = np.random.default_rng([seed, number])
    east, north, home = line(number, rng)
    if rng.random() < 0.25:  # there and back: every plume is met twice
        half = len(east) // 2
        east, north = (np.concatenate((part[:half], part[:half][::-1])) for part in (east, north))
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))))
    wind0, breeze = rng.uniform(0, 360), rng.uniform(1.2, 4.5)
    stability = str(rng.choice(["B", "C", "D"], p=[0.25, 0.4, 0.35]))
    sources, places = sources_along(east, north, along, wind0, rng)
    driven, speed, measuring = moved(along[-1], places, rng)
    count = len(driven)
    x, y = np.interp(driven, along, east), np.interp(driven, along, north)
    wind_from = wind0 + 10 * air.slow(count, 600, rng) + 6 * air.slow(count, 30, rng)
    wind_ms = np.maximum(breeze + 0.4 * air.slow(count, 60, rng), 0.8)
    gusts = [np.exp(0.3 * air.slow(count, 4, rng) - 0.045) for _source in sources]
    plumes, smoke = np.zeros(count), np.zeros(count)
    for source, gust in zip(sources, gusts, strict=True):
        one = air.plume(source, stability, x, y, wind_from, wind_ms) * gust
        plumes += one
        smoke += one * source.smoke
    base = air.background(count, rng)
    exhaust, carbon = air.traffic(speed, measuring, rng)
    lag, response = float(rng.uniform(2, 12) if rng.random() < 0.8 else rng.uniform(12, 35)), float(rng.uniform(0.8, 3))
    shown = np.round(measured(base + plumes + exhaust, lag, response, 2.0, rng))
    carbon_lag, carbon_response = float(rng.uniform(2, 10)), float(rng.uniform(1.5, 4))
    clean = rng.uniform(0.3, 0.7) * np.exp(0.2 * air.slow(count, 1200, rng))
    shown_carbon = np.round(measured(clean + smoke + carbon, carbon_lag, carbon_response, 0.03, rng), 2)
    kept = recorded(count, rng)
    lon, lat = degrees(x, y, home)
    certain, weak = _truth(plumes, base, kept, lag + response, lon, lat, driven)
    jitter = rng.normal(0, 2.0, (2, count)) / METRES_PER_DEGREE
    readings = Readings(
        STARTED_MS + np.flatnonzero(kept).astype(np.int64) * 1000,
        (lat + jitter[0])[kept],
        (lon + jitter[1])[kept],
        np.round(speed + rng.normal(0, 0.3, count) * (speed > 0), 1)[kept],
        np.zeros(int(kept.sum()), dtype=np.uint16),
        np.flatnonzero(kept) + 2,
        (Channel("TVOC", "ppb"), Channel("CO", "ppm")),
        (shown[kept], shown_carbon[kept]),
    )
    # The register's figures come from a test at the inlet, not from knowing better.
    stated = {
        "TVOC": Response(max(0.0, lag + float(rng.normal(0, 1.0))), response * float(rng.uniform(0.8, 1.25))),
        "CO": Response(
            max(0.0, carbon_lag + float(rng.normal(0, 1.0))), carbon_response * float(rng.uniform(0.8, 1.25))
        ),
    }
    return Drive(readings, lag + response, stated, float(driven[-1]) / 1000, certain, weak)


@lru_cache(maxsize=1)
def _counties() -> list[str]:
    return [county.code for county in boundaries.counties()]


@lru_cache(maxsize=1)
def _real() -> tuple[Array, Array] | None:
    if not REAL_TRACK.exists():
        return None
    with REAL_TRACK.open(encoding="utf-8-sig") as file:
        rows = [(float(row["Longitude"]), float(row["Latitude"])) for row in csv.DictReader(file)]
    lon, lat = np.array(rows).T
    return lon, lat


def line(number: int, rng: np.random.Generator) -> tuple[Array, Array, tuple[float, float]]:
    """A road-like line in metres east and north of its beginning."""
    real = _real() if number % 10 == 0 else None
    if real is None:
        codes = _counties()
        net = road_net(codes[int(rng.integers(len(codes)))])
        lon, lat = drive_line(net, float(rng.uniform(10, 20)), rng)
    else:
        lon, lat = real
    home = (float(lon[0]), float(lat[0]))
    squeeze = np.cos(np.radians(home[1]))
    return (lon - home[0]) * METRES_PER_DEGREE * squeeze, (lat - home[1]) * METRES_PER_DEGREE, home


def degrees(east: Array, north: Array, home: tuple[float, float]) -> tuple[Array, Array]:
    squeeze = np.cos(np.radians(home[1]))
    return home[0] + east / METRES_PER_DEGREE / squeeze, home[1] + north / METRES_PER_DEGREE


def sources_along(
    east: Array, north: Array, along: Array, wind_from: float, rng: np.random.Generator
) -> tuple[list[air.Source], Array]:
    """Sources upwind of places on the line, from too weak to be a hot spot to very strong; and those places (m along)."""
    places = np.sort(rng.uniform(0.03, 0.97, rng.poisson(3.5))) * along[-1]
    upwind = np.radians(wind_from)
    found = []
    for place in places.tolist():
        away = float(np.exp(rng.uniform(np.log(60), np.log(700))))
        peak = float(np.exp(rng.uniform(np.log(50), np.log(3000))))
        found.append(
            air.Source(
                float(np.interp(place, along, east)) + away * float(np.sin(upwind)),
                float(np.interp(place, along, north)) + away * float(np.cos(upwind)),
                float(rng.uniform(2, 15)), peak, away, float(rng.uniform(0.001, 0.006)) if rng.random() < 0.3 else 0.0,
            )
        )  # fmt: skip
    return found, places


def moved(metres: float, places: Array, rng: np.random.Generator) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Metres driven and km/h at every second, and where the crew stood to measure (one place in eight, 1-4 min)."""
    count = int(metres / 6.9 * 1.8) + 120
    speed = np.clip(25 + 7 * air.slow(count, 40, rng), 4.0, 60.0)
    lights = np.convolve(rng.random(count) < 1 / 600, np.ones(int(rng.uniform(15, 60))))[:count] > 0
    speed[lights] = 0.0
    driven = np.concatenate(([0.0], np.cumsum(speed[:-1] / 3.6)))
    measuring = np.zeros(count, dtype=bool)
    for place in places.tolist():
        at = int(np.searchsorted(driven, place))
        if rng.random() < 0.12 and at < count:
            stop = int(rng.uniform(60, 240))
            driven = np.insert(driven, at, np.full(stop, driven[at]))
            speed, measuring = np.insert(speed, at, np.zeros(stop)), np.insert(measuring, at, np.full(stop, True))
            count += stop
    kept = driven <= metres
    return driven[kept], speed[kept], measuring[kept]


def measured(inlet: Array, lag_s: float, response_s: float, noise: float, rng: np.random.Generator) -> Array:
    """What an instrument shows: the inlet's air later, smoothed by a first-order response, noise of 4 % and `noise`."""
    at = np.arange(len(inlet), dtype=np.float64)
    arrived = np.interp(at - lag_s, at, inlet)
    weights = np.exp(-np.arange(int(8 * response_s) + 2) / response_s)
    padded = np.concatenate((np.full(len(weights) - 1, arrived[0]), arrived))
    followed = np.convolve(padded, weights / weights.sum(), mode="valid")
    noisy = followed * (1 + 0.04 * rng.standard_normal(len(inlet))) + noise * rng.standard_normal(len(inlet))
    shown: Array = np.maximum(noisy, 0.0)
    return shown


def recorded(count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which seconds are in the file: single ones are lost, and minutes; one file in ten has every other second only."""
    kept = rng.random(count) > 0.003
    for _gap in range(rng.poisson(0.7)):
        first = int(rng.integers(count))
        kept[first : first + int(rng.uniform(15, 240))] = False
    if rng.random() < 0.1:
        kept[1::2] = False
    return kept


def _truth(
    plumes: Array, base: Array, kept: NDArray[np.bool_], lag_s: float, lon: Array, lat: Array, driven: Array
) -> tuple[tuple[Crossing, ...], tuple[Crossing, ...]]:
    """Crossings that must be found, and those too weak, short or badly recorded to be counted either way."""
    total = plumes + base
    strength = np.minimum(total / FLOOR, total / (RATIO * base))
    certain, weak = [], []
    for first, last in _stretches(strength >= WEAK, driven):
        inside = strength[first : last + 1]
        at = first + int(np.argmax(total[first : last + 1]))
        crossing = Crossing(STARTED_MS + first * 1000, STARTED_MS + last * 1000, float(lon[at]), float(lat[at]))
        shown_at = np.clip(np.flatnonzero(inside >= 1) + first + round(lag_s), 0, len(kept) - 1)
        recorded = kept[shown_at].mean() if len(shown_at) else 0.0
        # A plume still in the tubing when the file ends was never shown.
        shown = last + lag_s < len(kept)
        over = float((inside >= 1).sum())
        strong = inside.max() >= CERTAIN and over >= SECONDS + 1 and recorded >= 0.45 and shown
        whole = strong and kept[min(at + round(lag_s), len(kept) - 1) - 2 :][:5].mean() >= 0.4
        (certain if whole else weak).append(crossing)
    return tuple(certain), tuple(weak)


def _stretches(over: NDArray[np.bool_], driven: Array) -> list[tuple[int, int]]:
    """First and last second of each stretch; less than 10 s or 50 m (within a minute) apart is one."""
    rows = np.flatnonzero(over)
    if not len(rows):
        return []
    apart = np.diff(rows)
    cut = np.flatnonzero(~((apart <= 10) | ((np.diff(driven[rows]) < 50) & (apart <= 60))))
    firsts, lasts = rows[np.concatenate(([0], cut + 1))], rows[np.concatenate((cut, [len(rows) - 1]))]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
