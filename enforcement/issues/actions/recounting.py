"""Moving running due dates to the newest working calendar: told beforehand, then done bit by bit, each on record.

What moves are the overall and the stage's dates of open responsibilities whose days are working days and were counted
by an older version. A day somebody named (an inner deadline, a milestone, a reply) isn't counted and stays. Nobody's
time gets shorter than the first due date promised; where the new calendar says earlier, the first date stands.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet

from enforcement.issues import lifecycle, rules
from enforcement.issues.actions.standing import DERIVED, derived, write_span
from enforcement.issues.models import DeadlinePolicy, Issue, Pause, Recount, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions.models import Officer, WorkCalendar

#: Issues moved by one transaction.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Shift:
    """One responsibility counted again; a date that stays is the same before and after."""

    responsibility: Responsibility
    due_on: date
    stage_due_on: date | None
    provisional: bool

    @property
    def moves(self) -> bool:
        old = self.responsibility
        return (self.due_on, self.stage_due_on) != (old.due_on, old.stage_due_on)


def waiting(calendar: WorkCalendar) -> QuerySet[Responsibility]:
    """Open responsibilities whose dates were counted by another version."""
    rows = Responsibility.objects.filter(state__in=sorted(lifecycle.OPEN)).exclude(calendar=calendar)
    # What an imported ledger stated was named by somebody, not counted.
    rows = rows.exclude(issue__imported=True)
    return rows.filter(policy__unit=DeadlinePolicy.Unit.WORKING)


def dry_run(calendar: WorkCalendar) -> Iterator[Shift]:
    """Everything that would move, in the order of the issues. Writes nothing."""
    rows = waiting(calendar).select_related("issue", "policy", "bureau").order_by("issue_id", "pk")
    for row in rows.iterator(chunk_size=500):
        shift = _counted(row, calendar, _pauses([row.pk]).get(row.pk, []))
        if shift.moves:
            yield shift


def grouped(calendar: WorkCalendar) -> list[tuple[date, date, int]]:
    """The same without naming an issue: (due day, new day, how many). A stage's day counts where only it moves."""
    counts: Counter[tuple[date, date]] = Counter()
    for shift in dry_run(calendar):
        row = shift.responsibility
        if shift.due_on != row.due_on:
            counts[row.due_on, shift.due_on] += 1
        elif row.stage_due_on and shift.stage_due_on:
            counts[row.stage_due_on, shift.stage_due_on] += 1
    return [(before, after, count) for (before, after), count in sorted(counts.items())]


def begin(calendar: WorkCalendar, *, by: Officer | None) -> Recount:
    """Puts on record that a version is to be applied; who comes second joins the first."""
    found, _made = Recount.objects.get_or_create(calendar=calendar, defaults={"begun_by": by, "begun_at": clock.now()})
    return found


def apply(calendar: WorkCalendar, *, by: Officer | None = None) -> Recount | None:
    """Counts everything again, a batch a transaction; gives the record, or None while another worker is at it.

    Killed anywhere, the next call goes on: what is done names the new version.
    """
    begin(calendar, by=by)
    while True:
        with transaction.atomic():
            run = Recount.objects.select_for_update(skip_locked=True).filter(calendar=calendar).first()
            if run is None:
                return None
            keys = list(waiting(calendar).order_by("issue_id").values_list("issue_id", flat=True).distinct()[:BATCH])
            for key in keys:
                counted, moved = _recount(key, calendar, run.begun_by)
                run.counted += counted
                run.moved += moved
            if not keys and run.finished_at is None:
                run.finished_at = clock.now()
            run.save(update_fields=["counted", "moved", "finished_at"])
        if not keys:
            return run


def unfinished() -> QuerySet[Recount]:
    return Recount.objects.filter(finished_at=None)


def _recount(issue: int, calendar: WorkCalendar, by: Officer | None) -> tuple[int, int]:
    """One issue under its lock: every part counted again, an event for each whose dates moved."""
    locked = Issue.objects.select_for_update(of=("self",)).get(pk=issue)
    parts = list(Responsibility.objects.filter(issue=locked).select_related("policy").order_by("pk"))
    concerned = list(waiting(calendar).filter(issue=locked).values_list("pk", flat=True))
    pauses = _pauses(concerned)
    moved = [
        shift
        for part in parts
        if part.pk in concerned and (shift := _counted(part, calendar, pauses.get(part.pk, []))).moves
    ]
    for shift in moved:
        _move(shift, locked, parts, calendar, by)
    # What didn't move is counted by the new version from now on all the same.
    Responsibility.objects.filter(pk__in=concerned).update(calendar=calendar)
    return len(concerned), len(moved)


def _move(shift: Shift, issue: Issue, parts: list[Responsibility], calendar: WorkCalendar, by: Officer | None) -> None:
    part = shift.responsibility
    before, part.due_on, part.stage_due_on = part.due_on, shift.due_on, shift.stage_due_on
    part.provisional, part.calendar = shift.provisional, calendar
    part.save(update_fields=["due_on", "stage_due_on", "provisional", "calendar"])
    for name, value in derived(issue, parts).items():
        setattr(issue, name, value)
    issue.version += 1
    issue.save(update_fields=[*DERIVED, "version"])
    event = record(
        issue,
        "recounted",
        by=by,
        responsibility=part.pk,
        due_on_before=before,
        due_on=part.due_on,
        stage_due_on=part.stage_due_on,
        calendar=calendar.version,
        provisional=part.provisional,
    )
    write_span([part], event)


def _counted(row: Responsibility, calendar: WorkCalendar, pauses: list[tuple[date, date]]) -> Shift:
    old, new = WorkCalendar(pk=row.calendar_id).value(), calendar.value()
    due_on, provisional = row.due_on, row.provisional
    if row.counts_from is not None:
        counted = rules.counted_again(row.policy.unit, row.counts_from, row.due_on, pauses, old, new)
        due_on, provisional = max(counted.on, row.first_due_on), counted.provisional
    stage = row.stage_due_on
    if stage is not None and row.stage_from is not None:
        since = [pause for pause in pauses if pause[0] >= row.stage_from]
        counted = rules.counted_again(row.policy.unit, row.stage_from, stage, since, old, new)
        stage = max(counted.on, row.stage_first_due_on or counted.on)
        provisional = provisional or counted.provisional
    return Shift(row, due_on, stage, provisional)


def _pauses(keys: list[int]) -> dict[int, list[tuple[date, date]]]:
    """When the clocks of responsibilities stood: from the first day to the day they went on, or are to."""
    found: dict[int, list[tuple[date, date]]] = {}
    for pause in Pause.objects.filter(responsibility__in=keys, granted=True):
        assert pause.paused_on is not None
        found.setdefault(pause.responsibility_id, []).append((pause.paused_on, pause.resumed_on or pause.resume_on))
    return found
