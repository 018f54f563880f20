"""Promise: a programme does with checks what a person does on the pages, from planning to handover: the same steps, the
same refusals, nothing twice; lists and steps keep their budgets of statements."""

from typing import Any

import pytest
from django.urls import reverse

from enforcement.inspections import actions
from enforcement.inspections.actions import checklists
from enforcement.inspections.lifecycle import CampaignState, ListState
from enforcement.inspections.models import Campaign, Checklist, ChecklistVersion, Mode, Tally, Visit
from regions.models import Officer, Site
from regions.roles import Role
from tests.enforcement.api.calling import CLIENT, Caller, caller
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.inspections.conftest import TODAY
from tests.enforcement.inspections.test_visits import GOOD, photo


@pytest.fixture
def keeper(cast) -> Caller:
    return caller(cast.officer(cast.province, Role.COORDINATOR))


@pytest.fixture
def plan_body(kiln: Site, leader: Officer, second: Officer, approver: Officer) -> dict[str, Any]:
    return {
        "site": kiln.pk,
        "checklist": str(Checklist.objects.get(key="brick-kiln").versions.get().pk),
        "mode": "unannounced",
        "planned_on": TODAY.isoformat(),
        "approver": approver.username,
        "leader": leader.username,
        "members": [second.username],
    }


def act(who: Caller, visit: str, action: str, **body: Any) -> Any:
    return who.post(f"visits/{visit}/actions/{action}/", body)


class TestVisits:
    def test_a_visit_from_planning_to_the_signed_handover(
        self, plan_body, leader, second, approver, kiln, cast
    ) -> None:
        first, other, chief = caller(leader), caller(second), caller(approver)
        with at_most(15):
            made = first.post("visits/", plan_body)
        assert made.status_code == 201, made.content.decode()
        key = made.json()["id"]
        with at_most(12):
            assert act(chief, key, "approve", version=1, approval_no="审〔2026〕1号").json()["state"] == "approved"
        assert [act(who, key, "declare").status_code for who in (first, other)] == [200, 200]
        with at_most(12):
            begun = act(first, key, "check_in", code=actions.code_of(kiln), lon=112.571, lat=37.891).json()
        assert (begun["state"], begun["check_in_flags"]) == ("underway", [])
        with at_most(12):
            assert act(other, key, "answer", answers=GOOD, notes={"2.2": "布袋破损"}).status_code == 200
        stale = act(first, key, "answer", answers={"2.2": "yes"}, seen={"2.2": ""})
        assert (stale.status_code, list(stale.json()["errors"])) == (400, ["2.2"])
        for shade, code in enumerate(("2.2", "2.5", "3.2")):
            sent = {"files": photo(shade * 60), "label": code}
            address = f"/api/v1/visits/{key}/attachments/"
            assert CLIENT.post(address, sent, headers=first.headers()).status_code == 201
        assert act(first, key, "guide", text="建议更换布袋", item="2.2").status_code == 200
        for who in (first, other):
            assert act(who, key, "sign", side="officer").status_code == 200
        assert act(first, key, "sign", side="party", name="王厂长").status_code == 200
        assert act(first, key, "finish", summary="当场指出").json()["state"] == "recorded"
        shown = first.get(f"visits/{key}/").json()
        failed = [row for row in shown["answers"] if row["failed"]]
        assert [(row["code"], row["note"], row["finding"] is not None) for row in failed] == [("2.2", "布袋破损", True)]
        assert (shown["guidance"][0]["text"], len(shown["signatures"])) == ("建议更换布袋", 3)
        assert act(first, key, "hand_over", bureau=cast.xinghualing.pk).json()["state"] == "handed_over"
        receiver = caller(cast.officer(cast.xinghualing, Role.HANDLER))
        assert act(receiver, key, "receive").json()["state"] == "received"
        for name in ("record.pdf", "handover.docx"):
            answer = receiver.get(f"visits/{key}/{name}")
            assert answer.status_code == 200
            assert answer.content[:2] in {b"%P", b"PK"}
        assert receiver.get(f"visits/{key}/record.exe").status_code == 404

    def test_the_same_key_plans_one_visit_and_another_body_is_told(self, plan_body, leader) -> None:
        who = caller(leader)
        first, again = (who.post("visits/", plan_body, key="plan-1") for _time in range(2))
        assert (first.status_code, first.content) == (201, again.content)
        assert Visit.objects.count() == 1
        assert who.post("visits/", {**plan_body, "mode": "notified"}, key="plan-1").status_code == 422

    def test_each_field_that_leads_nowhere_has_its_sentence(self, plan_body, leader, keeper, cast) -> None:
        who = caller(leader)
        wrong = {**plan_body, "site": 2**40, "members": ["nobody"], "checklist": "7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11"}
        refused = who.post("visits/", wrong)
        assert (refused.status_code, set(refused.json()["errors"])) == (400, {"site", "members", "checklist"})
        late = who.post("visits/", {**plan_body, "planned_on": "2020-01-01", "members": []})
        assert set(late.json()["errors"]) == {"planned_on", "members"}
        assert who.post("visits/", {**plan_body, "bureau": cast.linfen.pk}).status_code == 400
        draft = checklists.clone(Checklist.objects.get(key="brick-kiln").versions.get(), by=keeper.officer)
        unpublished = who.post("visits/", {**plan_body, "checklist": str(draft.pk)})
        assert (unpublished.status_code, list(unpublished.json()["errors"])) == (400, ["checklist"])
        assert not Visit.objects.exists()

    def test_a_secret_visit_is_absent_to_others_and_a_step_gives_403_to_its_own(
        self, plan, leader, cast, second
    ) -> None:
        visit = plan()
        colleague = caller(cast.officer(cast.taiyuan, Role.SUPERVISOR))
        absent = act(colleague, "7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11", "approve", approval_no="一")
        hidden = act(colleague, str(visit.pk), "approve", approval_no="一")
        assert (hidden.status_code, hidden.content) == (404, absent.content)
        assert colleague.get("visits/").json()["results"] == []
        assert act(caller(second), str(visit.pk), "approve", approval_no="一").status_code == 403
        assert act(caller(leader), str(visit.pk), "check_in", version=99).status_code == 409

    def test_a_list_takes_eight_statements_at_any_size(self, plan, leader, kiln) -> None:
        who = caller(leader)
        for count in (1, 9):
            while Visit.objects.count() < count:
                plan(mode=Mode.NOTIFIED)
            with at_most(8):
                rows = who.get("visits/", division="140100", site=kiln.pk, state="planned,approved").json()["results"]
            assert len(rows) == count
        assert who.get("visits/", state="flying").status_code == 400


