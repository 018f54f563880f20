"""Coordinate systems of China and distances, pure: floats in, floats out; arrays in, arrays out.

Stored positions are WGS-84 degrees, longitude first. Maps and devices sold in China often give GCJ-02
(AMap, Tencent; about 0.5 km off in Shanxi) or BD-09 (Baidu; about 1 km off): an import says which
one it came in, and is converted here. The forward formulas are the public approximations of the
official shift; the inverses are solved by iteration to well under 0.1 m.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Pair = tuple[Array, Array]

EARTH_RADIUS_M = 6_371_008.8  # mean radius, for great circles

_AXIS = 6_378_245.0  # Krasovsky 1940, the ellipsoid of the GCJ-02 shift
_ECCENTRICITY = 0.006_693_421_622_965_943
_BD_TURN = np.pi * 3000.0 / 180.0
_GCJ_BOX = (72.004, 0.8293, 137.8347, 55.8271)  # outside, GCJ-02 equals WGS-84
_CHINA_BOX = (73.4, 3.8, 135.1, 53.6)  # with the South China Sea islands
_MAINLAND_SOUTH = 17.9
_SOUTH_CHINA_SEA_WEST = 105.0


class CoordinateSystem(StrEnum):
    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@overload
def convert(
    lon: float,
    lat: float,
    source: CoordinateSystem | str,
    target: CoordinateSystem | str = ...,
) -> tuple[float, float]: ...
@overload
def convert(
    lon: Array,
    lat: Array,
    source: CoordinateSystem | str,
    target: CoordinateSystem | str = ...,
) -> Pair: ...
def convert(
    lon: float | Array,
    lat: float | Array,
    source: CoordinateSystem | str,
    target: CoordinateSystem | str = CoordinateSystem.WGS84,
) -> tuple[float, float] | Pair:
    """Positions of one system in another, degrees; NaN stays NaN. Raises ValueError for an unknown system."""
    there = CoordinateSystem(source), CoordinateSystem(target)
    xs, ys = np.asarray(lon, float), np.asarray(lat, float)
    if there[0] is not there[1]:
        xs, ys = _FROM_WGS84[there[1]](*_TO_WGS84[there[0]](xs, ys))
    if np.ndim(lon) == 0 and np.ndim(lat) == 0:
        return float(xs), float(ys)
    return xs, ys


def distance_m(lon1: ArrayLike, lat1: ArrayLike, lon2: ArrayLike, lat2: ArrayLike) -> Array:
    """Great-circle distance in metres (haversine), element by element; a zero-dimensional array for floats."""
    x1, y1, x2, y2 = (np.radians(np.asarray(value, float)) for value in (lon1, lat1, lon2, lat2))
    chord = np.sin((y2 - y1) / 2) ** 2 + np.cos(y1) * np.cos(y2) * np.sin((x2 - x1) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def step_lengths_m(lons: ArrayLike, lats: ArrayLike) -> Array:
    """Metres from each point of a track to the next: one fewer than the points; empty for a single point."""
    x, y = np.radians(np.asarray(lons, float)), np.radians(np.asarray(lats, float))
    # The haversine of `distance_m`, each point's angles and cosine taken once.
    cosine = np.cos(y)
    chord = np.sin((y[1:] - y[:-1]) / 2) ** 2 + cosine[:-1] * cosine[1:] * np.sin((x[1:] - x[:-1]) / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def path_length_km(lons: ArrayLike, lats: ArrayLike) -> float:
    """Length of a track in kilometres; steps to or from a missing point (NaN) count nothing."""
    return float(np.nansum(step_lengths_m(lons, lats))) / 1000.0


def is_position(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether the numbers can be a position: finite, within ±180 and ±90, and not the 0/0 of a missing fix."""
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    with np.errstate(invalid="ignore"):
        inside = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    return np.asarray(inside & ~((x == 0.0) & (y == 0.0)))


def in_china(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether a position lies in the box around China; coarse: parts of the neighbours lie in it too."""
    x, y = np.asarray(lon, float), np.asarray(lat, float)
    west, south, east, north = _CHINA_BOX
    with np.errstate(invalid="ignore"):
        box = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        return np.asarray(box & ((y >= _MAINLAND_SOUTH) | (x >= _SOUTH_CHINA_SEA_WEST)))


def looks_swapped(lon: ArrayLike, lat: ArrayLike) -> bool:
    """Whether most of these positions lie in China only when longitude and latitude change places."""
    x, y = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return False
    swapped = in_china(y[known], x[known]) & ~in_china(x[known], y[known])
    return bool(swapped.mean() > 0.5)


# --- the shifts ------------------------------------------------------------------------------


def _waves(value: Array) -> Array:
    return 20.0 * np.sin(6.0 * np.pi * value) + 20.0 * np.sin(2.0 * np.pi * value)


def _gcj_offset(lon: Array, lat: Array) -> Pair:
    """Degrees to add to a WGS-84 position to get its GCJ-02 one."""
    x, y = lon - 105.0, lat - 35.0
    cross, root = x * y, np.sqrt(np.abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * cross + 0.2 * root
    north += (_waves(x) + _swell(y, 160.0, 320.0, 12.0, 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * cross + 0.1 * root
    east += (_waves(x) + _swell(x, 150.0, 300.0, 12.0, 30.0)) * 2.0 / 3.0
    sine = np.sin(np.radians(lat))
    shrink = 1.0 - _ECCENTRICITY * sine * sine
    metres_north = np.radians(_AXIS * (1.0 - _ECCENTRICITY) / shrink**1.5)
    metres_east = np.radians(_AXIS / np.sqrt(shrink) * np.cos(np.radians(lat)))
    west, south, east_edge, north_edge = _GCJ_BOX
    inside = (lon >= west) & (lon <= east_edge) & (lat >= south) & (lat <= north_edge)
    return np.where(inside, east / metres_east, 0.0), np.where(inside, north / metres_north, 0.0)


def _swell(value: Array, slow: float, slowest: float, slow_part: float, slowest_part: float) -> Array:
    short = 20.0 * np.sin(np.pi * value) + 40.0 * np.sin(np.pi * value / 3.0)
    return short + slow * np.sin(np.pi * value / slow_part) + slowest * np.sin(np.pi * value / slowest_part)


def _wgs_to_gcj(lon: Array, lat: Array) -> Pair:
    east, north = _gcj_offset(lon, lat)
    return lon + east, lat + north


def _gcj_to_bd(lon: Array, lat: Array) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _wgs_to_bd(lon: Array, lat: Array) -> Pair:
    return _gcj_to_bd(*_wgs_to_gcj(lon, lat))


def _inverse(forward: Callable[[Array, Array], Pair]) -> Callable[[Array, Array], Pair]:
    """Solves forward(p) = q by fixed-point steps: the shift changes slowly, each step gains two digits or more."""

    def backward(lon: Array, lat: Array) -> Pair:
        x, y = lon, lat
        for _ in range(8):
            fx, fy = forward(x, y)
            x, y = x + (lon - fx), y + (lat - fy)
        return x, y

    return backward


def _same(lon: Array, lat: Array) -> Pair:
    return lon, lat


_FROM_WGS84 = {
    CoordinateSystem.WGS84: _same,
    CoordinateSystem.GCJ02: _wgs_to_gcj,
    CoordinateSystem.BD09: _wgs_to_bd,
}
_TO_WGS84 = {
    CoordinateSystem.WGS84: _same,
    CoordinateSystem.GCJ02: _inverse(_wgs_to_gcj),
    CoordinateSystem.BD09: _inverse(_wgs_to_bd),
}
