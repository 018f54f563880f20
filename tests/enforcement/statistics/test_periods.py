"""Promise: months and edges make up exactly the days of a period, and never more than sixteen days at an edge."""

from collections import Counter
from datetime import date, timedelta

import pytest

from enforcement.statistics.periods import month_of, period

FIRST, LAST = date(2020, 1, 1), date(2021, 12, 31)
ALL = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def days_of(since: date | None, until: date | None) -> Counter[date]:
    """The days counted, each as often as it is."""
    span, counted = period(since, until), Counter[date]()
    for day in ALL:
        start = month_of(day)[0]
        if span.months and (span.first is None or start >= span.first) and (span.last is None or start <= span.last):
            counted[day] += 1
        for edge in span.edges:
            counted[day] += edge.sign if edge.low <= day <= edge.high else 0
    return Counter({day: times for day, times in counted.items() if times})


@pytest.mark.parametrize("since", [None, *ALL[20:400:9]])
def test_each_day_of_a_period_counts_once(since: date | None) -> None:
    for until in [None, *ALL[:450:7], date(2020, 2, 29), date(2020, 12, 31)]:
        if since and until and since > until:
            continue
        wanted = Counter({day: 1 for day in ALL if (not since or day >= since) and (not until or day <= until)})
        assert days_of(since, until) == wanted, (since, until)


def test_edges_are_short() -> None:
    for day in ALL:
        for edge in (*period(day, None).edges, *period(None, day).edges):
            assert (edge.high - edge.low).days < 16
