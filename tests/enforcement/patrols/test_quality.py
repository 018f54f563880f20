"""Kilometres are driven between trusted readings only; gaps and jumps are not driven."""

import numpy as np
import pytest

from enforcement.patrols.tracks.checks import jump_flags, order_flags
from enforcement.patrols.tracks.quality import measure, steps, trim_to_km
from enforcement.patrols.tracks.readings import Readings, RowFlag
from enforcement.patrols.tracks.rules import TrackRule
from regions.coordinates import path_length_km

RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)
#: Degrees of latitude of one metre.
METRE = 1 / 111_195.08


def drive(seconds: list[float], metres: list[float]) -> Readings:
    """A drive north: the reading at ``seconds[i]`` is ``metres[i]`` from the start."""
    time_ms = np.array([int(second * 1000) for second in seconds], dtype=np.int64)
    lat = 37 + np.array(metres) * METRE
    lon = np.full(len(lat), 112.5)
    flags = jump_flags(time_ms, lat, lon, order_flags(time_ms), RULE)
    return Readings(time_ms, lat, lon, np.zeros(len(lat)), flags.astype(np.uint16), np.arange(len(lat)))


def km(readings: Readings) -> float:
    return measure(readings, len(readings), RULE).km


def test_a_steady_drive_counts_whole():
    run = drive(list(range(101)), [6.0 * s for s in range(101)])
    quality = measure(run, 101, RULE)
    assert quality.km == pytest.approx(0.6, abs=1e-5)
    assert quality.hours == pytest.approx(100 / 3600)
    assert quality.valid_share == 1


def test_a_gap_of_five_seconds_is_driven_and_one_of_six_is_not():
    assert km(drive([0, 5], [0, 30])) == pytest.approx(0.03, abs=1e-6)
    assert km(drive([0, 6], [0, 36])) == 0


def test_a_stray_point_costs_nothing_but_itself():
    run = drive([0, 1, 2, 3, 4], [0, 6, 5000, 18, 24])
    assert run.flags.tolist() == [0, 0, int(RowFlag.JUMP), 0, 0]
    assert km(run) == pytest.approx(0.024, abs=1e-6)


def test_a_lasting_change_of_place_is_not_driven():
    run = drive([0, 1, 2, 3], [0, 6, 5000, 5006])
    assert (run.flags & int(RowFlag.JUMP)).astype(bool).tolist() == [False, False, True, False]
    assert km(run) < 0.02


def test_a_first_stray_point_is_left_out():
    run = drive([0, 1, 2, 3], [9000, 6, 12, 18])
    assert km(run) == pytest.approx(0.012, abs=1e-6)


def test_a_clock_that_steps_back_drives_nothing_twice():
    run = drive([0, 1, 2, 0, 1, 2, 3], [0, 6, 12, 0, 6, 12, 18])
    assert km(run) == pytest.approx(0.018, abs=1e-6)


def test_rows_that_could_not_be_read_lower_the_valid_share():
    assert measure(drive([0, 1, 2], [0, 6, 12]), 4, RULE).valid_share == 0.75


def test_no_readings_and_one_reading_give_zero():
    for count in (0, 1):
        quality = measure(drive(list(range(count)), [0.0] * count), count, RULE)
        assert (quality.km, quality.hours) == (0, 0)


def test_steps_agree_with_an_independent_length():
    rng = np.random.default_rng(3)
    time_ms = np.arange(500, dtype=np.int64) * 1000
    lat = 37 + np.cumsum(rng.normal(3e-5, 1e-5, 500))
    lon = 112 + np.cumsum(rng.normal(3e-5, 1e-5, 500))
    run = Readings(time_ms, lat, lon, np.zeros(500), np.zeros(500, dtype=np.uint16), np.arange(500))
    assert steps(run, RULE).metres.sum() / 1000 == pytest.approx(path_length_km(lon, lat), rel=1e-12)


def test_a_run_is_trimmed_to_within_half_a_step():
    run = drive(list(range(1001)), [7.0 * s for s in range(1001)])
    trimmed = trim_to_km(run, 3.0, RULE)
    assert km(trimmed) == pytest.approx(3.0, abs=0.0036)
    assert len(trim_to_km(run, 99, RULE)) == len(run)
