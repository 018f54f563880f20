"""One synthetic drive whose plumes have an owner in a register: species, wind as an anemometer aboard logs it, decoys.

All of it assumptions. What makes it hard is said in `benchmarks/tracing.py`: a register whose points, industries and
completeness are off, parks of one trade, species that differ from the fingerprint, wind that swings.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.plumes import air, drives
from benchmarks.plumes.air import Array
from enforcement.patrols.tracing.scoring import Suspect
from enforcement.patrols.tracing.winds import METRES_PER_DEGREE, Reference
from enforcement.patrols.tracks.readings import WIND_FROM, WIND_SPEED, Channel, Readings
from enforcement.patrols.tracks.rules import ChannelResponse

#: Species the instrument of this world measures, and their ppb in a vehicle's exhaust and in clean air per ppb of TVOC.
MEASURED = ("苯", "甲苯", "C8芳烃", "苯乙烯", "萘", "丙酮", "乙酸乙酯", "乙酸丁酯", "异丙醇", "C4-C5烷烃", "二氯甲烷")
EXHAUST = {"苯": 0.05, "甲苯": 0.1, "C8芳烃": 0.09, "C4-C5烷烃": 0.3}
CLEAN = dict.fromkeys(MEASURED, 0.02)
#: Industries in the register that no fingerprint tells.
SILENT = ("水泥制造", "砖瓦制造", "机械加工", "")


@dataclass(frozen=True, slots=True)
class Owned:
    """A drive: readings, what the register says of channels and sites, and whose plume was where.

    `plumes` is TVOC (ppb at the inlet) by source and second since the first; `owner` the register's key of each source
    (None: not in it); `reference` what the wind channels are measured against.
    """

    readings: Readings
    responses: Mapping[str, ChannelResponse]
    reference: Reference
    suspects: Sequence[Suspect]
    plumes: Sequence[Array]
    owner: Sequence[int | None]
    started_ms: int
    breeze: float


def owned(seed: int, number: int, prints: Mapping[str, tuple[tuple[str, ...], Mapping[str, float]]]) -> Owned:
    """The drive of a number: the same seed and number give the same bytes."""
    rng = np.random.default_rng([seed, number, 5])
    east, north, home = drives.line(number, rng)
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(east), np.diff(north)))))
    wind0, breeze = rng.uniform(0, 360), float(rng.gamma(3.0, 0.7))
    stability = str(rng.choice(["B", "C", "D"], p=[0.25, 0.4, 0.35]))
    sources, places = drives.sources_along(east, north, along, wind0, rng)
    driven, speed, measuring = drives.moved(along[-1], places, rng)
    count = len(driven)
    x, y = np.interp(driven, along, east), np.interp(driven, along, north)
    # The lighter the wind, the more it swings.
    swing = 8 + 14 / max(breeze, 0.4)
    wind_from = wind0 + swing * air.slow(count, 600, rng) + 0.6 * swing * air.slow(count, 45, rng)
    wind_ms = np.maximum(breeze * np.exp(0.25 * air.slow(count, 60, rng)), 0.1)
    plumes = [
        air.plume(one, stability, x, y, wind_from, wind_ms) * np.exp(0.3 * air.slow(count, 4, rng) - 0.045)
        for one in sources
    ]
    kinds = [str(rng.choice(list(prints))) for _source in sources]
    exhaust, _carbon = air.traffic(speed, measuring, rng)
    base = air.background(count, rng)
    lag, response = float(rng.uniform(2, 12)), float(rng.uniform(0.8, 3))
    total = base + exhaust + sum(plumes, np.zeros(count))
    columns = [np.round(drives.measured(total, lag, response, 2.0, rng))]
    patterns = [_perturbed(prints[kind][1], rng) for kind in kinds]
    for name in MEASURED:
        one = CLEAN[name] * base + EXHAUST.get(name, 0.0) * exhaust
        for plume, pattern in zip(plumes, patterns, strict=True):
            one = one + pattern.get(name, 0.0) * plume
        columns.append(np.round(drives.measured(one, lag, response, 0.5, rng), 1))
    reference = Reference.BOW if rng.random() < 0.5 else Reference.TRUE
    shown_from, shown_ms = _logged(x, y, wind_from, wind_ms, reference, rng)
    suspects, owner = _register(sources, kinds, east, north, home, prints, rng)
    lon, lat = drives.degrees(x, y, home)
    jitter = rng.normal(0, 2.0, (2, count)) / METRES_PER_DEGREE
    channels = (
        Channel("TVOC", "ppb"), *(Channel(name, "ppb") for name in MEASURED),
        Channel("风向", "°", WIND_FROM), Channel("风速", "m/s", WIND_SPEED),
    )  # fmt: skip
    readings = Readings(
        drives.STARTED_MS + np.arange(count, dtype=np.int64) * 1000, lat + jitter[0], lon + jitter[1],
        np.round(speed, 1), np.zeros(count, dtype=np.uint16), np.arange(count) + 2, channels,
        (*columns, shown_from, shown_ms),
    )  # fmt: skip
    stated = ChannelResponse(max(0.0, lag + float(rng.normal(0, 1.0))), response, 0.0)
    return Owned(readings, {"tvoc": stated}, reference, suspects, plumes, owner, drives.STARTED_MS, breeze)


def _perturbed(shares: Mapping[str, float], rng: np.random.Generator) -> dict[str, float]:
    """What one works gives off: its industry's shares, each off by a factor of two for many, and a fifth of other things."""
    own = {name: share * float(np.exp(0.6 * rng.standard_normal())) for name, share in shares.items()}
    for name in rng.choice(list(MEASURED), 2, replace=False):
        own[str(name)] = own.get(str(name), 0.0) + 0.1
    scale = float(rng.uniform(0.6, 0.95)) / sum(own.values())
    return {name: share * scale for name, share in own.items()}


