"""A closed issue's stretch is driven again: planned by the team, compared by a dated rule, decided by a person on record."""

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from rest_framework.test import APIClient

from enforcement.issues import actions as issues
from enforcement.issues.models import Issue
from enforcement.notices import wording
from enforcement.notices.actions.recipients import Directory
from enforcement.notices.actions.reminding import remind_and_escalate
from enforcement.notices.models import Notice
from enforcement.patrols import actions
from enforcement.patrols.models import Redrive, RedriveRule
from enforcement.patrols.report import rank
from enforcement.patrols.synthetic.patrols import patrol
from enforcement.patrols.tracks.redrive import Pass, RedriveSettings, compared
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role
from tests.scenarios.desks import handed, signed_in

from .conftest import NOW, PLAN, sources
from .test_ground import client

LATER = NOW + timedelta(days=14)
SETTINGS = RedriveSettings(tolerance_m=40, min_share=0.7, percentile=90, improved_share=0.5, worse_share=1.25)


def closed(cast, issue: Issue) -> Issue:
    handler, verifier = cast.officer(cast.xinghualing, Role.HANDLER), cast.officer(cast.taiyuan_team, Role.VERIFIER)
    issues.perform(issue, "acknowledge", by=handler)
    issues.perform(issue, "start_rectification", by=handler, plan="更换活性炭")
    issues.perform(issue, "submit_feedback", by=handler, verdict="true", measures="已更换活性炭")
    issues.perform(issue, "start_verification", by=verifier)
    issues.perform(issue, "pass_verification", by=verifier, opinion="现场复核达标")
    return issues.perform(issue, "close", by=cast.officer(cast.province, Role.DISPATCHER))


@pytest.fixture
def spot(run):
    return rank(list(run.hot_spots.select_related("run__bureau", "rule", "division")))[0]


@pytest.fixture
def issue(cast, spot, leader) -> Issue:
    """A closed issue the run's worst hot spot was joined to."""
    made = handed(cast)[0]
    actions.perform(spot, "join", by=leader, issue=made)
    return closed(cast, made)


@pytest.fixture
def plan(issue, spot, leader) -> Redrive:
    return actions.plan_redrive(issue, spot, by=leader, due_on=date(2021, 7, 20), crew="王、李")


def again(cast, inspector, strength: float):
    """The same road two weeks later, its sources `strength` times as strong."""
    then = replace(PLAN, started_ms=PLAN.started_ms + 14 * 86_400_000)
    air = [replace(one, strength_ppb=one.strength_ppb * strength) for one in sources()]
    return actions.record_synthetic(
        by=inspector, bureau=cast.taiyuan_team, readings=patrol(then, air), name=f"again-{strength}",
        facts=actions.RunFacts(route="杏花岭复测"),
    )  # fmt: skip


@pytest.mark.parametrize(("strength", "verdict"), [(0.0, "improved"), (1.0, "unchanged"), (4.0, "worse")])
def test_the_proposal_follows_what_the_source_did(cast, plan, inspector, leader, strength, verdict):
    with clock.moved_to(LATER):
        run = again(cast, inspector, strength)
        assert run in actions.candidates(plan, leader)
        done = actions.measure_redrive(plan, run, by=leader)
    assert done.proposal == verdict
    assert done.numbers["share_after"] > 0.9
    assert done.numbers["before"] > 50


def test_a_person_decides_on_the_issues_record(cast, plan, issue, inspector, leader, django_assert_max_num_queries):
    with clock.moved_to(LATER):
        with pytest.raises(Conflict):
            actions.decide_redrive(plan, by=leader, verdict="improved")
        measured = actions.measure_redrive(plan, again(cast, inspector, 0.0), by=leader)
        with pytest.raises(Refused):
            actions.decide_redrive(measured, by=inspector, verdict="improved")
        with pytest.raises(Invalid, match="填写理由"):
            actions.decide_redrive(measured, by=leader, verdict="worse")
        with django_assert_max_num_queries(14):
            actions.decide_redrive(
                measured, by=leader, verdict="unchanged", reason="风向不同", version=measured.version
            )
        with pytest.raises(Conflict):
            actions.decide_redrive(measured, by=leader, verdict="improved")
    kinds = list(Event.objects.filter(subject_type="issue", subject_id=str(issue.pk)).values_list("kind", flat=True))
    assert kinds[-2:] == ["redrive_planned", "redrive_decided"]
    decided = Event.objects.filter(kind="redrive_decided").get()
    assert decided.payload["proposal"] == "improved"
    assert float(decided.payload["numbers"]["before"]) > 0
    assert issue.version + 2 == Issue.objects.get(pk=issue.pk).version


def test_an_open_issue_and_another_teams_people_plan_nothing(cast, run, spot, leader):
    made = handed(cast)[0]
    actions.perform(spot, "join", by=leader, issue=made)
    with pytest.raises(Conflict, match="尚未办结"):
        actions.plan_redrive(made, spot, by=leader, due_on=date(2021, 7, 20))
    done = closed(cast, made)
    with pytest.raises(Refused):
        actions.plan_redrive(done, spot, by=cast.officer(cast.taiyuan, Role.COORDINATOR), due_on=date(2021, 7, 20))
    with pytest.raises(Invalid, match="期限"):
        actions.plan_redrive(done, spot, by=leader, due_on=date(2021, 7, 1))
    with pytest.raises(Invalid, match="热点"):
        actions.plan_redrive(done, run.hot_spots.exclude(pk=spot.pk)[0], by=leader, due_on=date(2021, 7, 20))
    assert not Redrive.objects.exists()


