"""The true wind around a moment of a run: the vehicle's own motion removed, averaged as vectors. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from enforcement.patrols.tracks.readings import WIND_FROM, WIND_SPEED, Floats, Readings

#: Metres in a degree of latitude.
METRES_PER_DEGREE = 111_195.0
#: Metres a second in the units a wind channel may be in; an empty unit is taken as m/s.
UNITS = {"": 1.0, "m/s": 1.0, "米/秒": 1.0, "km/h": 1 / 3.6, "kn": 0.514444}
#: Over a longer step (s) between readings the vehicle's motion is unknown.
LONGEST_STEP_S = 10.0
#: Slower than this (m/s) a position says nothing of where the bow points; the last known heading stands.
STEERING_MS = 0.8


class Reference(StrEnum):
    """What a file's wind direction and speed are measured against."""

    TRUE = "true"  # over ground, from north
    APPARENT = "apparent"  # as felt on the moving vehicle, from north
    BOW = "bow"  # as felt on the moving vehicle, clockwise from its bow


@dataclass(frozen=True, slots=True)
class TrueWind:
    """Where the wind comes from (degrees from north), its mean speed (m/s) and how much its direction swung (degrees)."""

    from_deg: float
    ms: float
    spread_deg: float
    readings: int


def true_wind(
    readings: Readings, at_ms: int, before_s: float, after_s: float, reference: Reference, offset_deg: float = 0.0
) -> TrueWind | None:
    """The mean true wind from `before_s` before a moment to `after_s` after it.

    `offset_deg` is added to every direction (how far the anemometer's zero is off). None without both wind channels, with
    a unit nobody knows or without a value. The mean speed is the length of the mean vector: air that only eddies about
    carries nothing.
    """
    came, speed = readings.role(WIND_FROM), readings.role(WIND_SPEED)
    unit = next((one.unit for one in readings.channels if one.role == WIND_SPEED), None)
    if came is None or speed is None or unit is None or unit.lower() not in UNITS:
        return None
    # The motion needs the readings next to the window too.
    near = np.abs(readings.time_ms - at_ms) <= (max(before_s, after_s) + 3 * LONGEST_STEP_S) * 1000
    rows = np.flatnonzero(readings.placed() & near)
    if not len(rows):
        return None
    bare = replace(readings, channels=(), values=())  # of a long run no other channel is unpacked
    part, came, ms = bare.take(rows), came[rows] + offset_deg, speed[rows] * UNITS[unit.lower()]
    east, north = _toward(part, came, ms, reference)
    offset_s = (part.time_ms - at_ms) / 1000
    known = (offset_s >= -before_s) & (offset_s <= after_s) & np.isfinite(east) & np.isfinite(north) & (ms >= 0)
    if not known.any():
        return None
    return _mean(east[known], north[known])


def _toward(part: Readings, came: Floats, ms: Floats, reference: Reference) -> tuple[Floats, Floats]:
    """East and north components (m/s) of where the air goes, over ground."""
    if reference is Reference.TRUE:
        angle = np.radians(came)
        return -ms * np.sin(angle), -ms * np.cos(angle)
    own_east, own_north = _motion(part)
    if reference is Reference.BOW:
        came = came + _headings(own_east, own_north)
    angle = np.radians(came)
    return own_east - ms * np.sin(angle), own_north - ms * np.cos(angle)


def _motion(part: Readings) -> tuple[Floats, Floats]:
    """The vehicle's velocity (m/s east, north) at each reading, from the positions on either side; NaN over a gap."""
    count = len(part)
    if count < 2:
        return np.full(count, np.nan), np.full(count, np.nan)
    squeeze = np.cos(np.radians(part.lat))
    x, y = part.lon * METRES_PER_DEGREE * squeeze.mean(), part.lat * METRES_PER_DEGREE
    at = np.arange(count)
    first, last = np.maximum(at - 1, 0), np.minimum(at + 1, count - 1)
    seconds = (part.time_ms[last] - part.time_ms[first]) / 1000
    usable = (seconds > 0) & (seconds <= 2 * LONGEST_STEP_S)
    step = np.where(usable, seconds, np.nan)
    return (x[last] - x[first]) / step, (y[last] - y[first]) / step


def _headings(east: Floats, north: Floats) -> Floats:
    """Where the bow points (degrees from north); while standing, where it last pointed."""
    steering = np.hypot(np.nan_to_num(east), np.nan_to_num(north)) >= STEERING_MS
    last = np.maximum.accumulate(np.where(steering, np.arange(len(east)), -1))
    degrees = np.degrees(np.arctan2(east, north))
    return np.where(last >= 0, degrees[np.maximum(last, 0)], np.nan)


def _mean(east: Floats, north: Floats) -> TrueWind:
    mean_east, mean_north = float(east.mean()), float(north.mean())
    ms = math.hypot(mean_east, mean_north)
    from_deg = math.degrees(math.atan2(-mean_east, -mean_north)) % 360
    each = np.hypot(east, north)
    blowing = each > 0
    if not blowing.any():
        return TrueWind(0.0, 0.0, 180.0, len(east))
    # Yamartino 1984: the spread of directions from the mean of their unit vectors.
    unit = math.hypot(float((east[blowing] / each[blowing]).mean()), float((north[blowing] / each[blowing]).mean()))
    eps = math.sqrt(max(0.0, 1 - unit * unit))
    spread = math.degrees(math.asin(eps) * (1 + (2 / math.sqrt(3) - 1) * eps**3))
    return TrueWind(from_deg, ms, spread, len(east))