def _logged(
    x: Array, y: Array, wind_from: Array, wind_ms: Array, reference: Reference, rng: np.random.Generator
) -> tuple[Array, Array]:
    """What the anemometer aboard writes: noise, a mounting that is off, and the vehicle's motion where it isn't removed."""
    count, off = len(x), float(rng.normal(0, 5.0))
    felt_from = wind_from + 12 * rng.standard_normal(count)
    felt_ms = np.maximum(wind_ms * (1 + 0.1 * rng.standard_normal(count)), 0.0)
    if reference is Reference.TRUE:
        return np.round((felt_from + off) % 360), np.round(felt_ms, 1)
    own_east, own_north = np.gradient(x), np.gradient(y)
    angle = np.radians(felt_from)
    east, north = -felt_ms * np.sin(angle) - own_east, -felt_ms * np.cos(angle) - own_north
    moving = np.hypot(own_east, own_north) > 0.8
    last = np.maximum.accumulate(np.where(moving, np.arange(count), 0))
    heading = np.degrees(np.arctan2(own_east, own_north))[last]
    came = np.degrees(np.arctan2(-east, -north))
    return np.round((came - heading + off) % 360), np.round(np.hypot(east, north), 1)


def _register(
    sources: Sequence[air.Source],
    kinds: Sequence[str],
    east: Array,
    north: Array,
    home: tuple[float, float],
    prints: Mapping[str, tuple[tuple[str, ...], Mapping[str, float]]],
    rng: np.random.Generator,
) -> tuple[list[Suspect], list[int | None]]:
    """The sources (one in twelve is missing, one in twelve has another industry) among their park and the road's sites."""
    suspects: list[Suspect] = []
    owner: list[int | None] = []

    def add(at: tuple[float, float], kind: str) -> int:
        x, y = at[0] + rng.normal(0, 40), at[1] + rng.normal(0, 40)
        lon, lat = home[0] + x / METRES_PER_DEGREE / math.cos(math.radians(home[1])), home[1] + y / METRES_PER_DEGREE
        shares = prints[kind][1] if kind in prints else None
        grade = str(rng.choice(["A", "B", "C", "D", ""], p=[0.05, 0.2, 0.4, 0.15, 0.2]))
        key = len(suspects) + 1
        history = int(rng.random() < 0.1)
        suspects.append(Suspect(key, float(lon), float(lat), shares, bool(rng.random() < 0.8), grade, history))
        return key

    for source, kind in zip(sources, kinds, strict=True):
        stated = str(rng.choice([*prints, *SILENT])) if rng.random() < 1 / 12 else kind
        owner.append(add((source.east, source.north), stated) if rng.random() > 1 / 12 else None)
        for _neighbour in range(rng.poisson(3)):
            turn, away = rng.uniform(0, 2 * math.pi), rng.uniform(80, 600)
            place = source.east + away * math.cos(turn), source.north + away * math.sin(turn)
            add(place, kind if rng.random() < 0.3 else _any(prints, rng))
    for _site in range(rng.poisson(1.2 * float(np.hypot(np.diff(east), np.diff(north)).sum()) / 1000)):
        at, turn = int(rng.integers(len(east))), rng.uniform(0, 2 * math.pi)
        away = float(np.exp(rng.uniform(np.log(60), np.log(1500))))
        add((float(east[at]) + away * math.cos(turn), float(north[at]) + away * math.sin(turn)), _any(prints, rng))
    return suspects, owner


def _any(prints: Mapping[str, object], rng: np.random.Generator) -> str:
    """Any industry, four in ten of them without a fingerprint."""
    return str(rng.choice(SILENT)) if rng.random() < 0.4 else str(rng.choice(list(prints)))
