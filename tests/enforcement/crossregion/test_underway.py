"""Promise: a team that is already out is moved, and a member who falls ill replaced, by whoever holds the round, with a reason and
under the eyes of the certificate: what may not be broken isn't, what is set aside is named, access follows the people, what was
visited stays counted, those concerned are told, and whoever verifies the round reads the same.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from enforcement.crossregion import actions
from enforcement.crossregion.actions import reporting
from enforcement.crossregion.models import EarlierPlace, Loan, Round, Target, TeamMember
from enforcement.inspections import actions as visits
from enforcement.inspections.models import Checklist, Mode, Visit
from enforcement.notices.actions.announcing import _is_told
from enforcement.notices.actions.telling import tell
from enforcement.notices.models import Notice, Outbox
from enforcement.notices.wording import lines
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from enforcement.timeline.telling import events_of
from enforcement.timeline.telling import tell as told
from enforcement.timeline.verification import verify as verify_timeline
from regions.errors import Conflict, Invalid, Refused
from regions.models import Officer, Posting, Secondment
from regions.roles import Role
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.crossregion.conftest import CITIES, hosts, person

pytestmark = pytest.mark.django_db
MORNING = datetime(2021, 9, 6, 2, 0, tzinfo=UTC)
LATER, DAY = MORNING + timedelta(days=1), date(2021, 9, 7)
TEAM = f"{CITIES[0]}一组"
ASIDE = ["air_first", "balance", "one_per_city", "repeat", "travel"]


def visit_of(target: Target, team: list[Officer], guidance: str = "") -> Visit:
    """A drawn site visited in the morning by two of its team."""
    # Whom a site is offered to is asked of the true day, years later.
    until = date(2199, 1, 1)
    Secondment.objects.create(officer=team[0], division=target.division, since=DAY, until=until, reason="试")
    leader, second = team = [Officer.objects.get(pk=one.pk) for one in team]
    bureau = Posting.objects.select_related("bureau").get(officer=leader).bureau
    approver = person(f"chief-{Officer.objects.count()}", bureau)
    Posting.objects.filter(officer=approver).update(role=Role.TEAM_LEADER)
    with clock.moved_to(MORNING):
        visit = visits.plan(
            by=leader, bureau=bureau, site=target.site, list_version=Checklist.objects.get(key="brick-kiln").versions.get(),
            mode=Mode.UNANNOUNCED, planned_on=clock.today(), approver=approver, leader=leader, members=[second],
            source="cross_enforcement",
        )  # fmt: skip
        visit = visits.perform(visit, "approve", by=approver, approval_no="审1号")
        for member in team:
            visit = visits.perform(visit, "declare", by=member)
        code, site = visits.code_of(target.site), target.site
        visit = visits.perform(visit, "check_in", by=leader, code=code, lon=site.lon, lat=site.lat)
        return visits.perform(visit, "guide", by=leader, item="1.1", text=guidance) if guidance else visit


def ended_by(change: Callable[[], Any]) -> None:
    """A change, and what the database looks at as its transaction ends."""
    change()
    connection.check_constraints()


def announced(kind: str) -> list[Notice]:
    """What its event is told as: the clock of the test is moved, so the outbox's row is put there by hand."""
    event = Event.objects.get(subject_type="round", kind=kind)
    tell([Outbox.objects.create(event=event, issue=None).pk])
    return list(Notice.objects.filter(event=event).order_by("recipient"))


