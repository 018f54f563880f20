"""A period of days as whole months, which are summed already, and the fewest days to add or take away. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Edge:
    """Days, both included, to add (`sign` 1) to the months or take away from them (-1)."""

    low: date
    high: date
    sign: int


@dataclass(frozen=True, slots=True)
class Period:
    """Months from `first` to `last` by their first days, both included, None for open; and the days at the edges."""

    first: date | None
    last: date | None
    edges: tuple[Edge, ...]
    months: bool = True

    @property
    def everything(self) -> bool:
        return self.months and self.first is None and self.last is None


def period(since: date | None, until: date | None) -> Period:
    """Resolves a period; a month most of which belongs to it counts whole, less the days that don't."""
    first = last = None
    edges: list[Edge] = []
    if since:
        start, end = month_of(since)
        whole = since - start <= end - since
        first = start if whole else end + _DAY
        edges += _edge(start, since - _DAY, -1) if whole else _edge(since, end, 1)
    if until:
        start, end = month_of(until)
        whole = end - until <= until - start
        last = start if whole else month_of(start - _DAY)[0]
        edges += _edge(until + _DAY, end, -1) if whole else _edge(start, until, 1)
    if since and until and month_of(since) == month_of(until):
        # Inside one month the two edges would take away or add the same days twice.
        return Period(None, None, (Edge(since, until, 1),), months=False)
    return Period(first, last, tuple(edges), months=not (first and last and first > last))


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a month."""
    start = day.replace(day=1)
    return start, (start + timedelta(days=31)).replace(day=1) - _DAY


def _edge(low: date, high: date, sign: int) -> list[Edge]:
    return [Edge(low, high, sign)] if low <= high else []
