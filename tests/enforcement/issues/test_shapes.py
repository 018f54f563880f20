"""Promise: board, calendar and map show the very issues of the list under the same filters, in eight statements."""

import re
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from enforcement.issues import actions
from enforcement.issues.actions import Item, Share, hand_off
from enforcement.issues.models import Issue
from enforcement.issues.views.places import ACROSS
from enforcement.timeline import clock
from regions.models import WorkCalendar
from regions.roles import Role
from regions.workdays import is_workday
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, handed, signed_in

pytestmark = pytest.mark.django_db
THERE = (112.70, 37.80)


@pytest.fixture
def cast() -> casting.Cast:
    WorkCalendar.current().value()  # read once per process
    return casting.make()


def shown(client: Any, address: str, **query: Any) -> Any:
    with at_most(8):
        answer = client.get(address, query)
    assert answer.status_code == 200
    return answer


def test_the_board_has_every_open_issue_once_read_on_by_the_column(cast, monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["enforcement.issues.views.board"], "SHOWN", 2)
    late, fresh = handed(cast, 3, days_ago=60), handed(cast, 2)
    (taken,) = handed(cast, 1)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(taken, "acknowledge", by=handler)
    theirs = handed(cast, 1, cast.yaodu)[0]
    for officer in (handler, cast.officer(cast.province, Role.SUPERVISOR)):
        client, seen = signed_in(officer), []
        url, pages = "/issues/board/", 0
        while url:
            answer = shown(client, url)
            columns = {column.stage: column for column in answer.context["columns"]}
            first = columns["acknowledge"]
            seen += [row.issue for row in first.rows]
            assert [row.issue for row in columns["rectify"].rows] == [taken]
            url, pages = first.next_url, pages + 1
        mine = late + fresh + ([theirs] if officer is not handler else [])
        assert (len(seen), set(seen), pages) == (len(mine), set(mine), 3)
        assert [issue.due_on for issue in seen] == sorted(issue.due_on for issue in mine)
        assert columns["acknowledge"].count == len(mine)
    wrong = shown(client, "/issues/board/", column="acknowledge", after="nonsense")
    assert "翻页位置无效" in wrong.content.decode()
    assert [c.count for c in shown(client, "/issues/board/", clock="overdue").context["columns"]] == [3, 0, 0, 0, 0, 0]


def test_every_day_of_the_calendar_leads_to_exactly_what_is_due(cast) -> None:
    late, due = handed(cast, 2, days_ago=60), handed(cast, 3)
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    month = f"{due[0].due_on:%Y-%m}"
    answer = shown(client, "/issues/calendar/", month=month)
    days = {day.on: day for week in answer.context["weeks"] for day in week}
    assert {on: day.count for on, day in days.items() if day.count} == {due[0].due_on: 3}
    assert days[due[0].due_on].url.startswith("/issues/?")
    rows = client.get(days[due[0].due_on].url).context["rows"]
    assert {row.issue for row in rows} == set(due)
    assert answer.context["before"] == 2
    assert {row.issue for row in client.get(answer.context["before_url"]).context["rows"]} == set(late)
    calendar = WorkCalendar.current().value()
    assert all(day.works is is_workday(on, calendar) for on, day in days.items())
    for text in ("2021-13", "x", "２０２１-08"):
        assert "月份应写作" in shown(client, "/issues/calendar/", month=text).content.decode()
    assert shown(client, "/issues/calendar/", month="2021-10").content.decode().count("放假") >= 5


def test_clusters_count_every_issue_once_and_open_into_their_own(cast, monkeypatch) -> None:
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    here = handed(cast, 3) + handed(cast, 2, days_ago=60)
    item = Item("远处", "patrol", *THERE, [Share(cast.xinghualing)], verifier=cast.taiyuan_team)
    with clock.moved_to(clock.now() - timedelta(days=1)):
        there = hand_off([item, replace(item, lon=THERE[0] + 0.001)], issuer=cast.province, by=dispatcher).opened
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    answer = shown(client, "/issues/map/")
    points = answer.context["points"]
    assert sum(point["count"] for point in points) == len(here) + len(there)
    assert answer.content.decode().count("place-count") >= 1
    late = next(point for point in points if point["tone"] == "late")
    assert "其中超期 2 件" in late["label"]
    # Followed down to the ground, the two far ones come apart from all others.
    url = next(p["url"] for p in shown(client, "/issues/map/", division="140100").context["points"] if p["count"] == 2)
    answer = shown(client, url)
    assert {row.issue.title for row in answer.context["rows"]} == {"远处"}
    assert answer.context["wider_url"]
    west, _south, east, _north = answer.context["within"]
    assert (east - west) * ACROSS == pytest.approx(1.2, abs=2)
    assert not shown(client, "/issues/map/", box="112,37,111,38").context["form"].in_use.get("box")
    stranger = signed_in(cast.officer(cast.linfen, Role.SUPERVISOR))
    assert shown(stranger, "/issues/map/").context["points"] == []
    # Of what isn't asked for as open the newest are drawn, and the page says so.
    monkeypatch.setattr(sys.modules["enforcement.issues.views.places"], "MOST_DRAWN", 5)
    answer = shown(client, "/issues/map/", state="issued")
    assert (sum(point["count"] for point in answer.context["points"]), answer.context["only_newest"]) == (5, 5)
    assert [point["tone"] for point in answer.context["points"]].count("late") == 0
    assert "只画最近转办的 5 件" in answer.content.decode()
    # Past its day and over: late no more.
    actions.perform(here[-1], "void", by=dispatcher, reason="重复转办")
    assert [point["tone"] for point in shown(client, "/issues/map/", state="void").context["points"]] == ["open"]


def test_the_shapes_keep_the_filters(cast) -> None:
    handed(cast, 1)
    client = signed_in(cast.officer(cast.province, Role.SUPERVISOR))
    page = shown(client, "/issues/", severity="general", after="").content.decode()
    for shape in ("board", "calendar", "map"):
        link = re.search(rf'href="(/issues/{shape}/[^"]*)"', page)
        assert link
        answer = shown(client, link[1].replace("&amp;", "&"))
        assert answer.context["form"].in_use == {"severity": "general"}
    assert Issue.objects.count() == 1
