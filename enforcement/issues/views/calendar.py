"""The calendar of due dates: a month, its working days, and how many issues are due on each."""

import re
from calendar import Calendar as Weeks
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Count, DateField, F, Q, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.issues.forms import OPEN_STATES as OPEN
from enforcement.timeline import clock
from regions.gatekeeper import OfficerRequest, business, policy
from regions.workdays import Calendar, is_provisional, is_workday

from .asking import asked, narrowed_url, shapes

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month. `works`: a working day, `odd`: that its weekday wouldn't tell (a holiday, or 调休)."""

    on: date
    inside: bool
    works: bool
    odd: bool
    today: bool
    past: bool
    count: int
    paused: int
    url: str


@policy(business("issues"))
@require_safe
def calendar(request: OfficerRequest) -> HttpResponse:
    found = asked(request, without=("sort", "clock", "due_from", "due_to", "state"), open_unless=())
    text, today = request.GET.get("month", ""), clock.today()
    first, trouble = today.replace(day=1), found.trouble
    if text and MONTH.fullmatch(text):
        first = date.fromisoformat(f"{text}-01")
    elif text:
        trouble = trouble or _("月份应写作 2021-08，现显示本月。")
    weeks = Weeks().monthdatescalendar(first.year, first.month)
    counts = _counts(found.issues, weeks[0][0], weeks[-1][-1])
    days = found.form.calendar
    before, _paused = counts.get(None, (0, 0))
    context = {
        "form": found.form,
        "trouble": trouble,
        "filtered": found.filtered,
        "first": first,
        "weeks": [[_day(request, day, first, today, counts, days) for day in week] for week in weeks] if days else [],
        "due": sum(n for day, (n, _p) in counts.items() if day and (day.year, day.month) == (first.year, first.month)),
        "before": before,
        "before_url": narrowed_url(request, state=OPEN, due_to=weeks[0][0] - timedelta(days=1), sort="due"),
        "provisional": bool(days and is_provisional(first, weeks[-1][-1], days)),
        "previous_url": narrowed_url(request, "issues:calendar", month=f"{first - timedelta(days=1):%Y-%m}"),
        "next_url": narrowed_url(request, "issues:calendar", month=f"{first + timedelta(days=31):%Y-%m}"),
        "this_url": "" if first == today.replace(day=1) else narrowed_url(request, "issues:calendar"),
        "shapes": shapes(request, "calendar"),
    }  # fmt: skip
    return render(request, "issues/calendar.html", context)


def _counts(issues: object, first: date, last: date) -> dict[date | None, tuple[int, int]]:
    """Open issues, and the paused among them, by due day; those due before the first day under None. One statement."""
    earlier = When(due_on__lt=first, then=Value(None, output_field=DateField()))
    rows = (
        issues.open()  # type: ignore[attr-defined]
        .filter(due_on__lte=last)
        .order_by()
        .annotate(day=Case(earlier, default=F("due_on"), output_field=DateField()))
        .values("day")
        .annotate(n=Count("pk"), still=Count("pk", filter=Q(paused=True)))
    )
    return {row["day"]: (row["n"], row["still"]) for row in rows}


def _day(
    request: OfficerRequest,
    day: date,
    first: date,
    today: date,
    counts: dict[date | None, tuple[int, int]],
    calendar: Calendar,
) -> Day:
    count, paused = counts.get(day, (0, 0))
    works = is_workday(day, calendar)
    url = narrowed_url(request, state=OPEN, due_from=day, due_to=day, sort="due") if count else ""
    inside = (day.year, day.month) == (first.year, first.month)
    return Day(day, inside, works, works is (day.weekday() >= 5), day == today, day < today, count, paused, url)
