"""Working time as one number: working days since a base day, the hours of the day as its fraction."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import floor

from enforcement.timeline.clock import BEIJING
from regions.workdays import Calendar, add_workdays, is_workday, workdays_between

OPENS = time(8, 30)
HOURS = timedelta(hours=9)
_LAST = 0.999


@dataclass(frozen=True)
class WorkTime:
    """Counts with a calendar from a base day, which must work. Office hours are 8:30 to 17:30 Beijing time."""

    calendar: Calendar
    base: date

    def position(self, moment: datetime) -> float:
        """Where a moment stands; nights and days off stand at the end of the working day before."""
        local = moment.astimezone(BEIJING)
        days = workdays_between(self.base, local.date(), self.calendar)
        if not is_workday(local.date(), self.calendar):
            return days + _LAST
        opened = datetime.combine(local.date(), OPENS, tzinfo=BEIJING)
        return days + min(max((local - opened) / HOURS, 0.0), _LAST)

    def moment(self, position: float) -> datetime:
        """The moment at a position, to the second."""
        days = floor(position)
        day = add_workdays(self.base, days, self.calendar).day
        seconds = int((position - days) * HOURS.total_seconds())
        return datetime.combine(day, OPENS, tzinfo=BEIJING) + timedelta(seconds=seconds)
