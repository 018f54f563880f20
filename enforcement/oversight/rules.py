"""Lateness in oversight: computed from the day, never kept."""

from datetime import date

from enforcement.timeline import clock
from regions.workdays import Calendar, workdays_between


def late_by(day: date | None, calendar: Calendar) -> int:
    """Working days past a day; 0 while there is time."""
    return max(0, workdays_between(day, clock.today(), calendar)) if day else 0
