"""Promise: whoever has to act is reminded before and on the day, whoever supervises hears of lateness; each once."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from enforcement.issues import actions
from enforcement.issues.models import Responsibility
from enforcement.notices.actions.reminding import Swept, remind_and_escalate
from enforcement.notices.models import Delivery, Notice, Reminder, ReminderRule
from enforcement.notices.rules import Audience, Deadline, Kind
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.notices.seats import inbox, issue, issues, late_by, part_of, staff
from tests.scenarios import cast as casting

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> casting.Cast:
    made = casting.make()
    staff(made)
    return made


def only(deadline: str) -> None:
    """Ends the rules of the other deadline, so that a test has one clock to watch."""
    ReminderRule.objects.exclude(deadline=deadline).update(valid_to=date(2020, 1, 2))


def everyone(cast: casting.Cast) -> dict[str, Officer]:
    return {
        "handler": cast.officer(cast.xinghualing, Role.HANDLER),
        "verifier": cast.officer(cast.taiyuan_team, Role.VERIFIER),
        "dispatcher": cast.officer(cast.province, Role.DISPATCHER),
        "county": cast.officer(cast.xinghualing, Role.SUPERVISOR),
        "city": cast.officer(cast.taiyuan, Role.SUPERVISOR),
        "province": cast.officer(cast.province, Role.SUPERVISOR),
    }


def reminders(cast: casting.Cast) -> dict[str, list[int | None]]:
    """Who was reminded at which offsets."""
    heard = {who: [offset for _, _, offset in inbox(o) if offset is not None] for who, o in everyone(cast).items()}
    return {who: offsets for who, offsets in heard.items() if offsets}


def test_every_stage_of_practice_reaches_its_person_once(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    due_on = part_of(issue(cast)).due_on
    day = late_by(-5, due_on)
    while day <= late_by(9, due_on):
        for _ in range(2):  # a second sweeper, a second beat
            remind_and_escalate(day)
        day += timedelta(days=1)
    assert reminders(cast) == {"handler": [-3, -1, 0], "county": [1], "city": [3], "province": [7]}
    kinds = set(Notice.objects.exclude(offset_days=None).values_list("offset_days", "kind"))
    assert kinds == {
        (-3, "due_soon"), (-1, "due_soon"), (0, "due_today"), (1, "escalation"), (3, "escalation"), (7, "escalation")
    }  # fmt: skip


def test_the_person_whose_turn_it_is_hears_of_a_stage(cast: casting.Cast) -> None:
    only(Deadline.STAGE)
    people = everyone(cast)
    found = issue(cast)
    remind_and_escalate(part_of(found).stage_due_on)
    found = actions.perform(found, "acknowledge", by=people["handler"])
    found = actions.perform(found, "submit_feedback", by=people["handler"], verdict="true", measures="已更换活性炭")
    remind_and_escalate(part_of(found).stage_due_on)
    found = actions.perform(found, "start_verification", by=people["verifier"])
    found = actions.perform(found, "pass_verification", by=people["verifier"], opinion="现场复核达标")
    remind_and_escalate(part_of(found).stage_due_on)
    assert reminders(cast) == {"handler": [0], "verifier": [0], "dispatcher": [0]}


def test_a_returned_item_reminds_who_handed_it_off(cast: casting.Cast) -> None:
    only(Deadline.STAGE)
    people = everyone(cast)
    found = actions.perform(issue(cast), "return", by=people["handler"], reason_code="not_ours", reason="位于尧都区")
    remind_and_escalate(part_of(found).stage_due_on)
    assert reminders(cast) == {"dispatcher": [0]}


def test_a_delegated_item_that_was_returned_reminds_the_bureau_that_delegated(cast: casting.Cast) -> None:
    only(Deadline.STAGE)
    people = everyone(cast)
    own, below = cast.officer(cast.xinghualing, Role.DISPATCHER), cast.officer(cast.xinghualing_team, Role.HANDLER)
    found = actions.perform(issue(cast), "acknowledge", by=people["handler"])
    inner = late_by(3, clock.today())
    actions.perform(found, "delegate", by=people["handler"], bureau=cast.xinghualing_team.pk, due_on=inner)
    actions.perform(found, "return", by=below, reason_code="not_ours", reason="非本队职责")
    child = found.responsibilities.get(bureau=cast.xinghualing_team)
    remind_and_escalate(child.stage_due_on)
    assert [offset for _, _, offset in inbox(own) if offset is not None] == [0]


def test_a_closed_or_ended_duty_is_never_reminded(cast: casting.Cast) -> None:
    people = everyone(cast)
    closed, reissued = issue(cast), issue(cast)
    due_on = part_of(closed).due_on
    actions.perform(closed, "acknowledge", by=people["handler"])
    actions.perform(closed, "submit_feedback", by=people["handler"], verdict="true", measures="已更换活性炭")
    actions.perform(closed, "start_verification", by=people["verifier"])
    actions.perform(closed, "pass_verification", by=people["verifier"], opinion="现场复核达标")
    actions.perform(closed, "close", by=people["dispatcher"])
    actions.perform(reissued, "return", by=people["handler"], reason_code="not_ours", reason="位于尧都区")
    actions.perform(reissued, "reissue", by=people["dispatcher"], bureau=cast.yaodu.pk, reason="属尧都区")
    ended = reissued.responsibilities.get(bureau=cast.xinghualing)
    for offset in range(-3, 10):
        remind_and_escalate(late_by(offset, due_on))
    told = set(Notice.objects.exclude(offset_days=None).values_list("responsibility", flat=True))
    assert told == {reissued.responsibilities.get(bureau=cast.yaodu).pk}
    assert part_of(closed).pk not in told
    assert ended.pk not in told


def test_after_days_without_a_sweep_each_hears_the_latest_once(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    due_on = part_of(issue(cast)).due_on
    remind_and_escalate(late_by(-5, due_on))
    remind_and_escalate(late_by(4, due_on))
    remind_and_escalate(late_by(4, due_on))
    assert reminders(cast) == {"handler": [0], "county": [1], "city": [3]}


def test_a_clock_set_back_says_nothing_twice(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    due_on = part_of(issue(cast)).due_on
    for offset in (-3, 0, -3, -1, 0, -1, 1):
        remind_and_escalate(late_by(offset, due_on))
    assert reminders(cast) == {"handler": [-3, 0, -1], "county": [1]}


def test_a_moved_due_date_is_reminded_anew(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    people = everyone(cast)
    found = issue(cast)
    actions.perform(found, "acknowledge", by=people["handler"])
    first = part_of(found).due_on
    remind_and_escalate(late_by(-1, first))
    actions.perform(found, "request_extension", by=people["handler"], days=5, reason="设备到货晚")
    actions.perform(found, "grant_extension", by=people["dispatcher"])
    later = part_of(found).due_on
    assert later > first
    remind_and_escalate(first)
    remind_and_escalate(late_by(-1, later))
    rows = Notice.objects.exclude(offset_days=None).order_by("pk").values_list("offset_days", "due_on")
    assert list(rows) == [(-1, first), (-1, later)]


def test_a_reminder_of_the_day_its_clock_began_is_left_to_the_handoff(cast: casting.Cast) -> None:
    """Acknowledgement takes one working day: "one day before" would be the day of the handoff itself."""
    only(Deadline.STAGE)
    due_on = part_of(issue(cast)).stage_due_on
    assert due_on is not None
    remind_and_escalate(late_by(-1, due_on))
    assert reminders(cast) == {}
    remind_and_escalate(due_on)
    assert reminders(cast) == {"handler": [0]}


def test_an_empty_seat_is_answered_for_by_the_supervisors_above(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    due_on = part_of(issue(cast, cast.yaodu)).due_on  # nobody is posted to 尧都, nor to its city
    remind_and_escalate(due_on)
    assert reminders(cast) == {"province": [0]}


def test_the_disabled_and_the_departed_hear_nothing(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    gone, disabled = everyone(cast)["handler"], cast.officer(cast.xinghualing_team, Role.HANDLER)
    found = issue(cast, cast.xinghualing, cast.xinghualing_team)
    due_on = found.due_on
    gone.postings.update(until=late_by(-2, due_on))
    Officer.objects.filter(pk=disabled.pk).update(is_active=False)
    remind_and_escalate(due_on)
    assert reminders(cast) == {"county": [0, 0]}  # once for each of the two empty seats


def test_shares_of_one_issue_are_reminded_apart(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    other = cast.officer(cast.yaodu, Role.HANDLER)
    found = issue(cast, cast.xinghualing, cast.yaodu)
    assert remind_and_escalate(found.due_on) == Swept(pairs=2, notices=2, letters=0)
    assert [offset for _, _, offset in inbox(other)] == [0]


def test_a_rule_that_ended_or_has_not_begun_says_nothing(cast: casting.Cast) -> None:
    due_on = part_of(issue(cast)).due_on
    ReminderRule.objects.update(valid_to=due_on)
    ReminderRule.objects.create(
        kind=Kind.REMIND, deadline=Deadline.OVERALL, offset_days=1, audience=Audience.HANDLERS,
        valid_from=late_by(2, due_on), basis="测试",
    )  # fmt: skip
    remind_and_escalate(due_on)
    remind_and_escalate(late_by(1, due_on))
    assert reminders(cast) == {}
    remind_and_escalate(late_by(2, due_on))
    assert reminders(cast) == {"handler": [1]}


def test_a_replay_reminds_no_one(cast: casting.Cast) -> None:
    with clock.moved_to(clock.now() - timedelta(days=40)):
        issue(cast)
        assert remind_and_escalate() == Swept()
    assert Notice.objects.count() == 0
    assert remind_and_escalate().notices > 0  # unmoved, the same issue is late and somebody hears of it


def test_officers_with_an_address_get_one_letter_a_batch(cast: casting.Cast) -> None:
    only(Deadline.OVERALL)
    handler = everyone(cast)["handler"]
    Officer.objects.filter(pk=handler.pk).update(email="handler@example.org")
    found = issues(cast, 3)
    assert remind_and_escalate(found[0].due_on) == Swept(pairs=3, notices=3, letters=1)
    letter = Delivery.objects.get()
    assert (letter.recipient, letter.notices.count(), letter.sent_at) == (handler, 3, None)


def test_what_was_swept_stays_in_the_ledger(cast: casting.Cast) -> None:
    remind_and_escalate(part_of(issue(cast)).due_on)
    row, notice = Reminder.objects.first(), Notice.objects.first()
    assert row is not None
    assert notice is not None
    for attempt in (
        row.delete,
        Reminder.objects.all().delete,
        lambda: Reminder.objects.update(offset_days=9),
        notice.delete,
        lambda: Notice.objects.update(kind="closed"),
    ):
        with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
            attempt()


def test_a_sweep_with_nothing_due_costs_a_few_statements(cast: casting.Cast, django_assert_num_queries) -> None:
    day = late_by(-8, issues(cast, 3)[0].due_on)
    remind_and_escalate(day)
    # rules, how far it came, the calendar, one look at issues, one at what is owed outside of them, the mark
    with django_assert_num_queries(6):
        assert remind_and_escalate(day) == Swept()


def test_a_sweep_works_a_window_off_in_batches(cast: casting.Cast, settings) -> None:
    only(Deadline.OVERALL)
    settings.REMINDER_BATCH = 2
    due_on = issues(cast, 5)[0].due_on
    assert remind_and_escalate(due_on).notices == 5


def test_every_way_to_due_rows_leads_through_an_index(cast: casting.Cast) -> None:
    """The partial indexes are meant for the sweep: with sequential scans out of the way, it takes them."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for column, index in (
        ("stage_due_on", "responsibility_stage"),
        ("due_on", "responsibility_overall"),
        ("milestone_due_on", "responsibility_milestone"),
        ("reply_due_on", "responsibility_reply"),
    ):
        due = Responsibility.objects.filter(**{column: date(2025, 5, 15)}, stage_due_on__isnull=False, pk__gt=1)
        assert index in due.order_by("pk").values("pk").explain()


def test_the_team_that_is_to_look_back_is_reminded_though_no_clock_runs(cast: casting.Cast) -> None:
    only(Deadline.LOOK_BACK)
    people = everyone(cast)
    reviewer = cast.officer(cast.xinghualing_team, Role.VERIFIER)
    found = actions.perform(issue(cast), "acknowledge", by=people["handler"])
    found = actions.perform(found, "submit_feedback", by=people["handler"], verdict="true", measures="已更换活性炭")
    found = actions.perform(found, "start_verification", by=people["verifier"])
    found = actions.perform(found, "pass_verification", by=people["verifier"], opinion="现场复核达标")
    found = actions.perform(found, "close", by=people["dispatcher"])
    due_on = late_by(5, clock.today())
    actions.perform(
        found, "schedule_look_back", by=people["dispatcher"], bureau=cast.xinghualing_team.pk, look_by=due_on
    )
    for days in (-3, 0, 0, 1):
        remind_and_escalate(late_by(days, due_on))
    assert [(deadline, offset) for _, deadline, offset in inbox(reviewer) if offset is not None] == [
        ("look_back", -3), ("look_back", 0),
    ]  # fmt: skip
    assert reminders(cast) == {"county": [1]}
