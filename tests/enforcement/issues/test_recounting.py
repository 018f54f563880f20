"""Promise: a new working calendar moves due dates only on record, as the dry run said, and goes on after a kill."""

from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from enforcement.issues.actions import recounting
from enforcement.issues.models import Issue, Recount, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions import calendars
from regions.models import WorkCalendar
from regions.roles import Role
from regions.workdays import workdays_between
from tests.enforcement.statistics.season import Season

pytestmark = pytest.mark.django_db
HANDED = datetime(2026, 12, 21, 10, tzinfo=clock.BEIJING)


@pytest.fixture
def season() -> Season:
    return Season()


def confirm_2027() -> WorkCalendar:
    """Spring Festival of 2027 as the office might enter it: 5 to 11 February off, two Saturdays on."""
    return calendars.publish_year(
        year=2027,
        holidays="2027-01-01 元旦\n2027-02-05 至 2027-02-11 春节",
        makeup_days="2027-01-30 春节\n2027-02-20 春节",
        confirmed=True,
        source="测试通知",
        by=None,
    )


def three(season: Season) -> list[Issue]:
    return [season.hand(HANDED, season.cast.xinghualing) for _ in range(3)]


def test_the_dry_run_says_exactly_what_then_happens(season: Season) -> None:
    issues = three(season)
    assert all(issue.provisional for issue in issues)
    calendar = confirm_2027()
    out = StringIO()
    call_command("recount_due_dates", stdout=out)
    said = list(recounting.dry_run(calendar))
    assert [shift.responsibility.issue for shift in said] == issues
    assert all(f"{issue.number}\t" in out.getvalue() for issue in issues)
    assert recounting.grouped(calendar) == [(issues[0].due_on, said[0].due_on, 3)]
    assert not Recount.objects.exists()  # looking changes nothing
    versions = [issue.version for issue in issues]
    run = recounting.apply(calendar)
    assert run is not None
    assert (run.counted, run.moved) == (3, 3)
    assert run.finished_at is not None
    for issue, version, shift in zip(issues, versions, said, strict=True):
        before, first = issue.due_on, issue.first_due_on
        issue.refresh_from_db()
        part = issue.responsibilities.get()
        assert (issue.due_on, part.due_on, part.calendar) == (shift.due_on, shift.due_on, calendar)
        assert (issue.first_due_on, part.first_due_on, issue.provisional) == (first, first, False)
        assert issue.version == version + 1
        event = Event.objects.get(subject_type="issue", subject_id=str(issue.pk), kind="recounted")
        assert (event.payload["due_on_before"], event.payload["due_on"]) == (
            before.isoformat(),
            part.due_on.isoformat(),
        )
        assert workdays_between(HANDED.date(), part.due_on, calendar.value()) == part.policy.overall_days
    assert list(recounting.dry_run(calendar)) == []
    again = recounting.apply(calendar)
    assert again is not None
    assert (again.counted, again.moved) == (3, 3)  # nothing was done twice


def test_killed_in_the_middle_it_goes_on_and_leaves_one_event_each(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    issues = three(season)
    calendar = confirm_2027()
    monkeypatch.setattr(recounting, "BATCH", 1)
    real, calls = recounting._recount, []

    def dies(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(recounting, "_recount", dies)
    with pytest.raises(KeyboardInterrupt):
        recounting.apply(calendar)
    assert Responsibility.objects.filter(calendar=calendar).count() == 1
    assert list(recounting.unfinished()) == [Recount.objects.get()]
    from enforcement.issues.tasks import resume_recounts

    resume_recounts()
    events = Event.objects.filter(kind="recounted", subject_id__in=[str(issue.pk) for issue in issues])
    assert events.count() == 3
    assert not recounting.unfinished().exists()


def test_what_is_closed_or_was_named_by_a_person_does_not_move(season: Season) -> None:
    done, inner = three(season)[:2]
    season.close(done, acknowledged="2026-12-22", closed="2026-12-25")
    season.do(inner, datetime(2026, 12, 22, 10, tzinfo=clock.BEIJING), "acknowledge")
    calendar = confirm_2027()
    named = inner.responsibilities.get()
    Responsibility.objects.filter(pk=named.pk).update(counts_from=None, stage_from=None)
    recounting.apply(calendar)
    named.refresh_from_db()
    assert named.due_on == inner.due_on
    part = done.responsibilities.get()
    assert part.calendar != calendar


def test_nobody_loses_a_day_that_was_promised(season: Season) -> None:
    issue = season.hand(datetime(2027, 1, 20, 10, tzinfo=clock.BEIJING), season.cast.xinghualing)
    calendar = calendars.publish_year(
        year=2027, holidays="2027-01-01 元旦", makeup_days="2027-01-30 测试", confirmed=True, source="测试", by=None
    )
    recounting.apply(calendar)
    issue.refresh_from_db()
    assert issue.due_on == issue.first_due_on


def test_the_administrator_sees_how_many_move_where_and_no_issue(season: Season) -> None:
    issues = three(season)
    confirm_2027()
    officer = season.cast.officer(season.cast.province, Role.SYSTEM_ADMINISTRATOR)
    client = Client()
    client.force_login(officer)
    page = client.get("/admin/issues/recount/preview/")
    assert page.status_code == 200
    assert issues[0].due_on.isoformat() in page.content.decode()
    assert issues[0].number not in page.content.decode()
    assert client.post("/admin/issues/recount/preview/").status_code == 302
    assert Recount.objects.get().begun_by == officer
    client.force_login(season.cast.officer(season.cast.province, Role.DISPATCHER))
    assert client.get("/admin/issues/recount/preview/").status_code in (302, 403, 404)