def test_one_plan_at_a_time(issue, spot, plan, leader):
    with pytest.raises(Conflict, match="未结论"):
        actions.plan_redrive(issue, spot, by=leader, due_on=date(2021, 7, 20))


def test_an_earlier_run_is_no_re_drive(plan, run, leader):
    with pytest.raises(Invalid, match="之后"):
        actions.measure_redrive(plan, run, by=leader)


def test_half_a_stretch_and_no_excess_are_not_comparable():
    whole, half = np.full(20, 100.0), np.where(np.arange(20) < 10, 100.0, np.nan)
    assert compared(Pass(whole), Pass(half), SETTINGS).verdict == "not_comparable"
    assert compared(Pass(half), Pass(whole * np.nan), SETTINGS).verdict == "not_comparable"
    assert compared(Pass(whole * 0), Pass(whole), SETTINGS).verdict == "not_comparable"
    assert compared(Pass(whole), Pass(whole * 0.5), SETTINGS).verdict == "improved"
    assert compared(Pass(whole), Pass(whole * 0.51), SETTINGS).verdict == "unchanged"
    assert compared(Pass(whole), Pass(whole * 1.25), SETTINGS).verdict == "worse"


def test_the_pages_lead_from_the_issue_to_the_verdict(cast, issue, spot, leader, inspector):
    page = client(leader)
    assert "安排或查看复测" in page.get(issue.get_absolute_url()).content.decode()
    listed = page.get(f"/patrols/redrives/?issue={issue.number}").content.decode()
    assert "安排复测" in listed
    bad = page.post(f"/patrols/redrives/new/?issue={issue.number}", {"hot_spot": str(spot.pk), "due_on": "2020-01-01"})
    assert bad.status_code == 400
    answer = page.post(
        f"/patrols/redrives/new/?issue={issue.number}", {"hot_spot": str(spot.pk), "due_on": "2021-07-20", "crew": "王"}
    )
    assert answer.status_code == 302
    with clock.moved_to(LATER):
        run = again(cast, inspector, 0.0)
        shown = page.get(answer.url).content.decode()
        assert run.title in shown
        assert page.post(f"{answer.url}run/", {"run": "x", "version": 1}).status_code == 400
        assert page.post(f"{answer.url}run/", {"run": str(run.pk), "version": 1}).status_code == 302
        shown = page.get(answer.url).content.decode()
        assert "有改善" in shown
        assert shown.count("测到路段的") == 2
        assert page.post(f"{answer.url}verdict/", {"verdict": "improved", "version": 1}).status_code == 409
        assert page.post(f"{answer.url}verdict/", {"verdict": "improved", "version": 2}).status_code == 302
        assert "回头看复测：有改善" in page.get(issue.get_absolute_url()).content.decode()
    stranger = client(cast.officer(cast.linfen, Role.HANDLER))
    assert stranger.get(answer.url).status_code == 404
    assert stranger.get(f"/patrols/redrives/?issue={issue.number}").status_code == 404
    assert stranger.get(f"/patrols/redrives/new/?issue={issue.number}").status_code == 404


def test_the_rule_is_dated_and_loaded(db):
    assert RedriveRule.in_force(date(2021, 7, 1)).basis


@pytest.mark.parametrize("words", ["", "一" * 600, "\x00", "９月３１日", "<script>", "99999999999999999999", "𠮷"])
@pytest.mark.parametrize("field", ["hot_spot", "due_on", "vehicle", "crew"])
def test_a_bad_word_in_a_plan_is_told_and_plans_nothing(issue, spot, leader, field, words):
    good = {"hot_spot": str(spot.pk), "due_on": "2021-07-20", "vehicle": "", "crew": "王"}
    answer = client(leader).post(f"/patrols/redrives/new/?issue={issue.number}", {**good, field: words})
    assert answer.status_code in ({302} if field in {"crew", "vehicle"} and answer.status_code == 302 else {400})
    assert Redrive.objects.count() == (answer.status_code == 302)


@pytest.mark.parametrize("field", ["verdict", "reason", "version"])
@pytest.mark.parametrize("words", ["", "一" * 600, "\x00", "-1", "99999999999999999999", "nonsense"])
def test_a_bad_word_in_a_verdict_decides_nothing(plan, leader, field, words):
    good = {"verdict": "improved", "reason": "现场复核", "version": str(plan.version)}
    answer = client(leader).post(f"/patrols/redrives/{plan.pk}/verdict/", {**good, field: words})
    assert answer.status_code in {400, 409}
    assert Redrive.objects.get(pk=plan.pk).decided_at is None


