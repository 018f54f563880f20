"""Promise: each audience hears of each due date the latest thing that has come, whatever days nobody swept."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from enforcement.notices import rules
from enforcement.notices.rules import Audience, Deadline, Kind, Window
from regions.workdays import Calendar, add_workdays, workdays_between

#: October 2025: the 1st to the 8th are off, Sunday the 28th of September and Saturday the 11th work.
CALENDAR = Calendar(
    version=1,
    holidays=frozenset(date(2025, 10, d) for d in (1, 2, 3, 6, 7, 8)),
    makeup_days=frozenset({date(2025, 9, 28), date(2025, 10, 11)}),
    confirmed_years=frozenset({2025}),
)


@dataclass
class Rule:
    offset_days: int
    audience: str
    kind: str = Kind.REMIND
    deadline: str = Deadline.OVERALL


PRACTICE = [
    Rule(-3, Audience.TURN),
    Rule(-1, Audience.TURN),
    Rule(0, Audience.TURN),
    Rule(1, Audience.COUNTY, Kind.ESCALATE),
    Rule(3, Audience.CITY, Kind.ESCALATE),
    Rule(7, Audience.PROVINCE, Kind.ESCALATE),
]


def told(due_on: date, today: date, swept: date | None) -> set[tuple[str, int]]:
    found = rules.windows(PRACTICE, today, swept, CALENDAR)
    return {(window.audience, window.offset_days) for window in found if window.due_on == due_on}


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2025, 9, 25), set()),
        (date(2025, 9, 26), {("turn", -3)}),  # Friday: Sunday the 28th works
        (date(2025, 9, 28), {("turn", -3)}),  # -1 hasn't come yet
        (date(2025, 9, 29), {("turn", -1)}),
        (date(2025, 9, 30), {("turn", 0)}),
        (date(2025, 10, 8), {("turn", 0)}),  # the holiday ends
        (date(2025, 10, 9), {("turn", 0), ("county", 1)}),
    ],
)
def test_each_offset_comes_on_its_working_day_across_a_holiday(today: date, expected: set[tuple[str, int]]) -> None:
    assert told(date(2025, 9, 30), today, swept=today - timedelta(days=1)) == expected


def test_days_without_a_sweep_are_caught_up_with_the_latest_of_each_audience_only() -> None:
    due_on, today = date(2025, 9, 12), date(2025, 9, 30)  # thirteen working days late
    assert workdays_between(due_on, today, CALENDAR) == 13
    assert told(due_on, today, swept=today) == set()
    assert told(due_on, today, swept=date(2025, 9, 8)) == {("turn", 0), ("county", 1), ("city", 3), ("province", 7)}


@pytest.mark.parametrize("gap", [1, 2, 5, 17, 40])
def test_no_due_date_falls_between_two_sweeps(gap: int) -> None:
    """Swept every `gap` days, every due date gets its last word from every audience; none before its time."""
    heard: dict[date, set[tuple[str, int]]] = {}
    swept, today = None, date(2025, 3, 3)
    while today < date(2025, 9, 1):
        for window in rules.windows(PRACTICE, today, swept, CALENDAR):
            heard.setdefault(window.due_on, set()).add((window.audience, window.offset_days))
            assert workdays_between(window.due_on, today, CALENDAR) >= window.offset_days
        swept, today = today, today + timedelta(days=gap)
    due_on = date(2025, 4, 1)
    while due_on < date(2025, 7, 1):
        assert {("turn", 0), ("county", 1), ("city", 3), ("province", 7)} <= heard[due_on], due_on
        if gap == 1:
            assert {("turn", -3), ("turn", -1)} <= heard[due_on], due_on
        due_on += timedelta(days=1)


def test_a_clock_set_back_looks_no_further_ahead_than_its_day() -> None:
    today = date(2025, 5, 15)
    ahead = rules.windows(PRACTICE, today, date(2026, 5, 15), CALENDAR)
    assert ahead == rules.windows(PRACTICE, today, today, CALENDAR)
    assert max(window.due_on for window in ahead) < add_workdays(today, 4, CALENDAR).day


def test_a_quiet_day_looks_at_few_dates() -> None:
    """What a sweep costs when nothing is due: a handful of dates for each audience."""
    found = rules.windows(PRACTICE, date(2025, 5, 15), date(2025, 5, 15), CALENDAR)
    per_audience = {a: sum(window.audience == a for window in found) for a in ("turn", "county", "city", "province")}
    assert all(0 < count <= 12 for count in per_audience.values()), per_audience


def test_the_kind_of_a_rule_chooses_the_words() -> None:
    def wording(offset: int, kind: str) -> str:
        return Window(Deadline.STAGE, Audience.TURN, offset, date(2025, 5, 15), kind).wording

    assert [wording(o, Kind.REMIND) for o in (-3, 0, 2)] == ["due_soon", "due_today", "overdue"]
    assert wording(1, Kind.ESCALATE) == "escalation"
