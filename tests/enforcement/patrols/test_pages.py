"""The pages: upload in two steps, look at a run, review a hot spot; a sentence whatever goes wrong, only one's own."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from enforcement.patrols import actions
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, TrackUpload
from regions.roles import Role

from .hostile_files import flagged_cases, good, refused_cases, row, text
from .test_reviewing import open_issue

TRACK = Path(__file__).resolve().parents[4] / "shared" / "data" / "bangalore_track.csv"


def client(officer) -> Client:
    made = Client()
    made.force_login(officer)
    return made


def send(officer, cast, data: bytes, name: str = "上午.csv", **fields):
    body = {
        "file": SimpleUploadedFile(name, data),
        "bureau": cast.taiyuan_team.pk,
        "time_zone": "Asia/Shanghai",
        "coordinate_system": "wgs84",
        **fields,
    }
    return client(officer).post("/patrols/upload/", body)


def test_upload_trial_import_look(cast, inspector):
    lines = good(60)
    lines[30] = row(30, tvoc="-3")
    answer = send(inspector, cast, text(lines), route="府东街")
    assert answer.status_code == 302
    page = client(inspector).get(answer.url)
    assert page.status_code == 200
    shown = page.content.decode()
    assert "第 32 行" in shown
    assert "数值为负" in shown
    assert "带标记导入" in shown
    assert not PatrolRun.objects.exists()
    done = client(inspector).post(answer.url, {"import": "1"}, follow=True)
    assert done.status_code == 200
    assert "已导入走航" in done.content.decode()
    assert "府东街" in done.content.decode()
    run = PatrolRun.objects.get()
    assert client(inspector).get(answer.url).url == run.get_absolute_url()
    listed = client(inspector).get("/patrols/").content.decode()
    assert "府东街" in listed


def test_a_mapping_is_chosen_when_the_header_says_nothing(cast, inspector):
    answer = send(inspector, cast, text(good(), "a,b,c,d,e"))
    page = client(inspector).get(answer.url).content.decode()
    assert "不能读取" in page
    assert "找不到“时间”列" in page
    mapping = {"time": "1", "lat": "2", "lon": "3", "speed": "4", "channels": ["5"]}
    stated = {"time_zone": "UTC", "coordinate_system": "gcj02"}
    again = client(inspector).post(answer.url, {**mapping, **stated}, follow=True)
    assert "不能读取" not in again.content.decode()
    client(inspector).post(answer.url, {"import": "1"})
    run = PatrolRun.objects.get()
    assert (run.time_zone, run.coordinate_system, run.channels) == ("UTC", "gcj02", [["e", "", ""]])


@pytest.mark.parametrize("case", [*refused_cases(), *flagged_cases()[::5]], ids=str)
def test_hostile_uploads_get_a_page(cast, inspector, case):
    answer = send(inspector, cast, case.data)
    if answer.status_code == 302:
        page = client(inspector).get(answer.url)
        assert page.status_code == 200
        assert ("不能读取" in page.content.decode()) == bool(case.refused)
        imported = client(inspector).post(answer.url, {"import": "1"})
        assert imported.status_code == (400 if case.refused else 302)
    else:
        assert case.refused
        assert answer.status_code == 400
        assert not TrackUpload.objects.exists()
    assert PatrolRun.objects.exists() == (not case.refused)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"time_zone": "火星"}, "不认识时区"),
        ({"time_zone": ""}, "errorlist"),
        ({"coordinate_system": "xian80"}, "errorlist"),
        ({"bureau": "99999"}, "errorlist"),
        ({"route": "长" * 121}, "errorlist"),
        ({"vehicle": "x"}, "errorlist"),
    ],
)
def test_a_bad_form_keeps_nothing(cast, inspector, fields, words):
    answer = send(inspector, cast, text(good()), **fields)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not TrackUpload.objects.exists()


@pytest.mark.parametrize("bad", [{"lat": "99"}, {"time_zone": ""}, {"channels": ["x"]}, {"coordinate_system": "?"}])
def test_a_bad_mapping_is_a_page_with_errors(cast, inspector, bad):
    url = send(inspector, cast, text(good())).url
    stated = {"time_zone": "UTC", "coordinate_system": "wgs84", "time": "1", "lat": "2", "lon": "3"}
    assert client(inspector).post(url, {**stated, **bad}).status_code == 400
    assert TrackUpload.objects.get().mapping == {}


def test_an_upload_is_its_officers_own(cast, inspector, leader):
    url = send(inspector, cast, text(good())).url
    assert client(leader).get(url).status_code == 404
    assert client(cast.officer(cast.province, Role.SUPERVISOR)).get(url).status_code == 403


def test_the_same_file_leads_to_the_earlier_run(cast, inspector):
    run = actions.import_track(
        by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(good()),
        statement=actions.importing.Statement(), facts=actions.RunFacts(route="第一次"),
    )  # fmt: skip
    url = send(inspector, cast, text(good())).url
    assert "以前导入过" in client(inspector).get(url).content.decode()
    done = client(inspector).post(url, {"import": "1"})
    assert done.url == run.get_absolute_url()
    assert PatrolRun.objects.count() == 1


@pytest.mark.skipif(not TRACK.exists(), reason="the real track is not beside the project")
def test_the_real_track_is_mapped_as_it_is(cast, inspector):
    url = send(inspector, cast, TRACK.read_bytes(), TRACK.name, time_zone="Asia/Kolkata").url
    page = client(inspector).get(url).content.decode()
    assert "位于本省之外" in page
    assert "18.5" in page
    run_url = client(inspector).post(url, {"import": "1"}).url
    shown = client(inspector).get(run_url).content.decode()
    assert "77.6205" in shown
    assert "AE51_BC" in shown
    assert "省外" in shown
    assert client(inspector).get(f"{run_url}?channel=3").status_code == 200


def test_the_run_page_draws_track_series_and_hot_spots(run, inspector):
    answer = client(inspector).get(run.get_absolute_url())
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="track-data"' in shown
    assert "track track--" in shown
    assert "line-accent" in shown
    assert "模拟数据" in shown
    for spot in run.hot_spots.all():
        assert spot.get_absolute_url() in shown
        at = (int(spot.peak_at.timestamp() * 1000) - spot.series["from_ms"]) // spot.series["step_ms"]
        assert spot.series["values"][at] >= round(spot.peak, 1)
    assert shown.count('class="plot spark"') == run.hot_spots.count() > 0, "each with the curve it keeps"
    assert f'href="/patrols/{run.pk}/rules/#dropped"' in shown
    assert len(answer.content) < 900_000
    assert "style=" not in re.sub(r"<script.*?</script>", "", shown, flags=re.S)
    for query in ("?channel=1", "?channel=99", "?channel=x", "?channel=%00", "?channel=" + "9" * 300):
        assert client(inspector).get(run.get_absolute_url() + query).status_code == 200


def test_the_source_is_downloaded_never_shown(cast, inspector):
    data = text(good())
    run = actions.import_track(
        by=inspector, bureau=cast.taiyuan_team, name="上午.csv", data=data, statement=actions.importing.Statement()
    )
    answer = client(inspector).get(f"/patrols/{run.pk}/source/")
    assert b"".join(answer.streaming_content) == data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_hot_spot_is_promoted_on_its_page(cast, run, inspector):
    spot = run.hot_spots.first()
    page = client(inspector).get(spot.get_absolute_url()).content.decode()
    assert "转为线索" in page
    url = f"/patrols/hot-spots/{spot.pk}/actions/promote/"
    form = client(inspector).get(url).content.decode()
    assert "TVOC高值" in form
    assert "提交给" in form
    sent = {"version": 1, "title": "杏花岭高值", "severity": "general", "receiver": cast.taiyuan.pk, "description": ""}
    done = client(inspector).post(url, sent)
    promoted = HotSpot.objects.get(pk=spot.pk)
    assert done.status_code == 302
    assert done.url == promoted.finding.get_absolute_url()
    again = client(inspector).post(url, sent)
    assert again.status_code == 409


def test_a_dismissal_is_proposed_and_confirmed_on_pages(run, inspector, leader):
    spot = run.hot_spots.first()
    base = f"/patrols/hot-spots/{spot.pk}/actions"
    assert client(inspector).post(f"{base}/propose_dismissal/", {"version": 1, "reason": ""}).status_code == 400
    sent = {"version": 1, "reason": "经过加油站"}
    assert client(inspector).post(f"{base}/propose_dismissal/", sent).status_code == 302
    assert "待复核排除" in client(leader).get(spot.get_absolute_url()).content.decode()
    own = client(inspector).post(f"{base}/confirm_dismissal/", {"version": 2})
    assert own.status_code == 403
    stale = client(leader).post(f"{base}/confirm_dismissal/", {"version": 1})
    assert stale.status_code == 409
    assert "经过加油站" in client(leader).get(f"{base}/confirm_dismissal/").content.decode()
    assert client(leader).post(f"{base}/confirm_dismissal/", {"version": 2}).status_code == 302
    assert HotSpot.objects.get(pk=spot.pk).fate == Fate.DISMISSED


def test_a_hot_spot_joins_an_issue_by_its_number(cast, run, inspector):
    spot, issue = run.hot_spots.first(), open_issue(cast)
    url = f"/patrols/hot-spots/{spot.pk}/actions/join/"
    for number in ("", "SX-2021-ZH-99999", "a\0b", "长" * 30):
        assert client(inspector).post(url, {"version": 1, "issue": number}).status_code == 400
    assert client(inspector).post(url, {"version": 1, "issue": issue.number.lower()}).status_code == 302
    assert HotSpot.objects.get(pk=spot.pk).issue == issue


def test_lists_filter_and_say_when_a_word_is_wrong(run, inspector):
    caller = client(inspector)
    for query in ("since=2021-07-02&until=2021-07-02", "division=140107", "review=open"):
        assert "杏花岭环线" in caller.get(f"/patrols/?{query}").content.decode(), query
    for query in ("since=2021-07-03", "until=2021-07-01"):
        assert "没有符合条件的走航" in caller.get(f"/patrols/?{query}").content.decode(), query
    for query in ("since=2021-02-30", "division=99", "bureau=x", "after=%00", "after=xyz", "until=" + "9" * 500):
        assert caller.get(f"/patrols/?{query}").status_code == 200, query
    assert caller.get("/patrols/hot-spots/?fate=open&since=2021-07-01").status_code == 200
    assert caller.get("/patrols/hot-spots/?fate=waiting").status_code == 200
    assert caller.get("/patrols/hot-spots/?fate=nothing&after=1").status_code == 200


def test_absent_and_foreign_look_the_same(cast, run):
    stranger = client(cast.officer(cast.linfen, Role.TEAM_LEADER))
    spot = run.hot_spots.first()
    for mine, nobodys in (
        (f"/patrols/{run.pk}/", f"/patrols/{uuid4()}/"),
        (f"/patrols/{run.pk}/source/", f"/patrols/{uuid4()}/source/"),
        (f"/patrols/{run.pk}/void/", f"/patrols/{uuid4()}/void/"),
        (f"/patrols/hot-spots/{spot.pk}/", f"/patrols/hot-spots/{uuid4()}/"),
        (f"/patrols/hot-spots/{spot.pk}/actions/promote/", f"/patrols/hot-spots/{uuid4()}/actions/promote/"),
    ):
        assert stranger.get(mine).status_code == stranger.get(nobodys).status_code == 404
    assert "杏花岭环线" not in stranger.get("/patrols/").content.decode()


def test_voiding_is_a_page_with_a_reason(run, leader, inspector):
    url = f"/patrols/{run.pk}/void/"
    assert client(leader).get(url).status_code == 200
    assert client(leader).post(url, {"reason": ""}).status_code == 400
    refused = client(inspector).post(url, {"reason": "误导入"}, follow=True)
    assert "只有" in refused.content.decode()
    assert client(leader).post(url, {"reason": "误导入"}).status_code == 302
    assert "已作废" in client(leader).get(run.get_absolute_url()).content.decode()
    assert "杏花岭环线" not in client(leader).get("/patrols/").content.decode()


def test_pages_ask_few_questions(cast, run, inspector, django_assert_max_num_queries):
    caller = client(inspector)
    with django_assert_max_num_queries(14):
        caller.get("/patrols/")
    with django_assert_max_num_queries(14):
        caller.get("/patrols/hot-spots/")
    with django_assert_max_num_queries(18):
        caller.get(run.get_absolute_url())
