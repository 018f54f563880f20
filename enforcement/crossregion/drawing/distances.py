"""Road-like distances from coordinates: great circle times a road factor. There is no road network to ask."""

from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_008.8


def metres(lon: float, lat: float, to_lon: float, to_lat: float, *, factor_percent: int = 130) -> int:
    """Metres between two points (WGS-84 degrees) along a road that winds by `factor_percent`."""
    a = sin(radians(to_lat - lat) / 2) ** 2
    a += cos(radians(lat)) * cos(radians(to_lat)) * sin(radians(to_lon - lon) / 2) ** 2
    return round(2 * EARTH_M * asin(sqrt(a)) * factor_percent / 100)
