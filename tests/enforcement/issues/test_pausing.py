"""Promise: a paused clock stands, and goes on with exactly as much time left; nothing is late, and nobody is pressed, meanwhile."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enforcement.issues import actions, rules
from enforcement.issues.clocks import face_of
from enforcement.issues.models import DeadlinePolicy, Issue, Milestone, Pause
from enforcement.notices.actions.reminding import remind_and_escalate
from enforcement.notices.models import Notice
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.errors import Conflict, Invalid, Refused
from regions.models import Officer, WorkCalendar
from regions.roles import Role
from regions.workdays import Calendar, next_workday, workdays_between
from tests.enforcement.issues.evidence import paper
from tests.enforcement.statistics import recount
from tests.scenarios import cast as casting
from tests.scenarios.test_chain import issue_to

ASKED = date(2025, 11, 10)


def at(day: date, hour: int = 10) -> Any:
    return clock.moved_to(datetime(day.year, day.month, day.day, hour, tzinfo=clock.BEIJING))


@pytest.fixture
def cast(db: None) -> casting.Cast:
    return casting.make()


def handler(cast: casting.Cast) -> Officer:
    return cast.officer(cast.xinghualing, Role.HANDLER)


def dispatcher(cast: casting.Cast) -> Officer:
    return cast.officer(cast.province, Role.DISPATCHER)


def working(cast: casting.Cast) -> Issue:
    """Handed off on 3 November 2025, being rectified."""
    with at(date(2025, 11, 3)):
        issue = issue_to(cast)
        actions.perform(issue, "acknowledge", by=handler(cast))
        return actions.perform(issue, "start_rectification", by=handler(cast), plan="更换风机")


def ask(cast: casting.Cast, issue: Issue, resume_on: date, day: date = ASKED) -> None:
    with at(day):
        actions.perform(
            issue,
            "request_pause",
            by=handler(cast),
            pause_code="heating_season",
            reason="采暖季不能停炉改造",
            resume_on=resume_on,
            evidence=paper(issue, handler(cast)).pk,
        )


def pause(cast: casting.Cast, issue: Issue, resume_on: date, day: date = ASKED) -> Issue:
    ask(cast, issue, resume_on, day)
    with at(day, 15):
        return actions.perform(issue, "grant_pause", by=dispatcher(cast), reason="同意")


def left(issue: Issue, day: date) -> int:
    part = issue.responsibilities.select_related("calendar").get()
    return workdays_between(day, part.due_on, part.calendar.value())


# --- the arithmetic ---------------------------------------------------------------------------------------------

DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
SPECIAL = st.frozensets(DAYS, max_size=60)


@given(
    start=DAYS,
    allowed=st.integers(1, 60),
    used=st.integers(0, 59),
    length=st.integers(0, 150),
    off=SPECIAL,
    on=SPECIAL,
    unit=st.sampled_from(["working", "calendar"]),
)
def test_what_was_left_when_the_clock_stopped_is_left_when_it_goes_on(
    start: date, allowed: int, used: int, length: int, off: frozenset[date], on: frozenset[date], unit: str
) -> None:
    calendar = Calendar(1, off, frozenset(day for day in on if day.weekday() >= 5), frozenset({2024, 2025, 2026}))
    policy: Any = SimpleNamespace(unit=unit)
    due_on = rules.due(policy, start, allowed, calendar).on
    first = start + timedelta(days=min(used, (due_on - start).days))
    last = first + timedelta(days=length)
    if unit == "working" and last > first:
        last = next_workday(last, calendar)  # a clock of working days goes on on one
    moved = rules.due(policy, due_on, rules.paused_time(policy, first, last, calendar), calendar).on

    def time_left(day: date, due: date) -> int:
        return (due - day).days if unit == "calendar" else workdays_between(day, due, calendar)

    assert time_left(last, moved) == time_left(first, due_on)
    assert moved >= last or last == first
    # Paused in two pieces or in one: the same.
    middle = first + timedelta(days=length // 2)
    pieces = due_on
    for one, other in pairwise((first, middle, last)):
        pieces = rules.due(policy, pieces, rules.paused_time(policy, one, other, calendar), calendar).on
    assert pieces == moved


@given(start=DAYS, allowed=st.integers(1, 60), gap=st.integers(1, 20), length=st.integers(0, 90), off=SPECIAL)
def test_counting_again_by_the_same_calendar_moves_nothing(
    start: date, allowed: int, gap: int, length: int, off: frozenset[date]
) -> None:
    calendar = Calendar(1, off, frozenset(), frozenset({2024, 2025, 2026}))
    policy: Any = SimpleNamespace(unit="working")
    pauses = [(start + timedelta(days=gap), start + timedelta(days=gap + length))]
    due_on = rules.due(policy, start, allowed, calendar).on
    due_on = rules.due(policy, due_on, rules.paused_time(policy, *pauses[0], calendar), calendar).on
    assert rules.counted_again("working", start, due_on, pauses, calendar, calendar).on == due_on


# --- the actions ------------------------------------------------------------------------------------------------


def test_a_pause_moves_the_date_by_the_time_planned_and_gives_back_what_was_not_used(cast: casting.Cast) -> None:
    issue = working(cast)
    first_due, had = issue.due_on, left(issue, ASKED)
    stage = issue.responsibilities.get().stage_due_on
    issue = pause(cast, issue, date(2026, 3, 16))
    part = issue.responsibilities.get()
    assert issue.paused
    assert part.stage_due_on is None
    assert left(issue, date(2026, 3, 16)) == had
    with at(date(2026, 1, 12)):
        issue = actions.perform(issue, "resume", by=handler(cast))
    assert not issue.paused
    assert left(issue, date(2026, 1, 12)) == had
    part = issue.responsibilities.get()
    calendar = part.calendar.value()
    assert part.stage_due_on is not None
    assert stage is not None
    assert workdays_between(date(2026, 1, 12), part.stage_due_on, calendar) == workdays_between(ASKED, stage, calendar)
    assert (issue.first_due_on, part.first_due_on, part.stage_first_due_on) == (first_due, first_due, stage)
    kinds = list(Event.objects.filter(subject_type="issue", subject_id=str(issue.pk)).values_list("kind", flat=True))
    assert kinds[-3:] == ["pause_requested", "pause_granted", "resumed"]


def test_a_pause_ends_on_its_planned_day_by_itself_even_when_found_late(cast: casting.Cast) -> None:
    issue = working(cast)
    had = left(issue, ASKED)
    pause(cast, issue, date(2026, 3, 16))
    with at(date(2026, 3, 15)):
        assert actions.end_pauses() == 0
    with at(date(2026, 3, 19)):  # the machine stood for three days
        assert actions.end_pauses() == 1
        assert actions.end_pauses() == 0
    issue.refresh_from_db()
    assert not issue.paused
    assert left(issue, date(2026, 3, 16)) == had
    assert Pause.objects.get().resumed_on == date(2026, 3, 16)


def test_nobody_is_pressed_and_nothing_is_late_while_the_clock_stands(cast: casting.Cast) -> None:
    issue = working(cast)
    before = issue.due_on
    pause(cast, issue, date(2026, 3, 16))
    for day in (before, before + timedelta(days=1), before + timedelta(days=14), date(2026, 3, 13)):
        remind_and_escalate(day)
        assert not Issue.objects.overdue(on=day).filter(pk=issue.pk).exists()
        told = recount.figures(day=day, as_of=datetime(day.year, day.month, day.day, 23, 59, tzinfo=clock.BEIJING))
        assert (told["overdue_now"], told["ever_overdue"]) == (0, 0)
    assert not Notice.objects.filter(event=None, issue=issue).exists()
    with at(date(2026, 1, 5)):
        issue.refresh_from_db()
        face = face_of(issue, WorkCalendar.current().value())
        assert "暂停" in face.stopped
        assert face.row == ""


def test_a_pause_is_asked_with_a_paper_before_the_date_and_once(cast: casting.Cast) -> None:
    issue, other = working(cast), working(cast)
    who = handler(cast)
    given = {"pause_code": "heating_season", "reason": "采暖季", "resume_on": date(2026, 3, 16)}
    with at(ASKED):
        with pytest.raises(Invalid) as missing:
            actions.perform(issue, "request_pause", by=who)
        assert set(missing.value.errors) == {"pause_code", "reason", "resume_on", "evidence"}
        with pytest.raises(Invalid, match="材料"):  # another issue's
            actions.perform(issue, "request_pause", by=who, **given, evidence=paper(other, who).pk)
        for day, why in ((date(2027, 3, 16), "不晚于"), (date(2026, 3, 14), "工作日")):
            wrong: dict[str, Any] = {**given, "resume_on": day, "evidence": paper(issue, who).pk}
            with pytest.raises(Invalid, match=why):
                actions.perform(issue, "request_pause", by=who, **wrong)
        with pytest.raises(Refused):
            actions.perform(issue, "request_pause", by=dispatcher(cast), **given, evidence=paper(issue, who).pk)
    with at(issue.due_on + timedelta(days=1)), pytest.raises(Conflict, match="已过办理期限"):
        actions.perform(issue, "request_pause", by=who, **given, evidence=paper(issue, who).pk)
    pause(cast, issue, date(2026, 1, 5))
    with at(date(2025, 12, 1)), pytest.raises(Conflict, match="已暂停计时"):
        actions.perform(issue, "submit_feedback", by=who, verdict="true", measures="完成")
    with at(date(2025, 12, 15)):
        actions.perform(issue, "lift_pause", by=dispatcher(cast), reason="条件已具备")
    with at(date(2025, 12, 16)), pytest.raises(Conflict, match="次数上限"):
        actions.perform(issue, "request_pause", by=who, **given, evidence=paper(issue, who).pk)


def test_a_pause_granted_too_late_is_no_pause(cast: casting.Cast) -> None:
    issue = working(cast)
    ask(cast, issue, date(2026, 3, 16))
    with at(issue.due_on + timedelta(days=1)):
        with pytest.raises(Conflict, match="已过办理期限"):
            actions.perform(issue, "grant_pause", by=dispatcher(cast))
        actions.perform(issue, "refuse_pause", by=dispatcher(cast), reason="已超期")
    assert Issue.objects.overdue(on=issue.due_on + timedelta(days=1)).filter(pk=issue.pk).exists()


def test_milestones_move_with_the_pause_and_the_old_days_stay_on_record(cast: casting.Cast) -> None:
    issue = working(cast)
    with at(date(2025, 11, 5)):
        rows = [{"title": "设备到货", "due_on": "2025-11-12"}, {"title": "安装调试", "due_on": "2025-11-20"}]
        actions.perform(issue, "plan_milestones", by=handler(cast), milestones=rows)
    pause(cast, issue, date(2026, 3, 16))
    with at(date(2026, 3, 16)):
        actions.end_pauses()
    part = issue.responsibilities.get()
    calendar = part.calendar.value()
    old = Milestone.objects.filter(replaced_at__isnull=False).order_by("due_on")
    new = Milestone.objects.filter(replaced_at=None).order_by("due_on")
    assert [row.title for row in new] == ["设备到货", "安装调试"]
    for one, other in zip(old, new, strict=True):
        assert workdays_between(ASKED, one.due_on, calendar) == workdays_between(
            date(2026, 3, 16), other.due_on, calendar
        )
    assert part.milestone_due_on == new[0].due_on


def test_a_transfer_takes_the_clock_along(cast: casting.Cast) -> None:
    with at(date(2025, 11, 3)):
        issue = issue_to(cast)
        who = handler(cast)
        actions.perform(issue, "return", by=who, reason_code="not_ours", reason="位于尧都区")
    with at(date(2025, 12, 15)):  # judged after the date had passed
        moved = actions.perform(issue, "reissue", by=dispatcher(cast), bureau=cast.yaodu.pk, reason="属尧都区")
    old, new = issue.responsibilities.order_by("pk")
    assert (new.first_due_on, new.due_on) == (old.first_due_on, old.due_on)
    assert moved.due_on == issue.due_on
    assert Issue.objects.overdue(on=date(2025, 12, 15)).filter(pk=issue.pk).exists()


def test_policies_go_by_source_type_and_severity(cast: casting.Cast) -> None:
    common = {
        "acknowledge_days": 1, "return_days": 2, "verify_days": 5, "close_days": 2, "extension_max_days": 10,
        "extension_max_count": 1, "valid_from": date(2020, 1, 1), "basis": "测试", "feedback_days": 5,
    }  # fmt: skip
    rows = [
        DeadlinePolicy(name="all", overall_days=15, **common),
        DeadlinePolicy(name="dust", pollution_type="dust", overall_days=9, unit="calendar", **common),
        DeadlinePolicy(name="major", severity="major", overall_days=23, **common),
        DeadlinePolicy(name="patrol dust", source="patrol", pollution_type="dust", overall_days=5, **common),
        DeadlinePolicy(name="later", pollution_type="dust", overall_days=8, **{**common, "valid_from": date(2025, 1, 1)}),
    ]  # fmt: skip
    from enforcement.issues.actions.handing_off import policy_for

    assert policy_for(rows, "emergency", "general").name == "all"
    assert policy_for(rows, "emergency", "general", "dust").name == "later"
    assert policy_for(rows, "emergency", "major", "dust").name == "later"  # the type before the severity
    assert policy_for(rows, "patrol", "major", "dust").name == "patrol dust"
    assert policy_for(rows, "patrol", "major", "voc").name == "major"
