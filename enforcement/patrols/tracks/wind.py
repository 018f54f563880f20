"""The wind of a run: a mean, and arrows along the track. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .readings import WIND_FROM, WIND_SPEED, Readings

#: Arrows drawn along a run.
ARROWS = 60


@dataclass(frozen=True, slots=True)
class Wind:
    """Where the wind comes from (degrees, 0 is north, 90 east) and its mean speed; m/s as the file has it."""

    from_deg: float
    speed: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """The wind of one piece of the run, at its middle."""

    lon: float
    lat: float
    wind: Wind


def mean_wind(readings: Readings) -> Wind | None:
    """Vector mean direction and mean of the speeds; None without both channels or without a value."""
    came, speed = readings.role(WIND_FROM), readings.role(WIND_SPEED)
    if came is None or speed is None:
        return None
    known = np.isfinite(came) & np.isfinite(speed) & (speed >= 0)
    if not known.any():
        return None
    angles = np.radians(came[known])
    east, north = float((np.sin(angles) * speed[known]).mean()), float((np.cos(angles) * speed[known]).mean())
    return Wind(math.degrees(math.atan2(east, north)) % 360, float(speed[known].mean()))


def arrows(readings: Readings, most: int = ARROWS) -> list[Arrow]:
    """The run in `most` equal pieces, each with its mean wind; pieces without wind have none."""
    placed = readings.unmeasured().take(np.flatnonzero(readings.placed()))
    found = []
    for rows in np.array_split(np.arange(len(placed)), min(most, len(placed)) or 1):
        if len(rows) and (wind := mean_wind(placed.take(rows))) is not None:
            middle = rows[len(rows) // 2]
            found.append(Arrow(float(placed.lon[middle]), float(placed.lat[middle]), wind))
    return found
