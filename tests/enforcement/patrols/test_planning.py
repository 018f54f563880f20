"""A run says what it was driven for: the campaign, how much of the planned route, and the weather with its source."""

import json
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from rest_framework.test import APIClient

from enforcement.patrols import actions
from enforcement.patrols.models import PatrolCampaign, PlannedRoute, RunNote
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.route import driven_spans, joined, length_km, line_from, piece_of, share_of
from enforcement.patrols.tracks.rules import TrackRule
from enforcement.patrols.views import planning
from enforcement.timeline.verification import verify
from regions.coordinates import CoordinateSystem
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role

from .test_quality_sheet import drive

RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)
#: Due north from where `drive` starts, 111 m for each thousandth of a degree.
NORTH = [[112.5, 37.8], [112.5, 37.81]]
GPX = (
    b'<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><rte>'
    b'<rtept lat="37.8" lon="112.5"/><rtept lat="37.81" lon="112.5"/></rte></gpx>'
)


def geojson(line) -> bytes:
    return json.dumps({"type": "Feature", "geometry": {"type": "LineString", "coordinates": line}}).encode()


# --- pure -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", [GPX, geojson(NORTH), "112.5，37.8\n\n112.5 37.81\n".encode()], ids=["gpx", "json", "rows"]
)
def test_a_line_is_read_from_what_people_have(data):
    assert line_from(data, "", "wgs84") == NORTH
    assert length_km(NORTH) == pytest.approx(1.11, abs=0.01)


def test_a_line_in_gcj02_lands_where_it_lies():
    shifted = line_from(geojson(NORTH), "", CoordinateSystem.GCJ02)
    assert 0.003 < abs(shifted[0][0] - 112.5) < 0.01


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "至少要有两个点"),
        (b"112.5,37.8", "至少要有两个点"),
        ("东大街到西大街".encode(), "第 1 行"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"<gpx><trk>", "GPX"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><gpx>&b;</gpx>', "GPX"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "至少要有两个点"),
        (b'{"type": "LineString"}', "GeoJSON"),
        (b"[" * 100_000, "GeoJSON"),
        (geojson([[112.5, "x"], [1, 2]]), "数字"),
        (geojson([[37.8, 112.5], [37.81, 112.5]]), "颠倒"),
        (geojson([[112.5, 37.8], [112.5, 37.80001]]), "公里"),
        (geojson([[0, 0], [120, 60]]), "公里"),
        (b"1,1\n" * 50_001, "最多 50000 个点"),
        (b" " * (2 * 1024 * 1024 + 1), "2 MB"),
    ],
)  # fmt: skip
def test_a_line_that_is_none_is_refused_with_a_sentence(data, words):
    with pytest.raises(TrackRefused, match=words):
        line_from(data, "", "wgs84")


def covered(*driven) -> float:
    return share_of(driven_spans(*driven))


def test_how_much_of_the_route_was_driven():
    half = drive([100.0] * 21)  # 28 m a second northwards from 28 m north of the start
    assert covered(NORTH, half, RULE, 50) == pytest.approx((21 * 27.8 + 50) / 1112, abs=0.03)
    assert covered(NORTH, drive([100.0] * 60), RULE, 50) == 1
    aside = [[x + 0.001, y] for x, y in NORTH]  # 88 m east
    assert covered(aside, drive([100.0] * 60), RULE, 50) == 0
    assert covered(aside, drive([100.0] * 60), RULE, 100) == 1
    # A silence is no drive: 21 seconds without readings leave 580 m undriven.
    silent = drive([100.0] * 60).take([*range(20), *range(40, 60)])
    assert covered(NORTH, silent, RULE, 50) == pytest.approx(1 - (21 * 27.8 - 100) / 1112, abs=0.03)
    assert covered(NORTH, drive([0.0]), RULE, 50) == 0
    # Two halves are a whole, and what both drove counts once.
    parts = [*driven_spans(NORTH, half, RULE, 50), (0.3, 0.7), (0.6, 1.0)]
    assert joined(parts) == [(0.0, 1.0)]
    assert share_of(joined([(0.1, 0.2), (0.5, 0.75)])) == pytest.approx(0.35)
    assert length_km(piece_of(NORTH, 0.25, 0.75)) == pytest.approx(length_km(NORTH) / 2, abs=0.001)
    many = [[112.5 + 0.0001 * np.sin(n / 40), 37.8 + n * 1e-5] for n in range(40_000)]
    assert len(line_from(geojson(many), "", "wgs84")) <= 2000


