"""Promise: findings are filed, reviewed and handed off over the API as they are on the pages."""

from typing import Any

import pytest

from enforcement.findings.models import Finding
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.models import Site
from regions.roles import Role
from tests.enforcement.api.calling import Caller, caller, confirmed_finding, issue_to
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db


def filing(cast: Cast, **changes: Any) -> dict[str, Any]:
    body = {
        "title": "某涂装车间外VOC高值",
        "source": "patrol",
        "lon": 112.5863,
        "lat": 37.8937,
        "receiver": cast.province.pk,
        "occurred_at": clock.now().isoformat(),
    }
    return {**body, **changes}


def test_from_filing_to_handing_off(cast: Cast, inspector: Caller, dispatcher: Caller) -> None:
    leader = caller(cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    made = inspector.post("findings/", filing(cast))
    assert made.status_code == 201, made.content.decode()
    finding = made.json()
    assert finding["division"] == "140107"
    url = f"findings/{finding['id']}/"
    assert dispatcher.get(url).status_code == 404  # a draft is the filing bureau's own
    assert inspector.post(url + "actions/submit/", {"version": 1}).json()["state"] == "leader_review"
    own = inspector.post(url + "actions/confirm/")
    assert own.status_code == 403
    assert leader.post(url + "actions/confirm/").json()["state"] == "confirmed"
    answer = dispatcher.post(
        "handoffs/",
        {"items": [{"finding": finding["id"], "bureau": cast.xinghualing.pk, "verifier": cast.taiyuan_team.pk}]},
    )
    assert answer.status_code == 201, answer.content.decode()
    handoff = answer.json()
    assert handoff["items"][0]["issue"] == Issue.objects.get().number
    assert handoff["division"] == "140000"
    shown = dispatcher.get(url).json()
    assert shown["issue"] == handoff["items"][0]["issue"]
    assert [event["kind"] for event in shown["events"]] == ["filed", "submitted", "confirmed", "promoted"]
    listed = dispatcher.get("findings/", state="promoted").json()["results"]
    assert [row["id"] for row in listed] == [finding["id"]]
    document = dispatcher.get(f"handoffs/{handoff['id']}/").json()
    assert [item["issue"] for item in document["items"]] == [handoff["items"][0]["issue"]]
    assert [row["number"] for row in dispatcher.get("handoffs/").json()["results"]] == [handoff["number"]]


def test_an_item_is_shared_by_weight(cast: Cast, dispatcher: Caller) -> None:
    finding = confirmed_finding(cast)
    parts = [{"bureau": cast.xinghualing.pk, "weight": "0.6"}, {"bureau": cast.yaodu.pk, "weight": 0.4}]
    item = {"finding": str(finding.pk), "bureaus": parts, "verifier": cast.taiyuan_team.pk}
    lopsided = {**item, "bureaus": [parts[0]]}
    assert dispatcher.post("handoffs/", {"items": [lopsided]}).status_code == 400
    assert dispatcher.post("handoffs/", {"items": [{**item, "bureau": cast.yaodu.pk}]}).status_code == 400
    answer = dispatcher.post("handoffs/", {"items": [item]})
    assert answer.status_code == 201, answer.content.decode()
    assert [row["weight"] for row in answer.json()["items"]] == ["0.6000", "0.4000"]


def test_one_wrong_item_hands_nothing_off(cast: Cast, dispatcher: Caller) -> None:
    good, other = confirmed_finding(cast), confirmed_finding(cast, receiver=cast.taiyuan)
    items = [{"finding": str(f.pk), "bureau": cast.xinghualing.pk} for f in (good, other)]
    answer = dispatcher.post("handoffs/", {"items": items})
    assert answer.status_code == 404 if not Finding.objects.visible_to(dispatcher.officer).filter(pk=other.pk) else 403
    twice = dispatcher.post("handoffs/", {"items": [items[0], items[0]]})
    assert twice.status_code == 400
    nothing = dispatcher.post("handoffs/", {"items": []})
    assert nothing.status_code == 400
    assert not Issue.objects.exists()


def test_a_document_shows_each_county_its_own_items_only(cast: Cast, dispatcher: Caller, handler: Caller) -> None:
    mine, theirs = confirmed_finding(cast, "杏花岭的"), confirmed_finding(cast, "尧都的")
    verifier = cast.taiyuan_team.pk
    answer = dispatcher.post(
        "handoffs/",
        {
            "title": "7月走航问题",
            "items": [
                {"finding": str(theirs.pk), "bureau": cast.yaodu.pk, "verifier": verifier},
                {"finding": str(mine.pk), "bureau": cast.xinghualing.pk, "verifier": verifier},
            ],
        },
    )
    shown = handler.get(f"handoffs/{answer.json()['id']}/")
    assert [item["title"] for item in shown.json()["items"]] == ["杏花岭的"]
    assert "尧都" not in shown.content.decode()


def test_a_document_without_a_title_names_no_countys_issue(cast: Cast, dispatcher: Caller, handler: Caller) -> None:
    findings = [confirmed_finding(cast, "尧都的"), confirmed_finding(cast, "杏花岭的")]
    receivers = [cast.yaodu.pk, cast.xinghualing.pk]
    items = [
        {"finding": str(finding.pk), "bureau": bureau, "verifier": cast.taiyuan_team.pk}
        for finding, bureau in zip(findings, receivers, strict=True)
    ]
    made = dispatcher.post("handoffs/", {"items": items}).json()
    assert "尧都" not in handler.get(f"handoffs/{made['id']}/").content.decode()
    assert "尧都" not in handler.get("handoffs/").content.decode()


def test_a_finding_joins_an_issue_one_sees(cast: Cast, dispatcher: Caller) -> None:
    issue, finding = issue_to(cast), confirmed_finding(cast)
    url = f"findings/{finding.pk}/actions/join/"
    assert dispatcher.post(url, {"issue": "SX-2021-ZH-99999"}).status_code == 400
    joined = dispatcher.post(url, {"issue": issue.number})
    assert joined.status_code == 200, joined.content.decode()
    assert joined.json()["issue"] == issue.number


def test_a_site_must_be_one_the_filer_finds(cast: Cast, inspector: Caller) -> None:
    near = Site.objects.create(name="太原某厂", division=cast.xinghualing.division, lon=112.58, lat=37.89)
    far = Site.objects.create(name="临汾某厂", division=cast.yaodu.division, lon=111.5, lat=36.1)
    assert [row["name"] for row in inspector.get("sites/").json()["results"]] == ["太原某厂"]
    assert inspector.get(f"sites/{far.pk}/").status_code == 404
    assert inspector.post("findings/", filing(cast, site=near.pk)).status_code == 201
    refused = inspector.post("findings/", filing(cast, site=far.pk))
    assert refused.status_code == 400
    assert "site" in refused.json()["errors"]


def test_a_handler_files_nothing(cast: Cast, handler: Caller) -> None:
    refused = handler.post("findings/", filing(cast, filer=cast.xinghualing.pk))
    assert refused.status_code == 403
    assert not Finding.objects.exists()
