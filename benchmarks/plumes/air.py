"""What was in the air along a drive: plumes by Gaussian dispersion, a background that drifts, traffic. TVOC in ppb.

All of it synthetic. Dispersion widths: Briggs' open-country formulas for stability B, C and D (sigma in m, x in m).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: Height of the roof inlet (m), and how far upwind of itself a source seems to start (its building's own size).
INLET_M, VIRTUAL_M = 2.5, 60.0
#: sigma_y = a x / sqrt(1 + 0.0001 x); sigma_z by class.
ACROSS = {"B": 0.16, "C": 0.11, "D": 0.08}


def sigma_z(stability: str, x: Array) -> Array:
    """Vertical spread at a distance."""
    if stability == "B":
        return 0.12 * x
    if stability == "C":
        return 0.08 * x / np.sqrt(1 + 0.0002 * x)
    return 0.06 * x / np.sqrt(1 + 0.0015 * x)


@dataclass(frozen=True, slots=True)
class Source:
    """East and north in metres, height of release, what it would give on the axis at `at_m` in 3 m/s of wind,
    and ppm of CO in its plume for each ppb of TVOC (0 for most)."""

    east: float
    north: float
    height_m: float
    peak_ppb: float
    at_m: float
    smoke: float


def plume(source: Source, stability: str, east: Array, north: Array, wind_from: Array, wind_ms: Array) -> Array:
    """Mean TVOC (ppb) at each moment's place in each moment's wind (degrees it comes from, m/s)."""
    toward = np.radians(wind_from + 180.0)
    dx, dy = east - source.east, north - source.north
    along = dx * np.sin(toward) + dy * np.cos(toward)
    across = dx * np.cos(toward) - dy * np.sin(toward)
    axis = _axis(source, stability, np.maximum(along, 0.0)) / _axis(source, stability, np.array([source.at_m]))[0]
    away = np.maximum(along, 0.0) + VIRTUAL_M
    wide = ACROSS[stability] * away / np.sqrt(1 + 0.0001 * away)
    found = source.peak_ppb * axis * 3.0 / np.maximum(wind_ms, 0.8) * np.exp(-0.5 * (across / wide) ** 2)
    result: Array = np.where(along > -20, found, 0.0)
    return result


def _axis(source: Source, stability: str, along: Array) -> Array:
    """Relative concentration at the inlet's height on the axis, mirrored at the ground."""
    x = along + VIRTUAL_M
    wide = ACROSS[stability] * x / np.sqrt(1 + 0.0001 * x)
    high = sigma_z(stability, x)
    below = np.exp(-0.5 * ((INLET_M - source.height_m) / high) ** 2)
    mirrored = np.exp(-0.5 * ((INLET_M + source.height_m) / high) ** 2)
    axis: Array = (below + mirrored) / (wide * high)
    return axis


def slow(count: int, seconds: float, rng: np.random.Generator) -> Array:
    """Noise of unit spread that changes over `seconds` (one value a second)."""
    step = max(1, int(seconds))
    knots = rng.standard_normal(count // step + 3)
    return np.interp(np.arange(count), np.arange(len(knots)) * step, knots)


def background(count: int, rng: np.random.Generator) -> Array:
    """Clean air, towns the drive passes through (minutes wide, no source of their own), a drifting zero."""
    level = rng.uniform(15, 70) * np.exp(0.3 * slow(count, 1200, rng))
    at = np.arange(count)
    for _town in range(rng.poisson(0.8)):
        centre, width = rng.uniform(0, count), rng.uniform(150, 400)
        level = level + rng.uniform(30, 150) * np.exp(-0.5 * ((at - centre) / width) ** 2)
    drifting: Array = level * np.linspace(1.0, rng.uniform(0.7, 1.4), count)
    return drifting


def traffic(speed_kmh: Array, measuring: NDArray[np.bool_], rng: np.random.Generator) -> tuple[Array, Array]:
    """Exhausts: vehicles met (a second or two), queues, lorries followed (puffs for a minute), one's own at a stop.

    TVOC in ppb and CO in ppm; every vehicle has its own proportion of the two.
    """
    count = len(speed_kmh)
    added, carbon = np.zeros(count), np.zeros(count)
    density = np.exp(0.8 * slow(count, 240, rng)) / 100
    standing = (speed_kmh < 3) & ~measuring
    met = np.flatnonzero(rng.random(count) < np.minimum(density * np.where(standing, 4.0, 1.0), 0.2))
    for at in met.tolist():
        height = min(120 * float(np.exp(rng.standard_normal())), 3000)
        _puff((added, carbon), at + rng.random(), rng.uniform(0.4, 1.2), (height, height * _carbon(rng)))
    for _lorry in range(rng.poisson(count / 3600)):
        first, last = (begins := int(rng.integers(count))), begins + int(rng.uniform(15, 60))
        share = _carbon(rng)
        for at in (np.flatnonzero(rng.random(max(0, min(last, count) - first)) < 0.25) + first).tolist():
            height = min(200 * float(np.exp(0.8 * rng.standard_normal())), 3000)
            _puff((added, carbon), at + rng.random(), rng.uniform(0.4, 1.5), (height, height * share))
    starts = np.flatnonzero(np.diff(np.concatenate(([False], speed_kmh < 3)).astype(np.int8)) == 1)
    for start in starts.tolist():
        if rng.random() < 0.25:
            stood = int(np.argmax(np.concatenate((speed_kmh[start:] >= 3, [True]))))
            seconds = np.arange(stood)
            rising = rng.uniform(100, 600) * (1 - np.exp(-seconds / 5)) * np.exp(0.4 * slow(stood, 4, rng))
            added[start : start + stood] += rising
            carbon[start : start + stood] += rising * _carbon(rng)
    return added, carbon


def _carbon(rng: np.random.Generator) -> float:
    """ppm of CO for each ppb of TVOC of one vehicle: 0.004, within a factor of two either way for most."""
    return 0.004 * float(np.exp(0.5 * rng.standard_normal()))


def _puff(series: tuple[Array, ...], at: float, width: float, heights: tuple[float, ...]) -> None:
    first, last = max(0, int(at - 5 * width)), min(len(series[0]), int(at + 5 * width) + 2)
    shape = np.exp(-0.5 * ((np.arange(first, last) - at) / width) ** 2)
    for values, height in zip(series, heights, strict=True):
        values[first:last] += height * shape
