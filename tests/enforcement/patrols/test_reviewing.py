"""Every hot spot ends with a fate given by people: a finding, an open issue, or dismissed by two of them."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from enforcement.findings import actions as findings
from enforcement.issues.models import Issue
from enforcement.patrols import actions
from enforcement.patrols.lifecycle import TABLE, Fate
from enforcement.patrols.models import HotSpot
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid, Refused
from regions.roles import Role

from .conftest import NOW, PLAN, sources


def kinds(spot: HotSpot) -> list[str]:
    events = Event.objects.filter(subject_type="hotspot", subject_id=str(spot.pk)).order_by("seq")
    return list(events.values_list("kind", flat=True))


@pytest.fixture
def spot(run) -> HotSpot:
    return run.hot_spots.select_related("run__bureau", "division").get(number=1)


def open_issue(cast) -> Issue:
    inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
    finding = findings.file_finding(
        by=inspector, filer=cast.taiyuan_team, receiver=cast.taiyuan, title="涂装车间外高值", source="patrol",
        lon=112.5863, lat=37.8937, occurred_at=clock.now(),
    )  # fmt: skip
    findings.perform(finding, "submit", by=inspector)
    findings.perform(finding, "confirm", by=cast.officer(cast.taiyuan_team, Role.TEAM_LEADER))
    handing = findings.Handing(finding, findings.whole(cast.xinghualing), verifier=cast.taiyuan_team)
    handoff = findings.hand_off_findings([handing], issuer=cast.taiyuan, by=cast.officer(cast.taiyuan, Role.DISPATCHER))
    return handoff.items.get().issue


def test_a_promoted_hot_spot_is_a_finding_with_its_numbers(cast, spot, inspector):
    done = actions.promote(spot, by=inspector, title="杏花岭 TVOC 高值")
    finding = done.finding
    assert (done.fate, finding.filer, finding.receiver) == (Fate.FINDING, cast.taiyuan_team, cast.taiyuan)
    assert (finding.lon, finding.lat, finding.occurred_at) == (spot.lon, spot.lat, spot.peak_at)
    assert finding.synthetic
    assert finding.source == "patrol"
    assert f"{spot.peak:g} ppb" in finding.description
    assert kinds(spot) == ["hot_spot_found", "hot_spot_promoted"]
    filed = Event.objects.get(subject_type="finding", subject_id=str(finding.pk))
    assert filed.payload["origin"]["hot_spot"] == str(spot.pk)


def test_a_fate_is_final(spot, inspector, leader):
    actions.promote(spot, by=inspector, title="高值")
    for action, entered in (("promote", {"title": "再来"}), ("propose_dismissal", {"reason": "汽车尾气"})):
        with pytest.raises(Conflict):
            actions.perform(spot, action, by=leader, **entered)
    assert actions.available(HotSpot.objects.get(pk=spot.pk), leader) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        HotSpot.objects.filter(pk=spot.pk).update(fate=Fate.OPEN, finding=None)


def test_a_dismissal_takes_two_people(spot, inspector, leader):
    waiting = actions.perform(spot, "propose_dismissal", by=leader, reason="经过加油站，已停车复测")
    assert (waiting.fate, waiting.proposed_by) == (Fate.OPEN, leader)
    with pytest.raises(Refused, match="另一人"):
        actions.perform(spot, "confirm_dismissal", by=leader)
    with pytest.raises(Refused):
        actions.perform(spot, "confirm_dismissal", by=inspector)
    with pytest.raises(IntegrityError), transaction.atomic():
        HotSpot.objects.filter(pk=spot.pk).update(fate=Fate.DISMISSED, decided_by=leader)


def test_the_second_person_agrees(cast, spot, inspector, leader):
    actions.perform(spot, "propose_dismissal", by=inspector, reason="经过加油站")
    with pytest.raises(Conflict):
        actions.promote(spot, by=inspector, title="高值")
    done = actions.perform(spot, "confirm_dismissal", by=leader)
    assert (done.fate, done.proposed_by, done.decided_by, done.reason) == (
        Fate.DISMISSED,
        inspector,
        leader,
        "经过加油站",
    )
    assert kinds(spot) == ["hot_spot_found", "hot_spot_dismissal_proposed", "hot_spot_dismissed"]
    words = Event.objects.get(subject_id=str(spot.pk), kind="hot_spot_dismissal_proposed").payload["reason"]
    assert set(words) == {"personal", "digest"}


def test_the_second_person_disagrees_and_it_is_open_again(spot, inspector, leader):
    actions.perform(spot, "propose_dismissal", by=inspector, reason="经过加油站")
    back = actions.perform(spot, "reject_dismissal", by=leader, reason="附近没有加油站")
    assert (back.fate, back.proposed_by, back.reason) == (Fate.OPEN, None, "")
    assert actions.promote(spot, by=inspector, title="高值").fate == Fate.FINDING
    assert kinds(spot) == [
        "hot_spot_found",
        "hot_spot_dismissal_proposed",
        "hot_spot_dismissal_rejected",
        "hot_spot_promoted",
    ]


def test_a_hot_spot_joins_an_open_issue(cast, spot, inspector):
    issue = open_issue(cast)
    done = actions.perform(spot, "join", by=inspector, issue=issue)
    assert (done.fate, done.issue) == (Fate.JOINED, issue)
    joined = Event.objects.get(subject_type="issue", subject_id=str(issue.pk), kind="finding_joined")
    assert joined.payload["hot_spot"] == str(spot.pk)


def test_it_joins_neither_a_closed_issue_nor_one_out_of_sight(cast, spot, inspector):
    issue = open_issue(cast)
    with pytest.raises(Invalid):
        actions.perform(spot, "join", by=inspector, issue=None)
    with pytest.raises(Invalid):
        actions.perform(spot, "join", by=inspector, issue=Issue(pk=10**9))
    stranger = cast.officer(cast.linfen, Role.INSPECTOR)
    with pytest.raises(Refused):
        actions.perform(spot, "join", by=stranger, issue=issue)


def test_strangers_and_other_roles_are_told_why_not(cast, spot):
    for officer in (
        cast.officer(cast.linfen, Role.TEAM_LEADER),
        cast.officer(cast.taiyuan_team, Role.VERIFIER),
        cast.officer(cast.province, Role.SUPERVISOR),
    ):
        offered = actions.available(spot, officer)
        assert [one.action for one in offered] == ["promote", "join", "propose_dismissal"]
        assert all(not one.allowed and "只有" in one.why for one in offered)
        for row in TABLE:
            with pytest.raises(Refused):
                actions.perform(spot, row.action, by=officer, title="x", reason="x")


def test_available_says_what_perform_does(cast, spot, inspector, leader):
    for officer in (inspector, leader, cast.officer(cast.taiyuan_team, Role.DISPATCHER)):
        for one in actions.available(spot, officer):
            with transaction.atomic():
                try:
                    actions.perform(spot, one.action, by=officer, title="高值", reason="尾气", issue=None)
                except Refused:
                    assert not one.allowed
                except Invalid:
                    assert one.allowed
                    assert one.action == "join"
                else:
                    assert one.allowed
                transaction.set_rollback(True)


@pytest.mark.parametrize(
    "entered", [{"reason": ""}, {"reason": " "}, {"reason": "长" * 501}, {"reason": "a\0b"}, {"reason": "\ud800"}, {}]
)
def test_a_reason_is_asked_for(spot, inspector, entered):
    with pytest.raises(Invalid):
        actions.perform(spot, "propose_dismissal", by=inspector, **entered)
    assert kinds(spot) == ["hot_spot_found"]


@pytest.mark.parametrize("title", ["", "长" * 121, "a\0b"])
def test_a_bad_title_changes_nothing(spot, inspector, title):
    with pytest.raises(Invalid):
        actions.promote(spot, by=inspector, title=title)
    assert HotSpot.objects.get(pk=spot.pk).fate == Fate.OPEN
    assert kinds(spot) == ["hot_spot_found"]


def test_a_stale_page_never_overwrites(spot, inspector, leader):
    actions.perform(spot, "propose_dismissal", by=inspector, reason="尾气")
    with pytest.raises(Conflict):
        actions.perform(spot, "confirm_dismissal", by=leader, version=1)
    with pytest.raises(Invalid):
        actions.perform(spot, "no_such_thing", by=leader)


def test_a_contractors_hot_spot_is_decided_by_the_department(cast, inspector):
    cast.contractor.parent = cast.taiyuan
    cast.contractor.save()
    from enforcement.patrols.synthetic.patrols import patrol

    worker = cast.officer(cast.contractor, Role.INSPECTOR)
    run = actions.record_synthetic(
        by=worker, bureau=cast.contractor, readings=patrol(PLAN, sources()), name="c", facts=actions.RunFacts()
    )
    first, second = run.hot_spots.order_by("number")[:2]
    assert actions.promote(first, by=worker, title="高值").finding.receiver == cast.taiyuan
    actions.perform(second, "propose_dismissal", by=worker, reason="尾气")
    with pytest.raises(Refused):
        actions.perform(second, "confirm_dismissal", by=cast.officer(cast.contractor, Role.TEAM_LEADER))
    department = cast.officer(cast.taiyuan, Role.DISPATCHER)
    assert actions.perform(second, "confirm_dismissal", by=department).fate == Fate.DISMISSED


@pytest.mark.slow
def test_of_eight_racers_one_wins(committing_db, settings, tmp_path):
    from enforcement.patrols.synthetic.patrols import patrol
    from tests.scenarios import cast as casting

    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }
    with clock.moved_to(NOW):
        cast = casting.make()
        inspector = cast.officer(cast.taiyuan_team, Role.INSPECTOR)
        run = actions.record_synthetic(
            by=inspector, bureau=cast.taiyuan_team, readings=patrol(PLAN, sources()), name="r", facts=actions.RunFacts()
        )
    spot = run.hot_spots.first()
    assert spot is not None
    outcomes: list[str] = []
    gate = threading.Barrier(8)

    def race() -> None:
        with clock.moved_to(NOW + timedelta(hours=1)):
            gate.wait()
            try:
                actions.promote(spot, by=type(inspector).objects.get(pk=inspector.pk), title="高值")
                outcomes.append("won")
            except Conflict:
                outcomes.append("conflict")
            finally:
                connection.close()

    racers = [threading.Thread(target=race) for _number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(outcomes) == ["conflict"] * 7 + ["won"]
    assert kinds(spot) == ["hot_spot_found", "hot_spot_promoted"]
