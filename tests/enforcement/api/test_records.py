"""Promise: what was put on record along an issue's way is read over the API by those who see the issue, and no one else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from enforcement.issues.actions import perform
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import handed, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_evidence(settings, tmp_path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }


def worked(cast: casting.Cast) -> Issue:
    """An issue with a milestone, a pause asked for and refused, a listing with its reply, a feedback with a fine."""
    (issue,) = handed(cast, 1)
    handler, dispatcher = cast.officer(cast.xinghualing, Role.HANDLER), cast.officer(cast.province, Role.DISPATCHER)
    soon = clock.today() + timedelta(days=4)
    perform(issue, "acknowledge", by=handler)
    paper = attach(issue, SimpleUploadedFile("文.pdf", b"%PDF-1.4\n%%EOF\n"), by=handler)
    perform(issue, "plan_milestones", by=handler, milestones=[{"title": "换炭", "due_on": soon.isoformat()}])
    resume = clock.today() + timedelta(days=7 + (7 - clock.today().weekday()) % 7)  # a Monday
    perform(
        issue, "request_pause", by=handler, pause_code="weather", reason="汛期", resume_on=resume, evidence=paper.pk
    )
    perform(issue, "refuse_pause", by=dispatcher, reason="不停")
    supervisor = cast.officer(cast.province, Role.SUPERVISOR)
    perform(issue, "list_escalation", by=supervisor, reason="久拖", leader="王某", reply_by=soon)
    perform(issue, "reply_escalation", by=handler, reply="已办")
    fine = [{"kind": "fine", "amount": "50000", "document": "罚1"}]
    perform(issue, "submit_feedback", by=handler, verdict="true", measures="换炭", cause="失效", enforced=fine)
    return issue


def test_pauses_milestones_measures_and_supervision_are_read(django_assert_max_num_queries) -> None:
    cast = casting.make()
    issue = worked(cast)
    client = signed_in(cast.officer(cast.taiyuan, Role.SUPERVISOR))
    read: dict[str, list] = {}
    for name in ("pauses", "milestones", "feedbacks", "look-backs", "escalations"):
        with django_assert_max_num_queries(10):
            answer = client.get(f"/api/v1/issues/{issue.number}/{name}/")
        assert answer.status_code == 200, answer.content
        read[name] = answer.json()["results"]
        assert signed_in(cast.officer(cast.yaodu, Role.HANDLER)).get(answer.request["PATH_INFO"]).status_code == 404
    assert [(row["granted"], row["decision"]) for row in read["pauses"]] == [(False, "不停")]
    assert [row["title"] for row in read["milestones"]] == ["换炭"]
    assert [(m["kind"], Decimal(m["amount"])) for row in read["feedbacks"] for m in row["enforced"]] == [
        ("fine", 50000)
    ]
    (listing,) = read["escalations"]
    assert (listing["listed"], listing["leader"], [r["text"] for r in listing["replies"]]) == (True, "王某", ["已办"])
    assert read["look-backs"] == []


def test_letters_are_sent_and_received_over_the_api() -> None:
    cast = casting.make()
    (issue,) = handed(cast, 1)
    address = f"/api/v1/handoffs/{issue.responsibilities.get().handoff_id}/"
    dispatcher, handler = (
        signed_in(cast.officer(b, r)) for b, r in ((cast.province, Role.DISPATCHER), (cast.xinghualing, Role.HANDLER))
    )
    early = handler.post(address + "receipt/", {"channel": "hand", "bureau": cast.xinghualing.pk}, "application/json")
    assert early.status_code == 404
    keyed = {"headers": {"Idempotency-Key": "a1"}}
    for _again in range(2):
        sent = dispatcher.post(address + "deliveries/", {"channel": "fax"}, "application/json", **keyed)
        assert sent.status_code == 201, sent.content
    assert dispatcher.post(address + "deliveries/", {"channel": "fax"}, "application/json").status_code == 409
    assert handler.post(address + "deliveries/", {"channel": "fax"}, "application/json").status_code == 403
    assert dispatcher.post(address + "deliveries/", {"channel": "owl"}, "application/json").status_code == 400
    received = handler.post(
        address + "receipt/", {"channel": "hand", "bureau": cast.xinghualing.pk}, "application/json"
    )
    assert received.json()["received_through"] == "hand"
    assert [row["channel"] for row in handler.get(address + "deliveries/").json()["results"]] == ["fax"]
    stranger = signed_in(cast.officer(cast.yaodu, Role.HANDLER))
    assert stranger.get(address + "deliveries/").status_code == 404
