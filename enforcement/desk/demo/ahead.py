"""Days ahead on which an office works."""

from datetime import date, timedelta

from enforcement.timeline import clock
from regions.models import WorkCalendar
from regions.workdays import next_workday


def workday_in(days: int) -> date:
    """So many calendar days from today by the moved clock, or the next working day: no office meets or reports on a Sunday."""
    return next_workday(clock.today() + timedelta(days=days), WorkCalendar.current().value())
