"""Promise: a due date is the one a person gets by counting days on the State Council's calendar, in any time zone."""

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from threading import Thread

import chinese_calendar
import pytest

from regions.workdays import (
    Calendar,
    OutsideCalendarError,
    WorkdayResult,
    add_workdays,
    is_provisional,
    is_workday,
    next_workday,
    workday_number,
    workdays_between,
)

CONFIRMED = range(2018, 2027)
START, END = date(2020, 1, 1), date(2026, 12, 31)
# The three patterns: the deadline alone, one extension, two extensions after one another.
PATTERNS = ((), (5,), (3, 10))
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")


def state_council() -> Calendar:
    """The calendar of 2018-2026 straight from chinesecalendar, without our loader between."""
    days = [date(2018, 1, 1) + timedelta(offset) for offset in range((date(2027, 1, 1) - date(2018, 1, 1)).days)]
    working = {day for day in days if chinese_calendar.is_workday(day)}
    return Calendar(
        version=1,
        holidays=frozenset(day for day in days if day.weekday() < 5 and day not in working),
        makeup_days=frozenset(day for day in days if day.weekday() >= 5 and day in working),
        confirmed_years=frozenset(CONFIRMED),
    )


CALENDAR = state_council()


def works(day: date) -> bool:
    """The oracle's own idea of a working day: the package where it knows, the weekday rule where it doesn't."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def counted(start: date, count: int) -> date:
    """Day by day, as a person with a wall calendar would."""
    day = start
    while count:
        day += timedelta(1)
        count -= ORACLE[day]
    return day


ORACLE = {day: works(day) for day in (date(2019, 6, 1) + timedelta(n) for n in range(3000))}


@pytest.fixture
def zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.fixture(scope="module")
def by_hand() -> list[list[date]]:
    """For every start day of 2020-2026 the next 60 + 13 working days, counted one at a time."""
    rows = []
    for offset in range((END - START).days + 1):
        day = START + timedelta(offset)
        row: list[date] = []
        while len(row) < 73:
            day += timedelta(1)
            if ORACLE[day]:
                row.append(day)
        rows.append(row)
    return rows


@pytest.mark.parametrize("zone", ZONES, indirect=True)
@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
def test_every_deadline_of_seven_years_equals_counting_day_by_day(
    by_hand: list[list[date]], pattern: tuple[int, ...], zone: str
) -> None:
    differences, compared = [], 0
    for offset, expected in enumerate(by_hand):
        start = START + timedelta(offset)
        for count in range(1, 61):
            due = add_workdays(start, count, CALENDAR)
            for more in pattern:
                due = add_workdays(due.day, more, CALENDAR)
            compared += 1
            if due.day != expected[count + sum(pattern) - 1] or due.provisional != (due.day.year > 2026):
                differences.append((start, count, due))
    assert compared == 2557 * 60
    assert differences == []


@pytest.mark.parametrize(
    ("received", "count", "due"),
    [
        (
            date(2026, 2, 12),
            3,
            date(2026, 2, 24),
        ),  # Saturday the 14th works, then nine days of Spring Festival
        (date(2026, 2, 12), 5, date(2026, 2, 26)),
        (date(2026, 9, 18), 5, date(2026, 9, 24)),  # Sunday the 20th works
        (
            date(2026, 9, 30),
            5,
            date(2026, 10, 13),
        ),  # National Day, Saturday the 10th works
        (date(2021, 8, 4), 5, date(2021, 8, 11)),  # nothing special: one weekend
    ],
)
def test_known_deadlines(received: date, count: int, due: date) -> None:
    assert add_workdays(received, count, CALENDAR) == WorkdayResult(due, False)
    assert counted(received, count) == due
    assert workdays_between(received, due, CALENDAR) == count


def test_the_day_of_receipt_does_not_count_even_when_it_is_a_day_off() -> None:
    saturday, sunday = date(2021, 8, 7), date(2021, 8, 8)
    assert {add_workdays(day, 1, CALENDAR).day for day in (saturday, sunday, date(2021, 8, 6))} == {date(2021, 8, 9)}
    assert add_workdays(saturday, 0, CALENDAR).day == saturday
    assert next_workday(saturday, CALENDAR) == date(2021, 8, 9)
    assert next_workday(date(2021, 8, 9), CALENDAR) == date(2021, 8, 9)


def test_counting_back_mirrors_counting_forth() -> None:
    for offset in range(0, 2557, 3):
        start = START + timedelta(offset)
        for count in (1, 2, 3, 7, 20):
            earlier = add_workdays(start, -count, CALENDAR).day
            # The days from `earlier` up to the eve of `start` hold exactly `count` working days.
            eve, before = start - timedelta(1), earlier - timedelta(1)
            assert is_workday(earlier, CALENDAR)
            assert workdays_between(before, eve, CALENDAR) == count


def test_the_distance_of_two_days_is_signed_and_equals_a_count() -> None:
    for offset in range(0, 2400, 11):
        first = START + timedelta(offset)
        last = first + timedelta(offset % 97)
        days = sum(ORACLE[first + timedelta(n)] for n in range(1, (last - first).days + 1))
        assert workdays_between(first, last, CALENDAR) == days
        assert workdays_between(last, first, CALENDAR) == -days
        assert workday_number(last, CALENDAR) - workday_number(first, CALENDAR) == days


def test_an_unconfirmed_year_is_never_guessed_in_silence() -> None:
    into_2027 = add_workdays(date(2026, 12, 30), 5, CALENDAR)
    assert into_2027 == WorkdayResult(date(2027, 1, 6), True)  # the weekday rule: New Year's Day counts as a Friday
    assert add_workdays(date(2027, 1, 4), -5, CALENDAR).provisional
    # Nothing of 2027 is counted when going back from its first day.
    assert not add_workdays(date(2027, 1, 1), -1, CALENDAR).provisional
    assert not is_provisional(date(2026, 1, 1), date(2026, 12, 31), CALENDAR)
    assert is_provisional(date(2026, 12, 31), date(2027, 1, 1), CALENDAR)
    assert is_provisional(date(2027, 1, 1), date(2026, 12, 1), CALENDAR) is False


def test_days_entered_for_a_year_count_only_once_it_is_confirmed() -> None:
    new_year, makeup = date(2027, 1, 1), date(2027, 1, 9)
    drafted = Calendar(2, frozenset({new_year}), frozenset({makeup}), frozenset({2026}))
    confirmed = Calendar(3, frozenset({new_year}), frozenset({makeup}), frozenset({2026, 2027}))
    assert is_workday(new_year, drafted)
    assert not is_workday(makeup, drafted)
    assert not is_workday(new_year, confirmed)
    assert is_workday(makeup, confirmed)
    assert workday_number(date(2028, 1, 3), confirmed) == workday_number(date(2028, 1, 3), drafted)
    assert workdays_between(date(2026, 12, 31), new_year, confirmed) == 0


def test_a_year_holds_as_many_working_days_as_the_notice_says() -> None:
    assert [len(CALENDAR.days_of(year)) for year in (2025, 2026)] == [248, 248]


def test_a_holiday_on_a_weekend_and_a_day_in_both_lists_change_no_count() -> None:
    saturday, both = date(2026, 3, 7), date(2026, 3, 14)
    odd = Calendar(
        1,
        frozenset({saturday, both, date(2026, 3, 9)}),
        frozenset({both}),
        frozenset({2026}),
    )
    start, end = date(2025, 12, 31), date(2027, 1, 1)
    by_day = sum(is_workday(start + timedelta(n), odd) for n in range(1, 367))
    assert workdays_between(start, end, odd) == by_day


def test_dates_beyond_the_calendar_and_moments_are_refused() -> None:
    with pytest.raises(OutsideCalendarError):
        add_workdays(date(2199, 12, 20), 60, CALENDAR)
    with pytest.raises(OutsideCalendarError):
        workdays_between(date(1, 1, 1), date(2026, 1, 1), CALENDAR)
    with pytest.raises(TypeError):
        add_workdays(datetime(2026, 2, 12, 23, 30), 3, CALENDAR)


def test_threads_may_share_a_fresh_calendar() -> None:
    calendar = state_council()
    answers: list[int] = []
    span = date(1990, 1, 1), date(2080, 1, 1)
    threads = [Thread(target=lambda: answers.append(workdays_between(*span, calendar))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [workdays_between(*span, CALENDAR)] * 8
