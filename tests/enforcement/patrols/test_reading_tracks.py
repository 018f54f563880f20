"""A broken file gives a sentence or a flagged import, never an exception; a good one reads alike in any dress."""

import contextlib
import random
from pathlib import Path

import numpy as np
import pytest

from enforcement.patrols.tracks.importing import ReadTrack, Statement, Surroundings, read_track
from enforcement.patrols.tracks.limits import ImportLimits
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.rules import TrackRule

from .hostile_files import HEADER, Case, clean_cases, flagged_cases, good, refused_cases, row, text

RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)
NOW_MS = 1_800_000_000_000


def shanxi_box(lat, lon):
    return np.where((lat > 34.5) & (lat < 40.8) & (lon > 110.2) & (lon < 114.6), 0, -1)


def read(data: bytes | Path, statement: Statement | None = None, limits: ImportLimits | None = None) -> ReadTrack:
    return read_track(data, "track.csv", statement or Statement(), Surroundings(RULE, NOW_MS, shanxi_box), limits)


@pytest.mark.parametrize("case", refused_cases(), ids=str)
def test_a_file_that_is_no_track_is_refused_with_a_sentence(case: Case):
    with pytest.raises(TrackRefused) as refusal:
        read(case.data)
    assert refusal.value.code == case.refused
    assert any("\u4e00" <= char <= "\u9fff" for char in str(refusal.value))


@pytest.mark.parametrize("case", flagged_cases(), ids=str)
def test_a_bad_row_is_named_and_the_others_are_kept(case: Case):
    track = read(case.data)
    assert set(case.flagged) <= set(track.problems.counts)
    assert len(track.readings) == case.kept
    assert track.rows_total == 20
    for problem in track.problems.first():
        assert str(problem.row) in problem.sentence
        assert "\0" not in problem.sentence


@pytest.mark.parametrize("case", clean_cases(), ids=str)
def test_a_good_file_is_read_alike_in_every_dress(case: Case):
    track = read(case.data)
    assert dict(track.problems.counts) == {}
    assert len(track.readings) == case.kept
    assert track.readings.time_ms[0] == 1_625_101_200_000
    assert np.diff(track.readings.time_ms).tolist() == [1000] * 19
    assert track.readings.lat[0] == pytest.approx(37.87, abs=1e-9)


def test_there_are_enough_hostile_files():
    assert len(refused_cases()) + len(flagged_cases()) >= 60


def test_the_row_named_is_the_line_an_editor_shows():
    lines = good(20)
    lines[7] = row(7, lat="abc")
    track = read("说明\n".encode() + text(lines))
    assert [(problem.row, problem.value) for problem in track.problems.first()] == [(10, "abc")]


def test_mutilated_files_never_raise_anything_but_a_refusal():
    rng = random.Random(20210804)
    whole = text(good(40))
    for _round in range(400):
        data = bytearray(whole)
        for _cut in range(rng.randrange(1, 8)):
            at = rng.randrange(len(data))
            match rng.randrange(4):
                case 0:
                    data[at] = rng.randrange(256)
                case 1:
                    del data[at : at + rng.randrange(1, 30)]
                case 2:
                    data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 6)))
                case _:
                    data[at:at] = rng.choice([b'"', b"\0", b",", b"\n", "，".encode(), b"\r", b"-", b"1e309"])
        with contextlib.suppress(TrackRefused):
            track = read(bytes(data))
            assert len(track.readings) <= track.rows_total


def test_limits_refuse_with_their_number():
    for limits, code in (
        (ImportLimits(max_bytes=100), "too_large"),
        (ImportLimits(max_rows=5), "too_many_rows"),
        (ImportLimits(max_columns=4), "too_many_columns"),
        (ImportLimits(max_seconds=-1), "too_slow"),
    ):
        with pytest.raises(TrackRefused) as refusal:
            read(text(good()), limits=limits)
        assert refusal.value.code == code


