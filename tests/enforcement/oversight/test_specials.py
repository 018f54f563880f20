"""Promise: a special inspection is approved by another, its problems are findings nobody inspected reads before the feedback;
its plan is checked by another, each task is an issue of the chain; progress is counted from those issues, and it is over when
each is struck off, one by one."""

import io
from contextvars import Context
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from docx import Document

from enforcement.findings import actions as findings
from enforcement.findings.models import Finding
from enforcement.issues import actions as issues
from enforcement.notices.actions.reminding import remind_and_escalate
from enforcement.notices.actions.telling import tell
from enforcement.notices.models import Notice, Outbox
from enforcement.notices.wording import lines
from enforcement.oversight.actions import inspecting
from enforcement.oversight.lifecycle.specials import STEPS, State, state_moves
from enforcement.oversight.models import EvidenceRequest, Plan, SpecialInspection
from enforcement.timeline import clock
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.oversight.test_interviews import client_of

NOTE: dict[str, Any] = {
    "title": "清渣不及时", "facts": "三处堆场未苫盖。", "severity": "general", "lon": "112.5863", "lat": "37.8937",
}  # fmt: skip


@pytest.fixture
def inspector(cast) -> Officer:
    return cast.officer(cast.taiyuan_team, Role.INSPECTOR)


@pytest.fixture
def team(cast, organiser, inspector) -> dict[str, Any]:
    return {"leader": organiser, "members": [inspector, cast.officer(cast.taiyuan_team, Role.TEAM_LEADER)]}


@pytest.fixture
def proposed(cast, organiser, team) -> SpecialInspection:
    return inspecting.propose(
        by=organiser, bureau=cast.taiyuan, addressee=cast.xinghualing, name="秋冬防专项督察", scope="扬尘、散煤",
        basis="工作方案", since=date(2026, 3, 2), until=date(2026, 3, 13), **team,
    )  # fmt: skip


@pytest.fixture
def underway(proposed, organiser, chief) -> SpecialInspection:
    row = inspecting.perform(proposed, "approve", by=chief)
    return inspecting.perform(row, "enter", by=organiser, notice_no="并督〔2026〕1号")


@pytest.fixture
def told(underway, organiser, inspector) -> SpecialInspection:
    row = inspecting.perform(underway, "note", by=inspector, **NOTE)
    row = inspecting.perform(row, "note", by=inspector, **{**NOTE, "title": "散煤复燃"})
    return inspecting.perform(row, "tell", by=organiser, report_no="并督反馈〔2026〕1号", report="存在两方面问题。")


def planned(cast, told, handler) -> SpecialInspection:
    tasks = f"1；全部苫盖；{cast.xinghualing.short_name}；2026-04-30\n2；收缴散煤；{cast.xinghualing.name}；2026-05-29"
    return inspecting.perform(told, "plan", by=handler, plan="成立整改领导小组。", tasks=tasks)


def strike_off(cast, issue) -> None:
    """The whole way of an issue, by those whose steps they are."""
    handler, dispatcher = cast.officer(cast.xinghualing, Role.HANDLER), cast.officer(cast.taiyuan, Role.DISPATCHER)
    verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
    for action, by, how in (
        ("acknowledge", handler, {}),
        ("submit_feedback", handler, {"verdict": "true", "measures": "已完成"}),
        ("start_verification", verifier, {}),
        ("pass_verification", verifier, {"opinion": "属实"}),
        ("close", dispatcher, {}),
        ("strike_off", dispatcher, {}),
    ):
        issue = issues.perform(issue, action, by=by, **how)


