"""Promise: what the filing form asks follows source, type and answers as the office's dated data say; a required answer
is asked for at submitting; clocks and places that don't fit are remarked on."""

from datetime import timedelta

import pytest

from enforcement.findings import actions
from enforcement.findings.models import FieldLimit, FilingQuestion, Finding, FindingVersion
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, filed, signed_in

pytestmark = pytest.mark.django_db
NEW, ASKED, API = "/findings/new/", "/findings/new/questions/", "/api/v1/findings/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def filling(cast: casting.Cast, **more: object) -> dict[str, object]:
    moment = clock.now().astimezone(clock.BEIJING) - timedelta(hours=1)
    return {
        "title": "涂装车间外VOC高值", "lon": str(HERE[0]), "lat": str(HERE[1]), "system": "wgs84", "source": "patrol",
        "occurred_at": moment.strftime("%Y-%m-%dT%H:%M"), "severity": "general", "filer": cast.taiyuan_team.pk,
        "receiver": cast.province.pk, "pollution_type": "VOC", **more,
    }  # fmt: skip


def test_the_form_asks_by_source_type_and_answers(cast) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    assert "治理设施是否运行" not in client.get(NEW).content.decode()
    voc = client.post(ASKED, {"source": "patrol", "pollution_type": "voc"}).content.decode()
    assert "最高值（ppb）" in voc
    assert "治理设施是否运行" in voc
    assert "未运行的原因" not in voc
    assert (
        "未运行的原因"
        in client.post(ASKED, {"source": "patrol", "pollution_type": "VOC", "q_facility_on": "否"}).content.decode()
    )
    dust = client.post(ASKED, {"source": "emergency", "pollution_type": "扬尘", "q_facility_on": "否"}).content.decode()
    assert "是否覆盖" in dust
    assert "最高值" not in dust
    FilingQuestion.objects.filter(key="covered").update(valid_to=clock.today())
    assert "是否覆盖" not in client.post(ASKED, {"source": "emergency", "pollution_type": "扬尘"}).content.decode()


def test_answers_are_checked_kept_shown_and_versioned(cast) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    wrong = client.post(NEW, filling(cast, q_peak="很高", q_facility_on="也许", draft="1"))
    assert wrong.status_code == 400
    assert "应为数字" in wrong.content.decode()
    assert not Finding.objects.exists()
    client.post(
        NEW, filling(cast, q_peak="１２００", q_facility_on="否", q_facility_why="停电", q_covered="是", draft="1")
    )
    finding = Finding.objects.get()
    assert finding.answers == {"peak": "1200", "facility_on": "否", "facility_why": "停电"}
    page = client.get(finding.get_absolute_url()).content.decode()
    assert "1200 ppb" in page
    assert "停电" in page
    form = client.get(f"{finding.get_absolute_url()}correct/").content.decode()
    assert 'value="停电"' in form
    changed = filling(cast, version=finding.version, q_peak="900", q_facility_on="是", q_facility_why="停电")
    assert client.post(f"{finding.get_absolute_url()}correct/", changed).status_code == 302
    finding.refresh_from_db()
    assert finding.answers == {"peak": "900", "facility_on": "是"}
    assert FindingVersion.objects.get().answers["facility_why"] == "停电"


def test_a_required_answer_is_asked_for_at_submitting(cast) -> None:
    FilingQuestion.objects.filter(key="wind").update(required=True)
    finding = filed(cast)
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    with pytest.raises(Invalid, match="提交前请填写：风向"):
        actions.perform(finding, "submit", by=inspector)
    Finding.objects.update(answers={"wind": "东北"})
    assert actions.perform(finding, "submit", by=inspector).state == "leader_review"


def test_the_api_asks_and_takes_the_same(cast) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    told = client.get(API + "questions/", {"source": "patrol", "pollution_type": "VOC"}).json()
    assert {"peak", "wind", "facility_on", "facility_why"} == {row["key"] for row in told["questions"]}
    assert "扬尘" in told["pollution_types"]
    assert client.get(API + "questions/").status_code == 400
    body = {"title": "高值", "source": "patrol", "pollution_type": "VOC", "lon": HERE[0], "lat": HERE[1],
            "receiver": cast.province.pk, "occurred_at": "2026-07-05T10:00:00+08:00"}  # fmt: skip
    for wrong in ({"peak": "高"}, {"covered": "是"}, {"wind": "上"}, {f"k{n}": "x" for n in range(50)}, ["peak"]):
        answer = client.post(API, {**body, "answers": wrong}, "application/json")
        assert answer.status_code == 400, answer.content
    made = client.post(API, {**body, "answers": {"peak": "1200"}}, "application/json")
    assert made.status_code == 201, made.content
    assert client.get(API + made.json()["id"] + "/").json()["answers"] == {"peak": "1200"}


def test_a_clock_that_is_off_is_remarked_on_beyond_the_limit_of_the_day(cast) -> None:
    finding = filed(cast)
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    Finding.objects.update(device_at=finding.received_at - timedelta(minutes=25))
    assert "相差 25 分钟，超过 10 分钟" in client.get(finding.get_absolute_url()).content.decode()
    FieldLimit.objects.update(clock_minutes=30)
    assert "超过 30 分钟" not in client.get(finding.get_absolute_url()).content.decode()
