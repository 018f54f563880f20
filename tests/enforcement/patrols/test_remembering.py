"""A bureau's mapping of a header is remembered with instrument, clock and coordinates; one person's correction is everyone's
next version, and what is filled in says where it is from."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from enforcement.patrols.models import HeaderMapping, Instrument, PatrolRun, TrackUpload
from regions.roles import Role

from .hostile_files import good, text
from .test_api import client as api
from .test_api import upload as by_api
from .test_joining import at, track, upload
from .test_pages import client, send

HEADER = "a,b,c,d,e"
STATED = {"time_zone": "UTC", "coordinate_system": "gcj02", "time": "1", "lat": "2", "lon": "3", "speed": "4"}


def imported(officer, cast, data: bytes, mapping: dict, **fields) -> PatrolRun:
    url = send(officer, cast, data, **fields).url
    assert client(officer).post(url, mapping).status_code == 302
    address = client(officer).post(url, {"import": "1"}).url
    return PatrolRun.objects.get(pk=address.strip("/").split("/")[-1])


def test_what_one_says_of_a_header_the_next_finds_filled_in_and_may_correct(cast, inspector, leader):
    pid = Instrument.objects.create(serial="P1", name="PID", bureau=cast.taiyuan_team)
    first = imported(inspector, cast, text(good(), HEADER), {**STATED, "channels": ["5"]}, instrument=pid.pk)
    url = send(leader, cast, text(good(21), HEADER)).url
    kept = TrackUpload.objects.get(pk=url.strip("/").split("/")[-1])
    assert (kept.time_zone, kept.coordinate_system, kept.instrument) == ("UTC", "gcj02", pid)
    page = client(leader).get(url).content.decode()
    assert "不能读取" not in page
    assert f"{inspector.name}导入“{first.title}”时的第 1 版填写，仪器 PID P1" in page
    assert client(leader).post(url, {"import": "1"}).status_code == 302
    assert HeaderMapping.objects.get().version == 1, "nothing was corrected"
    corrected = {**STATED, "coordinate_system": "bd09", "channels": ["5"]}
    imported(leader, cast, text(good(22), HEADER), corrected)
    versions = HeaderMapping.objects.order_by("version")
    assert [(one.version, one.coordinate_system, one.stated_by) for one in versions] == [
        (1, "gcj02", inspector), (2, "bd09", leader),
    ]  # fmt: skip
    assert "第 2 版" in client(inspector).get(send(inspector, cast, text(good(23), HEADER)).url).content.decode()
    with pytest.raises(Exception, match="refused"), transaction.atomic():
        versions.update(version=5)


def test_what_the_officer_states_of_clock_and_place_wins(cast, inspector):
    imported(inspector, cast, text(good(), HEADER), {**STATED, "channels": ["5"]})
    send(inspector, cast, text(good(21), HEADER), time_zone="+09:00")
    kept = TrackUpload.objects.get(run=None)
    assert (kept.time_zone, kept.coordinate_system) == ("+09:00", "wgs84")
    assert kept.mapping["lat"] == "2"


def test_another_header_and_another_bureau_remember_nothing(cast, inspector):
    imported(inspector, cast, text(good(), HEADER), {**STATED, "channels": ["5"]})
    send(inspector, cast, text(good(21), HEADER + "x"))
    assert TrackUpload.objects.get(run=None).recalled == []
    stranger = cast.officer(cast.linfen, Role.INSPECTOR)
    body = {
        "file": SimpleUploadedFile("a.csv", text(good(21), HEADER)), "bureau": cast.linfen.pk,
        "time_zone": "Asia/Shanghai", "coordinate_system": "wgs84",
    }  # fmt: skip
    client(stranger).post("/patrols/upload/", body)
    assert TrackUpload.objects.get(officer=stranger).recalled == []


def test_files_of_one_drive_are_remembered_each(cast, inspector):
    Instrument.objects.create(serial="P1", name="PID", bureau=cast.taiyuan_team)

    def files(day: int):
        data = text([f"{at(s)},45".replace("07-01", f"07-{day:02d}") for s in range(60)], "时刻,甲(ppb)")
        return ("pid.csv", data), ("way.gpx", track(range(60)).replace(b"07-01", f"07-{day:02d}".encode()))

    asked = client(inspector)
    url = asked.post("/patrols/upload/", upload(cast, *files(1))).url
    stated = {f"f{n}-{word}": value for n in (0, 1) for word, value in list(STATED.items())[:2]}
    stated |= {"f0-coordinate_system": "wgs84", "f1-coordinate_system": "wgs84", "f0-instrument": "P1"}
    stated |= {"f0-time": "1", "f0-channels": ["2"], "f1-time": "1", "f1-lat": "2", "f1-lon": "3"}
    asked.post(url, stated)
    asked.post(url, {"import": "1"})
    assert HeaderMapping.objects.count() == 2
    url = asked.post("/patrols/upload/", upload(cast, *files(2))).url
    page = asked.get(url).content.decode()
    assert "不能读取" not in page
    assert page.count("时的第 1 版填写") == 2
    asked.post(url, {"import": "1"})
    run = PatrolRun.objects.latest("started_at")
    assert [(one.time_zone, one.instrument and one.instrument.serial) for one in run.sources.all()] == [
        ("UTC", "P1"), ("UTC", None),
    ]  # fmt: skip


def test_over_the_api_what_is_remembered_is_used_when_asked_for(cast, inspector):
    imported(inspector, cast, text(good(), HEADER), {**STATED, "channels": ["5"]})
    assert by_api(inspector, text(good(21), HEADER)).status_code == 400
    made = by_api(inspector, text(good(21), HEADER), use_remembered="true")
    assert made.status_code == 201, made.content
    assert (made.json()["time_zone"], made.json()["coordinate_system"]) == ("UTC", "gcj02")
    assert by_api(inspector, text(good(22), HEADER), use_remembered="maybe").status_code == 400
    assert api(inspector).get(f"/api/v1/patrol-runs/{made.json()['id']}/").json()["sources"][0]["time_zone"] == "UTC"
