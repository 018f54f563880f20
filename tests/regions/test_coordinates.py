"""Promise: a position survives the way into a Chinese map system and back to a hand's breadth."""

import numpy as np
import pytest

from regions import coordinates
from regions.coordinates import (
    CoordinateSystem,
    convert,
    distance_m,
    in_china,
    is_position,
    looks_swapped,
)

RANDOM = np.random.default_rng(20210804)
LONS, LATS = RANDOM.uniform(110.2, 114.6, 20_000), RANDOM.uniform(34.5, 40.8, 20_000)
SHIFTED = [CoordinateSystem.GCJ02, CoordinateSystem.BD09]


# Published results of widely used converters: (source, target, lon, lat, lon', lat').
KNOWN = [
    ("wgs84", "gcj02", 121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    ("wgs84", "gcj02", 113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    ("wgs84", "gcj02", 116.404, 39.915, 116.41024449916938, 39.91640428150164),
    ("gcj02", "bd09", 116.404, 39.915, 116.41036949371029, 39.92133699351021),
]


@pytest.mark.parametrize(("source", "target", "lon", "lat", "east", "north"), KNOWN)
def test_it_agrees_with_published_conversions(
    source: str, target: str, lon: float, lat: float, east: float, north: float
) -> None:
    assert convert(lon, lat, source, target) == pytest.approx((east, north), abs=1e-9)


@pytest.mark.parametrize("system", SHIFTED)
def test_there_and_back_is_exact_to_less_than_a_tenth_of_a_metre(
    system: CoordinateSystem,
) -> None:
    away = convert(LONS, LATS, CoordinateSystem.WGS84, system)
    back = convert(*away, system)
    assert distance_m(LONS, LATS, *back).max() < 0.1
    home = convert(LONS, LATS, system)
    again = convert(*home, CoordinateSystem.WGS84, system)
    assert distance_m(LONS, LATS, *again).max() < 0.1


def test_between_the_two_shifted_systems() -> None:
    bd = convert(LONS, LATS, "gcj02", "bd09")
    assert distance_m(LONS, LATS, *convert(*bd, "bd09", "gcj02")).max() < 0.1
    assert distance_m(LONS, LATS, *bd).min() > 500


def test_the_shift_in_shanxi_is_about_half_a_kilometre() -> None:
    moved = distance_m(LONS, LATS, *convert(LONS, LATS, "wgs84", "gcj02"))
    assert 400 < moved.min() < moved.max() < 750
    assert 540 < moved.mean() < 580


def test_outside_the_shifted_box_nothing_moves() -> None:
    assert convert(183.0, 45.0, "wgs84", "gcj02") == (183.0, 45.0)
    assert convert(-0.1, 51.5, "gcj02") == (-0.1, 51.5)


def test_floats_give_floats_and_missing_points_stay_missing() -> None:
    answer = convert(112.5, 37.8, "wgs84", "wgs84")
    assert answer == (112.5, 37.8)
    assert all(type(value) is float for value in convert(112.5, 37.8, "bd09"))
    xs, ys = convert(np.array([112.5, np.nan]), np.array([37.8, np.nan]), "gcj02")
    assert np.isfinite([xs[0], ys[0]]).all()
    assert np.isnan([xs[1], ys[1]]).all()


def test_an_unknown_system_is_refused() -> None:
    with pytest.raises(ValueError, match="cgcs1954"):
        convert(112.5, 37.8, "cgcs1954")


def test_distances_on_the_sphere() -> None:
    quarter = coordinates.EARTH_RADIUS_M * np.pi / 2
    assert float(distance_m(0, 0, 90, 0)) == pytest.approx(quarter)
    assert float(distance_m(112, 0, 112, 90)) == pytest.approx(quarter)
    assert float(distance_m(0, 0, 180, 0)) == pytest.approx(2 * quarter)
    assert float(distance_m(112.5, 37.8, 112.5, 37.8)) == 0.0
    # Taiyuan to Datong, about 255 km as the crow flies.
    assert float(distance_m(112.549, 37.870, 113.300, 40.077)) == pytest.approx(254_000, rel=0.01)


def test_the_length_of_a_track_skips_missing_points() -> None:
    lats = np.array([37.0, 37.1, np.nan, 37.2, 37.3])
    lons = np.full(5, 112.5)
    degree_km = coordinates.EARTH_RADIUS_M * np.pi / 180_000
    assert coordinates.path_length_km(lons, lats) == pytest.approx(0.2 * degree_km)
    assert coordinates.path_length_km([112.5], [37.0]) == 0.0
    assert coordinates.path_length_km([], []) == 0.0


def test_what_can_be_a_position() -> None:
    lons = [112.5, 181.0, -180.0, 0.0, np.nan, 112.5, np.inf]
    lats = [37.8, 37.8, 90.0, 0.0, 37.8, -90.1, 37.8]
    assert is_position(lons, lats).tolist() == [
        True,
        False,
        True,
        False,
        False,
        False,
        False,
    ]


def test_swapped_columns_are_noticed_and_foreign_tracks_are_not_accused() -> None:
    assert looks_swapped(LATS, LONS)
    assert not looks_swapped(LONS, LATS)
    bangalore = np.array([77.55, 77.6]), np.array([12.9, 13.0])
    assert not looks_swapped(*bangalore)
    assert not in_china(*bangalore).any()
    mostly = (
        np.where(np.arange(100) < 60, LATS[:100], np.nan),
        np.where(np.arange(100) < 60, LONS[:100], np.nan),
    )
    assert looks_swapped(*mostly)
    assert not looks_swapped([np.nan], [np.nan])