class TestCampaigns:
    @pytest.fixture
    def campaign(self, keeper: Caller) -> Any:
        body = {
            "name": "扬尘整治百日清零", "legal_basis": "方案", "since": TODAY.isoformat(), "until": "2026-06-01",
            "counts": [{"name": "整治堆场", "unit": "个", "target": "7420"}, {"name": "绿化", "unit": "亩", "target": "19200"}],
            "area": "fenhe-valley",
        }  # fmt: skip
        with at_most(15):
            made = keeper.post("campaigns/", body)
        assert made.status_code == 201, made.content.decode()
        return made.json()

    def test_progress_is_told_as_the_province_publishes_it(self, keeper: Caller, campaign, cast) -> None:
        key = campaign["id"]
        quantities = {row["name"]: row["id"] for row in campaign["quantities"]}
        with at_most(12):
            assert keeper.post(f"campaigns/{key}/actions/begin/", {"version": 1}).json()["state"] == "running"
        target = {"quantity": quantities["绿化"], "division": "140107", "target": "9600"}
        assert keeper.post(f"campaigns/{key}/actions/set_target/", target).status_code == 200
        county = caller(cast.officer(cast.xinghualing, Role.HANDLER))
        for name, amount, unit in (("整治堆场", "7420", "个"), ("绿化", "1280", "公顷")):
            tally = {"quantity": quantities[name], "division": "140107", "amount": amount, "unit": unit,
                     "done_on": TODAY.isoformat()}  # fmt: skip
            with at_most(15):
                assert county.post(f"campaigns/{key}/tallies/", tally).status_code == 201
        shown = {row["name"]: row for row in keeper.get(f"campaigns/{key}/").json()["quantities"]}
        assert {name: (row["published"], row["share"]) for name, row in shown.items()} == {
            "整治堆场": ("7420个", "100"), "绿化": ("1.92万亩", "100"),
        }  # fmt: skip
        below = shown["绿化"]["rows"][0]["below"][0]
        assert (below["division"], below["share"]) == ("140107", "200")
        # A wrong one is voided with a reason, and stays in the list.
        row = keeper.get(f"campaigns/{key}/tallies/").json()["results"][0]
        voided = keeper.post(f"campaigns/{key}/actions/void_tally/", {"tally": row["id"], "reason": "重复填报"})
        assert voided.status_code == 200
        left = keeper.get(f"campaigns/{key}/").json()["quantities"]
        assert {one["name"]: one["done"] for one in left}[row["name"]] == "0"
        assert Tally.objects.get(pk=row["id"]).voided_at is not None
        other = caller(cast.officer(cast.linfen, Role.SUPERVISOR))
        assert other.get(f"campaigns/{key}/tallies/").json()["results"] == []

    def test_bad_amounts_units_and_places_have_their_sentences(self, keeper: Caller, campaign, cast) -> None:
        key, county = campaign["id"], caller(cast.officer(cast.xinghualing, Role.HANDLER))
        assert county.get(f"campaigns/{key}/").status_code == 404
        Campaign.objects.filter(pk=key).update(state=CampaignState.RUNNING)
        good = {"quantity": campaign["quantities"][0]["id"], "division": "140107", "amount": "1", "unit": "个",
                "done_on": TODAY.isoformat()}  # fmt: skip
        for change in ({"amount": "NaN"}, {"amount": "-1"}, {"amount": True}, {"unit": "吨"}, {"division": "141002"},
                       {"division": "999999"}, {"done_on": "2026-13-01"}, {"done_on": "2027-01-01"},
                       {"quantity": key}, {"amount": "1" * 30}):  # fmt: skip
            refused = county.post(f"campaigns/{key}/tallies/", {**good, **change})
            assert (refused.status_code, list(refused.json()["errors"])) == (400, list(change)), change
        assert not Tally.objects.exists()