# --- with people ------------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(cast, leader, run) -> PatrolCampaign:
    return actions.open_campaign(
        by=leader, bureau=cast.taiyuan_team, name="夏季臭氧走航", since=run.day, until=run.day + timedelta(days=30)
    )


@pytest.fixture
def route(campaign, leader, run) -> PlannedRoute:
    """The run's own way, thinned to every hundredth reading."""
    readings = actions.readings_of(run)
    line = np.column_stack([readings.lon, readings.lat])[::100].tolist()
    return actions.plan_route(campaign, by=leader, name="环线", data=geojson(line))


def test_a_run_is_noted_and_noted_again(cast, run, campaign, route, inspector, leader):
    readings = actions.readings_of(run)
    weather = actions.Weather(31, 42, 315, 2.1, "clear", "车载气象仪")
    first = actions.note_run(run, readings, by=inspector, campaign=campaign, route=route, weather=weather)
    assert first.covered > Decimal("0.9")
    assert first.tolerance_m == 50
    second = actions.note_run(run, readings, by=leader, campaign=campaign)
    assert (first.number, second.number, second.covered) == (1, 2, None)
    for row in (first, route):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save()
    with pytest.raises(Invalid, match="必填"):
        actions.note_run(run, readings, by=inspector, weather=actions.Weather(31))
    with pytest.raises(Invalid) as refusal:
        actions.note_run(run, readings, by=inspector, weather=actions.Weather(310, source="目测"))
    assert refusal.value.field == "temperature_c"
    with pytest.raises(Invalid, match="不属于"):
        actions.note_run(run, readings, by=inspector, route=route)
    with pytest.raises(Refused):
        actions.note_run(run, readings, by=cast.officer(cast.taiyuan, Role.DISPATCHER))
    assert not list(verify())


def test_a_campaign_is_its_bureaus_and_ends_by_a_reason(cast, campaign, leader, inspector):
    stranger = cast.officer(cast.yaodu, Role.TEAM_LEADER)
    assert not PatrolCampaign.objects.visible_to(stranger)
    with pytest.raises(Refused):
        actions.plan_route(campaign, by=inspector, name="环线", data=geojson(NORTH))
    with pytest.raises(Invalid):
        actions.open_campaign(
            by=leader, bureau=cast.taiyuan_team, name="反", since=date(2021, 7, 2), until=date(2021, 7, 1)
        )
    actions.plan_route(campaign, by=leader, name="环线", data=geojson(NORTH))
    with pytest.raises(Conflict, match="同名"):
        actions.plan_route(campaign, by=leader, name="环线", data=geojson(NORTH))
    actions.void_campaign(campaign, by=leader, reason="重复设立")
    with pytest.raises(Conflict):
        actions.plan_route(campaign, by=leader, name="西线", data=geojson(NORTH))
    assert not list(verify())


def test_a_contractor_sees_the_campaign_of_its_department(cast):
    cast.contractor.parent = cast.taiyuan
    cast.contractor.save()
    leader = cast.officer(cast.taiyuan, Role.TEAM_LEADER)
    made = actions.open_campaign(
        by=leader, bureau=cast.taiyuan, name="专项", since=date(2021, 7, 1), until=date(2021, 7, 30)
    )
    assert list(PatrolCampaign.objects.visible_to(cast.officer(cast.contractor, Role.INSPECTOR))) == [made]


