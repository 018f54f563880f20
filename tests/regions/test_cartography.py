"""Promise: a map drawn on the server shows every county where it is, and neighbours share one border."""

import json
import re

import numpy as np
import pytest
import shapely

from regions import boundaries, cartography
from regions.cartography import Frame, Shape

FRAME = cartography.province_frame(width=600)
#: As a path's grammar parts them (SVG 1.1, 8.3.9): "1.5.6-2" are three.
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)")


def drawn(shape: Shape) -> shapely.Polygon:
    """The outer ring of a shape as a renderer would trace its path."""
    match = re.match(r"M([^l]+)l([^z]+)z", shape.d)
    assert match, shape.d[:60]
    start, steps = (np.array([float(n) for n in NUMBER.findall(part)]).reshape(-1, 2) for part in match.groups())
    return shapely.Polygon(np.vstack([start, steps]).cumsum(axis=0))


def test_the_whole_province_fits_its_picture() -> None:
    shapes = cartography.county_paths(FRAME)
    assert len(shapes) == 117
    bounds = shapely.total_bounds([drawn(shape) for shape in shapes])
    assert bounds[0] == pytest.approx(16, abs=1.5)
    assert bounds[2] == pytest.approx(600 - 16, abs=1.5)
    assert (bounds[1] >= 0, bounds[3] <= FRAME.height) == (True, True)
    assert FRAME.viewbox == f"0 0 600 {FRAME.height:g}"


def test_a_name_is_written_inside_its_county() -> None:
    shapes = cartography.county_paths(FRAME)
    outside = [s.name for s in shapes if not drawn(s).buffer(1).contains(shapely.Point(s.x, s.y))]
    assert outside == []


def test_thinning_leaves_neither_gaps_nor_overlaps() -> None:
    polygons = [drawn(shape) for shape in cartography.county_paths(FRAME)]
    outer = shapely.union_all([drawn(shape) for shape in cartography.city_paths(FRAME)])
    together = shapely.union_all(polygons)
    assert together.symmetric_difference(outer).area / outer.area < 1e-3


def test_a_city_is_drawn_on_the_borders_of_its_counties() -> None:
    corners = {tuple(point) for shape in cartography.county_paths(FRAME) for point in _corners(shape)}
    for city in cartography.city_paths(FRAME):
        assert {tuple(point) for point in _corners(city)} <= corners, city.name


def _corners(shape: Shape) -> list[list[float]]:
    return np.round(shapely.get_coordinates(drawn(shape)), 1).tolist()


def test_a_picture_of_the_province_is_light() -> None:
    size = sum(len(shape.d) for shape in cartography.county_paths(FRAME))
    assert 20_000 < size < 50_000


def test_paths_are_made_once_for_a_frame() -> None:
    again = cartography.province_frame(width=600)
    assert again is not FRAME
    assert cartography.county_paths(again) is cartography.county_paths(FRAME)


def test_north_is_up_and_a_kilometre_is_as_long_across_as_along() -> None:
    xs, ys = FRAME.project([112.0, 112.0, 113.0], [37.0, 38.0, 37.6])
    assert ys[1] < ys[0]
    assert xs[2] > xs[0]
    up = ys[0] - ys[1]
    middle = (FRAME.bounds[1] + FRAME.bounds[3]) / 2
    assert (xs[2] - xs[0]) / up == pytest.approx(np.cos(np.radians(middle)), rel=1e-6)


def test_the_scale_bar_is_round_and_true() -> None:
    bar = cartography.scale_bar(FRAME, most=160)
    assert bar.km in {1, 2, 5, 10, 20, 50, 100, 200}
    assert bar.length <= 160
    assert bar.length == pytest.approx(bar.km * FRAME.units_per_km, abs=0.05)
    assert bar.length > 160 / 2.51
    near = cartography.track_frame([112.5, 112.501], [37.8, 37.8])
    assert cartography.scale_bar(near).km == 0.5


def test_a_track_is_shown_whole_with_the_counties_around_it() -> None:
    lons, lats = np.linspace(112.45, 112.65, 50), np.linspace(37.7, 37.95, 50)
    frame = cartography.track_frame(lons, lats, width=960, height=540)
    xs, ys = frame.project(lons, lats)
    assert (frame.width, frame.height) == (960, 540)
    assert min(xs.min(), ys.min()) >= 23.9
    assert (xs.max() <= 936.1, ys.max() <= 516.1) == (True, True)
    names = {shape.name for shape in cartography.county_paths(frame)}
    assert {"小店区", "晋源区", "迎泽区"} <= names
    assert "芮城县" not in names


def test_a_car_that_stood_still_still_gets_a_map() -> None:
    frame = cartography.track_frame([112.5], [37.8], width=400, height=300)
    _, south, _, north = frame.bounds
    assert (north - south) * 111.195 >= 2.0
    assert frame.project(112.5, 37.8) == (pytest.approx(200), pytest.approx(150))


def test_a_line_breaks_where_a_point_is_missing() -> None:
    frame = Frame(west=112.0, north=38.0, scale=100.0, width=100, height=100, squeeze=1.0)
    path = cartography.line_path(frame, [112.0, 112.5, np.nan, 112.25], [38.0, 37.5, 37.4, 37.75])
    assert path == "M0 0h0L50 50M25 25h0"
    assert cartography.line_path(frame, [], []) == ""


@pytest.mark.parametrize("code", ["140100", "140181"])
def test_a_division_fills_its_own_picture(code: str) -> None:
    frame = cartography.division_frame(code, width=300, height=300)
    shapes = {shape.code: shape for shape in (*cartography.county_paths(frame), *cartography.city_paths(frame))}
    west, north, east, south = drawn(shapes[code]).bounds
    assert min(west, north) >= 14
    assert max(east, south) <= 286
    assert max(east - west, south - north) == pytest.approx(300 - 32, abs=3)
    assert cartography.division_frame("140000", width=600) == FRAME


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="no known position"):
        cartography.track_frame([np.nan], [np.nan])
    with pytest.raises(ValueError, match="nothing to draw"):
        cartography.fit((113.0, 37.0, 112.0, 38.0))
    with pytest.raises(ValueError, match="nothing to draw"):
        cartography.fit((112.0, 37.0, float("nan"), 38.0))
    with pytest.raises(KeyError):
        cartography.division_frame("140171")


@pytest.mark.parametrize(("level", "count"), [("county", 117), ("city", 11)])
def test_geojson_for_the_interactive_map(level: cartography.Level, count: int) -> None:
    collection = cartography.geojson(level)
    assert len(collection["features"]) == count
    assert len(json.dumps(collection, separators=(",", ":"))) < 300_000
    by_code = {boundary.code: boundary for boundary in (*boundaries.counties(), *boundaries.cities())}
    for feature in collection["features"]:
        facts = feature["properties"]
        shape = shapely.geometry.shape(feature["geometry"])
        true = by_code[facts["code"]].outline
        assert shape.is_valid, facts["name"]
        assert shape.symmetric_difference(true).area / true.area < 0.05, facts["name"]
        assert {"code", "key", "name", "short_name", "english", "label"} == set(facts)