def test_a_team_that_is_out_goes_to_another_county(
    released: Round, organiser: Officer, people: dict[str, list[Officer]], client: Client
) -> None:
    crew = people[CITIES[0]]
    row = released.assignments.select_related("team", "division").get(team__name=TEAM)
    # Nobody changes what a team that is out has without a step that tells of it.
    for change in (
        lambda: Loan.objects.create(round=released, team=row.team, kind="drone"),
        lambda: released.assignments.filter(pk=row.pk).update(division=hosts()[-1]),
        lambda: released.targets.filter(team=row.team).update(team=None),
    ):
        with pytest.raises(DatabaseError, match="recorded step"), transaction.atomic():
            ended_by(change)
    visited, *others = released.targets.filter(team=row.team).select_related("site")
    visit_of(visited, crew[:2])
    there = next(host for host in hosts() if host.parent_id not in (row.team.city_id, row.division.parent_id))
    own = next(host for host in hosts() if host.parent_id == row.team.city_id)
    how = {"by": organiser, "team": TEAM, "reason": "原县区疫情封控"}
    with clock.moved_to(LATER):
        with pytest.raises(Invalid, match="违反“不查本市”"):
            actions.perform(released, "move", county=own.code, waived=ASIDE, **how)
        with pytest.raises(Invalid) as refused:
            actions.perform(released, "move", county=there.code, **how)
        assert any("违反“队数均衡”" in sentence for sentence in refused.value.errors["county"])
        for wrong in (["own_city"], ["badge"], ["nonsense"]):
            with pytest.raises(Invalid, match="可以放宽的规则"):
                actions.perform(released, "move", county=there.code, waived=wrong, **how)
        with pytest.raises(Refused):
            actions.perform(released, "move", **{**how, "by": crew[0]}, county=there.code)
        assert not EarlierPlace.objects.exists()
        client.force_login(organiser)
        page = f"/rounds/{released.pk}/move/"
        sheet = client.get(page).content.decode()
        assert "已检查的点位不变" in sheet
        assert f"{TEAM} · {row.division.parent} {row.division}</option>" in sheet
        form = {"version": released.version, "team": TEAM, "county": there.code, "waived": ASIDE, "reason": "疫情封控"}
        with at_most(22):  # not a transition's twelve: docs/performance.md
            assert client.post(page, form).status_code == 302
        shown = client.get(released.get_absolute_url()).content.decode()
        assert "公布后放宽的规则" in shown
        assert f"2021-09-07 (周二) 以前在{row.division.name}" in shown
        api = client.get(f"/api/v1/rounds/{released.pk}/").json()["teams"]
        assert [one["moved_from"] for one in api if one["name"] == TEAM] == [
            [{"county": row.division.code, "until": "2021-09-07"}]
        ]
        client.force_login(crew[0])
        assert "改派一队" not in client.get(released.get_absolute_url()).content.decode()
        (moved,) = (one for one in announced("round_moved") if one.recipient_id == crew[1].pk)
        (line,) = lines([moved], Officer.objects.get(pk=crew[1].pk))
        assert f"由{row.division.name}改派到{there.name}" in line.text
        assert line.url == released.get_absolute_url()
        done = reporting.counted(released, released.since, released.until)[row.team.pk]
    moved = Round.objects.select_related("rule", "bureau").get(pk=released.pk)
    with clock.moved_to(MORNING + timedelta(days=12)), pytest.raises(Conflict, match="检查日期已过"):
        actions.perform(moved, "move", county=row.division.code, waived=ASIDE, **how)
    assert moved.assignments.get(team=row.team).division == there
    opened = Secondment.objects.filter(officer=crew[1]).order_by("pk").values_list("division", "since", "until")
    assert list(opened) == [
        (row.division_id, date(2021, 9, 1), DAY),
        (there.pk, DAY, moved.handover_until),
    ]
    # What it visited stays its own and stays counted; what it hadn't is nobody's there.
    assert moved.targets.get(pk=visited.pk).team == row.team
    assert {moved.targets.get(pk=one.pk).team for one in others} == {None}
    assert (done.visits, done.sites) == (1, {visited.site_id})
    found = list(actions.verify(moved))
    assert all(one.holds for one in found), [one.text for one in found if not one.holds]
    assert any("公布后放宽了" in one.text for one in found)
    # Moved behind the round's back it is found out.
    moved.targets.filter(pk=visited.pk).update(team=None)
    assert [one.text for one in actions.verify(moved) if not one.holds] == ["各点位由抽定的队伍检查。"]
    assert list(verify_timeline()) == []


def test_nobody_hears_of_a_change_before_the_release(drawn: Round) -> None:
    event = Event(subject_type="round", subject_id=str(drawn.pk), kind="round_moved", payload={})
    assert not _is_told(event, drawn)
    drawn.state = "released"
    assert _is_told(event, drawn)


