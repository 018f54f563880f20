"""Several files of one drive become one run: joined by time, placed by whoever knows the place, each file kept by its SHA-256."""

import copy
import hashlib
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from enforcement.patrols import actions
from enforcement.patrols.models import HotSpot, ImportRule, Instrument, InstrumentChannel, PatrolRun, RunSource
from enforcement.patrols.tracks import bundle
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.limits import ImportLimits
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.readings import RowFlag
from enforcement.patrols.tracks.stored import Stored
from enforcement.timeline.evidence import store

from .hostile_books import gpx, zipped
from .hostile_files import good, text
from .test_api import RUNS
from .test_api import client as api
from .test_pages import client
from .test_reading_tracks import read


def at(second: float) -> str:
    """A time of day: seconds after nine, to the tenth."""
    whole = int(second)
    return f"2021-07-01 09:{whole // 60:02d}:{whole % 60:02d}" + (
        f".{round((second - whole) * 10)}" if second % 1 else ""
    )


def values(seconds, header="时间,TVOC(ppb)", value=45) -> bytes:
    return text([f"{at(second)},{value}" for second in seconds], header)


def track(seconds=range(20)) -> bytes:
    """A receiver's file: places alone."""
    return gpx([good(max(seconds) + 1)[second].rsplit(",", 1)[0] for second in seconds]).replace(b"<TVOC></TVOC>", b"")


def together(**files: bytes) -> bytes:
    return bundle.pack(SourceFile(name.replace("_", "."), data) for name, data in files.items())


def test_an_instrument_without_places_gets_them_from_the_receiver():
    found = read(together(pid_csv=values([s + 0.5 for s in range(19)]), way_gpx=track()))
    one = found.readings
    assert len(one) == found.rows_total == 19
    assert one.lat == pytest.approx([37.87 + (s + 0.5) * 5e-5 for s in range(19)], abs=1e-7)
    assert one.value("TVOC").tolist() == [45.0] * 19
    assert one.speed_kmh[3] == pytest.approx(72), "a receiver's own speed, metres a second"
    assert dict(found.problems.counts) == {}


def test_nobody_knows_the_place_in_a_gap_of_the_receiver():
    found = read(together(pid_csv=values(range(40)), way_gpx=track([*range(10), *range(25, 40)])))
    assert found.problems.counts == {"no_fix_near": 15}
    assert {(one.file, one.row) for one in found.problems.first()} == {("pid.csv", s + 2) for s in range(10, 25)}
    assert "文件“pid.csv”第 12 行" in found.problems.first()[0].sentence
    assert (len(found.readings), found.rows_total) == (25, 40)


def test_two_instruments_share_rows_and_no_value_is_lost_or_invented():
    fast = text(good(20))
    slow = values([2.4, 7.4, 12.4, 30.0], "时间,CO(ppm)", 1.5)
    found = read(together(a_csv=fast, b_csv=slow, c_gpx=track(range(40))))
    one = found.readings
    assert [channel.name for channel in one.measured()] == ["TVOC", "CO"]
    assert np.isfinite(one.value("CO")).sum() == 4
    assert np.flatnonzero(np.isfinite(one.value("CO"))).tolist() == [2, 7, 12, 20]
    assert np.isnan(one.value("TVOC")[20]), "a reading nobody else made stands alone"
    assert len(one) == 21
    assert (one.flags == 0).all(), "what the other instrument didn't measure is not missing"


def test_files_laid_together_are_read_where_they_lie_and_a_forged_archive_is_refused(tmp_path):
    parts = [SourceFile("a.csv", text(good())), SourceFile("b.csv", values(range(20), "时间,CO(ppm)", 2))]
    laid = tmp_path / "laid.zip"
    with laid.open("wb") as out:
        bundle.lay_together(parts, out)
    assert bundle.is_bundle(laid)
    assert [(one.name, one.stored.read()) for one in bundle.files_of(Stored(laid), ImportLimits())] == [
        (one.name, one.data) for one in parts
    ]
    assert zipfile.ZipFile(laid).testzip() is None, "anybody's archive program opens it"
    assert [one.name for one in read(laid).readings.measured()] == ["TVOC", "CO"]
    # Fifty names for one stretch of bytes would be read fifty times.
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        archive.comment = bundle.MARK
        archive.writestr("0.csv", text(good()))
        for number in range(1, 50):
            again = copy.copy(archive.filelist[0])
            again.filename = f"{number}.csv"
            archive.filelist.append(again)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(laid.read_bytes()[:300] + bundle.MARK)
    # A directory that begins further on than it does puts its members before the file's first byte.
    before, end = tmp_path / "before.zip", laid.read_bytes().rfind(b"PK\x05\x06") + 16
    before.write_bytes(laid.read_bytes()[:end] + b"\xff\xff\x01\x00" + laid.read_bytes()[end + 4 :])
    # What is told of a file may be longer than the file: a directory of a gigabyte would be as many objects.
    told = tmp_path / "told.zip"
    with zipfile.ZipFile(told, "w") as archive:
        archive.comment = bundle.MARK
        for number in range(20):
            archive.writestr(f"{number}.csv", b"a")
            archive.filelist[-1].extra = b"\x99\x99" + (60_000).to_bytes(2, "little") + bytes(60_000)
    for forged in (many, cut, before, told):
        with pytest.raises(TrackRefused, match="已损坏"):
            read(forged)
    with pytest.raises(TrackRefused, match="超过上限"):
        read(laid, limits=ImportLimits(max_bytes=1000))
    with pytest.raises(bundle.Altered, match=r"a\.csv"), (tmp_path / "x.zip").open("wb") as out:
        bundle.lay_together([replace(parts[0], whole="0" * 64)], out)


