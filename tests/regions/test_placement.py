"""Promise: every point of the province lies in exactly one county, at once and always in the same one."""

import time

import numpy as np
import pytest
import shapely

from regions import boundaries
from regions.coordinates import convert
from regions.placement import place, place_many

WEST, SOUTH, EAST, NORTH = boundaries.province_bounds()


def scattered(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1402)
    return random.uniform(WEST, EAST, count), random.uniform(SOUTH, NORTH, count)


def test_the_outlines_are_whole_valid_and_cover_the_province_once() -> None:
    counties, cities = boundaries.counties(), boundaries.cities()
    assert (len(counties), len(cities)) == (117, 11)
    assert len({county.code for county in counties}) == 117
    assert all(shape.outline.is_valid for shape in (*counties, *cities))
    union = shapely.union_all([county.outline for county in counties])
    assert union.geom_type == "Polygon"
    assert not union.interiors
    assert sum(county.outline.area for county in counties) == pytest.approx(union.area, abs=1e-9)
    assert union.symmetric_difference(shapely.union_all([city.outline for city in cities])).area < 1e-9


def test_each_city_is_made_of_its_own_counties() -> None:
    for city in boundaries.cities():
        parts = [county.outline for county in boundaries.counties() if county.city_code == city.code]
        assert shapely.union_all(parts).symmetric_difference(city.outline).area < 1e-9, city.name


def test_the_province_has_its_size() -> None:
    # 156,666 km2, on the sphere, by the cosine of each outline's middle latitude.
    total = 0.0
    for county in boundaries.counties():
        middle = np.radians(county.outline.centroid.y)
        total += county.outline.area * 111.195**2 * float(np.cos(middle))
    assert total == pytest.approx(156_666, rel=0.005)


def test_every_label_lies_in_its_own_county_and_city() -> None:
    placed = {county.name + county.code: place(*county.label) for county in boundaries.counties()}
    assert placed == {county.name + county.code: county.code for county in boundaries.counties()}
    for city in boundaries.cities():
        assert (place(*city.label) or "")[:4] + "00" == city.code


def test_known_places() -> None:
    assert place(112.5489, 37.8706) in {"140106", "140107"}  # the centre of Taiyuan
    assert place(113.1315, 40.1097) == "140214"  # the Yungang grottoes
    assert place(112.1811, 37.2020) == "140728"  # the old town of Pingyao
    assert place(116.3912, 39.9073) is None  # Beijing
    assert place(77.59, 12.97) is None  # Bangalore


def test_twenty_thousand_points_are_placed_in_a_moment() -> None:
    lons, lats = scattered(20_000)
    place(112.5, 37.8)
    began = time.perf_counter()
    placed = place_many(lons, lats)
    assert time.perf_counter() - began < 2.0  # about 0.03 s on an idle machine
    assert 0.55 < (placed != "").mean() < 0.65


def test_it_agrees_with_asking_every_outline() -> None:
    lons, lats = scattered(400)
    for lon, lat, code in zip(lons, lats, place_many(lons, lats), strict=True):
        inside = [county.code for county in boundaries.counties() if county.outline.intersects(shapely.Point(lon, lat))]
        assert inside == ([code] if code else [])


def test_a_wrong_coordinate_system_changes_the_county_of_every_fortieth_point() -> None:
    lons, lats = scattered(40_000)
    placed = place_many(lons, lats)
    inside = placed != ""
    mistaken = place_many(*convert(lons[inside], lats[inside], "wgs84", "gcj02"))
    assert 0.02 < (mistaken != placed[inside]).mean() < 0.035


def test_a_point_on_a_border_goes_to_the_lowest_code() -> None:
    counties = boundaries.counties()
    checked = 0
    for first, county in enumerate(counties):
        for neighbour in counties[first + 1 :]:
            if not county.outline.intersects(neighbour.outline):
                continue
            lon, lat = shapely.get_coordinates(county.outline.intersection(neighbour.outline))[0]
            holders = [c.code for c in counties if c.outline.intersects(shapely.Point(lon, lat))]
            assert place(float(lon), float(lat)) == min(holders)
            checked += 1
    assert checked > 250


def test_no_position_is_no_county() -> None:
    placed = place_many([np.nan, 112.5, np.inf, 112.593], [37.8, np.nan, 37.8, 37.723])
    assert placed.tolist() == ["", "", "", "140105"]
    assert place(float("nan"), 37.8) is None
    assert place_many([], []).tolist() == []
    with pytest.raises(ValueError, match="1 longitudes, 2 latitudes"):
        place_many([112.5], [37.8, 37.9])