def test_a_member_who_falls_ill_is_replaced(
    released: Round, organiser: Officer, people: dict[str, list[Officer]], client: Client
) -> None:
    ill, second = people[CITIES[0]][:2]
    bureau = Posting.objects.select_related("bureau").get(officer=ill).bureau
    spare, plain = person("spare", bureau), person("plain", bureau, badge=False)
    team = released.teams.get(name=TEAM)
    how: dict[str, Any] = {"by": organiser, "leaves": ill.username, "reason": "因病住院"}
    with clock.moved_to(LATER):
        for entered, field, why in (
            ({"joins": spare.username}, "leader", "指定新组长"),
            ({"joins": "o140700-0", "leader": second.username}, "joins", "应在派出市"),
            ({"joins": people[CITIES[0]][2].username, "leader": second.username}, "joins", "在本轮的队伍中"),
            ({"joins": plain.username, "leader": second.username}, "joins", "执法证全程有效的只有1人"),
            ({"leader": second.username}, "joins", "执法证全程有效的只有1人"),
            ({"joins": spare.username, "leader": second.username, "skills": "魔法"}, "skills", "没有“魔法”"),
            ({"leaves": "nobody"}, "leaves", "没有这名在队的队员"),
        ):
            with pytest.raises(Invalid, match=why) as refused:
                actions.perform(released, "replace", **{**how, **entered})
            assert field in refused.value.errors
        client.force_login(organiser)
        page = f"/rounds/{released.pk}/replace/"
        sheet = client.get(page).content.decode()
        assert f"{TEAM} · {ill.name}" in sheet
        # Who may come is chosen from those who may: posted in a city that sends, of no team of the round.
        assert '<optgroup label="太原市">' in sheet
        assert f"spare spare · {bureau.short_name} · 执法证全程有效" in sheet
        assert f"plain plain · {bureau.short_name} · 没有全程有效的执法证" in sheet
        (joins, _rest) = sheet.split('name="joins"')[1].split("</select>", 1)
        assert f'value="{second.username}"' not in joins
        assert "o141000-4" not in joins
        form = {"version": released.version, "leaves": ill.username, "leader": "+", "reason": "因病住院"}
        refused = client.post(page, {**form, "joins": "plain"})
        assert (refused.status_code, "执法证全程有效的只有1人" in refused.content.decode()) == (400, True)
        assert client.post(page, {**form, "joins": organiser.username}).status_code == 400
        assert "指定新组长" in client.post(page, {**form, "joins": ""}).content.decode()
        body = {
            "leaves": ill.username,
            "joins": "spare",
            "skills": "臭氧",
            "leader": second.username,
            "reason": "因病住院",
        }
        path = f"/api/v1/rounds/{released.pk}/actions/replace/"
        told_ = client.post(path, json.dumps(body), content_type="application/json")
        assert told_.status_code == 200, told_.content.decode()
        shown = next(row for row in told_.json()["teams"] if row["name"] == TEAM)
        assert (shown["leader"], shown["people"]) == (second.name, 3)
        with pytest.raises(Refused, match="队员"):
            actions.perform(released, "report", by=ill, work="查2家")
        actions.perform(released, "report", by=Officer.objects.get(pk=spare.pk), work="查2家")
        with pytest.raises(Invalid, match="已从队伍中离开"):
            actions.perform(released, "replace", **{**how, "leaves": "spare", "joins": ill.username})
        heard = {one.recipient_id for one in announced("round_member_replaced")}
        assert {ill.pk, spare.pk, second.pk} <= heard
    assert list(Secondment.objects.filter(officer=ill).values_list("until", flat=True)) == [DAY]
    assert Secondment.objects.get(officer=spare).division == team.assignment.division
    assert told(events_of("round", released.pk))[1].title == f"“{TEAM}”{ill.name}离队，{spare.name}加入"
    after = Round.objects.select_related("rule", "bureau").get(pk=released.pk)
    assert [one.text for one in actions.verify(after) if not one.holds] == []
    for change in (
        lambda: TeamMember.objects.filter(team=team, officer=ill).delete(),
        lambda: TeamMember.objects.filter(team=team, officer=ill).update(left_on=None),
        lambda: type(team).objects.filter(pk=team.pk).update(name="别队"),
        lambda: EarlierPlace.objects.create(team=team, division=team.assignment.division, until=DAY).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    TeamMember.objects.create(team=team, officer=plain)
    assert [one.text for one in actions.verify(after) if not one.holds] == ["各队队员等于登记册加上记录的更换。"]
