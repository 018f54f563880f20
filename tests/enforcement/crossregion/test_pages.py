"""Pages and API of rounds: the same steps, the same refusals, targets only in answer to a POST on record."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enforcement.crossregion import actions
from enforcement.crossregion.models import Round
from enforcement.inspections.actions import campaigns
from enforcement.inspections.models import Campaign
from enforcement.timeline.models import Event
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.crossregion.conftest import CITIES, SINCE, UNTIL, counties_text, teams_text
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_desk(client: Client, organiser: Officer) -> Client:
    client.force_login(organiser)
    return client


def post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/{path}", json.dumps(body), content_type="application/json")


def test_a_round_from_draft_to_release_on_the_pages(
    at_desk: Client, people: dict[str, list[Officer]], sites: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    new = {"name": "秋季第一轮", "since": "2021-09-06", "until": "2021-09-17"}
    address = at_desk.post("/rounds/new/", new)["Location"]
    round_ = Round.objects.get()
    for action, entered in (
        ("set_rules", {"max_km": "900", "off": ["mutual"], "reason": "城市少"}),
        ("set_counties", {"text": counties_text()}),
        ("set_teams", {"text": teams_text()}),
        ("commit", {}),
        ("draw", {}),
    ):
        round_.refresh_from_db()
        answer = at_desk.post(f"{address}{action}/", {"version": round_.version, **entered})
        assert answer.status_code == 302, (action, answer.content.decode())
    assert "正在抽取" in at_desk.get(address).content.decode()
    from enforcement.crossregion.tasks import resume_draws

    resume_draws()
    shown = at_desk.get(address).content.decode()
    assert "核验证书" in shown
    assert "本轮停用" in shown
    round_.refresh_from_db()
    assert bytes(round_.seed).hex() not in shown
    assert at_desk.post(f"{address}release/", {"version": round_.version}).status_code == 302
    assert bytes(round_.seed).hex() in at_desk.get(address).content.decode()


def test_a_wrong_line_stays_in_the_form_with_its_sentence(at_desk: Client, draft: Round) -> None:
    answer = at_desk.post(f"/rounds/{draft.pk}/set_counties/", {"version": draft.version, "text": "999999 1"})
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert "第1行：没有代码为“999999”的县区。" in shown
    assert "999999 1" in shown


def test_targets_are_no_get_and_every_reading_is_on_record(at_desk: Client, drawn: Round) -> None:
    site = drawn.targets.select_related("site").first().site
    assert site.name not in at_desk.get(drawn.get_absolute_url()).content.decode()
    assert at_desk.get(f"/rounds/{drawn.pk}/targets/").status_code == 405
    assert site.name in at_desk.post(f"/rounds/{drawn.pk}/targets/").content.decode()
    answer = post(at_desk, f"rounds/{drawn.pk}/targets/", {})
    assert answer.status_code == 200
    assert len(answer.json()["results"]) == 24
    assert Event.objects.filter(subject_type="round", kind="round_targets_read").count() == 2


def test_the_api_gives_what_the_page_shows(at_desk: Client, drawn: Round) -> None:
    (row,) = at_desk.get("/api/v1/rounds/").json()["results"]
    assert row["commitment"] == drawn.commitment
    shown = at_desk.get(f"/api/v1/rounds/{drawn.pk}/").json()
    assert shown["seed"] == ""
    assert {check["rule"] for check in shown["checks"]} >= {"own_city", "mutual", "badge"}
    assert all(team["county"] for team in shown["teams"])
    assert {offer["action"] for offer in shown["actions"] if offer["allowed"]} >= {"swap", "release", "void"}
    answer = post(at_desk, f"rounds/{drawn.pk}/actions/release/", {"version": shown["version"]})
    assert answer.status_code == 200
    assert answer.json()["seed"] == bytes(drawn.seed).hex()


def test_the_api_makes_a_round_and_refuses_with_sentences(at_desk: Client) -> None:
    made = post(at_desk, "rounds/", {"name": "一轮", "since": "2021-09-06", "until": "2021-09-17"})
    assert made.status_code == 201
    key = made.json()["id"]
    refused = post(at_desk, f"rounds/{key}/actions/commit/", {})
    assert refused.status_code == 400
    assert "还没有队伍" in refused.json()["detail"]
    assert post(at_desk, f"rounds/{key}/actions/nonsense/", {}).status_code == 400
    back = post(at_desk, "rounds/", {"name": "一轮", "since": "2021-09-17", "until": "2021-09-06"})
    assert back.json()["errors"]["until"]


def test_a_rounds_campaign_is_chosen_linked_for_who_sees_it_and_knows_nothing_of_the_round(
    at_desk: Client, cast: Cast, organiser: Officer, campaign: Campaign
) -> None:
    own = [
        campaign.get_absolute_url(),
        f"/api/v1/campaigns/{campaign.pk}/",
        reverse("inspections:campaigns"),
        "/api/v1/campaigns/",
    ]
    other = Client()
    other.force_login(cast.officer(cast.province, Role.DISPATCHER))
    before = [plain(client.get(path)) for client in (at_desk, other) for path in own]
    assert all(answer.startswith(b"200 ") for answer in before)

    new = {"name": "秋季第一轮", "since": "2021-09-06", "until": "2021-09-17", "campaign_id": str(campaign.pk)}
    both = at_desk.post("/rounds/new/", {**new, "campaign": "秋冬防"})
    assert both.status_code == 400
    assert "请不要再填行动名称" in both.content.decode()
    page = at_desk.get(at_desk.post("/rounds/new/", new)["Location"]).content.decode()
    assert f'<a href="{campaign.get_absolute_url()}">秋冬防</a>' in page
    assert [plain(client.get(path)) for client in (at_desk, other) for path in own] == before

    made = post(at_desk, "rounds/", {**new, "name": "第二轮"}).json()
    assert (made["campaign"], made["campaign_id"]) == ("秋冬防", str(campaign.pk))
    absent = post(at_desk, "rounds/", {**new, "campaign_id": made["id"]})
    assert absent.status_code == 400
    assert absent.json()["errors"]["campaign_id"] == ["没有这个专项行动，或者它已结束，请重新选择。"]

    # It is set and changed as long as nothing is drawn, by name or by key, or taken away; nothing is told to the campaign.
    step = f"/rounds/{made['id']}/set_campaign/"
    sheet = at_desk.get(step).content.decode()
    assert f'<option value="{campaign.pk}" selected>秋冬防</option>' in sheet
    same = at_desk.post(step, {"version": made["version"], "campaign_id": str(campaign.pk)})
    assert (same.status_code, "所属行动没有变化。" in same.content.decode()) == (400, True)
    assert at_desk.post(step, {"version": made["version"], "campaign": "厅里的行动"}).status_code == 302
    page = at_desk.get(f"/rounds/{made['id']}/").content.decode()
    assert "所属行动改为“厅里的行动”" in page
    # The name that stands there gives way to what is chosen beside it.
    left = {"version": made["version"] + 1, "campaign": "厅里的行动", "campaign_id": str(campaign.pk)}
    assert campaign.get_absolute_url() in at_desk.get(at_desk.post(step, left)["Location"]).content.decode()
    path = f"rounds/{made['id']}/actions/set_campaign/"
    none = post(at_desk, path, {}).json()
    assert (none["campaign"], none["campaign_id"]) == ("", None)
    refused = post(at_desk, path, {"campaign_id": made["id"]})
    assert refused.json()["errors"]["campaign_id"] == ["没有这个专项行动，或者它已结束，请重新选择。"]
    back = post(at_desk, path, {"campaign_id": str(campaign.pk)}).json()
    assert (back["campaign"], back["campaign_id"]) == ("秋冬防", str(campaign.pk))
    assert [plain(client.get(path)) for client in (at_desk, other) for path in own] == before

    # Whoever is cleared for a round but doesn't see its campaign reads the name alone.
    unseen = campaigns.create(
        by=cast.officer(cast.taiyuan, Role.COORDINATOR),
        name="市里的", legal_basis="方案", since=SINCE, until=UNTIL, checklists=[], counts=[],
    )  # fmt: skip
    Round.objects.filter(pk=made["id"]).update(part_of=unseen, campaign=unseen.name)
    page = at_desk.get(f"/rounds/{made['id']}/").content.decode()
    assert "市里的" in page
    assert str(unseen.pk) not in page
    shown = at_desk.get(f"/api/v1/rounds/{made['id']}/").json()
    assert (shown["campaign"], shown["campaign_id"]) == ("市里的", None)


def plain(answer: Any) -> bytes:
    """An answer without what differs from one asking to the next."""
    told = re.sub(rb'(csrfmiddlewaretoken" value=|nonce=|X-CSRFToken": ?)"[^"]+"', b"", answer.content)
    return b"%d " % answer.status_code + told


def test_once_drawn_a_round_changes_its_campaign_with_a_reason_and_only_by_who_holds_it(
    at_desk: Client, drawn: Round, cast: Cast, campaign: Campaign
) -> None:
    step = f"/rounds/{drawn.pk}/set_campaign/"
    form = {"version": drawn.version, "campaign_id": str(campaign.pk)}
    silent = at_desk.post(step, form)
    assert (silent.status_code, "请填写理由。" in silent.content.decode()) == (400, True)
    path = f"rounds/{drawn.pk}/actions/set_campaign/"
    assert post(at_desk, path, {"campaign_id": str(campaign.pk)}).json()["errors"]["reason"] == ["请填写理由。"]
    assert at_desk.post(step, {**form, "reason": "补录"}).status_code == 302
    released = post(at_desk, f"rounds/{drawn.pk}/actions/release/", {}).json()
    assert released["campaign_id"] == str(campaign.pk)
    assert post(at_desk, path, {"campaign": "秋冬防二期", "reason": "改期"}).status_code == 200
    assert all(one.holds for one in actions.verify(Round.objects.get(pk=drawn.pk)))
    # Everyone in the province sees a released round; the step is its holders' alone.
    other = Client()
    other.force_login(cast.officer(cast.province, Role.DISPATCHER))
    assert "set_campaign" not in other.get(drawn.get_absolute_url()).content.decode()
    refused = post(other, path, {"campaign": "别的", "reason": "试"})
    assert (refused.status_code, "知情名单" in refused.json()["detail"]) == (403, True)


@pytest.mark.parametrize("path", ["/rounds/{}/", "/rounds/{}/commit/", "/api/v1/rounds/{}/"])
def test_hidden_and_absent_look_the_same(client: Client, drawn: Round, cast: Cast, path: str) -> None:
    client.force_login(cast.officer(cast.province, Role.DISPATCHER))
    hidden, absent = (client.get(path.format(key)) for key in (drawn.pk, "5ca1ab1e-0000-4000-8000-000000000005"))
    assert (hidden.status_code, absent.status_code) == (404, 404)
    assert len(hidden.content) == len(absent.content)


def test_a_team_sees_the_round_once_it_is_released(
    client: Client, released: Round, people: dict[str, list[Officer]]
) -> None:
    client.force_login(people[CITIES[0]][0])
    assert "秋季第一轮" in client.get("/rounds/").content.decode()
    shown = client.post(f"/rounds/{released.pk}/targets/").content.decode()
    own = {row.site.name for row in released.targets.filter(team__name=f"{CITIES[0]}一组").select_related("site")}
    assert all(name in shown for name in own)
    others = released.targets.exclude(team__name=f"{CITIES[0]}一组").select_related("site")
    assert not [row.site.name for row in others if row.site.name in shown]


def test_pages_keep_to_their_statements(at_desk: Client, drawn: Round, django_assert_max_num_queries: Any) -> None:
    at_desk.get("/rounds/")
    with django_assert_max_num_queries(8 + 2):  # the session and its officer beside the eight
        assert at_desk.get("/rounds/").status_code == 200
    with django_assert_max_num_queries(8):
        assert at_desk.get("/api/v1/rounds/").status_code == 200
