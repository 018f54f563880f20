"""Promise: a finding is filed from the field, reviewed by someone else and handed off on pages; what is wrong is said."""

import io
import re
import unicodedata
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from enforcement.findings.models import Finding, FindingVersion
from enforcement.findings.places import holding
from enforcement.issues.models import Handoff, Issue
from enforcement.timeline import clock
from enforcement.timeline.models import Attachment
from regions.models import Bureau, Secondment, Site
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_findings import filing
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, at_most, filed, handed, signed_in

pytestmark = pytest.mark.django_db
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
LIST, NEW, HAND_OFF = "/findings/", "/findings/new/", "/findings/hand-off/"


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


@pytest.fixture(autouse=True)
def own_evidence(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }


def act(finding: Finding, action: str) -> str:
    return reverse("findings:act", args=[finding.pk, action])


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def filling(cast: casting.Cast, **changes: object) -> dict[str, object]:
    moment = clock.now().astimezone(clock.BEIJING) - timedelta(hours=1)
    return {
        "title": "涂装车间外VOC高值",
        "lon": str(HERE[0]),
        "lat": str(HERE[1]),
        "system": "wgs84",
        "occurred_at": moment.strftime("%Y-%m-%dT%H:%M"),
        "source": "patrol",
        "severity": "general",
        "filer": cast.taiyuan_team.pk,
        "receiver": cast.province.pk,
        **changes,
    }


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "#336688").save(out, "JPEG")
    return SimpleUploadedFile("现场.jpg", out.getvalue(), content_type="image/jpeg")


# --- filing -------------------------------------------------------------------------------------------------------


def test_an_inspector_files_with_a_photo_and_submits(cast) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    assert client.get(NEW).status_code == 200
    response = client.post(NEW, {**filling(cast), "photos": picture(), "submit": "1"}, follow=True)
    finding = Finding.objects.get()
    assert finding.state == "leader_review"
    assert finding.located_in.code == "140107"
    assert Attachment.objects.get().subject_id == str(finding.pk)
    assert "已提交组长审核" in told(response)[-1]
    assert "填报线索，发现时间" in response.content.decode()


