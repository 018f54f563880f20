"""The county map as plain SVG: no tiles, no script, printable, every place with a page reachable by keyboard.

Outlines and projection come from `regions.cartography`; here they get tones, names, points, links and a scale bar.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from regions import cartography
from regions.cartography import Frame, Shape

AREA_TONES = frozenset({"0", "1", "2", "3", "4", "5", "here"})
POINT_TONES = frozenset({"accent", "late", "soon", "done", "open", "quiet"})
WIDTH = 560
HEIGHT = 1.15  # of the width, at most
TRACK_HEIGHT = 0.7
#: Counties have room for their names in pictures of less land than this, across.
NAME_ROOM_KM = 320


@dataclass(frozen=True, slots=True)
class CountyMap:
    """The drawing and the frame it was made in."""

    svg: SafeString
    frame: Frame


def draw(
    areas: Mapping[str, Mapping[str, Any]],
    points: Iterable[Mapping[str, Any]] = (),
    tracks: Iterable[Mapping[str, Any]] = (),
    *,
    level: Literal["county", "city"] = "county",
    within: str | tuple[float, float, float, float] = "",
    width: int = WIDTH,
    sectors: Iterable[Mapping[str, Any]] = (),
) -> CountyMap:
    """Draw the outlines of `level`, with areas, tracks, sectors and points on them.

    `areas`: code -> {tone (0 to 5, or "here"), value, url}; `points`: {lon, lat, label, tone, url, count}, with a count
    above 1 for several things at a place; `tracks`: {positions: [(lon, lat), ...], step (0 to 5)}, one entry for each
    stretch of a colour. `within` is the code of the division that fills the picture, "points" for what the points and
    tracks cover, (west, south, east, north) in degrees, or empty for the province. `sectors`: {outline: [(lon, lat), ...],
    label, candidates: [{lon, lat, rank, label}]}. Raises KeyError when that division has no outline.
    """
    places, lines, wedges = list(points), list(tracks), list(sectors)
    frame = _frame(within, places, [*lines, *({"positions": one["outline"]} for one in wedges)], width)
    shapes = cartography.county_paths(frame) if level == "county" else cartography.city_paths(frame)
    named = level == "city" or (frame.width / frame.units_per_km) < NAME_ROOM_KM
    body = [_area(shape, areas.get(shape.code, {})) for shape in shapes]
    if level == "county":
        body += [f'<path class="border" d="{shape.d}"/>' for shape in cartography.city_paths(frame)]
    # Every edge beneath every colour: stretches that meet look like one road.
    paths = [(_line(line, frame), _step(line)) for line in lines]
    body += [f'<path class="track-edge" d="{path}"/>' for path, _ in paths]
    body += [f'<path class="track track--{step}" d="{path}"/>' for path, step in paths]
    body += [_sector(one, frame) for one in wedges]
    if named:
        body += [_name(shape, frame) for shape in shapes]
    body += [_candidate(one, frame) for wedge in wedges for one in reversed(wedge["candidates"])]
    body += [_point(place, frame) for place in places]
    body.append(_scale(frame))
    svg = f'<svg class="county-map" viewBox="{frame.viewbox}" role="group">{"".join(body)}</svg>'
    # Every text above went through escape(); the rest is numbers and fixed words.
    return CountyMap(mark_safe(svg), frame)


def _frame(within: Any, places: Sequence[Mapping[str, Any]], lines: Sequence[Mapping[str, Any]], width: int) -> Frame:
    """Never much higher than wide: a province as tall as this one would push everything else off the screen."""
    height = round(width * HEIGHT)
    if isinstance(within, tuple):
        return cartography.fit(within, width=width, height=round(width * TRACK_HEIGHT), margin=16)
    if within == "points":
        spots = [(float(p["lon"]), float(p["lat"])) for p in places]
        spots += [(float(p[0]), float(p[1])) for line in lines for p in line["positions"]]
        if spots:
            lons, lats = zip(*spots, strict=True)
            return cartography.track_frame(lons, lats, width=width, height=round(width * TRACK_HEIGHT), least_km=8)
    if within and within != "points":
        free = cartography.division_frame(within, width=width, margin=8)
        return (
            free if free.height <= height else cartography.division_frame(within, width=width, height=height, margin=8)
        )
    return cartography.province_frame(width=width, height=height, margin=8)


def _called(shape: Shape) -> str:
    return shape.english if get_language() == "en" else shape.name


def _linked(url: object, title: str, body: str) -> str:
    """A drawing with its title; a link, and so a stop of the Tab key, when there is a page behind it."""
    inside = f"<title>{escape(title)}</title>{body}"
    if url:
        return f'<a href="{escape(str(url))}" aria-label="{escape(title)}">{inside}</a>'
    return f'<g role="img" aria-label="{escape(title)}">{inside}</g>'


def _area(shape: Shape, facts: Mapping[str, Any]) -> str:
    tone = str(facts.get("tone", "0"))
    value = facts.get("value")
    title = (
        _called(shape)
        if value in (None, "")
        else gettext("%(name)s：%(value)s") % {"name": _called(shape), "value": value}
    )
    kind = tone if tone in AREA_TONES else "0"
    return _linked(facts.get("url"), title, f'<path class="area area--{kind}" d="{shape.d}"/>')


def _name(shape: Shape, frame: Frame) -> str:
    """The short name at the label point, when that is in the picture."""
    if not (0 < shape.x < frame.width and 0 < shape.y < frame.height):
        return ""
    word = shape.english.split()[0] if get_language() == "en" else shape.short_name
    return f'<text x="{shape.x}" y="{shape.y}" aria-hidden="true">{escape(word)}</text>'


def _line(line: Mapping[str, Any], frame: Frame) -> str:
    lons, lats = zip(*((p[0], p[1]) for p in line["positions"]), strict=True)
    return cartography.line_path(frame, lons, lats)


def _step(line: Mapping[str, Any]) -> int:
    return min(5, max(1, int(line.get("step") or 1)))


def _point(point: Mapping[str, Any], frame: Frame) -> str:
    """Late places are triangles, others dots: the shape repeats what the colour says."""
    xs, ys = frame.project([float(point["lon"])], [float(point["lat"])])
    x, y = float(xs[0]), float(ys[0])
    tone = str(point.get("tone") or "accent")
    tone = tone if tone in POINT_TONES else "accent"
    count = int(point.get("count") or 1)
    if count > 1:
        mark = _cluster(x, y, count, tone)
    elif tone == "late":
        mark = f'<path class="place place--late" d="M{x:.1f} {y - 6:.1f}L{x + 6:.1f} {y + 5:.1f}H{x - 6:.1f}Z"/>'
    else:
        mark = f'<circle class="place place--{tone}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    return _linked(point.get("url"), str(point["label"]), mark)


def _sector(sector: Mapping[str, Any], frame: Frame) -> str:
    path = f'<path class="sector" d="{_line({"positions": sector["outline"]}, frame)}z"/>'
    return _linked("", str(sector["label"]), path)


def _candidate(candidate: Mapping[str, Any], frame: Frame) -> str:
    """A disc with its rank in it."""
    xs, ys = frame.project([float(candidate["lon"])], [float(candidate["lat"])])
    x, y = float(xs[0]), float(ys[0])
    mark = (
        f'<circle class="place place--candidate" cx="{x:.1f}" cy="{y:.1f}" r="8"/>'
        f'<text class="place-count" x="{x:.1f}" y="{y:.1f}" aria-hidden="true">{int(candidate["rank"])}</text>'
    )
    return _linked("", str(candidate["label"]), mark)


def _cluster(x: float, y: float, count: int, tone: str) -> str:
    """Several at one place: a disc that grows with their number, which stands in it; a corner is cut where some are late."""
    size = min(22.0, 8 + 2.2 * count**0.4)
    warns = (
        f'<path class="place place--late" d="M{x + size * 0.75:.1f} {y - size - 3:.1f}l5 9h-10Z"/>'
        if tone == "late"
        else ""
    )
    return (
        f'<circle class="place place--cluster" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'
        f'<text class="place-count" x="{x:.1f}" y="{y:.1f}" aria-hidden="true">{count}</text>{warns}'
    )


def _scale(frame: Frame) -> str:
    scale = cartography.scale_bar(frame, most=frame.width / 5)
    x, y = 10.0, frame.height - 10
    words = gettext("%(km)s 公里") % {"km": f"{scale.km:g}"}
    return (
        f'<path class="scale" d="M{x} {y - 5:.1f}V{y:.1f}H{x + scale.length:.1f}V{y - 5:.1f}"/>'
        f'<text class="scale-words" x="{x + 4}" y="{y - 8:.1f}">{escape(words)}</text>'
    )
