"""The working calendar as versioned data. A published version never changes: an edit makes the next one."""

from functools import lru_cache

from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.workdays import Calendar


class WorkCalendar(models.Model):
    """One version of the calendar: its special days and its confirmed years."""

    version = models.PositiveIntegerField(unique=True)
    note = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey("regions.Officer", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-version"]
        verbose_name = verbose_name_plural = _("工作日历")

    def __str__(self) -> str:
        return f"v{self.version}"

    def value(self) -> Calendar:
        """The calendar as the pure value `regions.workdays` counts with; read once per process."""
        return _value(self.pk)

    @classmethod
    def current(cls) -> "WorkCalendar":
        """The newest version. Raises DoesNotExist before reference data is loaded."""
        return cls.objects.latest("version")


class CalendarYear(models.Model):
    """A year a version knows; confirmed once the State Council's notice is entered."""

    calendar = models.ForeignKey(WorkCalendar, models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField()
    confirmed = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "year"], name="calendar_year_once")]


class CalendarDay(models.Model):
    """A day that isn't what its weekday says: a holiday on a weekday, or a make-up workday (调休) on a weekend."""

    calendar = models.ForeignKey(WorkCalendar, models.CASCADE, related_name="days")
    day = models.DateField()
    works = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="calendar_day_once")]


@lru_cache(maxsize=16)
def _value(pk: int) -> Calendar:
    calendar = WorkCalendar.objects.get(pk=pk)
    days = list(calendar.days.values_list("day", "works"))
    return Calendar(
        version=calendar.version,
        holidays=frozenset(d for d, works in days if not works),
        makeup_days=frozenset(d for d, works in days if works),
        confirmed_years=frozenset(calendar.years.filter(confirmed=True).values_list("year", flat=True)),
    )