def test_a_place_from_another_map_is_stored_as_wgs84(cast) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    client.post(NEW, filling(cast, system="gcj02", draft="1", lon="１１２．５９２３"))
    finding = Finding.objects.get()
    assert finding.state == "draft"
    assert 0.004 < 112.5923 - finding.lon < 0.008


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": ""}, "请填写此项"),
        ({"title": "长" * 121}, "120"),
        ({"lon": "37.8937", "lat": "112.5863"}, "填反"),
        ({"lon": "nan"}, "以度为单位的小数"),
        ({"lon": "inf"}, "以度为单位的小数"),
        ({"lon": "112度"}, "以度为单位的小数"),
        ({"lat": ""}, "请一并填写"),
        ({"lon": " "}, "请一并填写"),
        ({"lat": "1e300"}, "经纬度超出范围"),
        ({"occurred_at": "2021-02-30T10:00"}, "实际存在的时间"),
        ({"occurred_at": "2199-01-01T10:00"}, "不能晚于现在"),
        ({"occurred_at": "1999-01-01T10:00"}, "太早"),
        ({"site": "没有这家企业"}, "没有找到"),
        ({"source": "rumour"}, "不在可选范围内"),
        ({"title": "a\x00b"}, "无法识别的字符"),
        ({"receiver": "999999999"}, "不在可选范围内"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_stored(cast, changes, sentence) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    response = client.post(NEW, filling(cast, description="已填的内容", **changes))
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert "已填的内容" in response.content.decode()
    assert not Finding.objects.exists()


def test_without_degrees_the_place_is_the_sites_or_that_of_an_address_of_the_register(cast) -> None:
    """On the page and over the API alike; what means nothing or several places is a sentence, and nothing is stored."""
    ground = {"division": cast.xinghualing.division, "lat": 37.9}
    for name, address, lon in (("甲厂", "胜利街88号", 112.58), ("乙厂", "胜利街90号", 112.59), ("丙厂", "", 112.6)):
        Site.objects.create(name=name, address=address, lon=lon, **ground)
    for name, lon in (("丁甲", 112.61), ("丁乙", 112.61), ("丁丙", 112.62)):  # two of them in one place
        Site.objects.create(name=name, address="和平路5号", lon=lon, **ground)
    Site.objects.create(name="远厂", address="平阳路7号", division=cast.yaodu.division, lon=111.5, lat=36.1)
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    client, api = signed_in(inspector), caller(inspector)
    plain = {name: value for name, value in filing(cast).items() if name not in ("lon", "lat")}
    for told, sentence in (
        ({}, "请在地图上选点"),
        ({"address": "胜利街"}, "名册中有多处“胜利街”"),
        ({"address": "和平路5号"}, "名册中有多处“和平路5号”"),
        ({"address": "胜利街8"}, "没有“胜利街8”这个地址"),  # not the beginning of another number
        ({"address": "平阳路7号"}, "没有“平阳路7号”这个地址"),  # not one's own ground
        ({"lon": "112.5"}, "一并填写"),
        ({"address": "胜利街88号", "new_site_name": "新厂"}, "请在地图上选点"),
    ):
        answer = client.post(NEW, filling(cast, **{"lon": "", "lat": "", **told}))
        assert answer.status_code == 400
        assert sentence in answer.content.decode(), told
        body = {"lon": 112.5} if "lon" in told else told
        refused = api.post("findings/", {**plain, **body})
        assert (refused.status_code, sentence in refused.content.decode()) == (400, True), refused.content.decode()
    both = client.post(NEW, filling(cast, title="", lon="", lat="", address="胜利街")).context["form"].errors
    assert set(both) == {"title", "lon"}, "all faults at once"
    assert not Finding.objects.exists()
    for told, lon in (({"address": "胜利街８８号"}, 112.58), ({"site": "丙厂"}, 112.6)):
        assert client.post(NEW, filling(cast, lon="", lat="", system="gcj02", **told)).status_code == 302
        assert Finding.objects.latest("received_at").lon == lon
    assert api.post("findings/", {**plain, "address": "胜利街90号"}).status_code == 201
    assert Finding.objects.latest("received_at").lon == 112.59


@given(
    st.integers(1, 9999), st.integers(1, 9999), st.booleans(), st.booleans(), st.sampled_from(("号", "-1号", "甲", ""))
)
def test_a_number_in_an_address_is_that_number(told: int, kept: int, wide: bool, kept_wide: bool, rest: str) -> None:
    """Neither the beginning nor the end of another one, with plain and full-width digits alike."""
    said, known = str(told), str(kept)
    said, known = (said.translate(WIDE) if wide else said), (known.translate(WIDE) if kept_wide else known)
    plain = unicodedata.normalize("NFKC", said)
    for words, address in (
        (f"胜利街{plain}", f"太原市胜利街{known}{rest}"),
        (f"{plain}号楼", f"胜利街{known}号楼{rest}"),
    ):
        assert bool(re.search(holding(words), address)) == (told == kept)
    assert not re.search(holding("胜利街八"), "胜利街八十八号")


def test_a_file_that_is_no_photo_is_named_and_the_finding_stays(cast) -> None:
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    wrong = SimpleUploadedFile("病毒.jpg", b"MZ\x90\x00" * 20, content_type="image/jpeg")
    response = client.post(NEW, {**filling(cast), "photos": wrong}, follow=True)
    assert "“病毒.jpg”没有上传：只接受" in told(response)[0]
    assert Finding.objects.count() == 1
    assert not Attachment.objects.exists()


def test_the_site_picker_knows_ones_own_ground_only(cast) -> None:
    here = Site.objects.create(name="杏花岭涂装厂", division=cast.xinghualing.division, lon=HERE[0], lat=HERE[1])
    Site.objects.create(name="尧都涂装厂", division=cast.yaodu.division, lon=111.5, lat=36.1)
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    text = client.get("/findings/sites/", {"site": "涂装"}).content.decode()
    assert "杏花岭涂装厂" in text
    assert "尧都涂装厂" not in text
    refused = client.post(NEW, filling(cast, site="尧都涂装厂"))
    assert "没有找到“尧都涂装厂”" in refused.content.decode()
    client.post(NEW, filling(cast, site="杏花岭涂装厂"))
    assert Finding.objects.get().site == here


def test_who_may_not_file_is_told_so(cast) -> None:
    client = signed_in(cast.officer(cast.xinghualing, Role.HANDLER))
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, filling(cast)).status_code == 403
    assert not Finding.objects.exists()


def test_a_correction_keeps_the_old_wording(cast) -> None:
    finding = filed(cast)
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    address = reverse("findings:correct", args=[finding.pk])
    assert "厂界异味" in client.get(address).content.decode()
    response = client.post(address, {**filling(cast), "version": finding.version}, follow=True)
    assert "厂界异味" in response.content.decode()
    assert FindingVersion.objects.get().title == "厂界异味"
    stale = client.post(address, {**filling(cast), "version": finding.version})
    assert stale.status_code == 409
    assert client.post(address, {**filling(cast), "version": "²"}).status_code == 400


