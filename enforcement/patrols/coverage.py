"""Kilometres driven and coverage by county and period: sums of stored segments, with the days since the last patrol."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Q, Sum

from enforcement.patrols.models import PatrolRun, PatrolSegment
from enforcement.patrols.querysets import driven_there
from regions.choices import Entry
from regions.models import Officer


@dataclass(frozen=True, slots=True)
class CountyDriven:
    """What was driven in one county in the period; `last` is the last day up to the period's end, whenever it was."""

    county: Entry
    km: Decimal
    hours: Decimal
    runs: int
    last: date | None
    days_since: int | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The counties asked about, and their sums. `share` is counties driven over counties, None without any."""

    rows: Sequence[CountyDriven]
    km: Decimal
    hours: Decimal
    runs: int

    @property
    def driven(self) -> int:
        return sum(row.runs > 0 for row in self.rows)

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.driven) / len(self.rows) if self.rows else None


def coverage(
    officer: Officer, counties: Sequence[Entry], *, since: date | None, until: date | None, today: date
) -> Coverage:
    """The coverage of some counties by valid runs this officer may see. Two statements."""
    ids = [county.pk for county in counties]
    runs = PatrolRun.objects.visible_to(officer).valid().order_by().values("pk")
    driven = PatrolSegment.objects.filter(run__in=runs, division_id__in=ids).order_by()
    period = driven_there(since, until, None) or Q(pk__isnull=False)
    end = until or today
    found = {
        row["division"]: row
        for row in driven.values("division").annotate(
            km_=Sum("km", filter=period),
            hours_=Sum("hours", filter=period),
            runs_=Count("run", filter=period, distinct=True),
            last_=Max("day", filter=Q(day__lte=end)),
        )
    }
    rows = [_row(county, found.get(county.pk), min(end, today)) for county in counties]
    count = driven.filter(period).aggregate(n=Count("run", distinct=True))["n"]
    return Coverage(rows, sum((r.km for r in rows), Decimal(0)), sum((r.hours for r in rows), Decimal(0)), count)


def _row(county: Entry, found: Any, end: date) -> CountyDriven:
    none = Decimal(0)
    if found is None:
        return CountyDriven(county, none, none, 0, None, None)
    last = found["last_"]
    since = max(0, (end - last).days) if last else None
    return CountyDriven(county, found["km_"] or none, found["hours_"] or none, found["runs_"], last, since)


def counties_within(entries: Sequence[Entry], divisions: Collection[int] | None) -> list[Entry]:
    """The counties among the divisions an officer may choose, all or those in a subtree."""
    return [one for one in entries if one.level == "county" and one.code and (divisions is None or one.pk in divisions)]