def test_the_api_plans_compares_decides_and_voids(cast, issue, spot, leader, inspector):
    ask, stranger = APIClient(), APIClient()
    ask.force_authenticate(leader)
    stranger.force_authenticate(cast.officer(cast.linfen, Role.HANDLER))
    address, sent = "/api/v1/redrives/", {"issue": issue.number, "hot_spot": str(spot.pk), "due_on": "2021-07-20"}
    assert stranger.post(address, sent, format="json").status_code == 400
    for word in ({"due_on": "2021-02-30"}, {"hot_spot": "x"}, {"issue": "SX-1999-ZH-1"}, {"vehicle": "无此车"}):
        assert ask.post(address, sent | word, format="json").status_code == 400, word
    made = ask.post(address, sent, format="json", headers={"Idempotency-Key": "plan-0001"})
    assert made.status_code == 201, made.content
    assert ask.post(address, sent, format="json").status_code == 409, "one at a time"
    own = f"{address}{made.json()['id']}/"
    assert ask.get(own).json()["issue"] == issue.number
    assert stranger.get(own).status_code == 404
    assert ask.post(f"{own}actions/decide/", {"verdict": "improved"}, format="json").status_code == 409
    assert ask.post(f"{own}actions/void/", {"reason": ""}, format="json").status_code == 400
    assert ask.post(f"{own}actions/drive/", {}, format="json").status_code == 404
    voided = ask.post(f"{own}actions/void/", {"reason": "路段施工", "version": 1}, format="json").json()
    assert (voided["voided_at"] is not None, voided["version"]) == (True, 2)
    assert ask.post(f"{own}actions/void/", {"reason": "再作废"}, format="json").status_code == 409
    assert "作废回头看复测" in client(leader).get(issue.get_absolute_url()).content.decode()
    second = ask.post(address, sent, format="json")
    assert second.status_code == 201, "what was voided stands in nobody's way"
    own = f"{address}{second.json()['id']}/"
    with clock.moved_to(LATER):
        measured = ask.post(
            f"{own}actions/measure/", {"run": str(again(cast, inspector, 0.0).pk), "version": 1}, format="json"
        ).json()
        assert measured["proposal"] == "improved"
        decided = ask.post(f"{own}actions/decide/", {"verdict": "improved", "version": 2}, format="json").json()
    assert decided["verdict"] == "improved"
    listed = {one["id"] for one in ask.get(address).json()["results"]}
    assert listed == {made.json()["id"], second.json()["id"]}


def test_a_planned_redrive_reminds_its_team_and_a_late_one_stands_on_the_workbench(cast, plan, inspector, leader):
    """Due on 20 July: the team's leader hears before and on the day, supervisors when it is late; once it is driven nobody does."""
    county, stranger = cast.officer(cast.xinghualing, Role.SUPERVISOR), cast.officer(cast.yaodu, Role.SUPERVISOR)
    for day in (date(2021, 7, 15), date(2021, 7, 19), date(2021, 7, 20), date(2021, 7, 21), date(2021, 7, 21)):
        remind_and_escalate(day)
    heard = {
        officer: list(
            Notice.objects.filter(recipient=officer, deadline="redrive")
            .order_by("pk")
            .values_list("offset_days", flat=True)
        )
        for officer in (leader, county, stranger)
    }
    assert heard == {leader: [-3, -1, 0], county: [1], stranger: []}
    line = wording.lines(Notice.objects.filter(recipient=county), county)[0]
    assert (line.url, line.title, line.division) == (plan.get_absolute_url(), str(plan), "140107")
    assert "复测期限为 2021-07-20" in line.text
    assert not wording.lines(Notice.objects.filter(recipient=county), stranger)[0].visible
    words = "杏花岭区 回头看复测：TVOC热点"
    with clock.moved_to(LATER + timedelta(days=3)):
        for officer, mine in ((leader, True), (inspector, True), (county, False)):
            shown = signed_in(officer).get("/").content.decode()
            assert words in shown
            assert ("由本单位完成" in shown) is mine
        assert words not in signed_in(stranger).get("/").content.decode()
        actions.measure_redrive(plan, again(cast, inspector, 0.5), by=leader)
        assert words not in signed_in(leader).get("/").content.decode()
        shown = signed_in(leader).get(plan.get_absolute_url()).content.decode()
    # Two curves over the same metres, told apart by dash and mark as by colour; the table has every point.
    assert shown.count('class="line-late"') >= 2
    assert 'stroke-dasharray="7 4"' in shown
    assert "整改前 2021-07-02，最高" in shown
    assert "复测 2021-07-16，最高" in shown
    assert len(set(re.findall(r">(\d+) m</text>", shown))) >= 3
    remind_and_escalate(date(2021, 7, 23))
    directory = Directory(date(2021, 7, 20))
    seats = (Role.TEAM_LEADER, Role.INSPECTOR)
    assert directory.first_seated(seats, cast.taiyuan_team.pk) == {leader.pk}
    crew = cast.officer(cast.contractor, Role.INSPECTOR)
    assert Directory(date(2021, 7, 20)).first_seated(seats, cast.contractor.pk) == {crew.pk}, "nobody leads it"
    assert Notice.objects.filter(deadline="redrive").count() == 4
