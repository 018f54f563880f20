"""Where the air was when it entered the inlet: what an instrument shows now was breathed in some seconds ago."""

from __future__ import annotations

import numpy as np

from .readings import Floats, Ints, Readings

#: Over a longer silence (s) nobody knows the way; the nearer end of it is taken.
LONGEST_STEP_S = 30.0
UNKNOWN_KMH = 99.0


def earlier(time_ms: Ints, values: Floats, at_ms: Floats) -> Floats:
    """Values of a rising series at other moments: linear between readings, the nearer end over a silence."""
    if len(time_ms) < 2:
        return np.full(len(at_ms), values[0] if len(values) else np.nan)
    found = np.interp(at_ms, time_ms, values)
    after = np.clip(np.searchsorted(time_ms, at_ms), 1, len(time_ms) - 1)
    before = after - 1
    silent = (time_ms[after] - time_ms[before]) > LONGEST_STEP_S * 1000
    nearer = np.where(at_ms - time_ms[before] < time_ms[after] - at_ms, values[before], values[after])
    inside = (at_ms > time_ms[0]) & (at_ms < time_ms[-1])
    return np.where(silent & inside, nearer, found)


def at_inlet(readings: Readings, time_ms: Ints, lag_s: float) -> tuple[Floats, Floats, Floats]:
    """Longitude, latitude (degrees) and speed (km/h) of the vehicle ``lag_s`` before each moment."""
    placed = np.flatnonzero(readings.placed())
    way = readings.time_ms[placed]
    at_ms = time_ms.astype(np.float64) - lag_s * 1000
    # A speed nobody knows is not standing.
    speed = np.nan_to_num(readings.speed_kmh[placed], nan=UNKNOWN_KMH)
    return (
        earlier(way, readings.lon[placed], at_ms),
        earlier(way, readings.lat[placed], at_ms),
        earlier(way, speed, at_ms),
    )
