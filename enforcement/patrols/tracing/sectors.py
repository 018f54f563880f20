"""The sector upwind of a hot spot: how wide it is in which wind, who lies in it, and its outline. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from enforcement.patrols.tracing.winds import METRES_PER_DEGREE, TrueWind
from enforcement.patrols.tracks.readings import Floats

#: Degrees between two points of the outline's arcs.
ARC_STEP_DEG = 4.0


@dataclass(frozen=True, slots=True)
class SectorSettings:
    """The dated rule's shape of a sector: speeds in m/s, angles in degrees to either side, distances in m."""

    void_ms: float
    light_ms: float
    half_deg: float
    light_half_deg: float
    far_m: float
    extent_m: float


@dataclass(frozen=True, slots=True)
class Sector:
    """Seen from (`lon`, `lat`): from where the wind comes, `half_deg` to either side, out to `far_m`.

    A site is no point: within `extent_m` it may lie in any direction, farther away that much wider than its angle.
    """

    lon: float
    lat: float
    from_deg: float
    half_deg: float
    far_m: float
    extent_m: float

    def off_deg(self, bearing_deg: Floats, distance_m: Floats) -> Floats:
        """How far sites lie off the axis (degrees, 0 to 180), the angle their own extent takes up taken away."""
        turned = np.abs((bearing_deg - self.from_deg + 180) % 360 - 180)
        own = np.degrees(np.arcsin(np.minimum(1.0, self.extent_m / np.maximum(distance_m, 1e-9))))
        own = np.where(distance_m <= self.extent_m, 180.0, own)
        rest: Floats = np.maximum(turned - own, 0.0)
        return rest

    def outline(self) -> list[list[float]]:
        """The sector as a closed line of [lon, lat] (degrees, 1e-5): an arc far away, a small one behind the hot spot."""
        ahead = _arc(self.from_deg - self.half_deg, self.from_deg + self.half_deg)
        behind = _arc(self.from_deg + max(self.half_deg, 90), self.from_deg + 360 - max(self.half_deg, 90))
        points = [_place(self, angle, self.far_m) for angle in ahead]
        points += [_place(self, angle, self.extent_m) for angle in behind]
        return [*points, points[0]]


def half_angle(wind: TrueWind, settings: SectorSettings) -> float:
    """Degrees to either side: wider below `light_ms`, widest at `void_ms`, and never less than the wind swung."""
    room = max(settings.light_ms - settings.void_ms, 1e-9)
    light = min(1.0, max(0.0, (settings.light_ms - wind.ms) / room))
    half = settings.half_deg + light * (settings.light_half_deg - settings.half_deg)
    return min(max(half, wind.spread_deg), max(settings.light_half_deg, settings.half_deg))


def upwind(lon: float, lat: float, wind: TrueWind, settings: SectorSettings) -> Sector | None:
    """The sector upwind of a place; None when the wind is too light to say from where the air came."""
    if wind.ms < settings.void_ms:
        return None
    return Sector(
        lon, lat, round(wind.from_deg, 1), round(half_angle(wind, settings), 1), settings.far_m, settings.extent_m
    )


def polar(lon: float, lat: float, lons: Floats, lats: Floats) -> tuple[Floats, Floats]:
    """Distance (m) and bearing (degrees from north) of places from one place; flat, right to a metre over some km."""
    east = (lons - lon) * METRES_PER_DEGREE * math.cos(math.radians(lat))
    north = (lats - lat) * METRES_PER_DEGREE
    distance: Floats = np.hypot(east, north)
    bearing: Floats = np.degrees(np.arctan2(east, north)) % 360
    return distance, bearing


def _arc(first: float, last: float) -> list[float]:
    steps = max(1, math.ceil((last - first) / ARC_STEP_DEG))
    return [first + (last - first) * n / steps for n in range(steps + 1)]


def _place(sector: Sector, angle: float, metres: float) -> list[float]:
    east, north = metres * math.sin(math.radians(angle)), metres * math.cos(math.radians(angle))
    lon = sector.lon + east / METRES_PER_DEGREE / math.cos(math.radians(sector.lat))
    return [round(lon, 5), round(sector.lat + north / METRES_PER_DEGREE, 5)]
