"""Promise: a new working calendar moves due dates only on record, as the dry run said, and goes on after a kill."""

from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from enforcement.issues import actions
from enforcement.issues.actions import recounting
from enforcement.issues.actions.merging import merge, unmerge
from enforcement.issues.actions.splitting import Child, split
from enforcement.issues.lifecycle import OPEN
from enforcement.issues.models import DeadlinePolicy, Issue, Pause, Recount, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions import calendars
from regions.models import WorkCalendar
from regions.roles import Role
from regions.workdays import workdays_between
from tests.enforcement.issues.evidence import paper
from tests.enforcement.statistics.season import Season
from tests.scenarios.desks import signed_in

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


def paused(season: Season, issue: Issue, first: datetime, resume_on: str) -> Pause:
    """Acknowledged on 28 December 2026, its clock stopped on the day of `first`."""
    handler = season.cast.officer(season.cast.xinghualing, Role.HANDLER)
    season.do(issue, datetime(2026, 12, 28, 10, tzinfo=clock.BEIJING), "acknowledge", "start_rectification")
    with clock.moved_to(first):
        season.do(issue, first, "request_pause", resume_on=resume_on, evidence=paper(issue, handler).pk)
        dispatcher = season.cast.officer(season.cast.province, Role.DISPATCHER)
        actions.perform(issue, "grant_pause", by=dispatcher, reason="同意")
    return Pause.objects.get(responsibility__issue=issue)


def went_on(season: Season, issue: Issue, when: datetime) -> Responsibility:
    with clock.moved_to(when):
        actions.perform(issue, "resume", by=season.cast.officer(season.cast.xinghualing, Role.HANDLER))
    return issue.responsibilities.get()


@pytest.mark.parametrize("early", [True, False])
def test_a_paused_stage_is_counted_again_as_if_its_year_had_been_confirmed_from_the_start(
    season: Season, early: bool
) -> None:
    """Two issues paused alike; the calendar comes while the one's clock stands, after the other's has gone on."""
    running, past, plain = three(season)
    first = datetime(2027, 1, 4, 10, tzinfo=clock.BEIJING)
    goes_on = datetime(2027, 1, 18 if early else 22, 10, tzinfo=clock.BEIJING)
    kept, _other = (paused(season, issue, first, "2027-01-22") for issue in (running, past))
    went_on(season, past, goes_on)
    calendar = confirm_2027()
    said = {shift.responsibility.issue_id: shift for shift in recounting.dry_run(calendar)}
    assert set(said) == {running.pk, past.pk, plain.pk}
    assert said[running.pk].stage_before == kept.stage_due_on_before
    run = recounting.apply(calendar)
    assert run is not None
    assert run.moved == 3
    kept.refresh_from_db()
    assert kept.stage_due_on_recounted == said[running.pk].stage_due_on != kept.stage_due_on_before
    event = Event.objects.get(subject_type="issue", subject_id=str(running.pk), kind="recounted")
    assert event.payload["stage_due_on"] == kept.stage_due_on_recounted.isoformat()
    assert event.payload["paused"]
    assert list(recounting.dry_run(calendar)) == []
    one, other = went_on(season, running, goes_on), past.responsibilities.get()
    assert (one.due_on, one.stage_due_on) == (other.due_on, other.stage_due_on)
    days = calendar.value()
    used = workdays_between(first.date(), goes_on.date(), days)
    assert workdays_between(HANDED.date(), one.due_on, days) == one.policy.overall_days + used
    assert workdays_between(one.stage_from, one.stage_due_on, days) == one.policy.feedback_days + used
    page = signed_in(season.cast.officer(season.cast.province, Role.SUPERVISOR)).get(running.get_absolute_url())
    assert "暂停计时中，恢复后从此计起" in page.content.decode()


def test_time_paused_before_a_split_stays_paused_time_for_the_children(season: Season) -> None:
    """The New Year's holiday of 2027 lies within the pause: nobody gains a day by it."""
    parent, twin = three(season)[:2]
    first, goes_on = (datetime(*day, 10, tzinfo=clock.BEIJING) for day in ((2026, 12, 30), (2027, 1, 5)))
    for issue in (parent, twin):
        paused(season, issue, first, "2027-01-25")
        went_on(season, issue, goes_on)
    cast, day = season.cast, datetime(2027, 1, 6, 10, tzinfo=clock.BEIJING)
    with clock.moved_to(day):
        children = [Child("一", cast.xinghualing_team), Child("二", cast.yaodu)]
        link = split(parent.number, children, by=cast.officer(cast.province, Role.DISPATCHER), reason="两处")
    season.do(link.opened[0].issue, day, "return")
    season.do(link.opened[0].issue, day, "reissue", bureau=cast.linfen.pk)
    calendar = confirm_2027()
    recounting.apply(calendar)
    parts = Responsibility.objects.filter(issue__in=[twin, *link.children.all()], state__in=sorted(OPEN))
    assert {part.due_on for part in parts} == {twin.responsibilities.get().due_on}
    assert {part.calendar for part in parts} == {calendar}


