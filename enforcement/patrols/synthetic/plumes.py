"""Gaussian plumes of synthetic sources as a moving instrument would see them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .roads import METRES_PER_DEGREE

Array = NDArray[np.float64]
#: Share of a plume's TVOC (ppb) that is benzene, toluene, C8 aromatics, by kind of works. Made up, in plausible order.
PATTERNS: dict[str, tuple[float, float, float]] = {
    "coking": (0.42, 0.14, 0.05),
    "coating": (0.02, 0.16, 0.46),
    "printing": (0.01, 0.12, 0.08),
    "petrol_station": (0.09, 0.14, 0.07),
    "chemicals": (0.12, 0.22, 0.12),
}
#: Beyond this a plume is lost in the background (m).
REACH_M = 2500.0


@dataclass(frozen=True, slots=True)
class SyntheticSource:
    """A source: place (degrees), strength (TVOC in ppb on the axis 100 m downwind at 3 m/s), kind of works."""

    lon: float
    lat: float
    strength_ppb: float
    kind: str = "chemicals"


def plume_ppb(source: SyntheticSource, lon: Array, lat: Array, wind_from: Array, wind_ms: Array) -> Array:
    """TVOC (ppb) a source adds at each point; the wind is where it comes from, degrees clockwise from north."""
    squeeze = np.cos(np.radians(source.lat))
    east = (lon - source.lon) * METRES_PER_DEGREE * squeeze
    north = (lat - source.lat) * METRES_PER_DEGREE
    added = np.zeros(len(lon))
    near = np.flatnonzero(np.abs(east) + np.abs(north) < REACH_M * 1.4)
    if not len(near):
        return added
    toward = np.radians(wind_from[near] + 180.0)
    downwind = east[near] * np.sin(toward) + north[near] * np.cos(toward)
    across = east[near] * np.cos(toward) - north[near] * np.sin(toward)
    away = np.clip(downwind, 15.0, None)
    width = 10.0 + 0.13 * away
    axis = source.strength_ppb * (100.0 / away) ** 1.1 * (3.0 / np.clip(wind_ms[near], 0.5, None))
    added[near] = np.where((downwind > 0) & (downwind < REACH_M), axis * np.exp(-0.5 * (across / width) ** 2), 0.0)
    return added
