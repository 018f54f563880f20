"""Maps of patrols as SVG that stands alone: on paper by its own colours, on a page by the house's classes.

Outlines and projection come from `regions.cartography`. Classes win over the colours written here, so that a page is dark
when its reader wants it and a paper is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from regions import cartography
from regions.cartography import Frame, Shape

#: The five steps of the scale as paper shows them (desk/css/print.css).
STEPS = ("#d3e9ed", "#a3d0d8", "#65afbd", "#2b8799", "#0b5767")
PAPER, BORDER, LATE, INK = "#f4f4f4", "#9aa5a8", "#b3163f", "#1d2b2f"
#: Counties have room for their names in pictures of less land than this, across.
NAME_ROOM_KM = 320
#: What lay upwind: another colour than the track's, and a broken edge.
WEDGE = "#b97d06"
FONT = "Noto Sans CJK SC"


def track_picture(
    tracks: Sequence[Mapping[str, Any]],
    points: Sequence[Mapping[str, Any]],
    *,
    around: Sequence[tuple[float, float]] = (),
    width: int = 900,
    height: int = 560,
) -> str:
    """A run (`pictures.paper_lines`) with numbered points ({lon, lat, label}) as SVG text; "" without any place.

    `around` are places (lon, lat) the picture has to show too: pictures of several runs get one frame by them.
    """
    lons = [p[0] for line in tracks for p in line["positions"]] + [p["lon"] for p in points]
    lons += [lon for lon, _lat in around]
    lats = [p[1] for line in tracks for p in line["positions"]] + [p["lat"] for p in points]
    lats += [lat for _lon, lat in around]
    if not lons:
        return ""
    frame = cartography.track_frame(lons, lats, width=width, height=height, margin=36)
    return drawn(frame, [*(_line(frame, line) for line in tracks), *(_mark(frame, point) for point in points)])


def drawn(frame: Frame, body: Iterable[str]) -> str:
    """The counties of a frame, something on them, their names and a scale bar."""
    shapes = cartography.county_paths(frame)
    parts = [
        f'<path class="area area--0" fill="{PAPER}" stroke="{BORDER}" stroke-width="0.8" d="{s.d}"/>' for s in shapes
    ]
    parts += list(body)
    if frame.width / frame.units_per_km < NAME_ROOM_KM:
        parts += [_name(frame, shape) for shape in shapes]
    parts.append(_scale(frame))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="county-map" viewBox="{frame.viewbox}" '
        f'width="{frame.width:g}" height="{frame.height:g}" role="group">{"".join(parts)}</svg>'
    )


def square(frame: Frame, west: float, south: float, side: float, step: int, title: str) -> str:
    """A square of the grid, `side` degrees wide and high, with what it says when pointed at."""
    (x0, x1), (y1, y0) = (one.tolist() for one in frame.project([west, west + side], [south, south + side]))
    return (
        f'<g role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f'<rect class="area area--{step}" fill="{STEPS[step - 1]}" x="{x0:.1f}" y="{y0:.1f}" '
        f'width="{max(x1 - x0, 2):.1f}" height="{max(y1 - y0, 2):.1f}"/></g>'
    )


def _line(frame: Frame, line: Mapping[str, Any]) -> str:
    lons, lats = zip(*line["positions"], strict=True)
    step = min(5, max(1, int(line.get("step") or 1)))
    path = cartography.line_path(frame, lons, lats)
    joined = 'fill="none" stroke-linecap="round" stroke-linejoin="round"'
    return (
        f'<path class="track-edge" {joined} stroke="#6d7a7e" stroke-width="5.5" d="{path}"/>'
        f'<path class="track track--{step}" {joined} stroke="{STEPS[step - 1]}" stroke-width="3.8" d="{path}"/>'
    )


def _mark(frame: Frame, point: Mapping[str, Any]) -> str:
    """A triangle with its number beside it: shape and number say what the colour says."""
    xs, ys = frame.project([point["lon"]], [point["lat"]])
    x, y = float(xs[0]), float(ys[0])
    return (
        f'<path class="place place--late" fill="{LATE}" stroke="#fff" d="M{x:.1f} {y - 8:.1f}L{x + 8:.1f} {y + 6:.1f}'
        f'H{x - 8:.1f}Z"/>{_words(x + 10, y + 5, str(point["label"]), 20, "start")}'
    )


def _name(frame: Frame, shape: Shape) -> str:
    if not (0 < shape.x < frame.width and 0 < shape.y < frame.height):
        return ""
    word = shape.english.split()[0] if get_language() == "en" else shape.short_name
    return _words(shape.x, shape.y, word, 18, "middle")


def _words(x: float, y: float, text: str, size: int, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return (
        f'<text{named} x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-family="{FONT}" fill="{INK}" '
        f'text-anchor="{anchor}" aria-hidden="true">{escape(text)}</text>'
    )


def _scale(frame: Frame) -> str:
    bar = cartography.scale_bar(frame, most=frame.width / 5)
    x, y = 12.0, frame.height - 12
    words = _("%(km)s 公里") % {"km": f"{bar.km:g}"}
    return (
        f'<path class="scale" fill="none" stroke="{INK}" d="M{x} {y - 5:.1f}V{y:.1f}H{x + bar.length:.1f}V{y - 5:.1f}"/>'
        f"{_words(x + 4, y - 9, words, 18, 'start', 'scale-words')}"
    )


def sector_picture(
    outline: Sequence[Sequence[float]],
    spot: Mapping[str, Any],
    points: Sequence[Mapping[str, Any]],
    *,
    width: int = 400,
    height: int = 340,
) -> str:
    """The sector upwind of a hot spot with its candidates, each with its rank in it, as SVG text."""
    lons, lats = zip(*outline, strict=True)
    frame = cartography.track_frame(lons, lats, width=width, height=height, margin=28, least_km=0.5)
    return drawn(
        frame, [_sector(frame, outline), *(_ranked(frame, one) for one in reversed(points)), _mark(frame, spot)]
    )


#: Sectors side by side on a sheet, and the height of a title over each.
COLUMNS, TITLE = 3, 26


def sector_sheet(
    cells: Sequence[Mapping[str, Any]], tracks: Sequence[Mapping[str, Any]], *, side: int = 300, height: int = 290
) -> str:
    """Sectors of several hot spots ({title, outline, spot, candidates}) side by side, as one SVG text.

    Each with the piece of the track about it and a scale bar; without outlines of counties, which are too far apart to
    be met and too long to be drawn many times. As wide as the columns it needs, `COLUMNS` at most.
    """
    columns = min(COLUMNS, len(cells))
    width, tall = columns * side, -(-len(cells) // columns) * height
    body = [_sheet_cell(cell, tracks, n % columns * side, n // columns * height, side - 8, height - 8)
            for n, cell in enumerate(cells)]  # fmt: skip
    size = f'viewBox="0 0 {width} {tall}" width="{width}" height="{tall}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(body)}</svg>'


def _sheet_cell(
    cell: Mapping[str, Any], tracks: Sequence[Mapping[str, Any]], x: int, y: int, width: int, height: int
) -> str:
    """One sector under its title."""
    places = [*cell["outline"], *((one["lon"], one["lat"]) for one in cell["candidates"])]
    lons, lats = zip(*places, strict=True)
    tall = height - TITLE
    frame = cartography.track_frame(lons, lats, width=width, height=tall, margin=26, least_km=0.5)
    parts = [
        f'<rect width="{width}" height="{tall}" fill="{PAPER}" stroke="{BORDER}"/>',
        _sector(frame, cell["outline"]),
        *(_line(frame, line) for line in tracks if _meets(frame, line)),
        *(_ranked(frame, one) for one in reversed(cell["candidates"])),
        _mark(frame, {**cell["spot"], "label": ""}),
        _scale(frame),
    ]
    box = f'x="{x}" y="{y + TITLE}" width="{width}" height="{tall}" viewBox="0 0 {width} {tall}"'
    return f'{_words(x, y + 18, str(cell["title"]), 16, "start")}<svg {box} overflow="hidden">{"".join(parts)}</svg>'


def _meets(frame: Frame, line: Mapping[str, Any]) -> bool:
    west, south, east, north = frame.bounds
    return any(west <= lon <= east and south <= lat <= north for lon, lat in line["positions"])


def _sector(frame: Frame, outline: Sequence[Sequence[float]]) -> str:
    lons, lats = zip(*outline, strict=True)
    path = cartography.line_path(frame, lons, lats)
    return (
        f'<path class="sector" fill="{WEDGE}" fill-opacity="0.18" stroke="{WEDGE}" stroke-width="1.8" '
        f'stroke-dasharray="6 4" d="{path}z"/>'
    )


def _ranked(frame: Frame, point: Mapping[str, Any]) -> str:
    """A disc with the candidate's rank in it."""
    xs, ys = frame.project([point["lon"]], [point["lat"]])
    x, y = float(xs[0]), float(ys[0])
    return (
        f'<circle class="place place--candidate" fill="#fff" stroke="{INK}" stroke-width="1.5" cx="{x:.1f}" cy="{y:.1f}" '
        f'r="10"/>{_words(x, y + 4.5, str(point["label"]), 13, "middle", "rank")}'
    )