# --- review ---------------------------------------------------------------------------------------------------------


def test_a_leader_confirms_what_another_filed(cast) -> None:
    finding = filed(cast, "leader_review")
    leader = signed_in(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    assert "确认" in leader.get(finding.get_absolute_url()).content.decode()
    back = leader.post(act(finding, "send_back"), {"version": finding.version})
    assert back.status_code == 400
    assert "请填写理由。" in back.content.decode()
    response = leader.post(act(finding, "confirm"), {"version": finding.version}, follow=True)
    assert "已确认" in told(response)[0]
    again = leader.post(act(finding, "confirm"), {"version": finding.version})
    assert again.status_code == 409


def test_a_contractors_clue_says_that_it_is_no_evidence(cast) -> None:
    finding = filed(cast, "leader_review", filer=cast.contractor)
    dispatcher = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    assert "第三方线索，不作为证据" in dispatcher.get(finding.get_absolute_url()).content.decode()
    own = signed_in(cast.officer(cast.contractor, Role.INSPECTOR)).get(finding.get_absolute_url())
    assert not own.context["steps"]["allowed"]


def test_a_repeat_detection_joins_the_issue_nearby(cast) -> None:
    (issue,) = handed(cast)
    (far,) = handed(cast, 1, cast.yaodu)
    finding = filed(cast, "confirmed")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    assert issue.number in client.get(finding.get_absolute_url()).content.decode()
    nothing = client.post(act(finding, "join"), {"version": finding.version})
    assert "请选择附近的问题" in nothing.content.decode()
    unknown = client.post(act(finding, "join"), {"version": finding.version, "issue": "SX-1999-ZH-00001"})
    assert "没有编号为" in unknown.content.decode()
    response = client.post(act(finding, "join"), {"version": finding.version, "near": issue.number}, follow=True)
    assert f"并入问题 {issue.number}" in response.content.decode()
    assert "并入一条重复发现的线索" in client.get(issue.get_absolute_url()).content.decode()
    assert far.version == 1


@pytest.mark.parametrize("who", [("yaodu", Role.HANDLER), ("xinghualing", Role.HANDLER), ("linfen", Role.SUPERVISOR)])
def test_forbidden_and_absent_are_the_same(cast, who) -> None:
    finding = filed(cast)
    client = signed_in(cast.officer(getattr(cast, who[0]), who[1]))
    missing = "/findings/00000000-0000-4000-8000-000000000000/"
    for tail in ("", "actions/submit/", "correct/"):
        forbidden, absent = client.get(f"{finding.get_absolute_url()}{tail}"), client.get(f"{missing}{tail}")
        assert forbidden.status_code == absent.status_code == 404
        assert (
            forbidden.content.decode().split("page-head__text")[1]
            == absent.content.decode().split("page-head__text")[1]
        )
    assert "厂界异味" not in client.get(LIST).content.decode()


# --- the inbox ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 50])
def test_the_inbox_takes_eight_statements_at_any_size(cast, count) -> None:
    for _ in range(count):
        filed(cast, "leader_review")
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    today = clock.today()
    Secondment.objects.create(
        officer=inspector, division=cast.yaodu.division, since=today, until=today, reason="交叉执法"
    )
    for officer in (
        inspector,
        cast.officer(cast.province, Role.SUPERVISOR),
        cast.officer(cast.province, Role.DISPATCHER),
    ):
        client = signed_in(officer)
        with at_most(8):
            response = client.get(LIST, {"state": "leader_review", "division": "140100", "found_to": "2099-01-01"})
        assert len(response.context["rows"]) == count


def test_the_inbox_says_what_waits_for_whom(cast) -> None:
    draft, review, confirmed = filed(cast), filed(cast, "leader_review"), filed(cast, "confirmed")
    for bureau, role, expected in (
        (cast.taiyuan_team, Role.INSPECTOR, draft),
        (cast.taiyuan_team, Role.TEAM_LEADER, review),
        (cast.province, Role.DISPATCHER, confirmed),
    ):
        response = signed_in(cast.officer(bureau, role)).get(LIST, {"turn": "mine"})
        assert [row.pk for row in response.context["rows"]] == [expected.pk]


# --- handing off ----------------------------------------------------------------------------------------------------


def entries(*rows: tuple[Finding, dict[str, object]]) -> dict[str, object]:
    data: dict[str, object] = {"title": "走航突出问题", "selected": [str(finding.pk) for finding, _changes in rows]}
    for place, (finding, changes) in enumerate(rows):
        item = {
            "finding": finding.pk,
            "version": finding.version,
            "severity": "general",
            "bureau1": "杏花岭分局（测试）",
            "weight1": "1",
            "verifier": "太原市局（测试）",
            **changes,
        }
        data |= {f"i{place}-{name}": value for name, value in item.items()}
    return data


def test_two_findings_become_one_document_after_a_preview(cast) -> None:
    first, second = filed(cast, "confirmed", title="甲厂"), filed(cast, "confirmed", title="乙厂")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    form = client.get(HAND_OFF, {"selected": [str(first.pk), str(second.pk)]}).content.decode()
    assert 'value="杏花岭分局（测试）"' in form
    assert 'value="太原市局（测试）"' in form
    shared = {
        "bureau1": "太原市执法队（测试）", "weight1": "0.6", "bureau2": "临汾市局（测试）", "weight2": "0.4", "starred": "on",
    }  # fmt: skip
    data = entries((first, {}), (second, shared))
    preview = client.post(HAND_OFF, {**data, "step": "preview"})
    assert "确认转办" in preview.content.decode()
    assert "权重 0.4" in preview.content.decode()
    assert not Handoff.objects.exists()
    again = client.post(HAND_OFF, {**data, "step": "edit"})
    assert 'value="0.6"' in again.content.decode()
    done = client.post(HAND_OFF, {**data, "step": "issue"}, follow=True)
    assert "已转办，文号晋气转〔" in told(done)[0]
    assert Issue.objects.count() == 2
    assert Issue.objects.get(title="乙厂").starred
    assert Issue.objects.get(title="乙厂").responsibilities.count() == 2
    assert set(Finding.objects.values_list("state", flat=True)) == {"promoted"}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"bureau1": ""}, "请选择承办单位。"),
        ({"bureau1": "不存在的局"}, "没有“不存在的局”这个单位"),
        ({"bureau1": "清风走航公司（测试）"}, "没有“清风走航公司（测试）”这个单位"),
        ({"weight1": "0.5"}, "权重之和应为 1"),
        ({"weight1": "1e9"}, "不能大于1"),
        ({"weight1": "NaN"}, "应为数字"),
        ({"bureau2": "尧都分局（测试）"}, "须同时填写"),
        ({"verifier": "杏花岭分局（测试）"}, "核查单位不能是承办单位"),
        ({"severity": "deadly"}, "不在可选范围内"),
        ({"starred": "on"}, "加星件须由市级直接办理"),
    ],
)
def test_a_wrong_item_is_said_and_nothing_is_issued(cast, changes, sentence) -> None:
    finding = filed(cast, "confirmed")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    response = client.post(HAND_OFF, {**entries((finding, changes)), "step": "issue"})
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not Handoff.objects.exists()