def test_the_pages_lead_from_the_plan_to_the_share_driven(cast, leader, inspector, run, route, campaign, monkeypatch):
    page = Client()
    page.force_login(leader)
    line = {"name": "北线", "coordinate_system": "wgs84", "file": SimpleUploadedFile("r.gpx", GPX)}
    with monkeypatch.context() as unshown:
        unshown.setattr(planning, "drawing_board", None)  # no track is read for a page nobody sees
        assert page.head(f"/patrols/campaigns/{campaign.pk}/route/").status_code == 200
        assert page.post(f"/patrols/campaigns/{campaign.pk}/route/", line).status_code == 302
    wrong = page.post(
        f"/patrols/campaigns/{campaign.pk}/route/", {"name": "x", "coordinate_system": "wgs84", "points": "东"}
    )
    assert wrong.status_code == 400
    assert "第 1 行应为" in wrong.content.decode()
    note = {"route": route.pk, "temperature_c": "31", "sky": "clear", "wind_from_deg": "315", "source": "车载气象仪"}
    assert page.post(f"/patrols/{run.pk}/note/", note).status_code == 302
    shown = page.get(run.get_absolute_url()).content.decode()
    assert "夏季臭氧走航" in shown
    assert "环线，计划" in shown
    assert "晴，气温 31 ℃，西北风（来源：车载气象仪）" in shown
    told = page.get(campaign.get_absolute_url()).content.decode()
    assert "北线" in told
    assert run.title in told
    # The line planned and what was driven of it, on the map and as a share of all runs together.
    assert "已走" in told
    share = float(RunNote.objects.get().covered)
    assert told.count(f"{100 * share:.1f}") >= 2
    with monkeypatch.context() as many:
        many.setattr(planning, "SHOWN", 0)
        told = page.get(campaign.get_absolute_url()).content.decode()
    assert (run.title in told, f"{100 * share:.1f}" in told) == (False, True), "runs beyond those listed count too"
    board = page.get(f"/patrols/campaigns/{campaign.pk}/route/").content.decode()
    assert 'data-board="points"' in board
    assert "最近走航经过" in board
    assert "夏季臭氧走航" in page.get("/patrols/campaigns/").content.decode()
    stranger = Client()
    stranger.force_login(cast.officer(cast.yaodu, Role.TEAM_LEADER))
    assert stranger.get(campaign.get_absolute_url()).status_code == 404


def test_the_api_opens_plans_and_notes(cast, leader, run):
    api = APIClient()
    api.force_authenticate(leader)
    body = {"bureau": cast.taiyuan_team.pk, "name": "专项", "since": "2021-07-01", "until": "2021-07-30"}
    made = [
        api.post("/api/v1/patrol-campaigns/", body, format="json", headers={"Idempotency-Key": "c-1"}) for _ in (1, 2)
    ]
    assert [one.status_code for one in made] == [201, 201]
    assert PatrolCampaign.objects.count() == 1
    url = f"/api/v1/patrol-campaigns/{made[0].json()['id']}/"
    route = api.post(f"{url}routes/", {"name": "北", "line": NORTH}, format="json")
    assert route.json()["line"] == NORTH
    assert api.post(f"{url}routes/", {"name": "北", "line": [[1, True]]}, format="json").status_code == 400
    assert api.get(url).json()["routes"][0]["name"] == "北"
    note = api.post(
        f"/api/v1/patrol-runs/{run.pk}/notes/",
        {"route": route.json()["id"], "sky": "fog", "source": "目测"},
        format="json",
    )
    assert note.status_code == 201
    assert note.json()["campaign"] == made[0].json()["id"]
    assert api.get(f"/api/v1/patrol-runs/{run.pk}/").json()["note"] == note.json()
    # What the runs drove of it together, as the page says it.
    readings, stretch = actions.readings_of(run), actions.readings_of(run).take(slice(0, 600))
    way = np.column_stack([readings.lon, readings.lat])[::100].tolist()
    ring = api.post(f"{url}routes/", {"name": "环", "line": way}, format="json").json()["id"]
    part = actions.record_synthetic(
        by=leader, bureau=cast.taiyuan_team, readings=stretch, name="part", facts=actions.RunFacts()
    )
    for one in (run, part):
        assert api.post(f"/api/v1/patrol-runs/{one.pk}/notes/", {"route": ring}, format="json").status_code == 201
    north, told = api.get(url).json()["routes"]
    assert (north["covered"], north["runs"]) == (None, []), "the newer note names another route"
    shares = {one["run"]: float(one["covered"]) for one in told["runs"]}
    assert 0 < shares[str(part.pk)] < shares[str(run.pk)]
    assert told["covered"] == pytest.approx(shares[str(run.pk)], abs=0.001), "what both drove counts once"
    stranger = APIClient()
    stranger.force_authenticate(cast.officer(cast.yaodu, Role.TEAM_LEADER))
    assert stranger.get(url).status_code == 404