def test_files_that_disagree_about_time_are_refused():
    with pytest.raises(TrackRefused, match="时间对不上"):
        read(together(pid_csv=values(range(20)).replace(b"2021-07-01", b"2021-07-02"), way_gpx=track()))
    with pytest.raises(TrackRefused, match="都没有经纬度"):
        read(together(a_csv=values(range(20)), b_csv=values(range(20), "时间,CO(ppm)")))


def test_each_file_says_its_own_clock_and_coordinates():
    utc = values(range(20)).replace(b" 09:", b" 01:")
    stated = Statement("Asia/Shanghai", "wgs84", files={"pid.csv": Statement("UTC")})
    found = read(together(pid_csv=utc, way_gpx=track()), stated)
    assert found.readings.time_ms[0] == 1_625_101_200_000
    shifted = Statement(files={"way.gpx": Statement(coordinate_system="gcj02")})
    assert abs(read(together(pid_csv=values(range(20)), way_gpx=track()), shifted).readings.lon[0] - 112.55) > 0.003


def test_the_clock_of_one_file_going_back_is_told_of_that_file_and_not_sorted_away():
    torn = values([*range(10), 3, *range(10, 20)])
    found = read(together(pid_csv=torn, way_gpx=track()))
    assert found.problems.counts == {"time_back": 1}
    assert found.problems.first()[0].row == 12
    assert (found.readings.flags == RowFlag.TIME_BACK).sum() == 1


def test_the_same_names_twice_and_the_order_of_files_change_nothing():
    first, other = SourceFile("a.csv", text(good())), SourceFile("a.csv", values(range(20), "时间,CO(ppm)"))
    assert bundle.pack([first, other]) == bundle.pack([other, first])
    one = read(bundle.pack([first, other])).readings
    assert sorted(channel.name for channel in one.measured()) == ["CO", "TVOC"]
    twin = read(together(a_csv=text(good()), b_csv=text(good()))).readings
    assert [channel.name for channel in twin.measured()] == ["TVOC", "TVOC#2"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"PK\x03\x04" + bundle.MARK, "bundle"),
        (zipped({"a.csv": text(good())}), "xlsx"),
        (together(a_csv=text(good()), b_csv=b"x"), "no_header"),
        (together(a_csv=text(good()), b_pdf=b"%PDF-1.4 x"), "pdf"),
        (together(a_csv=text(good()), b_csv=b""), "empty"),
        (together(a_csv=text(good()), b_gpx=b"<gpx><trk/></gpx>"), "no_rows"),
        (together(a_csv=together(b_csv=text(good())), c_csv=text(good())), "xlsx"),
        (together(a_csv=b" " * 60_000_000), "too_large"),
        (together(a_csv=text(good()), b_csv=text(good()))[:-200] + bundle.MARK, "bundle"),
    ],
)
def test_hostile_bundles_are_refused(data, code):
    with pytest.raises(TrackRefused) as refusal:
        read(data)
    assert refusal.value.code == code


def upload(cast, *files: tuple[str, bytes]) -> dict:
    return {
        "file": [SimpleUploadedFile(name, data) for name, data in files],
        "bureau": cast.taiyuan_team.pk,
        "time_zone": "Asia/Shanghai",
        "coordinate_system": "wgs84",
    }


