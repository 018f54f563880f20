"""Maps drawn on the server: counties, cities and tracks as SVG paths, without tiles from outside.

A `Frame` is the piece of land a picture shows and its size in units of the viewBox. Everything else
is projected through it: equirectangular, with degrees of longitude shortened by the cosine of the
middle latitude, which inside one province differs from a conformal map by less than a line's width.
Outlines are thinned together, so that neighbours keep one common border.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import mapping

from regions import boundaries
from regions.boundaries import Boundary

Array = NDArray[np.float64]
Bounds = tuple[float, float, float, float]  # west, south, east, north; degrees
Level = Literal["county", "city"]
KM_PER_DEGREE = 111.195  # of latitude, on the mean sphere


@dataclass(frozen=True)
class Frame:
    """What a picture shows. `west`/`north` is the top left corner; `scale` is units per degree of latitude."""

    west: float
    north: float
    scale: float
    width: float
    height: float
    squeeze: float

    @property
    def viewbox(self) -> str:
        return f"0 0 {self.width:g} {self.height:g}"

    @property
    def bounds(self) -> Bounds:
        east = self.west + self.width / (self.scale * self.squeeze)
        return self.west, self.north - self.height / self.scale, east, self.north

    @property
    def units_per_km(self) -> float:
        return self.scale / KM_PER_DEGREE

    def project(self, lons: ArrayLike, lats: ArrayLike) -> tuple[Array, Array]:
        """Degrees to units of the viewBox, x to the right and y downwards."""
        xs = (np.asarray(lons, float) - self.west) * (self.scale * self.squeeze)
        ys = (self.north - np.asarray(lats, float)) * self.scale
        return xs, ys


@dataclass(frozen=True)
class Shape:
    """One division ready for a `<path>`: `d` closed, (x, y) where its name goes, `city` the code it belongs to."""

    code: str
    key: str
    name: str
    short_name: str
    english: str
    city: str
    d: str
    x: float
    y: float


@dataclass(frozen=True)
class ScaleBar:
    """A round number of kilometres and its length in units of the viewBox."""

    km: float
    length: float


# --- frames ----------------------------------------------------------------------------------


def fit(
    bounds: Bounds,
    *,
    width: float = 960,
    height: float | None = None,
    margin: float = 16,
) -> Frame:
    """The frame that shows `bounds` whole inside the margin; without a height, as high as it needs.

    Raises ValueError for bounds that are no rectangle or a picture smaller than its margins.
    """
    west, south, east, north = bounds
    sound = all(map(math.isfinite, bounds)) and west <= east and -85 <= south <= north <= 85
    if not sound or width <= 2 * margin or (height is not None and height <= 2 * margin):
        raise ValueError(f"nothing to draw: {bounds}, {width} x {height}")
    squeeze = math.cos(math.radians((south + north) / 2))
    across, up = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
    scale = (width - 2 * margin) / across
    if height is None:
        height = round(up * scale + 2 * margin, 1)
    else:
        scale = min(scale, (height - 2 * margin) / up)
    left = (west + east) / 2 - width / 2 / (scale * squeeze)
    return Frame(left, (south + north) / 2 + height / 2 / scale, scale, width, height, squeeze)


def province_frame(*, width: float = 960, height: float | None = None, margin: float = 16) -> Frame:
    """The frame of the whole province."""
    return fit(boundaries.province_bounds(), width=width, height=height, margin=margin)


def division_frame(code: str, *, width: float = 960, height: float | None = None, margin: float = 16) -> Frame:
    """The frame of a county, city or the province by its code. Raises KeyError when it has no outline."""
    if code.endswith("0000"):
        return province_frame(width=width, height=height, margin=margin)
    found = _by_code()[code]
    west, south, east, north = found.outline.bounds
    return fit((west, south, east, north), width=width, height=height, margin=margin)


def track_frame(
    lons: ArrayLike,
    lats: ArrayLike,
    *,
    width: float = 960,
    height: float = 540,
    margin: float = 24,
    least_km: float = 2.0,
) -> Frame:
    """The frame around a track or some points, at least `least_km` wide and high. ValueError if none is known."""
    xs, ys = np.asarray(lons, float), np.asarray(lats, float)
    known = np.isfinite(xs) & np.isfinite(ys)
    if not known.any():
        raise ValueError("no known position to draw")
    west, east, south, north = (
        xs[known].min(),
        xs[known].max(),
        ys[known].min(),
        ys[known].max(),
    )
    room_y = max(0.0, least_km / KM_PER_DEGREE - (north - south)) / 2
    squeeze = max(math.cos(math.radians((south + north) / 2)), 0.05)
    room_x = max(0.0, least_km / KM_PER_DEGREE / squeeze - (east - west)) / 2
    around = (
        float(west - room_x),
        float(south - room_y),
        float(east + room_x),
        float(north + room_y),
    )
    return fit(around, width=width, height=height, margin=margin)


# --- shapes ----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def county_paths(frame: Frame, simplify: float = 2.0) -> tuple[Shape, ...]:
    """The counties that touch the frame, thinned to `simplify` units, by code; kept for the frames last asked for."""
    return _shapes("county", frame, simplify)


@lru_cache(maxsize=64)
def city_paths(frame: Frame, simplify: float = 2.0) -> tuple[Shape, ...]:
    """The cities that touch the frame; their borders run on those of the counties drawn with the same `simplify`."""
    return _shapes("city", frame, simplify)


def line_path(frame: Frame, lons: ArrayLike, lats: ArrayLike) -> str:
    """A track as the `d` of a `<path>`; a missing point (NaN) breaks the line, a point alone becomes a dot."""
    xs, ys = frame.project(lons, lats)
    parts, pen_down = [], False
    for x, y in zip(xs.tolist(), ys.tolist(), strict=True):
        if math.isnan(x) or math.isnan(y):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{_short(x)} {_short(y)}" + ("" if pen_down else "h0"))
        pen_down = True
    return "".join(parts)


def scale_bar(frame: Frame, most: float = 160) -> ScaleBar:
    """The longest bar of 1, 2 or 5 times a power of ten kilometres that is at most `most` units long."""
    room = most / frame.units_per_km
    power = 10.0 ** math.floor(math.log10(room))
    km = max(step * power for step in (1, 2, 5) if step * power <= room * (1 + 1e-9))
    return ScaleBar(float(f"{km:g}"), round(km * frame.units_per_km, 1))


# --- GeoJSON for the interactive map ---------------------------------------------------------


@lru_cache(maxsize=8)
def geojson(level: Level, tolerance: float = 0.005) -> dict[str, Any]:
    """A FeatureCollection of thinned outlines (degrees); properties: code, key, name, short_name, english, label.

    Kept per process: treat it as read-only.
    """
    features = [_feature(boundary, outline) for boundary, outline in _thinned(level, tolerance)]
    return {"type": "FeatureCollection", "features": features}


def ground(codes: Iterable[str], opens_on: Iterable[str] = (), margin: float = 0.15) -> dict[str, Any]:
    """What a live map of some divisions needs: `boundaries`, the counties in and about them (`margin`, degrees), and
    `view`, the rectangle `opens_on` fills (all of them, if left out) as [[south, west], [north, east]]. The province
    where none of them has an outline.
    """
    known = _known(codes)
    shown = _known(opens_on) or known
    if shown:
        west, south, east, north = map(float, shapely.total_bounds([one.outline for one in shown]))
    else:
        west, south, east, north = boundaries.province_bounds()
    view = [[south, west], [north, east]]
    if not known:
        return {"boundaries": geojson("county"), "view": view}
    west, south, east, north = map(float, shapely.total_bounds([one.outline for one in known]))
    about = shapely.box(west - margin, south - margin, east + margin, north + margin)
    near = {county.code for county in boundaries.counties() if about.intersects(county.outline)}
    every = geojson("county")
    features = [feature for feature in every["features"] if feature["id"] in near]
    return {"boundaries": {**every, "features": features}, "view": view}


def _known(codes: Iterable[str]) -> list[Boundary]:
    return [_by_code()[code] for code in codes if code in _by_code()]


def _feature(boundary: Boundary, outline: Any) -> dict[str, Any]:
    names = ("code", "key", "name", "short_name", "english")
    facts = {name: getattr(boundary, name) for name in names} | {"label": list(boundary.label)}
    return {
        "type": "Feature",
        "id": boundary.code,
        "properties": facts,
        "geometry": mapping(_rounded(outline)),
    }


def _rounded(outline: Any) -> Any:
    """To 1e-4 degrees (10 m), the same way on both sides of a border."""
    return shapely.transform(outline, lambda points: np.round(points, 4))


# --- inside ----------------------------------------------------------------------------------


def _shapes(level: Level, frame: Frame, simplify: float) -> tuple[Shape, ...]:
    view = shapely.box(*frame.bounds)
    pairs = _thinned(level, simplify / frame.scale)
    return tuple(_shape(boundary, outline, frame) for boundary, outline in pairs if outline.intersects(view))


def _shape(boundary: Boundary, outline: Any, frame: Frame) -> Shape:
    x, y = frame.project(*boundary.label)
    return Shape(
        code=boundary.code,
        key=boundary.key,
        name=boundary.name,
        short_name=boundary.short_name,
        english=boundary.english,
        city=boundary.city_code,
        d="".join(_ring_path(ring, frame) for ring in _rings(outline)),
        x=round(float(x), 1),
        y=round(float(y), 1),
    )


def _rings(outline: Any) -> list[Array]:
    parts = shapely.get_parts(outline)
    return [shapely.get_coordinates(ring) for part in parts for ring in (part.exterior, *part.interiors)]


def _ring_path(ring: Array, frame: Frame) -> str:
    """An absolute start and relative steps in tenths of a unit: half the bytes of absolute points, no drift."""
    xs, ys = frame.project(ring[:-1, 0], ring[:-1, 1])
    tenths = np.column_stack([np.rint(xs * 10), np.rint(ys * 10)]).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    body = _row([_tenth(step) for pair in steps.tolist() for step in pair])
    return f"M{_row([_tenth(one) for one in tenths[0].tolist()])}l{body}z" if body else ""


def _row(numbers: list[str]) -> str:
    """Numbers of a path: a sign or, after a fraction, a point parts them as well as a blank does (SVG 1.1, 8.3.9)."""
    parts = numbers[:1]
    for before, one in pairwise(numbers):
        parted = one.startswith("-") or (one.startswith(".") and "." in before)
        parts.append(one if parted else f" {one}")
    return "".join(parts)


@lru_cache(maxsize=20_000)
def _tenth(value: int) -> str:
    """Tenths of a unit as a path takes them: no zero before the point, none after it."""
    whole, tenth = divmod(abs(value), 10)
    text = f"{whole or ''}.{tenth}" if tenth else str(whole)
    return f"-{text}" if value < 0 else text


def _short(value: float) -> str:
    text = f"{value:.1f}"
    return "0" if text in {"-0.0", "0.0"} else text.removesuffix(".0")


def _thinned(level: Level, tolerance: float) -> list[tuple[Boundary, Any]]:
    """Outlines that lost the corners smaller than a triangle of tolerance x tolerance; cities are made of counties."""
    counties = boundaries.counties()
    outlines = shapely.coverage_simplify([county.outline for county in counties], tolerance)
    if level == "county":
        return list(zip(counties, outlines, strict=True))
    parts: dict[str, list[Any]] = defaultdict(list)
    for county, outline in zip(counties, outlines, strict=True):
        parts[county.city_code].append(outline)
    return [(city, shapely.union_all(parts[city.code])) for city in boundaries.cities()]


@lru_cache(maxsize=1)
def _by_code() -> dict[str, Boundary]:
    return {boundary.code: boundary for boundary in (*boundaries.counties(), *boundaries.cities())}