def test_a_finding_handed_off_meanwhile_isnt_handed_off_twice(cast) -> None:
    finding = filed(cast, "confirmed")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    data = {**entries((finding, {})), "step": "issue"}
    assert client.post(HAND_OFF, data).status_code == 302
    again = client.post(HAND_OFF, data, follow=True)
    assert again.status_code == 200
    assert "请先勾选" in told(again)[-1]
    assert Handoff.objects.count() == 1


def test_one_of_several_gone_meanwhile_shows_the_rest(cast) -> None:
    first, second = filed(cast, "confirmed", title="甲厂"), filed(cast, "confirmed", title="乙厂")
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    both = {**entries((first, {}), (second, {})), "step": "issue"}
    client.post(HAND_OFF, {**entries((first, {})), "step": "issue"})
    response = client.post(HAND_OFF, both)
    assert response.status_code == 409
    assert "乙厂" in response.content.decode()
    assert Handoff.objects.count() == 1


def test_only_dispatchers_hand_off_and_only_what_was_put_before_them(cast) -> None:
    finding = filed(cast, "confirmed")
    leader = signed_in(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    assert leader.get(HAND_OFF, {"selected": str(finding.pk)}).status_code == 403
    other = signed_in(cast.officer(cast.linfen, Role.DISPATCHER))
    assert other.get(HAND_OFF, {"selected": str(finding.pk)}).status_code == 302
    assert other.get(HAND_OFF, {"selected": "not-a-key"}).status_code == 302
    assert other.get(HAND_OFF, {"selected": [str(finding.pk)] * 31}).status_code == 302
    assert Bureau.objects.count() == 8
