"""Outlines of the counties and cities, read once per process from regions/data (WGS-84, with provenance).

They are the present ones: a point is placed in the county it lies in today. Former divisions and
functional zones have none.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import shapely
from shapely import MultiPolygon, Polygon

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True)
class Boundary:
    """One division on the map. `label` is (lon, lat), inside the outline; degrees, WGS-84."""

    code: str
    key: str
    name: str
    short_name: str
    english: str
    label: tuple[float, float]
    outline: Polygon | MultiPolygon

    @property
    def city_code(self) -> str:
        return self.code[:4] + "00"


@cache
def counties() -> tuple[Boundary, ...]:
    """The 117 counties, by code."""
    return _read("counties.geojson")


@cache
def cities() -> tuple[Boundary, ...]:
    """The 11 cities, by code."""
    return _read("cities.geojson")


def province_bounds() -> tuple[float, float, float, float]:
    """West, south, east, north of the province, degrees."""
    west, south, east, north = shapely.total_bounds([city.outline for city in cities()])
    return float(west), float(south), float(east), float(north)


def _read(name: str) -> tuple[Boundary, ...]:
    collection = json.loads((DATA / name).read_text(encoding="utf-8"))
    found = (_boundary(feature) for feature in collection["features"])
    return tuple(sorted(found, key=lambda boundary: boundary.code))


def _boundary(feature: dict[str, Any]) -> Boundary:
    facts = feature["properties"]
    outline = shapely.geometry.shape(feature["geometry"])
    shapely.prepare(outline)
    return Boundary(
        code=facts["code"],
        key=facts["key"],
        name=facts["name"],
        short_name=facts["short_name"],
        english=facts["english_name"],
        label=(facts["label"][0], facts["label"][1]),
        outline=outline,
    )
