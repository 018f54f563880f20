"""What is drawn is what was measured: no peak is lost on the way to the screen, and a gap is never bridged."""

import itertools
import re

import numpy as np
import pytest

from enforcement.patrols import pictures, series
from enforcement.patrols.tracks.glimpses import AROUND_S, SPANS, glimpse
from enforcement.patrols.tracks.readings import Channel, Readings, RowFlag
from enforcement.patrols.tracks.rules import TrackRule

RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)


def drive(count: int = 20_000, peak_at: int = 7777) -> Readings:
    rng = np.random.default_rng(4)
    tvoc = 40 + rng.normal(0, 3, count)
    tvoc[peak_at] = 5000
    lat = 37 + np.arange(count) * 6e-5
    zeros = np.zeros(count)
    time_ms = 1_625_101_200_000 + np.arange(count, dtype=np.int64) * 1000
    return Readings(
        time_ms, lat, np.full(count, 112.5), zeros, zeros.astype(np.uint16), np.arange(count),
        (Channel("TVOC", "ppb"),), (tvoc,),
    )  # fmt: skip


def test_the_peak_of_one_second_keeps_its_place_and_colour():
    run = drive()
    scale = pictures.scale_of(run.values[0])
    (line,) = pictures.live_lines(run, run.values[0], scale, RULE)
    assert len(line["positions"]) <= pictures.LIVE_POINTS + 2
    hottest = [position for position in line["positions"] if position[2] == 5]
    assert [112.5, round(float(run.lat[7777]), 5), 5] in hottest


def test_a_gap_breaks_the_line():
    run = drive(2000, 70)
    late = run.time_ms + np.where(np.arange(2000) >= 1000, 60_000, 0)
    broken = Readings(late, run.lat, run.lon, run.speed_kmh, run.flags, run.row, run.channels, run.values)
    lines = pictures.live_lines(broken, run.values[0], pictures.scale_of(run.values[0]), RULE)
    assert [len(line["positions"]) for line in lines] == [1000, 1000]


@pytest.mark.parametrize(
    "values",
    [np.zeros(50), np.full(50, np.nan), np.zeros(0), np.full(50, 7.0), np.linspace(-5, 5, 50), np.array([1e308])],
)
def test_edges_always_rise(values):
    edges = pictures.scale_of(values).edges
    assert list(edges) == sorted(set(edges))
    assert len(pictures.scale_of(values).labels("ppb")) == 5


def test_paper_lines_join_at_the_change_of_colour():
    run = drive(3000, 1500)
    lines = pictures.paper_lines(run, run.values[0], pictures.scale_of(run.values[0]), RULE)
    for here, after in itertools.pairwise(lines):
        assert here["positions"][-1] == after["positions"][0]
        assert here["step"] != after["step"]


def test_boundaries_are_those_nearby():
    square = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}}
    far = {
        "type": "Feature",
        "geometry": {"type": "MultiPolygon", "coordinates": [[[[9, 9], [10, 9], [10, 10], [9, 9]]]]},
    }
    collection = {"type": "FeatureCollection", "features": [square, far]}
    assert pictures.nearby(collection, (1.1, 1.1, 2, 2))["features"] == [square]


def test_the_series_shows_the_highest_second_and_names_its_hot_spots():
    run = drive()
    band = series.Band(int(run.time_ms[7770]), int(run.time_ms[7785]), "热点 <1>", "/x/?a=1&b=2")
    chart = series.chart("TVOC", "ppb", run.time_ms, run.values[0], None, [band])
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", str(chart.svg))]
    assert min(heights) == pytest.approx(series.HEAD, abs=0.2)
    assert "热点 &lt;1&gt;" in chart.svg
    assert 'href="/x/?a=1&amp;b=2"' in chart.svg
    assert "style=" not in chart.svg
    assert len(chart.rows) <= series.ROWS_OF_TABLE + 1
    assert "5000" in {row[2] for row in chart.rows}


def test_a_short_sparse_or_silent_series_is_drawn_too():
    moments = np.array([0, 60_000], dtype=np.int64)
    for values in (np.array([1.0, 2.0]), np.array([np.nan, np.nan]), np.zeros(2), np.array([-3.0, -1.0])):
        assert "<svg" in series.chart("x", "", moments, values, values, []).svg


def test_a_hot_spots_kept_picture_has_its_peak_its_gap_and_nothing_of_a_flagged_row():
    run = drive()
    run.values[0][7900:7960] = np.nan
    run.values[0][7700], run.flags[7700] = 9999, RowFlag.JUMP
    kept = glimpse(run, run.values[0], 7770, 7785)
    assert len(kept["values"]) <= SPANS
    assert kept["from_ms"] == run.time_ms[7770] - AROUND_S * 1000
    at = (int(run.time_ms[7777]) - kept["from_ms"]) // kept["step_ms"]
    assert kept["values"][at] == 5000 == max(value for value in kept["values"] if value is not None)
    assert kept["values"].count(None) * kept["step_ms"] > 50_000, "a gap stays a gap"
    drawn = str(series.spark(kept, int(run.time_ms[7770]), int(run.time_ms[7785]), 40, "热点 <1>"))
    (line,) = re.findall(r'line-accent.* d="([^"]*)"', drawn)
    assert line.count("M") == 2, "the line is broken over the gap"
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", line)]
    assert (min(heights), len(heights)) == (2.0, len(kept["values"]) - kept["values"].count(None))
    assert "热点 &lt;1&gt;" in drawn
    assert glimpse(run, np.full(len(run), np.nan), 7770, 7785) == {}
    assert series.spark({}, 0, 1, 40, "x") == "", "of an older hot spot nothing is drawn"
