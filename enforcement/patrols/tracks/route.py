"""A planned route (计划路线): a line from a file or from typed points, and how much of it a run drove. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import gpxpy
import numpy as np
import shapely
from defusedxml import DefusedXmlException, ElementTree
from django.utils.translation import gettext as _

from regions.coordinates import CoordinateSystem, convert, step_lengths_m

from .problems import TrackRefused
from .quality import steps
from .readings import Readings
from .rules import TrackRule

#: A planned route is a drawing, not a track: so much is plenty.
MAX_BYTES, MAX_POINTS, KEPT_POINTS, MAX_KM = 2 * 1024 * 1024, 50_000, 2000, 1000
#: The line is looked at every so many metres.
SPACING_M = 20.0
_M_PER_DEGREE = 111_195.0
Line = list[list[float]]
#: Parts of a line as shares (0-1) of its length, from and to, in order.
Spans = list[tuple[float, float]]


def line_from(data: bytes, name: str, system: CoordinateSystem | str) -> Line:
    """[[lon, lat], ...] in WGS-84 from a GPX file, GeoJSON, or lines of "lon, lat". Raises TrackRefused with a sentence."""
    if len(data) > MAX_BYTES:
        raise TrackRefused("route_big", _("路线文件不能超过 2 MB。"), "line")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TrackRefused(
            "route_text", _("路线文件应为 UTF-8 编码的 GPX、GeoJSON 或“经度,纬度”各行。"), "line"
        ) from None
    head = text.lstrip()[:1]
    points = _from_gpx(text) if head == "<" else _from_geojson(text) if head in "{[" and head else _from_lines(text)
    return _checked(points, system)


def _from_gpx(text: str) -> list[Any]:
    try:
        ElementTree.fromstring(text)  # refuses entities before gpxpy sees the text
        found = gpxpy.parse(text)
    except (DefusedXmlException, gpxpy.gpx.GPXException, ValueError, SyntaxError) as error:
        raise TrackRefused("route_gpx", _("GPX 文件不完整或无法识别，请重新导出。"), "line") from error
    tracks = [point for track in found.tracks for segment in track.segments for point in segment.points]
    routes = [point for route in found.routes for point in route.points]
    return [(point.longitude, point.latitude) for point in (tracks or routes)]


def _from_geojson(text: str) -> list[Any]:
    try:
        return _coordinates(json.loads(text), 0)
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise TrackRefused(
            "route_json", _("GeoJSON 应含 LineString 或 MultiLineString，请重新导出。"), "line"
        ) from error


def _coordinates(thing: Any, depth: int) -> list[Any]:
    """The points of the lines in a geometry, feature or collection, in order."""
    if depth > 4:
        raise ValueError("nested too deeply")
    kind = thing["type"]
    if kind == "LineString":
        return list(thing["coordinates"])
    if kind == "MultiLineString":
        return [point for line in thing["coordinates"] for point in line]
    if kind == "Feature":
        return _coordinates(thing["geometry"], depth + 1)
    if kind in ("FeatureCollection", "GeometryCollection"):
        parts = thing["features"] if kind == "FeatureCollection" else thing["geometries"]
        return [point for part in parts for point in _coordinates(part, depth + 1)]
    return []


def _from_lines(text: str) -> list[Any]:
    points = []
    for number, row in enumerate(text.replace("，", ",").splitlines(), 1):
        if not row.strip():
            continue
        cells = [cell for cell in row.replace(",", " ").split() if cell]
        try:
            points.append((float(cells[0]), float(cells[1])))
        except (ValueError, IndexError):
            raise TrackRefused(
                "route_row", _("第 %(row)d 行应为“经度,纬度”，如 112.5501,37.8702。") % {"row": number}, "line"
            ) from None
    return points


def _checked(points: list[Any], system: CoordinateSystem | str) -> Line:
    if len(points) > MAX_POINTS:
        raise TrackRefused("route_points", _("路线最多 %(n)d 个点，请先抽稀。") % {"n": MAX_POINTS}, "line")
    try:
        pairs = np.array([(float(point[0]), float(point[1])) for point in points], dtype=np.float64).reshape(-1, 2)
    except (TypeError, ValueError, IndexError, OverflowError, KeyError) as error:
        raise TrackRefused("route_number", _("路线的坐标应为数字：先经度，后纬度。"), "line") from error
    if len(pairs) < 2:
        raise TrackRefused("route_short", _("路线至少要有两个点。"), "line")
    lon, lat = pairs[:, 0], pairs[:, 1]
    if not (np.isfinite(pairs).all() and (np.abs(lon) <= 180).all() and (np.abs(lat) <= 85).all()):
        raise TrackRefused("route_range", _("路线的坐标超出范围，请核对经纬度是否颠倒。"), "line")
    lon, lat = convert(lon, lat, system if isinstance(system, CoordinateSystem) else CoordinateSystem(system))
    line = _thinned(np.column_stack([lon, lat]))
    km = length_km(line)
    if not 0.05 <= km <= MAX_KM:
        raise TrackRefused(
            "route_length",
            _("路线长 %(km).2f 公里，应在 0.05 至 %(most)d 公里之间。") % {"km": km, "most": MAX_KM},
            "line",
        )
    return line


def _thinned(points: Any) -> Line:
    """At most KEPT_POINTS points, as near to the line as that allows; six decimals are a decimetre."""
    tolerance = 1e-6
    line = shapely.LineString(points)
    while len(line.coords) > KEPT_POINTS:
        line = shapely.LineString(points).simplify(tolerance, preserve_topology=False)
        tolerance *= 2
    return [[round(x, 6), round(y, 6)] for x, y in line.coords]


def length_km(line: Line) -> float:
    """Its length in kilometres."""
    points = np.array(line)
    return float(step_lengths_m(points[:, 0], points[:, 1]).sum()) / 1000


def driven_spans(line: Line, readings: Readings, rule: TrackRule, tolerance_m: float) -> Spans:
    """The parts of the line that lie within ``tolerance_m`` of a step that was driven."""
    points = np.array(line)
    origin, scale = points.mean(axis=0), np.array([math.cos(math.radians(points[:, 1].mean())), 1.0]) * _M_PER_DEGREE
    looked_at = _spaced((points - origin) * scale)
    found = steps(readings, rule)
    ends = found.at[found.metres > 0]
    if not len(ends):
        return []
    placed = np.flatnonzero(readings.placed())
    begins = placed[np.searchsorted(placed, ends) - 1]
    track = (np.column_stack([readings.lon, readings.lat]) - origin) * scale
    driven = shapely.linestrings(np.stack([track[begins], track[ends]], axis=1))
    near = shapely.STRtree(driven).query(shapely.points(looked_at), predicate="dwithin", distance=tolerance_m)
    met = np.unique(near[0])
    first = met[np.flatnonzero(np.diff(met, prepend=-2) > 1)]
    last = met[np.flatnonzero(np.diff(met, append=met[-1:] + 2) > 1)] if len(met) else met
    count = len(looked_at)
    return [
        (round(a / count, 6), round((b + 1) / count, 6)) for a, b in zip(first.tolist(), last.tolist(), strict=True)
    ]


def joined(spans: Iterable[Sequence[float]]) -> Spans:
    """Parts driven by several runs as one set: what overlaps counts once."""
    found: Spans = []
    for begin, end in sorted((float(begin), float(end)) for begin, end in spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def share_of(spans: Iterable[Sequence[float]]) -> float:
    """What joined parts come to together (0-1)."""
    return min(1.0, sum(end - begin for begin, end in spans))


def piece_of(line: Line, begin: float, end: float) -> Line:
    """The part of a line between two shares of its length."""
    points = np.array(line)
    lengths = np.concatenate(([0.0], np.cumsum(step_lengths_m(points[:, 0], points[:, 1]))))
    ends = np.clip(np.array([begin, end]), 0, 1) * lengths[-1]
    inside = (lengths > ends[0]) & (lengths < ends[1])
    along = np.concatenate((ends[:1], lengths[inside], ends[1:]))
    lon, lat = (np.interp(along, lengths, points[:, axis]) for axis in (0, 1))
    return [[round(x, 6), round(y, 6)] for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]


def _spaced(points: Any) -> Any:
    """Points along a line in metres, SPACING_M apart at most, both ends included."""
    lengths = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))
    along = np.linspace(0, lengths[-1], max(2, math.ceil(lengths[-1] / SPACING_M) + 1))
    return np.column_stack([np.interp(along, lengths, points[:, 0]), np.interp(along, lengths, points[:, 1])])
