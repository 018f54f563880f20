"""Whoever uploads chooses: take a file with its bad rows flagged, or take nothing. Flags stay with the run, row by row."""

import re

import numpy as np
import pytest

from enforcement.patrols import actions
from enforcement.patrols.models import HotSpot, Instrument, InstrumentChannel, PatrolRun, Reading, TrackUpload
from enforcement.patrols.tracks import checks
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.readings import RowFlag
from enforcement.patrols.tracks.rules import CeilingRule
from enforcement.timeline.models import Event
from regions.errors import Conflict

from .hostile_files import HEADER, good, row, text
from .test_api import client as api
from .test_api import upload as upload_by_api
from .test_pages import client, send
from .test_reading_tracks import read

CEILING = CeilingRule(5, 5.0, frozenset({9999.0}))


def flagged(track, flag: RowFlag) -> list[int]:
    """Line numbers of the readings with a flag."""
    return track.readings.row[(track.readings.flags & int(flag)) != 0].tolist()


# --- what is found ------------------------------------------------------------------------------------------------


def test_a_unit_that_changes_mid_file_is_converted_and_said():
    lines = [*good(10), HEADER.replace("ppb", "ppm"), *(row(s, tvoc="0.045") for s in range(10, 20))]
    track = read(text(lines))
    assert track.readings.value("TVOC") == pytest.approx([45.0] * 20)
    assert dict(track.problems.counts) == {"repeated_header": 1, "unit_change": 10}
    assert track.rows_total == 20, "a header is no reading"
    assert flagged(track, RowFlag.UNIT_CHANGE) == list(range(13, 23))


def test_a_header_that_only_comes_again_changes_nothing():
    track = read(text([*good(10), HEADER, *good(20)[10:]]))
    assert dict(track.problems.counts) == {"repeated_header": 1}
    assert len(track.readings) == track.rows_total == 20


def test_a_unit_nobody_can_convert_leaves_no_number():
    lines = [*good(10), HEADER.replace("ppb", "mV"), *good(20)[10:]]
    track = read(text(lines))
    assert np.isnan(track.readings.value("TVOC")[10:]).all()
    assert track.problems.counts["unit_unknown"] == 10


def test_columns_that_change_places_mid_file_are_no_track():
    moved = "时间,纬度,经度,TVOC(ppb),速度(km/h)"
    with pytest.raises(TrackRefused) as refusal:
        read(text([*good(10), moved, *good(20)[10:]]))
    assert refusal.value.code == "header_changed"


def test_a_unit_in_the_cell_is_read():
    mixed = [row(s, tvoc="45ppb" if s % 2 else "0.045 ppm") for s in range(20)]
    track = read(text(mixed))
    assert track.readings.value("TVOC") == pytest.approx([45.0] * 20)
    assert track.problems.counts["unit_change"] == 10
    without = read(text([row(s, tvoc="45 ppb") for s in range(20)], HEADER.replace("(ppb)", "")))
    assert without.readings.channels[-1].unit == "ppb"
    assert dict(without.problems.counts) == {}


@pytest.mark.parametrize(
    ("values", "range_max", "expected"),
    [
        ([40, 41, 42, 800, 800, 800, 800, 800, 43, 42, 41, 40], None, 5),
        ([40, 41, 42, 800, 799, 800, 801, 800, 43, 42, 41, 40], None, 0),
        ([40, 41, 42, 43, 43, 43, 43, 43, 43, 42], None, 0),
        ([40, 41, 9999, 42], None, 1),
        ([40, 41, 9999, 12000], None, 0),
        ([40, 950, 1000, 1200], 1000, 2),
        ([45] * 20, None, 0),
        ([0] * 20, None, 0),
        ([float("nan")] * 4, 5, 0),
    ],
)
def test_a_ceiling_is_told_from_a_peak(values, range_max, expected):
    assert checks.saturated(np.array(values, dtype=float), CEILING, range_max).sum() == expected


# --- the choice ---------------------------------------------------------------------------------------------------


def plume() -> list[str]:
    """Ten minutes with a plume that stands at the instrument's ceiling for eight seconds; one row is torn."""
    shape = {300 + n: v for n, v in enumerate([300, 500, 700, *[900] * 8, 700, 500, 300])}
    lines = [row(s, tvoc=str(shape.get(s, 40 + s % 3))) for s in range(600)]
    lines[20] = row(20, lat="x")
    lines[21] = row(21, tvoc="=1+1")
    return lines


