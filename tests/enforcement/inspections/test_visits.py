"""Promise: nobody checks a site without approval, two badges and a declaration; what was signed stays; what failed
flows into the chain; what was gathered is handed over piece by piece."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from docx import Document
from PIL import Image

from enforcement.findings.lifecycle import State as FindingState
from enforcement.inspections import actions, records
from enforcement.inspections.lifecycle import STEPS, State, state_moves
from enforcement.inspections.models import Answer, Mode, Signature, Visit, VisitRule
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf
from enforcement.timeline import clock
from enforcement.timeline.attachments import attach
from enforcement.timeline.models import Event
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer, Posting
from regions.roles import Role
from tests.enforcement.inspections.conftest import TODAY
from tests.scenarios import cast as casting

#: Everything in order but the dust unit, and no alert under way.
GOOD = {
    "1.1": "yes", "1.2": "yes", "1.3": "yes", "1.4": "yes", "2.1": "yes", "2.2": "no", "2.3": "yes", "2.4": "9", "2.5": "yes",
    "3.1": "yes", "3.2": "yes", "3.3": "yes", "4.1": "yes", "4.2": "0.5", "5.1": "no", "6.1": "yes",
}  # fmt: skip


def photo(shade: int) -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", (64, 48), (shade, 90, 90)).save(held, "JPEG")
    return SimpleUploadedFile(f"photo-{shade}.jpg", held.getvalue())


@pytest.fixture
def answered(begun: Visit, leader: Officer) -> Visit:
    done = actions.perform(begun, "answer", by=leader, answers=GOOD, notes={"2.2": "布袋破损"})
    for shade, code in enumerate(("2.2", "2.5", "3.2")):
        attach(done, photo(shade * 60), by=leader, label=code)
    return done


@pytest.fixture
def signed(answered: Visit, leader: Officer, second: Officer) -> Visit:
    actions.perform(answered, "sign", by=leader, side="officer")
    actions.perform(answered, "sign", by=second, side="officer")
    return actions.perform(answered, "sign", by=leader, side="party", name="王厂长")


class TestBeforeTheGate:
    def test_one_badge_is_not_enough(self, plan, cast, second) -> None:
        with pytest.raises(Invalid) as refused:
            plan(members=[cast.officer(cast.taiyuan_team, Role.VERIFIER, badge=False)])
        assert "members" in refused.value.errors

    def test_who_approves_is_not_of_the_team(self, plan, approver) -> None:
        with pytest.raises(Invalid) as refused:
            plan(members=[approver])
        assert "approver" in refused.value.errors

    def test_contractors_plan_none(self, plan, cast) -> None:
        with pytest.raises(Refused):
            plan(by=cast.officer(cast.contractor, Role.INSPECTOR), bureau=cast.contractor)

    def test_over_the_yearly_cap_the_reason_is_asked_and_kept(self, plan, approver, begun) -> None:
        VisitRule.objects.create(
            valid_from=TODAY, min_badged=2, yearly_cap=1, check_in_metres=500, clock_minutes=5, basis="测试"
        )
        again = plan()
        with pytest.raises(Invalid) as refused:
            actions.perform(again, "approve", by=approver, approval_no="二号")
        assert "reason" in refused.value.errors
        done = actions.perform(again, "approve", by=approver, approval_no="二号", reason="群众反复举报")
        assert done.over_cap

    def test_nobody_goes_in_before_all_have_declared(self, plan, leader, approver, kiln) -> None:
        visit = actions.perform(plan(), "approve", by=approver, approval_no="一号")
        actions.perform(visit, "declare", by=leader)
        with pytest.raises(Conflict, match="第二人"):
            actions.perform(visit, "check_in", by=leader, code=actions.code_of(kiln))

    def test_the_planner_cannot_approve(self, plan, leader) -> None:
        with pytest.raises(Refused):
            actions.perform(plan(), "approve", by=leader, approval_no="一号")


class TestAtTheGate:
    def ready(self, plan, leader, second, approver) -> Visit:
        visit = actions.perform(plan(), "approve", by=approver, approval_no="一号")
        for officer in (leader, second):
            actions.perform(visit, "declare", by=officer)
        return visit

    def test_a_forged_check_in_is_flagged_and_kept(self, plan, leader, second, approver, kiln) -> None:
        visit = self.ready(plan, leader, second, approver)
        done = actions.perform(visit, "check_in", by=leader, lon=113.5, lat=38.5, device_at="2026-03-02T03:00:00+08:00")
        assert done.check_in_flags == ["no_code", "far", "clock"]
        assert (done.check_in_metres or 0) > 50_000

    def test_on_another_day_without_a_place_it_is_flagged_and_kept(self, plan, leader, second, approver, kiln) -> None:
        visit = self.ready(plan, leader, second, approver)
        with clock.moved_to(clock.now() + timedelta(days=1)):
            done = actions.perform(visit, "check_in", by=leader, code=actions.code_of(kiln))
        assert done.check_in_flags == ["no_place", "other_day"]

    def test_a_notified_visit_waits_for_its_notice_and_an_unannounced_one_has_none(
        self, plan, leader, second, approver, kiln
    ) -> None:
        with pytest.raises(Invalid, match="不发通知"):
            actions.perform(self.ready(plan, leader, second, approver), "notify", by=leader, notice_no="检通1号")
        visit = actions.perform(plan(mode=Mode.NOTIFIED), "approve", by=approver, approval_no="二号")
        for officer in (leader, second):
            actions.perform(visit, "declare", by=officer)
        with pytest.raises(Conflict, match="通知书文号"):
            actions.perform(visit, "check_in", by=leader, code=actions.code_of(kiln))
        actions.perform(visit, "notify", by=leader, notice_no="检通1号")
        done = actions.perform(visit, "check_in", by=leader, code=actions.code_of(kiln), lon=kiln.lon, lat=kiln.lat)
        assert (done.state, done.notice_no) == (State.UNDERWAY, "检通1号")

    def test_another_sites_code_opens_nothing(self, plan, leader, second, approver, kiln) -> None:
        visit = self.ready(plan, leader, second, approver)
        for code in ("forged", actions.code_of(kiln)[:-2] + "xx"):
            with pytest.raises(Invalid):
                actions.perform(visit, "check_in", by=leader, code=code)
        assert Visit.objects.get(pk=visit.pk).state == State.APPROVED

    def test_in_order_there_is_nothing_to_flag(self, begun: Visit) -> None:
        assert begun.state == State.UNDERWAY
        assert begun.check_in_flags == []


class TestTheRecord:
    def test_bad_answers_are_named_and_none_is_kept(self, begun: Visit, leader: Officer) -> None:
        with pytest.raises(Invalid) as refused:
            actions.perform(begun, "answer", by=leader, answers={"1.1": "yes", "2.4": "酸", "9.9": "yes"})
        assert set(refused.value.errors) == {"2.4", "9.9"}
        assert not Answer.objects.filter(visit=begun).exists()

    def test_nothing_is_signed_while_something_is_missing(self, begun: Visit, leader: Officer) -> None:
        actions.perform(begun, "answer", by=leader, answers=GOOD)
        with pytest.raises(Invalid) as refused:
            actions.perform(begun, "sign", by=leader, side="officer")
        assert any("2.2" in sentence for sentence in refused.value.errors["answers"])

    def test_what_was_signed_does_not_change(self, signed: Visit, leader: Officer) -> None:
        with pytest.raises(Conflict):
            actions.perform(signed, "answer", by=leader, answers={"2.2": "yes"})
        with pytest.raises(DatabaseError), transaction.atomic():
            Answer.objects.filter(visit=signed, item__code="2.2").update(value="yes")
        with pytest.raises(DatabaseError), transaction.atomic():
            Signature.objects.filter(visit=signed).delete()

    def test_a_photo_added_after_signing_stops_the_record(self, signed: Visit, leader: Officer) -> None:
        attach(signed, photo(250), by=leader, label="1.1")
        with pytest.raises(Conflict, match="签字后"):
            actions.perform(signed, "finish", by=leader)

    def test_the_party_signs_or_its_refusal_is_recorded(self, answered: Visit, leader, second) -> None:
        for officer in (leader, second):
            actions.perform(answered, "sign", by=officer, side="officer")
        with pytest.raises(Conflict, match="被检查单位"):
            actions.perform(answered, "finish", by=leader)
        actions.perform(answered, "sign", by=leader, side="party", name="王厂长", refusal="认为不公")
        assert actions.perform(answered, "finish", by=leader).state == State.RECORDED

    def test_only_the_leader_makes_the_record(self, signed: Visit, second: Officer) -> None:
        with pytest.raises(Refused):
            actions.perform(signed, "finish", by=second)

    def test_a_failed_item_becomes_a_finding_with_its_photo(self, signed: Visit, leader: Officer, kiln) -> None:
        actions.perform(signed, "finish", by=leader, summary="当场指出")
        findings = [row.finding for row in Answer.objects.filter(visit=signed).exclude(finding=None)]
        assert [finding.state for finding in findings] == [FindingState.LEADER_REVIEW]
        finding = findings[0]
        assert (finding.site, finding.severity, finding.source) == (kiln, "serious", "special_check")
        assert "布袋破损" in finding.description
        assert len(actions.photos_of(signed)) == 3

    def test_before_its_end_the_paper_says_that_it_is_a_draft(self, answered: Visit, signed: Visit, leader) -> None:
        assert "草稿" in records.record_of(signed).title
        done = actions.perform(signed, "finish", by=leader)
        assert "草稿" not in records.record_of(done).title

    def test_the_paper_says_what_the_rows_say(self, signed: Visit, leader: Officer) -> None:
        done = actions.perform(signed, "finish", by=leader, summary="当场指出")
        paper = records.record_of(done)
        words = "\n".join(
            cell.text
            for table in Document(io.BytesIO(as_docx(paper))).tables
            for row in table.rows
            for cell in row.cells
        )
        for word in ("测试砖瓦窑", "布袋破损", "（不合格）", "王厂长", "第二人", "审〔2026〕1号"):
            assert word in words
        assert as_pdf(paper).startswith(b"%PDF")


class TestHandingOver:
    def test_every_piece_is_on_the_list_both_sides_sign(self, signed: Visit, leader: Officer, cast) -> None:
        actions.perform(signed, "finish", by=leader)
        done = actions.perform(signed, "hand_over", by=leader, bureau=cast.xinghualing.pk)
        pieces = list(done.handovers.all())
        assert {piece.sha256 for piece in pieces} == {one.sha256 for one in actions.photos_of(signed)}
        receiver = cast.officer(cast.xinghualing, Role.HANDLER)
        assert actions.perform(done, "receive", by=receiver).state == State.RECEIVED
        told = Event.objects.filter(subject_type="visit", subject_id=str(done.pk)).latest("seq")
        assert (told.kind, told.bureau) == ("visit_received", cast.xinghualing)
        assert as_pdf(records.handover_of(Visit.objects.get(pk=done.pk))).startswith(b"%PDF")

    def test_not_to_a_bureau_without_jurisdiction(self, signed: Visit, leader: Officer, cast) -> None:
        actions.perform(signed, "finish", by=leader)
        with pytest.raises(Invalid):
            actions.perform(signed, "hand_over", by=leader, bureau=cast.linfen.pk)


class TestWhoKnows:
    def test_an_unannounced_visit_is_its_peoples_alone_until_it_begins(self, plan, cast, approver, second) -> None:
        visit = plan()
        colleague = Officer.objects.create_officer("colleague", "同事", badge_no="B9")
        Posting.objects.create(officer=colleague, bureau=cast.taiyuan_team, role=Role.INSPECTOR, since=casting.SINCE)
        others = [colleague, cast.officer(cast.taiyuan, Role.SUPERVISOR), cast.officer(cast.province, Role.SUPERVISOR),
                  cast.officer(cast.xinghualing, Role.HANDLER)]  # fmt: skip
        assert not any(Visit.objects.visible_to(one).filter(pk=visit.pk).exists() for one in others)
        assert all(Visit.objects.visible_to(one).filter(pk=visit.pk).exists() for one in (approver, second))
        with pytest.raises(Absent):
            actions.perform(visit, "approve", by=colleague, approval_no="一号")

    def test_once_begun_the_bureau_and_its_supervisors_see_it(self, begun: Visit, cast) -> None:
        seen_by = [cast.officer(cast.taiyuan, Role.SUPERVISOR), cast.officer(cast.province, Role.SUPERVISOR)]
        assert all(Visit.objects.visible_to(one).filter(pk=begun.pk).exists() for one in seen_by)
        assert not Visit.objects.visible_to(cast.officer(cast.linfen, Role.SUPERVISOR)).filter(pk=begun.pk).exists()


def test_the_database_holds_the_same_moves(begun: Visit) -> None:
    allowed = set(state_moves())
    for target in State.values:
        with transaction.atomic():
            sid = transaction.savepoint()
            try:
                with transaction.atomic():
                    Visit.objects.filter(pk=begun.pk).update(state=target)
                went = True
            except DatabaseError:
                went = False
            transaction.savepoint_rollback(sid)
        assert went is (target == State.UNDERWAY or (State.UNDERWAY.value, target) in allowed), target


def test_every_step_out_of_its_state_is_refused_and_changes_nothing(begun: Visit, leader: Officer) -> None:
    for action, step in STEPS.items():
        if State.UNDERWAY in step.sources:
            continue
        with pytest.raises((Refused, Conflict)):
            actions.perform(begun, action, by=leader)
    assert Visit.objects.get(pk=begun.pk).version == begun.version
