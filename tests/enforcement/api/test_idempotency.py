"""Promise: a POST sent again with its key is done once and answered as the first time; another body is refused."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from enforcement.findings.models import Finding
from enforcement.issues.models import Handoff, Issue
from enforcement.timeline import receipts
from enforcement.timeline.models import Event, Receipt
from regions.models import Officer, Posting
from regions.roles import Role
from tests.enforcement.api.calling import Caller, caller, confirmed_finding, issue_to
from tests.enforcement.api.test_findings import filing
from tests.rig.databases import CommittingDatabase
from tests.scenarios import cast as casting
from tests.scenarios.cast import Cast

RACERS = 16


def race(send) -> list[tuple[int, bytes]]:
    """The answers of 16 callers who send the same at once, each over a connection of its own."""
    start = Barrier(RACERS)

    def one(_n: int) -> tuple[int, bytes]:
        try:
            start.wait()
            answer = send()
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(one, range(RACERS)))


@pytest.mark.slow
def test_sixteen_at_once_make_one_finding_one_handoff_one_event(committing_db: CommittingDatabase) -> None:
    cast = casting.make()
    inspector = caller(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    dispatcher = caller(cast.officer(cast.province, Role.DISPATCHER))
    handler = caller(cast.officer(cast.xinghualing, Role.HANDLER))

    body = filing(cast)
    answers = race(lambda: inspector.post("findings/", body, key="filing-1"))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert Finding.objects.count() == 1

    finding = confirmed_finding(cast)
    item = {"finding": str(finding.pk), "bureau": cast.xinghualing.pk, "verifier": cast.taiyuan_team.pk}
    answers = race(lambda: dispatcher.post("handoffs/", {"items": [item]}, key="handoff-1"))
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert Handoff.objects.get().serial == 1

    issue = Issue.objects.get()
    url = f"issues/{issue.number}/actions/acknowledge/"
    answers = race(lambda: handler.post(url, {"version": 1}, key="acknowledge-1"))
    assert len(set(answers)) == 1
    assert answers[0][0] == 200
    assert Event.objects.filter(subject_type="issue", subject_id=str(issue.pk), kind="acknowledged").count() == 1

    without_key = race(lambda: handler.post(f"issues/{issue.number}/actions/start_rectification/", {"version": 2}))
    assert sorted(status for status, _body in without_key) == [200] + [409] * 15


@pytest.mark.django_db
def test_the_first_answer_comes_again_whatever_happened_since(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    url = f"issues/{issue.number}/actions/"
    first = handler.post(url + "acknowledge/", {"version": 1}, key="a")
    handler.post(url + "start_rectification/", {"version": 2}, key="b")
    again = handler.post(url + "acknowledge/", b'{ "version" : 1 }', key="a")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert again["Content-Type"] == "application/json"
    assert Issue.objects.get(pk=issue.pk).version == 3


@pytest.mark.django_db
def test_another_body_or_another_address_under_the_same_key_is_refused(cast: Cast, handler: Caller) -> None:
    issue, other = issue_to(cast), issue_to(cast)
    url = "issues/{}/actions/acknowledge/"
    assert handler.post(url.format(issue.number), {"version": 1}, key="a").status_code == 200
    for number, body in ((issue.number, {}), (other.number, {"version": 1}), (issue.number, {"version": "x"})):
        refused = handler.post(url.format(number), body, key="a")
        assert refused.status_code == 422
        assert refused["Content-Type"] == "application/problem+json"
    assert Issue.objects.get(pk=other.pk).version == 1


@pytest.mark.django_db
def test_a_refusal_is_an_answer_too(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    url = f"issues/{issue.number}/actions/acknowledge/"
    conflict = handler.post(url, {"version": 9}, key="a")
    assert conflict.status_code == 409
    again = handler.post(url, {"version": 9}, key="a")
    assert (again.status_code, again.content) == (409, conflict.content)
    assert again["Content-Type"] == "application/problem+json"
    assert handler.post(url, {"version": 1}, key="b").status_code == 200


@pytest.mark.django_db
def test_a_key_is_its_officers_own(cast: Cast, handler: Caller, dispatcher: Caller) -> None:
    issue = issue_to(cast)
    url = f"issues/{issue.number}/actions/acknowledge/"
    assert dispatcher.post(url, key="a").status_code == 403
    assert handler.post(url, key="a").status_code == 200


@pytest.mark.django_db
def test_a_kept_answer_is_not_shown_to_one_who_lost_sight_of_the_row(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    url = f"issues/{issue.number}/actions/acknowledge/"
    assert handler.post(url, key="a").status_code == 200
    Posting.objects.filter(officer=handler.officer).update(bureau=cast.yaodu)
    refused = handler.post(url, key="a")
    assert refused.status_code == 404
    assert issue.number not in refused.content.decode()


@pytest.mark.django_db
def test_a_key_is_short_and_printable(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    for key in ("", "x" * 81, "钥匙", "a\x7fb"):
        refused = handler.post(f"issues/{issue.number}/actions/acknowledge/", key=key)
        assert refused.status_code == 400, key
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_signing_in_keeps_no_secret(cast: Cast) -> None:
    officer = cast.officer(cast.province, Role.DISPATCHER)
    stranger = Caller(officer, "")
    stranger.post("auth/token/", {"username": officer.username, "password": "correct horse battery"}, key="a")
    assert not Receipt.objects.exists()


@pytest.mark.django_db
def test_old_receipts_are_forgotten(cast: Cast, handler: Caller) -> None:
    issue = issue_to(cast)
    handler.post(f"issues/{issue.number}/actions/acknowledge/", key="a")
    assert receipts.forget(timezone.now() - timedelta(days=1)) == 0
    assert receipts.forget(timezone.now()) == 1
    assert Officer.objects.filter(pk=handler.officer.pk).exists()
