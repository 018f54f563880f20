"""The county map as plain SVG: no tiles, no script, printable, every place reachable by keyboard.

Coordinates come in WGS-84 degrees. At the size of a province an equirectangular projection at the middle latitude is
off by less than a line's width, and keeps the arithmetic readable.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from math import cos, radians
from typing import Any

from django.utils.safestring import SafeString, mark_safe

Position = tuple[float, float]
TONES = frozenset({"accent", "late", "soon", "done", "open", "quiet", "here", "0", "1", "2", "3", "4", "5"})
MARGIN = 8.0


@dataclass(frozen=True, slots=True)
class CountyMap:
    """The drawing and its size in its own units."""

    svg: SafeString
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Projection:
    """Degrees to drawing units: x to the right, y down."""

    west: float
    north: float
    scale: float
    squeeze: float

    def __call__(self, lon: float, lat: float) -> Position:
        return (
            MARGIN + (lon - self.west) * self.squeeze * self.scale,
            MARGIN + (self.north - lat) * self.scale,
        )


def _rings(geometry: Mapping[str, Any] | None) -> Iterator[list[Position]]:
    """The rings of a GeoJSON Polygon or MultiPolygon; anything else has none."""
    if not geometry:
        return
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    if geometry["type"] in {"Polygon", "MultiPolygon"}:
        for polygon in polygons:
            yield from polygon


def _fit(positions: list[Position], width: int) -> tuple[Projection, int]:
    """A projection that fills `width` with the positions, and the height that takes; at most twice the width."""
    west, east = min(p[0] for p in positions), max(p[0] for p in positions)
    south, north = min(p[1] for p in positions), max(p[1] for p in positions)
    squeeze = cos(radians((south + north) / 2))
    inner = width - 2 * MARGIN
    across, down = max((east - west) * squeeze, 1e-6), max(north - south, 1e-6)
    scale = min(inner / across, 2 * inner / down)
    # A narrow shape stands in the middle rather than at the left edge.
    west -= (inner / scale - across) / 2 / squeeze
    return Projection(west, north, scale, squeeze), round(down * scale + 2 * MARGIN)


def _path(geometry: Mapping[str, Any] | None, project: Projection) -> str:
    """SVG path data at a tenth of a unit; positions that fall together are left out."""
    parts: list[str] = []
    for ring in _rings(geometry):
        seen: list[str] = []
        for lon, lat, *_ in ring:
            x, y = project(lon, lat)
            spot = f"{x:.1f} {y:.1f}"
            if not seen or seen[-1] != spot:
                seen.append(spot)
        if len(seen) > 2:
            parts.append("M" + "L".join(seen) + "Z")
    return "".join(parts)


def _tone(value: object) -> str:
    tone = "" if value is None else str(value)
    return tone if tone in TONES else "0"


def _linked(url: object, title: str, body: str) -> str:
    """A drawing with its title; a link, and so a stop of the Tab key, when there is a page behind it."""
    inside = f"<title>{escape(title)}</title>{body}"
    if url:
        return f'<a href="{escape(str(url))}" aria-label="{escape(title)}">{inside}</a>'
    return f'<g role="img" aria-label="{escape(title)}">{inside}</g>'


def _area(shape: Mapping[str, Any], project: Projection) -> str:
    title = str(shape.get("title") or shape["name"])
    if shape.get("value") not in (None, ""):
        title = f"{title}：{shape['value']}"
    path = _path(shape.get("geometry"), project)
    return _linked(shape.get("url"), title, f'<path class="area area--{_tone(shape.get("tone"))}" d="{path}"/>')


def _name(shape: Mapping[str, Any], project: Projection) -> str:
    if not shape.get("label_point"):
        return ""
    x, y = project(*shape["label_point"][:2])
    return f'<text x="{x:.1f}" y="{y:.1f}" aria-hidden="true">{escape(str(shape["name"]))}</text>'


def _point(point: Mapping[str, Any], project: Projection) -> str:
    """Late places are triangles, others dots: shape repeats what the colour says."""
    x, y = project(float(point["lon"]), float(point["lat"]))
    tone = _tone(point.get("tone") or "accent")
    if tone == "late":
        mark = f'<path class="place place--late" d="M{x:.1f} {y - 6:.1f}L{x + 6:.1f} {y + 5:.1f}H{x - 6:.1f}Z"/>'
    else:
        mark = f'<circle class="place place--{tone}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    return _linked(point.get("url"), str(point["label"]), mark)


def draw(
    shapes: Iterable[Mapping[str, Any]],
    points: Iterable[Mapping[str, Any]] = (),
    track: Iterable[Iterable[float]] = (),
    *,
    width: int = 560,
) -> CountyMap:
    """Draw areas, a track and points.

    `shapes`: {name, geometry (GeoJSON dict), tone, value, title, url, label_point: [lon, lat]}; `points`: {lon, lat,
    label, tone, url}; `track`: [lon, lat] positions in order. Points beyond the areas are drawn outside them. With
    nothing to draw the map is empty and 1 unit high.
    """
    areas, places, line = list(shapes), list(points), [tuple(p)[:2] for p in track]
    positions = [(p[0], p[1]) for shape in areas for ring in _rings(shape.get("geometry")) for p in ring]
    positions += [(float(p["lon"]), float(p["lat"])) for p in places] + [(p[0], p[1]) for p in line]
    if not positions:
        return CountyMap(mark_safe(""), width, 1)
    project, height = _fit(positions, width)
    body = [_area(shape, project) for shape in areas]
    if len(line) > 1:
        spots = " ".join("{:.1f},{:.1f}".format(*project(*p)) for p in line)
        body.append(f'<polyline class="track" points="{spots}"/>')
    body += [_name(shape, project) for shape in areas]
    body += [_point(place, project) for place in places]
    svg = f'<svg class="county-map" viewBox="0 0 {width} {height}" role="group">{"".join(body)}</svg>'
    # Every text above went through escape(); the rest is numbers and fixed words.
    return CountyMap(mark_safe(svg), width, height)
