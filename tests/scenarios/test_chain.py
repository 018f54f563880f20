"""Promise: a finding becomes an issue, is worked off, verified by someone else and closed; every step is on record."""

from datetime import UTC, datetime

import pytest

from enforcement.findings import actions as findings
from enforcement.issues import actions
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict, Refused
from regions.roles import Role
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    return casting.make()


def issue_to(cast: casting.Cast, bureau=None) -> Issue:
    """A patrol finding of the Taiyuan team, confirmed and handed off by the province to one county bureau."""
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    leader = cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    finding = findings.file_finding(
        by=inspector,
        filer=cast.taiyuan_team,
        receiver=cast.province,
        title="某涂装车间外VOC高值",
        source="patrol",
        lon=112.5863,
        lat=37.8937,
        occurred_at=clock.now(),
    )
    findings.perform(finding, "submit", by=inspector)
    findings.perform(finding, "confirm", by=leader)
    handoff = findings.hand_off_findings(
        [findings.Handing(finding, findings.whole(bureau or cast.xinghualing), verifier=cast.taiyuan_team)],
        issuer=cast.province,
        by=dispatcher,
    )
    return handoff.items.get().issue


def test_the_whole_chain_from_finding_to_struck_off(cast: casting.Cast) -> None:
    with clock.moved_to(datetime(2021, 7, 5, 2, 0, tzinfo=UTC)):
        issue = issue_to(cast)
        handler = cast.officer(cast.xinghualing, Role.HANDLER)
        verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
        dispatcher = cast.officer(cast.province, Role.DISPATCHER)
        assert issue.number == "SX-2021-ZH-00001"
        assert issue.located_in.code == "140107"
        actions.perform(issue, "acknowledge", by=handler)
        actions.perform(issue, "start_rectification", by=handler, plan="更换活性炭")
        actions.perform(issue, "submit_feedback", by=handler, verdict="true", measures="已更换活性炭")
        actions.perform(issue, "start_verification", by=verifier)
        actions.perform(issue, "pass_verification", by=verifier, opinion="现场复核达标")
        issue = actions.perform(issue, "close", by=dispatcher)
        assert issue.state == State.CLOSED
        assert issue.closed_at is not None
        issue = actions.perform(issue, "strike_off", by=dispatcher, publication="已公示")
    kinds = list(Event.objects.filter(subject_type="issue", subject_id=str(issue.pk)).values_list("kind", flat=True))
    assert kinds == [
        "handed_off",
        "acknowledged",
        "rectification_started",
        "feedback_submitted",
        "verification_started",
        "verification_passed",
        "closed",
        "struck_off",
    ]
    assert issue.version == len(kinds)


def test_a_stranger_is_refused_with_a_reason_and_a_stale_form_conflicts(cast: casting.Cast) -> None:
    issue = issue_to(cast)
    outsider = cast.officer(cast.yaodu, Role.HANDLER)
    with pytest.raises(Refused, match="承办单位"):
        actions.perform(issue, "acknowledge", by=outsider)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(issue, "acknowledge", by=handler, version=1)
    with pytest.raises(Conflict):
        actions.perform(issue, "start_rectification", by=handler, version=1)
    with pytest.raises(Conflict):
        actions.perform(issue, "acknowledge", by=handler)


def test_a_return_is_judged_and_reissued_to_another_bureau(cast: casting.Cast) -> None:
    issue = issue_to(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    actions.perform(issue, "return", by=handler, reason_code="not_ours", reason="位于尧都区")
    issue = actions.perform(issue, "reissue", by=dispatcher, bureau=cast.yaodu.pk, reason="属尧都区")
    assert issue.state == State.ISSUED
    assert issue.division == cast.yaodu.division
    assert not Issue.objects.visible_to(handler).filter(pk=issue.pk).exists()
    assert Issue.objects.visible_to(cast.officer(cast.yaodu, Role.HANDLER)).filter(pk=issue.pk).exists()


def test_who_rectifies_never_verifies(cast: casting.Cast) -> None:
    issue = issue_to(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(issue, "acknowledge", by=handler)
    actions.perform(issue, "submit_feedback", by=handler, verdict="untrue", measures="现场未发现排放")
    with pytest.raises(Refused):
        actions.perform(issue, "start_verification", by=handler)
    listed = {a.action: a for a in actions.available(issue, handler)}
    assert not listed["start_verification"].allowed
    assert "核查" in listed["start_verification"].why


def test_a_supervisor_sees_an_issue_of_which_the_division_has_only_a_part(cast: casting.Cast) -> None:
    issue = issue_to(cast, bureau=cast.taiyuan)
    city = cast.officer(cast.taiyuan, Role.HANDLER)
    county = cast.officer(cast.xinghualing, Role.SUPERVISOR)
    assert not Issue.objects.visible_to(county).filter(pk=issue.pk).exists()
    actions.perform(issue, "acknowledge", by=city)
    actions.perform(issue, "delegate", by=city, bureau=cast.xinghualing.pk, due_on=issue.due_on)
    assert Issue.objects.visible_to(county).filter(pk=issue.pk).exists()
    assert not Issue.objects.visible_to(cast.officer(cast.yaodu, Role.SUPERVISOR)).filter(pk=issue.pk).exists()
