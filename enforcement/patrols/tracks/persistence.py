"""Where hot spots come back: cells of some 100 m, and which hot spots of several days make one location. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regions.coordinates import distance_m

#: A cell's sides in degrees: at least 100 m each up to 56° of latitude, so that 3 x 3 cells hold what lies within 100 m.
#: Stored rows depend on them.
SIDE_LON, SIDE_LAT = 0.0016, 0.0009
#: Cells of a tile that is locked as one, along each side: some 1.5 km.
TILE = 10


@dataclass(frozen=True, slots=True)
class Place:
    """One hot spot: its key, place (degrees) and Beijing day."""

    key: Any
    lon: float
    lat: float
    day: date


def cell_of(lon: float, lat: float) -> tuple[int, int]:
    """Column and row of a place, counted eastwards from 180° west and northwards from the south pole."""
    return math.floor((lon + 180) / SIDE_LON), math.floor((lat + 90) / SIDE_LAT)


def around(cell: tuple[int, int]) -> list[tuple[int, int]]:
    """A cell and the eight beside it."""
    x, y = cell
    return [(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]


def tiles_of(cells: Iterable[tuple[int, int]]) -> list[int]:
    """The tiles that hold the cells and those beside them, as rising numbers: the order in which they are locked."""
    near = {(x // TILE, y // TILE) for cell in cells for x, y in around(cell)}
    return sorted(x << 24 | y for x, y in near)


def metres(one: Place, lon: float, lat: float) -> float:
    return float(distance_m(one.lon, one.lat, lon, lat))


def gathered(place: Place, others: Sequence[Place], radius_m: float, within_days: int, min_days: int) -> list[Place]:
    """The hot spots that make a location with this one, itself among them; [] while they are of too few days."""
    near = [
        one
        for one in others
        if one.key != place.key
        and abs((place.day - one.day).days) <= within_days
        and metres(one, place.lon, place.lat) <= radius_m
    ]
    group = [*near, place]
    return group if len({one.day for one in group}) >= min_days else []


def centre(group: Sequence[Place]) -> tuple[float, float]:
    """The mean place (degrees, 1e-6)."""
    return (
        round(sum(one.lon for one in group) / len(group), 6),
        round(sum(one.lat for one in group) / len(group), 6),
    )
