"""Patrol runs and hot spots over the API: the same actions, whole or refused with a sentence, only one's own rows."""

import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from enforcement.patrols import actions
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, Vehicle
from regions.roles import Role

from .hostile_files import flagged_cases, good, refused_cases, row, text

RUNS = "/api/v1/patrol-runs/"
SPOTS = "/api/v1/hot-spots/"


def client(officer) -> APIClient:
    made = APIClient()
    made.force_authenticate(officer)
    return made


def upload(officer, data: bytes, name: str = "上午.csv", **fields):
    headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
    body = {"file": SimpleUploadedFile(name, data), **fields}
    return client(officer).post(RUNS, body, format="multipart", headers=headers)


def test_a_track_is_uploaded_and_shown(cast, inspector):
    Vehicle.objects.create(plate="晋A12345", bureau=cast.taiyuan_team)
    answer = upload(inspector, text(good(120)), route="府东街", vehicle="晋A12345")
    assert answer.status_code == 201, answer.data
    made = answer.json()
    assert (made["rows_total"], made["route"], made["vehicle"], made["bureau"]) == (
        120, "府东街", "晋A12345", cast.taiyuan_team.pk,
    )  # fmt: skip
    assert made["division"].startswith("1401")
    assert float(made["km"]) == pytest.approx(119 * 20 / 3600, rel=0.02)
    assert sum(float(piece["km"]) for piece in made["segments"]) == pytest.approx(float(made["km"]))
    listed = client(inspector).get(RUNS).json()
    assert [one["id"] for one in listed["results"]] == [made["id"]]
    detail = client(inspector).get(f"{RUNS}{made['id']}/").json()
    assert {name: detail[name] for name in made} == made


def test_a_dry_run_names_the_rows_and_keeps_nothing(inspector):
    lines = good()
    lines[3] = row(3, lat="abc")
    answer = upload(inspector, text(lines), dry_run="true")
    assert answer.status_code == 200
    told = answer.json()
    assert told["problem_counts"] == {"bad_place": 1}
    assert told["problems"][0]["row"] == 5
    assert "第 5 行" in told["problems"][0]["sentence"]
    assert told["mapping"]["fields"]["time"] == "时间"
    assert not PatrolRun.objects.exists()