def test_flagged_rows_are_kept_with_the_run_and_feed_no_hot_spot_silently(cast, inspector):
    instrument = Instrument.objects.create(serial="S1", name="PID", bureau=cast.taiyuan_team)
    InstrumentChannel.objects.create(
        instrument=instrument, channel="TVOC", unit="ppb", valid_from="2021-01-01", lag_s=3, range_max=900
    )
    run = actions.import_track(
        by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(plume()), statement=Statement(),
        facts=actions.RunFacts(instrument=instrument),
    )  # fmt: skip
    assert run.problems == {"bad_place": 1, "bad_value": 1, "saturated": 8}
    assert HotSpot.objects.get().numbers["remarked"] == {"saturated": 8}
    shown = client(inspector).get(HotSpot.objects.get().get_absolute_url()).content.decode()
    assert "8 秒读数达到量程上限" in shown
    assert Event.objects.get(kind="patrol_imported").payload["remarks"] == 10
    page = client(inspector).get(run.get_absolute_url()).content.decode()
    assert f"/patrols/{run.pk}/remarks.csv" in page
    rows = client(inspector).get(f"/patrols/{run.pk}/remarks.csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 11
    assert rows[1].startswith(",22,纬度,x,bad_place,")
    assert rows[1].endswith("略去")
    assert rows[2].startswith(",23,TVOC(ppb),'=1+1,bad_value,"), "no cell is a formula"
    assert rows[3].endswith("带标记保留")
    by_api = api(inspector).get(f"/api/v1/patrol-runs/{run.pk}/remarks/").content.decode("utf-8-sig").splitlines()
    assert by_api == rows


def test_a_run_without_remarks_has_no_list(cast, inspector):
    assert upload_by_api(inspector, text(good())).status_code == 201
    run = PatrolRun.objects.get()
    assert run.remarks_key == ""
    assert client(inspector).get(f"/patrols/{run.pk}/remarks.csv").status_code == 404
    assert api(inspector).get(f"/api/v1/patrol-runs/{run.pk}/remarks/").status_code == 404


def test_who_puts_right_what_was_exchanged_keeps_the_channels_and_is_told_when_none_is_read(cast, inspector):
    swapped = [row(s, lat="112.55", lon=f"{37.87 + s * 5e-5:.6f}") for s in range(20)]
    url = send(inspector, cast, text(swapped)).url
    page = client(inspector).get(url).content.decode()
    assert "似乎对调了" in page
    assert re.findall(r'name="channels" value="(\d)"[^>]*checked', page) == ["5"], (
        "what it measures, though it wasn't read"
    )
    right = {"time_zone": "Asia/Shanghai", "coordinate_system": "wgs84", "time": 1, "lat": 3, "lon": 2, "speed": 4}
    none = client(inspector).post(url, right, follow=True).content.decode()
    assert "没有读取任何监测通道" in none
    read_ = client(inspector).post(url, {**right, "channels": [5]}, follow=True).content.decode()
    assert "没有读取任何监测通道" not in read_


def test_who_refuses_a_file_keeps_its_list_and_imports_nothing(cast, inspector, leader):
    url = send(inspector, cast, text(plume())).url
    page = client(inspector).get(url).content.decode()
    assert 'name="refuse"' in page
    rows = client(inspector).get(f"{url}remarks.csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 11
    assert client(leader).get(f"{url}remarks.csv").status_code == 404
    answer = client(inspector).post(url, {"refuse": "1"}, follow=True).content.decode()
    assert "已选择不导入" in answer
    assert 'name="import"' not in answer
    assert "您已选择不导入" in client(inspector).post(url, {"import": "1"}, follow=True).content.decode()
    assert not PatrolRun.objects.exists()
    assert client(inspector).get(f"{url}remarks.csv").status_code == 200
    again = {"time_zone": "Asia/Shanghai", "coordinate_system": "wgs84", "time": 1, "lat": 2, "lon": 3, "channels": [5]}
    client(inspector).post(url, again)
    assert client(inspector).post(url, {"import": "1"}).status_code == 302
    assert PatrolRun.objects.count() == 1


def test_refusing_and_importing_at_once_has_one_winner(cast, inspector):
    from enforcement.patrols.actions import queueing
    from enforcement.patrols.views.uploading import _seal

    send(inspector, cast, text(plume()))
    upload = TrackUpload.objects.get()
    queueing.refuse(upload)
    with pytest.raises(Conflict):
        actions.import_track(
            by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(plume()), statement=Statement(),
            sealing=lambda run: _seal(upload, run),
        )  # fmt: skip
    assert not PatrolRun.objects.exists()
    TrackUpload.objects.update(reading=Reading.WORKING)
    with pytest.raises(Conflict):
        queueing.refuse(upload)
