"""Promise: who owes a report or has promised something is reminded before the day and on it, supervisors hear of lateness, each
once; who is late stands on the workbench of both sides; what was kept reminds nobody; who may not know learns nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from enforcement.notices import rules as notice_rules
from enforcement.notices import wording
from enforcement.notices.actions import owing
from enforcement.notices.actions.recipients import Directory
from enforcement.notices.actions.reminding import remind_and_escalate
from enforcement.notices.models import DutyReminder, Notice
from enforcement.notices.rules import Window
from enforcement.oversight import actions
from enforcement.timeline import clock, duties
from regions.models import Officer, WorkCalendar
from regions.roles import Role
from tests.enforcement.oversight.conftest import HELD
from tests.scenarios.desks import signed_in

REPORT_DUE = date(2026, 3, 30)


def heard(officer: Officer, deadline: str) -> list[int]:
    rows = Notice.objects.visible_to(officer).filter(deadline=deadline).order_by("pk")
    return list(rows.values_list("offset_days", flat=True))


def sweep(first: date, last: date) -> None:
    """Every day of a span, twice: a second sweeper, a second beat."""
    day = first
    while day <= last:
        remind_and_escalate(day)
        remind_and_escalate(day)
        day += timedelta(days=1)


def test_the_kinds_of_duty_are_deadlines_of_the_reminders() -> None:
    assert duties.kinds() == set(notice_rules.DUTIES)


def test_a_report_and_each_promise_remind_before_and_after_and_each_once(cast, held, handler) -> None:
    county, city = (cast.officer(home, Role.SUPERVISOR) for home in (cast.xinghualing, cast.taiyuan))
    stranger = cast.officer(cast.yaodu, Role.HANDLER)
    actions.perform(held, "fulfil", by=handler, commitment=1, note="已完成")
    sweep(date(2026, 3, 23), date(2026, 4, 10))
    assert heard(handler, "report") == [-3, -1, 0]
    assert (heard(county, "report"), heard(city, "report")) == ([1], [3])
    assert heard(handler, "commitment") == []  # the first was kept, the second is due on 30 April
    sweep(date(2026, 4, 24), date(2026, 4, 30))
    assert heard(handler, "commitment") == [-3, -1, 0]
    assert not Notice.objects.visible_to(stranger).exists()
    line = wording.lines(Notice.objects.visible_to(county), county)[0]
    assert (line.url, line.subject_type) == (held.get_absolute_url(), "interview")
    assert "书面报告期限" in line.text
    assert "超期已达 1 个工作日" in line.text
    # Whoever gets hold of a line of it reads nothing.
    assert [row.visible for row in wording.lines(Notice.objects.filter(deadline="report")[:1], stranger)] == [False]
    for change in (lambda: DutyReminder.objects.update(offset_days=9), lambda: DutyReminder.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_report_that_came_in_reminds_nobody(held, handler) -> None:
    actions.perform(held, "report", by=handler, report="已整改。")
    sweep(date(2026, 3, 27), date(2026, 4, 10))
    assert heard(handler, "report") == []


def test_what_is_kept_while_a_sweep_is_under_way_is_not_told(held, handler) -> None:
    """Found owed, and kept before the sweep comes to it."""
    calendar = WorkCalendar.current().value()
    window = Window("commitment", notice_rules.Audience.TURN, 0, date(2026, 3, 20), notice_rules.Kind.REMIND)
    report = replace(window, deadline="report", due_on=REPORT_DUE)
    found = owing.with_work([window, report])
    assert {duty.kind for duty, _window in found} == {"commitment", "report"}
    actions.perform(held, "fulfil", by=handler, commitment=1, note="已完成")
    assert owing.remind(found, Directory(REPORT_DUE), calendar).pairs == 1
    assert (heard(handler, "commitment"), heard(handler, "report")) == ([], [0])
    assert not DutyReminder.objects.filter(deadline="commitment").exists()


def test_the_day_a_promise_was_made_is_no_day_to_remind_of_it(cast, proposed, organiser, chief, handler) -> None:
    row = actions.perform(proposed, "approve", by=chief)
    meets_at = clock.now().isoformat()
    notice = {"notice_no": "1号", "meets_at": meets_at, "place": "会议室", "agenda": "通报", "attendees": "局长"}
    row = actions.perform(row, "notify", by=organiser, **notice)
    tomorrow = clock.today() + timedelta(days=1)
    actions.perform(row, "hold", by=organiser, **{**HELD, "commitments": f"立即停工；{tomorrow}"})
    sweep(clock.today(), clock.today())
    assert heard(handler, "commitment") == []
    sweep(tomorrow, tomorrow)
    assert heard(handler, "commitment") == [0]


def test_who_is_late_stands_on_the_workbench_of_both_sides(cast, held, handler, chief) -> None:
    stranger = cast.officer(cast.linfen, Role.SUPERVISOR)
    with clock.moved_to(clock.now() + timedelta(days=30)):  # 1 April
        for officer, mine in ((handler, True), (chief, False)):
            page = signed_in(officer).get("/").content.decode()
            assert "杏花岭区 约谈书面报告" in page
            assert "约谈承诺：完成九件超期问题整改" in page
            assert "健全调度机制" not in page
            assert ("由本单位完成" in page) is mine
        assert "约谈书面报告" not in signed_in(stranger).get("/").content.decode()
