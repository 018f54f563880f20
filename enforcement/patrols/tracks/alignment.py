"""Where the air was when it entered the inlet: what an instrument shows now was breathed in some seconds ago."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .readings import Floats, Ints, Readings, blank_column, pieces

#: Over a longer silence (s) nobody knows the way; the nearer end of it is taken.
LONGEST_STEP_S = 30.0
UNKNOWN_KMH = 99.0


def earlier(time_ms: Ints | Floats, values: Floats, at_ms: Floats) -> Floats:
    """Values of a rising series at other moments: linear between readings, the nearer end over a silence."""
    if len(time_ms) < 2:
        return np.full(len(at_ms), values[0] if len(values) else np.nan)
    told = np.empty(len(at_ms))
    for piece in pieces(len(at_ms)):
        told[piece] = _earlier(time_ms, values, at_ms[piece])
    return told


def _earlier(time_ms: Ints | Floats, values: Floats, at_ms: Floats) -> Floats:
    found = np.interp(at_ms, time_ms, values)
    after = np.clip(np.searchsorted(time_ms, at_ms), 1, len(time_ms) - 1)
    before = after - 1
    silent = (time_ms[after] - time_ms[before]) > LONGEST_STEP_S * 1000
    nearer = np.where(at_ms - time_ms[before] < time_ms[after] - at_ms, values[before], values[after])
    inside = (at_ms > time_ms[0]) & (at_ms < time_ms[-1])
    return np.where(silent & inside, nearer, found)


@dataclass(frozen=True, slots=True)
class Inlet:
    """Where the vehicle was and how fast it went (degrees, km/h) ``lag_s`` before a moment; asked where it matters only.

    ``way_ms`` and the three along it are the placed readings.
    """

    way_ms: Floats
    lon: Floats
    lat: Floats
    kmh: Floats
    lag_s: float

    def place(self, time_ms: Ints) -> tuple[Floats, Floats]:
        """Longitude and latitude at each of the moments."""
        at_ms = time_ms.astype(np.float64) - self.lag_s * 1000
        return earlier(self.way_ms, self.lon, at_ms), earlier(self.way_ms, self.lat, at_ms)

    def speed(self, time_ms: Ints) -> Floats:
        """Speed at each of the moments."""
        return earlier(self.way_ms, self.kmh, time_ms.astype(np.float64) - self.lag_s * 1000)


def inlet_of(readings: Readings, lag_s: float) -> Inlet:
    """The inlet of a channel that is so late."""
    placed = readings.where_placed().at()
    speed = readings.speed_kmh[placed]
    # A speed nobody knows is not standing. Where one is NaN so is their least.
    if len(speed) and not np.isfinite(speed.min() + speed.max()):
        speed = np.nan_to_num(speed, nan=UNKNOWN_KMH)
    way_ms = blank_column(len(speed))
    way_ms[:] = readings.time_ms[placed]
    return Inlet(way_ms, readings.lon[placed], readings.lat[placed], speed, lag_s)
