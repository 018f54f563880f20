"""Promise: at eight in the morning what is due today stands first, by the issue's day, the stage's or a milestone's."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enforcement.desk import workbench
from enforcement.desk.pressing import Press, press_of
from enforcement.issues import actions
from enforcement.issues.actions.splitting import Child, split
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from regions.models import WorkCalendar
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import at_most, handed, signed_in

TODAY, LAST = date(2026, 11, 26), date(2026, 12, 1)


def pressed(due: int, part: int | None) -> Press:
    days = [None if n is None else TODAY + timedelta(days=n) for n in (due, part)]
    return press_of(days[0], days[1], today=TODAY, last=LAST)


def test_the_nearer_day_presses_and_a_late_issue_is_late_whatever_its_stage() -> None:
    assert [pressed(*days) for days in ((0, 9), (9, 0), (0, -3), (5, 0))] == [Press.TODAY] * 4
    assert [pressed(*days) for days in ((-1, 0), (-9, None), (-1, 9))] == [Press.LATE] * 3
    assert [pressed(*days) for days in ((9, -1), (3, -1))] == [Press.PART_LATE] * 2
    assert [pressed(*days) for days in ((5, None), (30, 1), (2, 30))] == [Press.SOON] * 3
    assert [pressed(*days) for days in ((6, None), (30, 6))] == [Press.LATER] * 2


@pytest.mark.django_db
def test_a_handler_sees_what_is_due_today_before_ten_that_are_late(monkeypatch: Any) -> None:
    cast = casting.make()
    late = handed(cast, 3, days_ago=60)
    (due,) = handed(cast, 1)
    (later,) = handed(cast, 1)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    actions.perform(later, "acknowledge", by=handler)
    part = due.responsibilities.get()
    monkeypatch.setattr(workbench, "SHOWN_MINE", 2)
    client = signed_in(handler)
    with clock.moved_to(clock.now() + timedelta(days=(part.stage_due_on - clock.today()).days)):
        answer = client.get("/")
        bench, page = answer.context["bench"], answer.content.decode()
        # The stage's last day: the issue itself has weeks.
        assert [(group.press, group.count, [row.issue for row in group.rows]) for group in bench.groups] == [
            (Press.TODAY, 1, [due]),
            (Press.LATE, 3, [late[0]]),
        ]
        (row,) = bench.groups[0].rows
        assert (row.stage.due, row.stage.days, row.stage_word) == (part.stage_due_on, 0, "签收")
        assert "今天到期（含本环节、节点）" in page
        assert bench.today == 0
    with clock.moved_to(clock.now() + timedelta(days=(due.due_on - clock.today()).days)):
        answer = client.get("/")
        bench = answer.context["bench"]
        assert bench.today == 2
        assert bench.groups[0].press == Press.TODAY
        assert client.get("/issues/?clock=today").context["total"] == "共 2 件"


@pytest.mark.django_db
def test_a_milestone_and_an_inner_due_date_press_too() -> None:
    cast = casting.make()
    parent, planned, plain = handed(cast, 3)
    day, handler = clock.today() + timedelta(days=3), cast.officer(cast.xinghualing, Role.HANDLER)

    def begin(*issues: Issue) -> None:
        for issue in issues:
            actions.perform(issue, "acknowledge", by=handler)
            actions.perform(issue, "start_rectification", by=handler, plan="更换活性炭")

    begin(parent, planned, plain)
    children = [Child("县局的一半", cast.xinghualing, due_on=day), Child("执法队的一半", cast.xinghualing_team)]
    by = cast.officer(cast.province, Role.DISPATCHER)
    inner = split(parent.number, children, by=by, reason="涉及两个单位").opened[0].issue
    begin(inner)
    steps = [{"title": "拆除旧炉", "due_on": day + timedelta(days=n)} for n in (1, 8)]
    actions.perform(planned, "plan_milestones", by=handler, milestones=steps)
    client = signed_in(handler)
    WorkCalendar.current().value()  # read once per process
    for later, first, second in (
        (0, (Press.TODAY, [inner]), (Press.SOON, [planned])),
        (1, (Press.TODAY, [planned]), (Press.PART_LATE, [inner])),
    ):
        with clock.moved_to(clock.now() + timedelta(days=3 + later)), at_most(10):
            groups = client.get("/").context["bench"].groups
        assert [(group.press, [row.issue for row in group.rows]) for group in groups[:2]] == [first, second]
        assert plain in [row.issue for row in groups[-1].rows], "with no such day it waits for its stage's"


@pytest.mark.django_db
def test_a_dispatchers_morning_goes_through_nothing_that_is_closed() -> None:
    """A province's office issued every issue there ever was: of a million, fifty thousand are open and none is delegated."""
    cast = casting.make()
    handed(cast, 1)
    client = signed_in(cast.officer(cast.province, Role.DISPATCHER))
    client.get("/")
    with CaptureQueriesContext(connection) as said:
        assert client.get("/").context["bench"].open == 1
    of_issues = [query["sql"] for query in said if 'FROM "issues_issueparty"' in query["sql"]]
    assert len(of_issues) == 3
    for asked in of_issues:
        assert asked.count('FROM "issues_issueparty"') == asked.count('U0."open"'), "only the doors to what is open"
    assert 'LEFT OUTER JOIN "issues_responsibility"' not in of_issues[0], "what waits is put beside no parent"