class TestChecklists:
    def test_a_list_is_made_edited_published_and_cloned(self, keeper: Caller, cast) -> None:
        made = keeper.post("checklists/", {"key": "petrol", "name": "加油站", "source": "惯例"}, key="list-1")
        key = made.json()["id"]
        assert keeper.post("checklists/", {"key": "petrol", "name": "又一份", "source": "惯例"}).status_code == 400
        assert keeper.post(f"checklists/{key}/actions/publish/").status_code == 400
        for code in ("1.1", "1.2"):
            item = {"section": "油气回收", "code": code, "text": "正常", "kind": "yes_no", "failing": ["no"]}
            shown = keeper.post(f"checklists/{key}/items/", item).json()
        one = shown["items"][1]["id"]
        stale = {"version": 1, "text": "改"}
        assert keeper.post(f"checklists/{key}/items/{one}/", stale).status_code == 409
        moved = keeper.post(f"checklists/{key}/items/{one}/", {"move": "up"}).json()
        assert [row["code"] for row in moved["items"]] == ["1.2", "1.1"]
        changed = keeper.post(f"checklists/{key}/items/{one}/", {"law": "大气法第四十五条"}).json()
        assert (changed["items"][0]["law"], changed["items"][0]["text"]) == ("大气法第四十五条", "正常")
        assert keeper.post(f"checklists/{key}/actions/publish/").json()["state"] == "published"
        assert keeper.post(f"checklists/{key}/items/", {**stale, "section": "一", "code": "9"}).status_code == 409
        draft = keeper.post(f"checklists/{key}/actions/clone/").json()
        dropped = keeper.post(f"checklists/{draft['id']}/items/{draft['items'][0]['id']}/", {"drop": True}).json()
        assert [row["code"] for row in dropped["items"]] == ["1.1"]
        assert ChecklistVersion.objects.get(pk=key).state == ListState.PUBLISHED
        handler = caller(cast.officer(cast.xinghualing, Role.HANDLER))
        assert handler.post(f"checklists/{key}/actions/retire/").status_code == 403
        with at_most(8):
            assert len(handler.get("checklists/", state="published").json()["results"]) >= 5


def test_the_addresses_stand_in_the_schema(client) -> None:
    paths = client.get("/api/v1/schema/").json()["paths"]
    for name in ("visit-list", "campaign-list", "checklist-list"):
        post = paths[reverse(f"api:{name}")]["post"]
        assert post["requestBody"]["content"]["application/json"]["examples"], name
