"""Promise: an event reaches the people it concerns once, whether its doorbell rang, rang twice or was lost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from enforcement.issues import actions
from enforcement.issues.lifecycle import LINKS, TABLE
from enforcement.notices import rules, wording
from enforcement.notices.actions import doorbell, telling
from enforcement.notices.actions.telling import tell
from enforcement.notices.models import Notice, Outbox
from enforcement.timeline import clock
from regions.roles import Role
from tests.enforcement.notices.seats import inbox, issue, issues, part_of, staff
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    made = casting.make()
    staff(made)
    return made


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What went to the broker: these tests are about the rows; tests/faults rings a real one."""
    heard: list[tuple[str, Any]] = []
    monkeypatch.setattr(doorbell, "ring", lambda task, ids=None: heard.append((task, ids)))
    monkeypatch.setattr(doorbell, "ring_soon", lambda task, ids: heard.append((task, ids[: doorbell.MOST_IDS])))
    return heard


def kinds(officer: Any) -> list[str]:
    return [kind for kind, _, _ in inbox(officer)]


def test_each_step_is_told_to_who_comes_next(cast: casting.Cast) -> None:
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    found = issue(cast)
    actions.perform(found, "acknowledge", by=handler)
    actions.perform(found, "request_extension", by=handler, days=3, reason="设备到货晚")
    actions.perform(found, "grant_extension", by=dispatcher)
    actions.perform(found, "submit_feedback", by=handler, verdict="true", measures="已更换活性炭")
    actions.perform(found, "start_verification", by=verifier)
    actions.perform(found, "reject_verification", by=verifier, reason="仍有异味")
    actions.perform(found, "escalate", by=cast.officer(cast.taiyuan, Role.SUPERVISOR), reason="临近期限")
    tell()
    assert kinds(handler) == ["handed_off", "extension_granted", "verification_rejected", "escalated"]
    assert kinds(dispatcher) == ["extension_requested", "escalated"]
    assert kinds(verifier) == ["feedback_submitted"]


def test_a_return_is_told_to_the_issuer_and_the_reissue_to_the_new_bureau_only(cast: casting.Cast) -> None:
    handler, other = cast.officer(cast.xinghualing, Role.HANDLER), cast.officer(cast.yaodu, Role.HANDLER)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    found = issue(cast)
    actions.perform(found, "return", by=handler, reason_code="not_ours", reason="位于尧都区")
    actions.perform(found, "reissue", by=dispatcher, bureau=cast.yaodu.pk, reason="属尧都区")
    tell()
    assert kinds(handler) == ["handed_off"]
    assert kinds(dispatcher) == ["returned"]
    assert kinds(other) == ["reissued"]


def test_what_was_told_is_not_told_again(cast: casting.Cast) -> None:
    issue(cast)
    waiting = list(Outbox.objects.values_list("pk", flat=True))
    assert tell(waiting) == 1
    assert tell(waiting) == tell() == 0
    Outbox.objects.update(handled_at=None)  # as if the mark had been lost: the inbox itself refuses the second line
    assert tell() == 1
    assert Notice.objects.count() == 1


def test_nobody_is_told_of_their_own_deed(cast: casting.Cast) -> None:
    both = cast.officer(cast.taiyuan, Role.SUPERVISOR)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    both.postings.create(bureau=cast.xinghualing, role=Role.HANDLER, since=casting.SINCE)
    actions.perform(issue(cast), "escalate", by=both, reason="临近期限")
    tell()
    assert "escalated" in kinds(handler)
    assert "escalated" not in kinds(both)


def test_a_replay_leaves_no_outbox_behind(cast: casting.Cast) -> None:
    with clock.moved_to(datetime(2021, 7, 5, 2, 0, tzinfo=UTC)):
        found = issue(cast)
        actions.perform(found, "acknowledge", by=cast.officer(cast.xinghualing, Role.HANDLER))
    assert Outbox.objects.count() == 0


def test_an_event_without_commit_leaves_nothing_and_rings_nobody(
    cast: casting.Cast, rings: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        issue(cast)
        transaction.set_rollback(True)
    assert (Outbox.objects.count(), rings) == (0, [])


def test_a_document_of_many_items_rings_once(
    cast: casting.Cast, rings: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        issues(cast, 7)
    ((task, ids),) = rings
    assert task == "enforcement.notices.tasks.tell"
    assert sorted(ids) == sorted(Outbox.objects.values_list("pk", flat=True))
    assert len(ids) == 7


def test_a_row_that_fails_is_put_off_and_holds_up_no_other(
    cast: casting.Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = issue(cast), issue(cast)
    right = telling._write

    def fail_for_one(row: Outbox, directory: Any) -> None:
        if row.issue_id == bad.pk:
            raise ValueError("a fact that cannot be read")
        right(row, directory)

    monkeypatch.setattr(telling, "_write", fail_for_one)
    assert tell() == 1
    assert list(Notice.objects.values_list("issue", flat=True)) == [good.pk]
    waiting = Outbox.objects.get(handled_at=None)
    assert (waiting.issue, waiting.attempts) == (bad, 1)
    assert tell() == 0  # it rests
    for _ in range(telling.MOST_ATTEMPTS):
        telling.tell([waiting.pk])
    waiting.refresh_from_db()
    assert waiting.next_try_at is None  # given up, for a person to look at
    monkeypatch.undo()
    assert tell([waiting.pk]) == 1


def test_every_event_told_has_a_heading_and_a_sentence(cast: casting.Cast) -> None:
    of_links = {"merged_in", "unmerged_from", "merge_declined", "merge_withdrawn", "merge_lapsed"}
    assert set(rules.TOLD) <= {row.event for row in (*TABLE, *LINKS)} | {"handed_off", "recounted"} | of_links
    for kind in [*rules.TOLD, rules.DUE_SOON, rules.DUE_TODAY, rules.OVERDUE, rules.ESCALATION]:
        facts = {
            "days": 3, "due_on": "2025-05-15", "inner_due_on": "2025-05-12", "stage_due_on": "2025-05-13",
            "handoff": "晋气转〔2025〕3号", "reason_code": "not_ours", "verdict": "true", "state": "issued",
            "resume_on": "2025-06-01", "reply_by": "2025-05-20", "look_by": "2025-05-21", "letter": "晋气督〔2025〕1号",
        }  # fmt: skip
        notice = Notice(kind=kind, facts=facts, deadline="stage", offset_days=1, due_on=None)
        text = wording.sentence(notice)
        assert kind in wording.HEADINGS
        assert text.endswith("。"), (kind, text)
        assert "None" not in text, (kind, text)
        assert "—" not in text, (kind, text)


def test_what_people_wrote_is_not_copied_into_a_notice(cast: casting.Cast) -> None:
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    found = issue(cast)
    actions.perform(found, "return", by=handler, reason_code="not_ours", reason="张三的电话 13800000000")
    tell()
    notice = Notice.objects.get(kind="returned")
    assert "13800000000" not in str(notice.facts) + wording.sentence(notice)
    assert notice.responsibility == part_of(found)
