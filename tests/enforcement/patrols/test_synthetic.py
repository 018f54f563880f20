"""Synthetic patrols stay on roads inside their county, repeat by seed and add up to the stated kilometres."""

from datetime import UTC, datetime

import numpy as np
import pytest

from enforcement.patrols.placing import CountyPlacer
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.patrols.synthetic.seasons import county_sources, drive_season, plan_season
from enforcement.patrols.tracks.codec import encode
from enforcement.patrols.tracks.hotspots import find
from enforcement.patrols.tracks.quality import measure
from enforcement.patrols.tracks.rules import HotSpotSettings, TrackRule
from regions import boundaries
from regions.placement import place_many

RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)
SETTINGS = HotSpotSettings(600, 5, 30, 0.1, 3, 200, 10, 5, 10, 50)
PLAN = PatrolPlan("140105", 1_625_101_200_000, 40.0, 7)


def counties(lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """The county code of each point, "" outside."""
    placer = CountyPlacer()
    place = placer(lat, lon)
    return np.array([*placer.codes, ""])[place]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    one, same, other = patrol(PLAN), patrol(PLAN), patrol(PatrolPlan("140105", PLAN.started_ms, 40.0, 8))
    assert encode(one) == encode(same)
    assert encode(one) != encode(other)


@pytest.mark.parametrize("code", [county.code for county in boundaries.counties()][::13])
def test_a_drive_stays_in_its_county(code):
    run = patrol(PatrolPlan(code, PLAN.started_ms, 30.0, 3))
    codes = counties(run.lon, run.lat)
    assert (codes == code).mean() > 0.995
    assert (codes == "").mean() < 0.005
    quality = measure(run, len(run), RULE)
    assert quality.km >= 30
    assert 10 < quality.km / quality.hours < 40


def test_fast_placing_agrees_with_the_index():
    run = patrol(PatrolPlan("140981", PLAN.started_ms, 60.0, 5))
    lon = np.concatenate([run.lon + 0.2, [0.0, 112.5]])
    lat = np.concatenate([run.lat + 0.1, [0.0, 45.0]])
    assert counties(lon, lat).tolist() == place_many(lon, lat).tolist()


def test_plumes_of_the_sources_become_hot_spots():
    with_sources = find(patrol(PLAN, county_sources("140105", 6, 1)), "TVOC", SETTINGS)
    assert len(with_sources) >= 1
    assert find(patrol(PLAN), "TVOC", SETTINGS) == []


def test_a_season_over_all_counties_adds_up_to_the_metre_step():
    opens, closes = datetime(2021, 5, 13, tzinfo=UTC), datetime(2021, 8, 4, tzinfo=UTC)
    plans = plan_season(opens, closes, 2000, seed=5)
    assert len({plan.county_code for plan in plans}) == len(plans)
    whole = plan_season(opens, closes, 23_400, seed=5)
    assert len({plan.county_code[:4] for plan in whole}) == 11
    assert len({plan.county_code for plan in whole}) == 117
    assert all(opens.timestamp() <= plan.started_ms / 1000 for plan in whole)
    runs = list(drive_season(plans, 2000, RULE, {}))
    assert sum(run.km for run in runs) == pytest.approx(2000, abs=0.02)
    assert sum(measure(run.readings, len(run.readings), RULE).km for run in runs) == pytest.approx(2000, abs=0.03)


def test_too_few_plans_are_an_error():
    with pytest.raises(ValueError, match="short"):
        list(drive_season([PLAN], 500, RULE, {}))