class TestTheSteps:
    def test_bad_proposals_are_told_field_by_field(self, cast, organiser, handler, team) -> None:
        how: dict[str, Any] = {
            "bureau": cast.taiyuan, "addressee": cast.yaodu, "name": "", "scope": "x" * 2001, "basis": "方案",
            "since": date(2026, 3, 2), "until": date(2026, 3, 1), "leader": organiser,
        }  # fmt: skip
        with pytest.raises(Invalid) as refused:
            inspecting.propose(by=organiser, **how, members=[])
        assert set(refused.value.errors) == {"addressee", "name", "scope", "until", "members"}
        with pytest.raises(Invalid, match="其执法队"):
            inspecting.propose(
                by=organiser, **{**how, "addressee": cast.xinghualing, "name": "督察", "scope": "扬尘", "until": how["since"]},
                members=[handler, *team["members"]],
            )  # fmt: skip
        with pytest.raises(Refused):
            inspecting.propose(by=handler, **how, members=[])
        assert not SpecialInspection.objects.exists()

    def test_approved_by_another_and_known_to_the_inspected_from_the_entry(
        self, cast, proposed, organiser, chief, handler, inspector
    ) -> None:
        mine = inspecting.propose(
            by=chief, bureau=cast.taiyuan, addressee=cast.xinghualing, name="另一次", scope="扬尘", basis="方案",
            since=proposed.since, until=proposed.until, leader=organiser, members=[inspector, chief],
        )  # fmt: skip
        with pytest.raises(Refused, match="不能自己审批"):
            inspecting.perform(mine, "approve", by=chief)
        with pytest.raises(DatabaseError), transaction.atomic():
            SpecialInspection.objects.filter(pk=mine.pk).update(approved_by=chief)
        row = inspecting.perform(proposed, "approve", by=chief)
        province = cast.officer(cast.province, Role.SUPERVISOR)
        seen = SpecialInspection.objects.visible_to
        assert [seen(one).filter(pk=row.pk).exists() for one in (inspector, handler, province)] == [True, False, False]
        with pytest.raises(Absent):
            inspecting.perform(row, "supply", by=handler, request=1, note="x")
        inspecting.perform(row, "enter", by=organiser, notice_no="1号")
        stranger = cast.officer(cast.linfen, Role.SUPERVISOR)
        assert [seen(one).filter(pk=row.pk).exists() for one in (handler, province, stranger)] == [True, True, False]

    def test_papers_are_asked_for_by_a_day_reminded_and_given_once(
        self, cast, underway, organiser, inspector, handler
    ) -> None:
        with pytest.raises(Refused, match="督察组成员"):
            inspecting.perform(underway, "request", by=handler, text="台账", due_on="2026-03-06")
        with pytest.raises(Invalid):
            inspecting.perform(underway, "request", by=inspector, text="台账", due_on="2026-02-06")
        row = inspecting.perform(underway, "request", by=inspector, text="应急响应记录", due_on="2026-03-06")
        remind_and_escalate(date(2026, 3, 5))
        mine = Notice.objects.visible_to(handler).filter(deadline="evidence")
        assert list(mine.values_list("offset_days", flat=True)) == [-1]
        row = inspecting.perform(row, "supply", by=handler, request=1, note="已上传")
        with pytest.raises(Invalid, match="没有这项"):
            inspecting.perform(row, "supply", by=handler, request=1, note="再来")
        remind_and_escalate(date(2026, 3, 6))
        assert mine.count() == 1
        for change in (
            lambda: EvidenceRequest.objects.update(note="改"),
            lambda: EvidenceRequest.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()

    def test_what_was_found_is_read_by_the_inspected_after_the_feedback_alone(
        self, underway, organiser, inspector, handler
    ) -> None:
        with pytest.raises(Conflict, match="还没有登记问题"):
            inspecting.perform(underway, "tell", by=organiser, report_no="1号", report="无。")
        with pytest.raises(Refused, match="巡查员"):
            inspecting.perform(underway, "note", by=organiser, **NOTE)
        with pytest.raises(Invalid):
            inspecting.perform(underway, "note", by=inspector, **{**NOTE, "lon": "东经"})
        row = inspecting.perform(underway, "note", by=inspector, **NOTE)
        finding = Finding.objects.get(special_problem__inspection=row)
        assert (finding.source, finding.state, finding.receiver) == ("special_inspection", "leader_review", row.bureau)
        page = client_of(handler).get(row.get_absolute_url()).content.decode()
        assert "登记第 1 个问题" in page
        assert "清渣不及时" not in page
        assert caller(handler).get(f"special-inspections/{row.pk}/").json()["problems"] == []
        assert "清渣不及时" in client_of(inspector).get(row.get_absolute_url()).content.decode()
        row = inspecting.perform(row, "tell", by=organiser, report_no="1号", report="有一个问题。")
        # Thirty working days after Monday 2 March 2026, over 清明 (4-6 April).
        assert row.plan_due_on == row.first_plan_due_on == date(2026, 4, 14)
        assert "清渣不及时" in client_of(handler).get(row.get_absolute_url()).content.decode()

    def test_a_bad_plan_is_told_line_by_line_and_a_rejected_one_stays(self, cast, told, handler) -> None:
        with pytest.raises(Invalid) as refused:
            inspecting.perform(
                told,
                "plan",
                by=handler,
                plan="方案",
                tasks=f"9；苫盖；{cast.xinghualing.short_name}；2026-04-30\n1；苫盖；外星局；2026-04-30",
            )
        assert [line[:3] for line in refused.value.errors["tasks"]] == ["第1行", "第2行"]
        with pytest.raises(Invalid, match="还没有安排整改的问题：2"):
            inspecting.perform(
                told, "plan", by=handler, plan="方案", tasks=f"1；苫盖；{cast.xinghualing.short_name}；2026-04-30"
            )
        assert not Plan.objects.exists()
        row = planned(cast, told, handler)
        verifier = cast.officer(cast.taiyuan, Role.VERIFIER)
        row = inspecting.perform(row, "reject", by=verifier, opinion="措施不具体。")
        assert (row.state, row.first_plan_due_on) == (State.TOLD, date(2026, 4, 14))
        row = planned(cast, row, handler)
        assert list(row.plans.values_list("number", "accepted")) == [(2, None), (1, False)]
        with pytest.raises(DatabaseError), transaction.atomic():
            Plan.objects.filter(number=1).update(accepted=True)
        # Sent back by the true clock (a replay tells no one), it stands in the inbox of who writes it again.
        assert not Outbox.objects.exists()
        row = Context().run(inspecting.perform, row, "reject", by=verifier, opinion="仍不具体。")
        assert Context().run(tell) == 1
        (notice,) = Notice.objects.filter(kind="special_plan_rejected")
        (line,) = lines([notice], handler)
        assert (notice.recipient, line.title, line.url) == (handler, str(row), row.get_absolute_url())
        assert "第 2 稿未通过审核" in line.text
        (unseen,) = lines([notice], cast.officer(cast.linfen, Role.SUPERVISOR))
        assert (unseen.visible, unseen.url) == (False, "")

    def test_tasks_become_issues_and_it_is_over_when_each_is_struck_off(self, cast, told, handler, organiser) -> None:
        row = planned(cast, told, handler)
        accepted = inspecting.perform(row, "accept", by=cast.officer(cast.taiyuan, Role.VERIFIER), opinion="可行。")
        dispatcher = cast.officer(cast.taiyuan, Role.DISPATCHER)
        with pytest.raises(Conflict, match="问题1、2的线索还没有确认"):
            inspecting.perform(accepted, "track", by=dispatcher, verifier=cast.taiyuan_team)
        for finding in Finding.objects.filter(special_problem__inspection=row):
            findings.perform(finding, "confirm", by=cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
        row = inspecting.perform(accepted, "track", by=dispatcher, verifier=cast.taiyuan_team)
        tasks = inspecting.plans.tasks_now(row)
        made = [task.problem.finding.issue for task in tasks]
        assert [(one.source, one.verifier) for one in made] == [("special_inspection", cast.taiyuan_team)] * 2
        strike_off(cast, made[0])
        with pytest.raises(Conflict, match="还有1项"):
            inspecting.perform(row, "close", by=organiser)
        with clock.moved_to(datetime(2026, 6, 1, 1, 0, tzinfo=UTC)):
            row = inspecting.perform(row, "publish", by=organiser, note="第一次公布")
            figures = {"tasks": 2, "closed": 1, "struck_off": 1, "overdue": 1, "ended": 0}
            assert row.published.get().figures == figures
            shown = caller(handler).get(f"special-inspections/{row.pk}/").json()
            assert {**shown["figures"], "as_of": ""} == {**figures, "as_of": ""}
            page = client_of(handler).get(row.get_absolute_url()).content.decode()
            assert made[1].number in page
            assert "超期 1 个工作日" in page
            assert "督察整改任务：收缴散煤" in client_of(handler).get("/").content.decode()
        with pytest.raises(DatabaseError), transaction.atomic():
            row.published.update(note="改")
        strike_off(cast, made[1])
        assert inspecting.perform(row, "close", by=organiser).state == State.CLOSED

    def test_the_database_holds_the_same_moves_and_keeps_what_was_told(self, told, organiser, chief) -> None:
        allowed = set(state_moves())
        for target in State.values:
            try:
                with transaction.atomic():
                    SpecialInspection.objects.filter(pk=told.pk).update(state=target)
                    went = True
                    transaction.set_rollback(True)
            except DatabaseError:
                went = False
            assert went is (target == State.TOLD or (State.TOLD.value, target) in allowed), target
        rows = SpecialInspection.objects.filter(pk=told.pk)
        for change in (
            lambda: rows.update(report="改写"),
            lambda: rows.update(scope="改"),
            lambda: told.problems.update(title="改"),
            lambda: told.members.all().delete(),
            lambda: rows.delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        for action, step in STEPS.items():
            if State.TOLD not in step.sources:
                for officer in (organiser, chief):
                    with pytest.raises((Refused, Conflict)):
                        inspecting.perform(told, action, by=officer, reason="x", opinion="x", note="x")


class TestPagesAndApi:
    def test_on_pages_from_proposing_to_the_papers(self, cast, organiser, chief, inspector, handler, team) -> None:
        client = client_of(organiser)
        body = {
            "bureau": cast.taiyuan.pk, "addressee": cast.xinghualing.pk, "name": "夏季督察", "scope": "臭氧", "basis": "方案",
            "since": "2026-03-02", "until": "2026-03-06", "leader": organiser.pk,
            "members": [one.pk for one in team["members"]],
        }  # fmt: skip
        new = reverse("oversight:new-special")
        assert client.get(new).status_code == 200
        assert client_of(handler).get(new).status_code == 403
        assert client.post(new, {**body, "members": []}).status_code == 400
        assert client.post(new, body).status_code == 302
        row = SpecialInspection.objects.get()
        act = {name: reverse("oversight:act-special", args=[row.pk, name]) for name in STEPS}
        assert client_of(chief).post(act["approve"], {"version": 1}).status_code == 302
        assert client.post(act["enter"], {"notice_no": "1号", "version": 1}).status_code == 409
        assert client.post(act["enter"], {"notice_no": "1号", "version": 2}).status_code == 302
        field = client_of(inspector)
        assert field.get(act["note"]).status_code == 200
        assert field.post(act["note"], {**NOTE, "version": 3, "lat": "95"}).status_code == 400
        assert field.post(act["note"], {**NOTE, "version": 3}).status_code == 302
        assert client.post(act["tell"], {"report_no": "2号", "report": "有问题。", "version": 4}).status_code == 302
        addressed = client_of(handler)
        assert "1；" in addressed.get(act["plan"]).content.decode()
        tasks = f"1；全部苫盖；{cast.xinghualing.short_name}；2026-04-30"
        assert addressed.post(act["plan"], {"plan": "方案", "tasks": "1；苫盖", "version": 5}).status_code == 400
        assert addressed.post(act["plan"], {"plan": "方案", "tasks": tasks, "version": 5}).status_code == 302
        assert client.get(act["track"]).status_code == 302  # back to the page, which says what can be done
        assert client.post(act["track"], {"version": 6}).status_code == 409
        plan = client.get(reverse("oversight:special-paper", args=[row.pk, "plan", "docx"]))
        cells = [c.text for t in Document(io.BytesIO(plan.content)).tables for line in t.rows for c in line.cells]
        assert "全部苫盖" in cells
        feedback = addressed.get(reverse("oversight:special-paper", args=[row.pk, "feedback", "pdf"]))
        assert feedback.content.startswith(b"%PDF")
        for address in (reverse("oversight:specials"), row.get_absolute_url()):
            assert "夏季督察" in client.get(address).content.decode()

    def test_over_the_api_with_its_budgets(self, cast, organiser, chief, inspector, handler, team) -> None:
        who, other = caller(organiser), caller(handler)
        body = {
            "addressee": cast.xinghualing.pk, "name": "督察", "scope": "扬尘", "basis": "方案", "since": "2026-03-02",
            "until": "2026-03-06", "leader": organiser.username, "members": [one.username for one in team["members"]],
        }  # fmt: skip
        assert who.post("special-inspections/", {**body, "leader": "nobody"}).status_code == 400
        with at_most(15):
            made = who.post("special-inspections/", body, key="s-1")
        assert made.status_code == 201, made.content.decode()
        assert who.post("special-inspections/", body, key="s-1").json()["id"] == made.json()["id"]
        key = made.json()["id"]
        assert other.get(f"special-inspections/{key}/").status_code == 404
        act = f"special-inspections/{key}/actions"
        with at_most(12):
            assert caller(chief).post(f"{act}/approve/").json()["state"] == "approved"
        with at_most(12):
            assert who.post(f"{act}/enter/", {"notice_no": "1号"}).json()["state"] == "underway"
        with at_most(12):
            asked = caller(inspector).post(f"{act}/request/", {"text": "台账", "due_on": "2026-03-06"})
        assert asked.status_code == 200, asked.content.decode()
        assert other.post(f"{act}/supply/", {"request": 1, "note": "见附件"}).status_code == 200
        assert caller(inspector).post(f"{act}/note/", {**NOTE, "lon": 112.5863, "lat": 37.8937}).status_code == 200
        told = who.post(f"{act}/tell/", {"report_no": "2号", "report": "有问题。"}).json()
        assert told["plan_due_on"] == "2026-04-14"
        task = {"problem": 1, "measure": "苫盖", "bureau": cast.xinghualing.name, "due_on": "2026-04-30"}
        assert other.post(f"{act}/plan/", {"plan": "方案", "tasks": [task]}).json()["state"] == "planned"
        shown = other.get(f"special-inspections/{key}/").json()
        assert (shown["tasks"][0]["measure"], shown["tasks"][0]["issue"]) == ("苫盖", "")
        with at_most(8):
            assert len(other.get("special-inspections/", state="planned", division="140100").json()["results"]) == 1
        assert other.get(f"special-inspections/{key}/feedback.pdf").content.startswith(b"%PDF")
        assert other.get(f"special-inspections/{key}/other.pdf").status_code == 404


def test_a_plan_that_is_late_stands_on_the_workbench(cast, told, handler) -> None:
    with clock.moved_to(clock.now() + timedelta(days=60)):
        assert "杏花岭区 督察整改方案" in client_of(handler).get("/").content.decode()