def test_the_stated_clock_moves_the_times():
    beijing = read(text(good())).readings.time_ms[0]
    utc = read(text(good()), Statement(time_zone="UTC")).readings.time_ms[0]
    kolkata = read(text(good()), Statement(time_zone="+05:30")).readings.time_ms[0]
    assert utc - beijing == 8 * 3_600_000
    assert kolkata - beijing == 2.5 * 3_600_000


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "+99:00", "\0"])
def test_an_unknown_clock_is_refused(zone):
    with pytest.raises(TrackRefused) as refusal:
        read(text(good()), Statement(time_zone=zone))
    assert refusal.value.field == "time_zone"


@pytest.mark.parametrize(("system", "shift_m"), [("GCJ-02", (300, 800)), ("bd09", (700, 1600))])
def test_a_stated_coordinate_system_is_taken_away(system, shift_m):
    from regions.coordinates import convert, distance_m

    plain = read(text(good())).readings
    shifted = read(text(good()), Statement(coordinate_system=system)).readings
    low, high = shift_m
    assert low < float(distance_m(plain.lon[0], plain.lat[0], shifted.lon[0], shifted.lat[0])) < high
    back = convert(shifted.lon, shifted.lat, "wgs84", system.lower().replace("-", ""))
    assert float(distance_m(back[0], back[1], plain.lon, plain.lat).max()) < 0.1


def test_an_unknown_coordinate_system_is_refused():
    with pytest.raises(TrackRefused) as refusal:
        read(text(good()), Statement(coordinate_system="北京54"))
    assert refusal.value.field == "coordinate_system"


def test_a_mapping_by_header_or_number_wins_over_the_guess():
    data = text(good(), "a,b,c,d,e")
    with pytest.raises(TrackRefused):
        read(data)
    track = read(data, Statement(mapping={"time": "a", "lat": "b", "lon": "3", "channels": ["e"]}))
    assert [channel.name for channel in track.readings.channels] == ["e"]
    assert track.readings.value("e").tolist() == [45.0] * 20


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"time": "nowhere"}, "no_such_column"),
        ({"lat": "时间"}, "column_twice"),
        ({"colour": "时间"}, "unknown_field"),
        ({"time": ""}, "no_time_column"),
        ({"lat": "99"}, "no_such_column"),
        ({"lat": "٣"}, "column_twice"),
        ({"channels": "TVOC"}, "bad_channels"),
        ({"channels": ["没有"]}, "no_such_column"),
        ({"lat": ["纬度"]}, "no_such_column"),
    ],
)
def test_an_impossible_mapping_is_refused(mapping, code):
    with pytest.raises(TrackRefused) as refusal:
        read(text(good()), Statement(mapping=mapping))
    assert refusal.value.code == code


def test_speed_and_wind_come_in_their_stated_unit():
    header = "时间,纬度,经度,速度(m/s),风速(km/h)"
    track = read(text(good(), header)).readings
    assert track.speed_kmh[0] == pytest.approx(72)
    assert track.role("wind_speed")[0] == pytest.approx(12.5)


def test_speed_is_derived_where_the_file_has_none():
    lines = [",".join(line.split(",")[:3]) for line in good()]
    track = read(text(lines, "时间,纬度,经度")).readings
    assert track.speed_kmh == pytest.approx([20.0] * 20, abs=0.2)


def test_units_are_taken_from_the_header():
    header = "时间,纬度,经度,黑碳（ug/m3）,RH(%)"
    channels = read(text(good(), header)).readings.channels
    assert [(channel.name, channel.unit) for channel in channels] == [("黑碳", "µg/m³"), ("RH", "%")]


def test_the_log_counts_all_and_keeps_few():
    lines = [row(second, tvoc="-1") for second in range(600)]
    track = read((HEADER + "\n" + "\n".join(lines)).encode())
    assert track.problems.counts["negative"] == 600
    assert len(track.problems.first()) == 50