@pytest.mark.parametrize("case", [*refused_cases(), *flagged_cases()[:6]], ids=str)
def test_hostile_files_are_answered_with_a_sentence(inspector, case):
    answer = upload(inspector, case.data)
    if case.refused:
        assert answer.status_code == 400
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "file" in answer.json()["errors"] or answer.json()["detail"]
        assert not PatrolRun.objects.exists()
    else:
        assert answer.status_code == 201


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"bureau": "999999"}, "bureau"),
        ({"bureau": "x"}, "bureau"),
        ({"bureau": "9" * 40}, "bureau"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"coordinate_system": "xian80"}, "coordinate_system"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": "[1]"}, "mapping"),
        ({"mapping": "[" * 3000}, "mapping"),
        ({"mapping": '{"lat": "没有"}'}, "mapping"),
        ({"mapping": '{"lat": {"a": 1}}'}, "mapping"),
        ({"mapping": '{"channels": 5}'}, "mapping"),
        ({"vehicle": "京A00000"}, "vehicle"),
        ({"instrument": "\u202e"}, "instrument"),
        ({"route": "长" * 121}, "route"),
        ({"crew": "a\0b"}, "crew"),
        ({"on_problems": "maybe"}, "on_problems"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_each_bad_field_is_named(inspector, fields, named):
    answer = upload(inspector, text(good()), **fields)
    assert answer.status_code == 400, answer.data
    assert named in answer.json()["errors"]
    assert not PatrolRun.objects.exists()


def test_no_file_another_type_and_too_much_are_refused(inspector, settings):
    assert client(inspector).post(RUNS, {"route": "x"}, format="multipart").status_code == 400
    assert client(inspector).post(RUNS, {"file": "文字"}, format="multipart").status_code == 400
    assert client(inspector).post(RUNS, {"file": "x"}, format="json").status_code == 400
    assert client(inspector).post(RUNS, b"a,b", content_type="text/csv").status_code == 415
    broken = client(inspector).post(RUNS, b"--x\r\nnonsense", content_type="multipart/form-data; boundary=y")
    assert broken.status_code == 400
    settings.PATROL_IMPORT = {"max_bytes": 200}
    answer = upload(inspector, text(good(50)))
    assert answer.status_code == 400
    assert "超过上限" in answer.json()["detail"]


def test_a_file_comes_once_and_a_key_answers_alike(inspector):
    data = text(good())
    first = upload(inspector, data, key="run-1")
    again = upload(inspector, data, key="run-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == json.loads(again.content)["id"]
    assert PatrolRun.objects.count() == 1
    twice = upload(inspector, data)
    assert twice.status_code == 409
    assert "没有重复导入" in twice.json()["detail"]
    other = upload(inspector, text(good(25)), key="run-1")
    assert other.status_code == 422


def test_lists_filter_and_refuse_what_they_do_not_know(run, inspector):
    def found(query: str) -> list[str]:
        answer = client(inspector).get(f"{RUNS}?{query}")
        assert answer.status_code == 200, answer.content
        return [one["id"] for one in answer.json()["results"]]

    pk = str(run.pk)
    assert found("division=140107") == found("division=140100") == found("from=2021-07-02&to=2021-07-02") == [pk]
    assert found("division=141000") == found("from=2021-07-03") == found("to=2021-07-01") == found("voided=true") == []
    assert found("as_of=2021-07-05") == [pk]
    assert found("as_of=2021-07-04") == []
    assert found("synthetic=true") == [pk]
    assert found("area=taiyuan-basin") in ([pk], [])
    for query in ("division=1401", "from=2021-02-30", "area=!!", "bureau=x", "page_size=0", "nothing=1", "cursor=%00"):
        assert client(inspector).get(f"{RUNS}?{query}").status_code == 400, query
    for query in ("run=x", "fate=unknown", "division=abc", "from=1", "ordering=peak"):
        assert client(inspector).get(f"{SPOTS}?{query}").status_code == 400, query
    assert len(client(inspector).get(f"{SPOTS}?run={pk}&fate=open").json()["results"]) == run.hot_spots.count()


def test_a_hot_spot_is_reviewed_over_the_api(cast, run, inspector, leader):
    spot = run.hot_spots.first()
    url = f"{SPOTS}{spot.pk}/"
    offered = {one["action"]: one["allowed"] for one in client(inspector).get(url).json()["actions"]}
    assert offered == {"promote": True, "join": True, "propose_dismissal": True}
    body = {"reason": "加油站", "version": 1}
    proposed = client(inspector).post(f"{url}actions/propose_dismissal/", body, format="json")
    assert proposed.status_code == 200
    assert proposed.json()["dismissal_proposed"]
    own = client(inspector).post(f"{url}actions/confirm_dismissal/", {}, format="json")
    assert own.status_code == 403
    stale = client(leader).post(f"{url}actions/confirm_dismissal/", {"version": 1}, format="json")
    assert stale.status_code == 409
    done = client(leader).post(f"{url}actions/confirm_dismissal/", {"version": 2}, format="json")
    assert done.status_code == 200
    assert done.json()["fate"] == Fate.DISMISSED
    assert done.json()["actions"] == []


def test_a_promotion_over_the_api_gives_the_finding_to_those_who_see_it(cast, run, inspector):
    spot = run.hot_spots.first()
    answer = client(inspector).post(f"{SPOTS}{spot.pk}/actions/promote/", {"title": "高值"}, format="json")
    assert answer.status_code == 200
    assert answer.json()["finding"] == str(HotSpot.objects.get(pk=spot.pk).finding_id)
    province = cast.officer(cast.province, Role.SUPERVISOR)
    assert client(province).get(f"{SPOTS}{spot.pk}/").json()["finding"] is None


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("promote", {}, 400),
        ("promote", {"title": 5}, 400),
        ("promote", {"title": "高值", "severity": "dire"}, 400),
        ("promote", {"title": "高值", "receiver": 10**9}, 400),
        ("promote", {"title": "高值", "site": 10**9}, 400),
        ("join", {"issue": "SX-2021-ZH-99999"}, 400),
        ("join", {}, 400),
        ("propose_dismissal", {"reason": ""}, 400),
        ("propose_dismissal", {"reason": "x", "colour": 1}, 400),
        ("confirm_dismissal", {}, 403),
        ("fly", {}, 400),
        ("promote", [], 400),
    ],
)
def test_bad_reviews_change_nothing(run, inspector, action, body, status):
    spot = run.hot_spots.first()
    answer = client(inspector).post(f"{SPOTS}{spot.pk}/actions/{action}/", body, format="json")
    assert answer.status_code == status, answer.content
    assert HotSpot.objects.get(pk=spot.pk).version == 1


def test_absent_and_foreign_look_the_same(cast, run):
    stranger = client(cast.officer(cast.linfen, Role.SUPERVISOR))
    spot = run.hot_spots.first()
    for mine, nobodys in ((f"{RUNS}{run.pk}/", f"{RUNS}{uuid4()}/"), (f"{SPOTS}{spot.pk}/", f"{SPOTS}{uuid4()}/")):
        foreign, absent = stranger.get(mine), stranger.get(nobodys)
        assert foreign.status_code == absent.status_code == 404
        assert foreign.content == absent.content
    assert stranger.get(RUNS).json()["results"] == stranger.get(SPOTS).json()["results"] == []
    auditor = client(cast.officer(cast.province, Role.AUDITOR))
    assert auditor.get(RUNS).status_code == 403


def test_a_run_is_voided_over_the_api(run, leader, inspector):
    url = f"{RUNS}{run.pk}/actions/void/"
    assert client(inspector).post(url, {"reason": "选错坐标系"}, format="json").status_code == 403
    assert client(leader).post(url, {}, format="json").status_code == 400
    done = client(leader).post(url, {"reason": "选错坐标系"}, format="json")
    assert done.status_code == 200
    assert done.json()["voided_at"]
    assert client(leader).get(RUNS).json()["results"] == []


def test_a_list_asks_the_same_few_questions_however_long(cast, inspector, django_assert_max_num_queries):
    for count in range(20, 23):
        actions.import_track(
            by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(good(count)),
            statement=actions.importing.Statement(),
        )  # fmt: skip
    caller = client(inspector)
    with django_assert_max_num_queries(8):
        assert len(caller.get(RUNS).json()["results"]) == 3
    with django_assert_max_num_queries(8):
        caller.get(SPOTS)