def test_two_files_are_uploaded_mapped_and_become_one_run(cast, inspector):
    pid = Instrument.objects.create(serial="P1", name="PID", bureau=cast.taiyuan_team)
    InstrumentChannel.objects.create(
        instrument=pid, channel="TVOC", unit="ppb", valid_from="2021-01-01", lag_s=20, response_s=1
    )
    plume = {s: 900.0 + s % 7 for s in range(300, 330)}
    data = text([f"{at(s)},{plume.get(s, 40 + s % 5)}" for s in range(600)], "时间,TVOC(ppb)")
    way = track(range(600))
    asked = client(inspector)
    url = asked.post("/patrols/upload/", upload(cast, ("pid.csv", data), ("way.gpx", way))).url
    page = asked.get(url).content.decode()
    assert "pid.csv 等 2 个文件" in page
    assert 'name="f0-time_zone"' in page
    assert 'name="f1-lat"' in page
    assert "只有定位" in page
    stated = {"time_zone": "Asia/Shanghai", "coordinate_system": "wgs84"}
    fields = {f"f{n}-{name}": value for n in (0, 1) for name, value in stated.items()}
    fields |= {
        "f0-time": "1",
        "f0-channels": ["2"],
        "f0-instrument": "P1",
        "f1-time": "1",
        "f1-lat": "2",
        "f1-lon": "3",
    }
    assert asked.post(url, fields).status_code == 302
    assert asked.post(url, {**fields, "f0-instrument": "X9"}).status_code == 400
    assert asked.post(url, {"import": "1"}).url == PatrolRun.objects.get().get_absolute_url()
    run = PatrolRun.objects.get()
    sources = list(run.sources.all())
    assert [(one.name, one.sha256) for one in sources] == [
        ("pid.csv", hashlib.sha256(data).hexdigest()), ("way.gpx", hashlib.sha256(way).hexdigest()),
    ]  # fmt: skip
    assert [one.instrument for one in sources] == [pid, None]
    assert bundle.is_bundle(store().take(run.source_sha256))
    assert (run.format_key, run.rows_total, len(run.channels)) == ("joined", 600, 1)
    spot = HotSpot.objects.get()
    assert spot.numbers["lag_s"] == 20, "the lag of the file's own instrument"
    assert spot.lat < 37.87 + 312 * 5e-5
    assert "way.gpx" in asked.get(run.get_absolute_url()).content.decode()


def test_over_the_api_several_files_are_one_run_and_no_file_is_imported_twice(cast, inspector):
    ways = {"way.gpx": track(range(60))}
    one, other = values(range(60)), values(range(60), "时间,CO(ppm)", 2)

    def post(dry="false", **files: bytes):
        body = upload(cast, *((name.replace("_", "."), data) for name, data in files.items()), *ways.items())
        stated = {"files": {"pid.csv": {"time_zone": "Asia/Shanghai", "mapping": {"channels": ["TVOC"]}}}}
        return api(inspector).post(RUNS, {**body, "mapping": json.dumps(stated), "dry_run": dry}, format="multipart")

    tried = post("true", pid_csv=one)
    assert [file["name"] for file in tried.json()["files"]] == ["pid.csv", "way.gpx"]
    assert not PatrolRun.objects.exists()
    made = post(pid_csv=one)
    assert made.status_code == 201, made.content
    assert [file["name"] for file in made.json()["sources"]] == ["pid.csv", "way.gpx"]
    assert post(pid_csv=one).status_code == 409
    assert post(pid_csv=one, co_csv=other).status_code == 409, "one of its files is in a run already"
    assert post(co_csv=other).status_code == 201, "the same way with another instrument is another run"
    assert RunSource.objects.count() == 4


@pytest.mark.parametrize(
    "stated", [{"files": []}, {"files": {"a": 1}}, {"files": {"a": {"colour": "x"}}}, {"files": {"a": {"mapping": 3}}},
               {"files": {"a.csv": {"instrument": "nobody's"}}}, {"files": {"a": {"time_zone": "\0"}}}]
)  # fmt: skip
def test_nonsense_about_files_is_refused(cast, inspector, stated):
    body = upload(cast, ("a.csv", text(good())), ("b.gpx", track()))
    answer = api(inspector).post(RUNS, {**body, "mapping": json.dumps(stated)}, format="multipart")
    assert answer.status_code == 400, answer.content
    assert not PatrolRun.objects.exists()


def test_too_many_files_and_a_bad_one_among_them_are_named(cast, inspector):
    ImportRule.objects.update(max_files=2)
    asked = client(inspector)
    files = [(f"{n}.csv", text(good(20 + n))) for n in range(3)]
    answer = asked.post("/patrols/upload/", upload(cast, *files))
    assert answer.status_code == 400
    assert "最多上传 2 个文件" in answer.content.decode()
    answer = asked.post("/patrols/upload/", upload(cast, files[0], ("坏.csv", b"\x89PNG")))
    assert "文件“坏.csv”" in answer.content.decode()
    assert api(inspector).post(RUNS, upload(cast, *files), format="multipart").status_code == 400


def test_the_files_of_a_run_never_change(cast, inspector):
    from django.db import transaction

    actions.import_track(by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(good()), statement=Statement())
    with pytest.raises(Exception, match="refused"), transaction.atomic():
        RunSource.objects.update(name="b.csv")
