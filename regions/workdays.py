"""Working-day arithmetic, pure: the calendar is passed in, no clock and no time zone is read.

A day works if it is a make-up workday (调休), or a weekday that is no holiday. Holidays and make-up
days come from the yearly notice of the State Council; until a year is confirmed its days follow the
weekday rule alone, half-entered days are ignored, and every result that counted one of them says so
(`provisional`), so that it can be recomputed once the year is confirmed.

The day of receipt does not count: one working day after a Friday is the next Monday.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

FIRST_YEAR = 1949
LAST_YEAR = 2199


class OutsideCalendarError(ValueError):
    """A date before FIRST_YEAR or after LAST_YEAR."""


@dataclass(frozen=True)
class Calendar:
    """One version of the working calendar, immutable.

    `holidays`: days off that fall on a weekday (others do no harm). `makeup_days`: weekend days that
    work. Only days of `confirmed_years` are heeded.
    """

    version: int
    holidays: frozenset[date] = frozenset()
    makeup_days: frozenset[date] = frozenset()
    confirmed_years: frozenset[int] = frozenset()
    # Filled on first use, each entry whole and always the same, so that threads may share a calendar.
    _years: dict[int, tuple[date, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _before: dict[int, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def days_of(self, year: int) -> tuple[date, ...]:
        """The working days of a year in order. Raises OutsideCalendarError."""
        days = self._years.get(year)
        if days is None:
            days = self._years[year] = tuple(_count_year(year, self))
        return days

    def before(self, year: int) -> int:
        """The running number of the last working day before this year. Raises OutsideCalendarError."""
        number = self._before.get(year)
        if number is None:
            _check(year)
            number = self._before[year] = _weekdays_before(year) + self._special_before(year)
        return number

    def _special_before(self, year: int) -> int:
        """Working days more (or fewer) than weekdays, over the confirmed years before this one."""
        extra = sum(_heeded(day, year, self) and day.weekday() >= 5 for day in self.makeup_days)
        lost = sum(
            _heeded(day, year, self) and day.weekday() < 5 and day not in self.makeup_days for day in self.holidays
        )
        return extra - lost


class WorkdayResult(NamedTuple):
    """A due date, and whether a year without a confirmed calendar was counted on the way."""

    day: date
    provisional: bool


def is_workday(day: date, calendar: Calendar) -> bool:
    if day.year in calendar.confirmed_years:
        if day in calendar.makeup_days:
            return True
        if day in calendar.holidays:
            return False
    return day.weekday() < 5


def add_workdays(start: date, count: int, calendar: Calendar) -> WorkdayResult:
    """The `count`-th working day after `start` (before it, if negative); `start` itself for zero.

    2026-02-12 and 3 give 2026-02-24: Saturday the 14th works, then the Spring Festival lies between.
    `start` is a plain date in Beijing; a datetime is refused with TypeError, since its day depends on a zone.
    """
    _check_date(start)
    if count == 0:
        return WorkdayResult(start, False)
    rank = _rank_before(start, calendar) + count
    if count > 0:
        rank += is_workday(start, calendar) - 1
    day = _at(rank, start.year, calendar)
    return WorkdayResult(day, is_provisional(start, day, calendar))


def workdays_between(first: date, last: date, calendar: Calendar) -> int:
    """Working days after `first` up to and including `last`; negative when `last` is earlier.

    `workdays_between(due, today, calendar) > 0` is lateness in working days;
    `workdays_between(received, closed, calendar)` is handling time.
    """
    return workday_number(last, calendar) - workday_number(first, calendar)


def workday_number(day: date, calendar: Calendar) -> int:
    """The running number of the last working day up to and including `day`; differences count working days."""
    _check_date(day)
    return _rank_before(day, calendar) + is_workday(day, calendar)


def next_workday(day: date, calendar: Calendar) -> date:
    """`day` itself if it works, else the first working day after it."""
    _check_date(day)
    return day if is_workday(day, calendar) else add_workdays(day, 1, calendar).day


def is_provisional(first: date, last: date, calendar: Calendar) -> bool:
    """Whether counting from `first` (which doesn't count) to `last` touches an unconfirmed year. Any order."""
    if first == last:
        return False
    step = timedelta(days=1 if last > first else -1)
    low, high = sorted(((first + step).year, last.year))
    return any(year not in calendar.confirmed_years for year in range(low, high + 1))


def _heeded(day: date, year: int, calendar: Calendar) -> bool:
    return FIRST_YEAR <= day.year < year and day.year in calendar.confirmed_years


def _weekdays_before(year: int) -> int:
    """Mondays to Fridays from the year 1 to the end of the year before; 0001-01-01 was a Monday."""
    days = date(year, 1, 1).toordinal() - 1
    return days // 7 * 5 + min(days % 7, 5)


def _count_year(year: int, calendar: Calendar) -> list[date]:
    _check(year)
    day, days = date(year, 1, 1), []
    while day.year == year:
        if is_workday(day, calendar):
            days.append(day)
        day += timedelta(days=1)
    return days


def _rank_before(day: date, calendar: Calendar) -> int:
    """How many working days lie before `day`, on the calendar's running count."""
    return calendar.before(day.year) + bisect_left(calendar.days_of(day.year), day)


def _at(rank: int, guess: int, calendar: Calendar) -> date:
    """The working day with `rank` working days before it; `guess` is a year near it."""
    year = guess
    while rank < calendar.before(year):
        year -= 1
    while rank >= calendar.before(year) + len(calendar.days_of(year)):
        year += 1
    return calendar.days_of(year)[rank - calendar.before(year)]


def _check(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise OutsideCalendarError(f"{year} is outside {FIRST_YEAR}-{LAST_YEAR}")


def _check_date(day: date) -> None:
    if type(day) is not date:
        raise TypeError(f"a plain date is wanted, not {type(day).__name__}")
    _check(day.year)