def test_a_day_agreed_to_at_interim_closure_is_named_not_counted(season: Season) -> None:
    issue = three(season)[0]
    when = datetime(2026, 12, 23, 10, tzinfo=clock.BEIJING)
    season.do(issue, datetime(2026, 12, 22, 10, tzinfo=clock.BEIJING), "acknowledge", "start_rectification")
    season.do(issue, when, "plan_milestones", milestones=[{"title": "设备到货", "due_on": "2027-02-24"}])
    season.do(issue, when, "submit_feedback", "start_verification", "pass_verification", "interim_close")
    before = issue.responsibilities.get()
    assert before.due_on.isoformat() == before.stage_due_on.isoformat() == "2027-02-24"
    recounting.apply(confirm_2027())
    after = issue.responsibilities.get()
    assert (after.due_on, after.stage_due_on) == (before.due_on, before.stage_due_on)


def test_a_date_that_came_with_a_merge_is_counted_again_and_undone_it_is_everybodys_own(season: Season) -> None:
    """A newer calendar gives the survivor what the duplicate would have had; what was away meanwhile catches up."""
    later = datetime(2026, 12, 24, 10, tzinfo=clock.BEIJING)
    first, twin = (season.hand(HANDED, season.cast.xinghualing) for _ in range(2))
    second, plain = (season.hand(later, season.cast.xinghualing) for _ in range(2))
    by = season.cast.officer(season.cast.province, Role.DISPATCHER)
    with clock.moved_to(later):
        merge(first.number, second.number, by=by, reason="同一件事")
    done = season.hand(HANDED, season.cast.xinghualing)
    season.close(done, acknowledged="2026-12-22", closed="2026-12-25")
    calendar = confirm_2027()
    said = {shift.responsibility.issue_id: shift.due_on for shift in recounting.dry_run(calendar)}
    assert said[second.pk] == said[twin.pk] < said[plain.pk]
    recounting.apply(calendar)
    for issue in (twin, plain):
        issue.refresh_from_db()
    with clock.moved_to(datetime(2026, 12, 28, 10, tzinfo=clock.BEIJING)):
        apart = unmerge(first.number, by=by, reason="并错了")
        again = actions.perform(done.number, "reopen", by=by, reason="反弹").responsibilities.get()
    second.refresh_from_db()
    assert (apart.due_on, apart.provisional) == (twin.due_on, False)
    assert (second.due_on, second.provisional) == (plain.due_on, False)
    assert {part.calendar for part in Responsibility.objects.all()} == {calendar}
    days = again.policy.feedback_days + again.policy.verify_days + again.policy.close_days
    assert workdays_between(datetime(2026, 12, 28).date(), again.due_on, calendar.value()) == days
    assert list(recounting.dry_run(calendar)) == []


def test_what_comes_back_from_another_merge_or_from_a_clock_of_another_kind_is_counted_again_too(
    season: Season,
) -> None:
    """Two merged into one: undone, the survivor has the other one's date as the newer calendar counts it. And an issue whose
    survivor no calendar moves, because its days are calendar days, catches up all the same."""
    days = [datetime(2026, 12, day, 10, tzinfo=clock.BEIJING) for day in (21, 24, 28)]
    first, second, last = (season.hand(day, season.cast.xinghualing) for day in days)
    twins = [season.hand(day, season.cast.xinghualing) for day in days]
    rule = DeadlinePolicy.objects.filter(source="", severity="").latest("valid_from")
    rule.pk, rule.source, rule.unit, rule.overall_days = None, "emergency", "calendar", 90
    rule._state.adding = True
    rule.save()
    away = season.hand(days[0], season.cast.xinghualing)
    other = season.hand(days[0], season.cast.xinghualing, source="emergency")
    by = season.cast.officer(season.cast.province, Role.DISPATCHER)
    with clock.moved_to(days[2]):
        for merged, into in ((first, last), (second, last), (away, other)):
            merge(merged.number, into.number, by=by, reason="同一件事")
    calendar = confirm_2027()
    recounting.apply(calendar)
    for row in (*twins, other):
        row.refresh_from_db()
    assert twins[0].due_on < twins[1].due_on < twins[2].due_on
    assert last.responsibilities.get().due_on == twins[0].due_on
    with clock.moved_to(days[2]):
        for merged, expected in ((first, twins[1]), (second, twins[2])):
            unmerge(merged.number, by=by, reason="并错了")
            part = last.responsibilities.get()
            assert (part.due_on, part.counts_from) == (expected.due_on, clock.beijing_day(expected.issued_at))
        apart = unmerge(away.number, by=by, reason="并错了")
    assert other.responsibilities.get().calendar != calendar
    assert (apart.due_on, apart.responsibilities.get().calendar) == (twins[0].due_on, calendar)
    assert list(recounting.dry_run(calendar)) == []


def test_a_date_that_stays_is_provisional_no_more_once_its_year_is_confirmed(season: Season) -> None:
    issue = season.hand(datetime(2027, 1, 20, 10, tzinfo=clock.BEIJING), season.cast.xinghualing)
    calendar = calendars.publish_year(
        year=2027, holidays="2027-01-01 元旦", makeup_days="2027-01-30 测试", confirmed=True, source="测试", by=None
    )
    assert issue.provisional
    assert list(recounting.dry_run(calendar)) == []
    run = recounting.apply(calendar)
    assert run is not None
    assert (run.counted, run.moved) == (1, 0)
    before, first = issue.due_on, issue.first_due_on
    issue.refresh_from_db()
    assert (issue.due_on, issue.first_due_on, issue.provisional) == (before, first, False)
    page = signed_in(season.cast.officer(season.cast.province, Role.SUPERVISOR)).get(issue.get_absolute_url())
    assert "确定，不再暂定" in page.content.decode()
    assert not Event.objects.filter(kind="recounted").exists()
