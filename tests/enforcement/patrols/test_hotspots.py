"""Known plumes are found, spikes and steady dirt are not, and gaps or sampling don't shift the background."""

from dataclasses import replace

import numpy as np
import pytest

from enforcement.patrols.tracks.hotspots import background, find
from enforcement.patrols.tracks.readings import Channel, Readings, RowFlag
from enforcement.patrols.tracks.rules import HotSpotSettings

RULE = HotSpotSettings(
    window_s=600,
    percentile=5,
    step_s=10,
    min_window_share=0.1,
    ratio=3,
    floor=200,
    background_min=10,
    min_duration_s=5,
    merge_gap_s=10,
    merge_gap_m=50,
)


def drive(tvoc: np.ndarray, interval_s: float = 1.0, metres_per_s: float = 7.0) -> Readings:
    count = len(tvoc)
    time_ms = (np.arange(count) * interval_s * 1000).astype(np.int64) + 1_625_101_200_000
    lat = 37 + np.arange(count) * interval_s * metres_per_s / 111_195
    return Readings(
        time_ms,
        lat,
        np.full(count, 112.5),
        np.full(count, metres_per_s * 3.6),
        np.zeros(count, dtype=np.uint16),
        np.arange(count),
        (Channel("TVOC", "ppb"),),
        (tvoc,),
    )


def clean(count: int = 3600, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 40 + 5 * np.sin(np.arange(count) / 700) + rng.normal(0, 3, count)


def plume(values: np.ndarray, centre: int, width: float, peak: float) -> np.ndarray:
    return values + peak * np.exp(-0.5 * ((np.arange(len(values)) - centre) / width) ** 2)


def test_each_known_plume_is_found_where_it_is():
    values = plume(plume(plume(clean(), 600, 8, 900), 1800, 5, 500), 3000, 15, 2500)
    found = find(drive(values), "TVOC", RULE)
    assert [abs(spot.at_peak - centre) <= 3 for spot, centre in zip(found, (600, 1800, 3000), strict=True)] == [
        True
    ] * 3
    for spot, peak in zip(found, (900, 500, 2500), strict=True):
        assert spot.peak == pytest.approx(peak + 40, rel=0.05)
        assert 25 < spot.background < 45
        assert spot.ratio == pytest.approx(spot.peak / spot.background)
        assert spot.started_ms < spot.ended_ms
        assert spot.lat == pytest.approx(37 + spot.at_peak * 7 / 111_195)


def test_clean_air_has_none():
    assert find(drive(clean()), "TVOC", RULE) == []


def test_a_spike_shorter_than_the_rule_is_none():
    values = clean()
    values[500:504] = 3000
    assert find(drive(values), "TVOC", RULE) == []
    values[500:505] = 3000
    assert len(find(drive(values), "TVOC", RULE)) == 1


def test_two_short_spikes_merged_do_not_make_a_long_one():
    values = clean()
    values[500:502] = values[508:510] = 3000
    assert find(drive(values), "TVOC", RULE) == []


def test_a_ratio_without_the_floor_is_none():
    values = plume(clean() / 4, 900, 10, 150)
    assert find(drive(values), "TVOC", RULE) == []
    assert len(find(drive(values), "TVOC", replace(RULE, floor=50))) == 1


def test_the_floor_without_a_ratio_is_none():
    values = clean() + 400
    assert find(drive(values), "TVOC", RULE) == []


def test_stretches_close_in_time_or_place_are_one():
    values = clean()
    for start in (500, 516):
        values[start : start + 8] = 1000
    assert len(find(drive(values), "TVOC", RULE)) == 1
    values[516:524] = 40
    values[530:538] = 1000
    assert len(find(drive(values), "TVOC", RULE)) == 2
    assert len(find(drive(values, metres_per_s=1.0), "TVOC", RULE)) == 1


def test_the_background_is_taken_over_time_not_rows():
    slow, fast = drive(plume(clean(720), 360, 3, 900), interval_s=5), drive(plume(clean(3600), 1800, 15, 900))
    here = find(slow, "TVOC", replace(RULE, min_window_share=0.05))[0]
    there = find(fast, "TVOC", RULE)[0]
    assert here.background == pytest.approx(there.background, rel=0.1)


def test_the_background_of_one_side_of_a_gap_does_not_leak_to_the_other():
    values = np.concatenate([np.full(900, 40.0), np.full(900, 400.0)])
    run = drive(values)
    moved = replace(run, time_ms=run.time_ms + np.where(np.arange(1800) >= 900, 3_600_000, 0))
    level = background(moved.time_ms, values, RULE)
    assert level[:900].max() == 40
    assert level[900:].min() == 400


def test_too_few_readings_to_tell_give_no_background():
    run = drive(np.full(4, 5000.0))
    assert np.isnan(background(run.time_ms, run.values[0], RULE)).all()
    assert find(run, "TVOC", RULE) == []


def test_missing_and_negative_and_jumped_readings_are_not_judged():
    values = plume(clean(), 900, 10, 900)
    values[880:920] = np.nan
    assert find(drive(values), "TVOC", RULE) == []
    values[880:920] = -999
    assert find(drive(values), "TVOC", RULE) == []
    flagged = drive(plume(clean(), 900, 10, 900))
    flagged.flags[860:940] = int(RowFlag.JUMP)
    assert find(flagged, "TVOC", RULE) == []


def test_an_unknown_channel_is_a_key_error():
    with pytest.raises(KeyError):
        find(drive(clean()), "没有", RULE)


def test_an_empty_run_has_none():
    assert find(drive(np.zeros(0)), "TVOC", RULE) == []
    assert find(drive(np.full(50, np.nan)), "TVOC", RULE) == []
