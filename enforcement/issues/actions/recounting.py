"""Moving running due dates to the newest working calendar: told beforehand, then done bit by bit, each on record.

What moves are the overall and the stage's dates of open responsibilities whose days are working days and were counted
by an older version. A day somebody named (an inner deadline, a milestone, a reply) isn't counted and stays. Nobody's
time gets shorter than the first due date promised; where the new calendar says earlier, the first date stands.
A paused clock moves like a running one: its overall date at once, its stage's where the pause keeps it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from enforcement.issues import lifecycle, rules
from enforcement.issues.actions.standing import DERIVED, derived, write_span
from enforcement.issues.models import DeadlinePolicy, Issue, Pause, Recount, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions.models import Officer, WorkCalendar
from regions.statements import reread

#: Issues moved by one transaction; responsibilities looked at together.
BATCH = 50
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Stops:
    """When a clock stood: (first day, day it went on, or is to), and the pause that lasts."""

    spans: list[tuple[date, date]] = field(default_factory=list)
    running: Pause | None = None

    def since(self, day: date) -> list[tuple[date, date]]:
        """Those that began on a day or later: what stood before a clock was set says nothing of it."""
        return [span for span in self.spans if span[0] >= day]


@dataclass(frozen=True, slots=True)
class Shift:
    """One responsibility counted again; a date that stays is the same before and after.

    While its clock is paused the stage's day is kept with the pause, as if the clock ran, and moves there.
    """

    responsibility: Responsibility
    due_on: date
    stage_due_on: date | None
    provisional: bool
    pause: Pause | None = None

    @property
    def stage_before(self) -> date | None:
        return self.pause.stage_kept if self.pause else self.responsibility.stage_due_on

    @property
    def moves(self) -> bool:
        return (self.due_on, self.stage_due_on) != (self.responsibility.due_on, self.stage_before)

    @property
    def settles(self) -> bool:
        """No date moves, but it was provisional and is no more."""
        return not self.moves and self.responsibility.provisional and not self.provisional


def waiting(calendar: WorkCalendar) -> QuerySet[Responsibility]:
    """Open responsibilities whose dates were counted by another version."""
    rows = Responsibility.objects.filter(state__in=sorted(lifecycle.OPEN)).exclude(calendar=calendar)
    # What an imported ledger stated was named by somebody, not counted.
    rows = rows.exclude(issue__imported=True)
    return rows.filter(policy__unit=DeadlinePolicy.Unit.WORKING)


def dry_run(calendar: WorkCalendar) -> Iterator[Shift]:
    """Everything that would move, in the order of the issues. Writes nothing."""
    rows = waiting(calendar).select_related("issue", "policy", "bureau").order_by("issue_id", "pk")
    found = rows.iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        stops = _stops([row.pk for row in chunk])
        for row in chunk:
            shift = _counted(row, calendar, stops[row.pk])
            if shift.moves:
                yield shift


def grouped(calendar: WorkCalendar) -> list[tuple[date, date, int]]:
    """The same without naming an issue: (due day, new day, how many). A stage's day counts where only it moves."""
    counts: Counter[tuple[date, date]] = Counter()
    for shift in dry_run(calendar):
        row = shift.responsibility
        if shift.due_on != row.due_on:
            counts[row.due_on, shift.due_on] += 1
        elif shift.stage_before and shift.stage_due_on:
            counts[shift.stage_before, shift.stage_due_on] += 1
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
    stops = _stops(concerned)
    counted = [_counted(part, calendar, stops[part.pk]) for part in parts if part.pk in concerned]
    moved = sum(shift.moves for shift in counted)
    for shift in counted:
        if shift.moves or shift.settles:
            _move(shift, locked, parts, calendar, by)
    # What didn't move is counted by the new version from now on all the same.
    Responsibility.objects.filter(pk__in=concerned).update(calendar=calendar)
    return len(concerned), moved


def catch_up(issue: Issue, parts: Iterable[Responsibility], *, by: Officer | None) -> None:
    """Counts an issue again that comes back to the running ones after the newest calendar was applied to those. Its lock is
    held already; `parts` are its own. A statement where there is nothing to count.
    """
    applied = Exists(Recount.objects.filter(calendar=OuterRef("pk")))
    newest: Any = WorkCalendar.objects.annotate(applied=applied).latest("version")
    running = [
        part for part in parts if part.state in lifecycle.OPEN and part.policy.unit == DeadlinePolicy.Unit.WORKING
    ]
    if newest.applied and not issue.imported and any(part.calendar_id != newest.pk for part in running):
        _recount(issue.pk, newest, by)
        reread(issue)


def by_newer(part: Responsibility, due_on: date, counts_from: date, version: int) -> date:
    """A part's own due date that was kept aside, counted by another calendar (its key) than the part is now."""
    if version == part.calendar_id or part.policy.unit != DeadlinePolicy.Unit.WORKING:
        return due_on
    spans = _stops([part.pk])[part.pk].since(counts_from)
    old, new = WorkCalendar(pk=version).value(), WorkCalendar(pk=part.calendar_id).value()
    return max(rules.counted_again(part.policy.unit, counts_from, due_on, spans, old, new).on, part.first_due_on)


def _move(shift: Shift, issue: Issue, parts: list[Responsibility], calendar: WorkCalendar, by: Officer | None) -> None:
    part = shift.responsibility
    moves = shift.moves
    before, stage_before, part.due_on = part.due_on, shift.stage_before, shift.due_on
    if shift.pause is None:
        part.stage_due_on = shift.stage_due_on
    elif shift.stage_due_on != stage_before:
        shift.pause.stage_due_on_recounted = shift.stage_due_on
        shift.pause.save(update_fields=["stage_due_on_recounted"])
    part.provisional, part.calendar = shift.provisional, calendar
    part.save(update_fields=["due_on", "stage_due_on", "provisional", "calendar"])
    for name, value in derived(issue, parts).items():
        setattr(issue, name, value)
    issue.version += 1
    issue.save(update_fields=[*DERIVED, "version"])
    facts: dict[str, Any] = {
        "due_on_before": before, "due_on": part.due_on, "stage_due_on_before": stage_before,
        "stage_due_on": shift.stage_due_on, "paused": shift.pause is not None, "calendar": calendar.version,
        "provisional": part.provisional, "responsibility": part.pk,
    }  # fmt: skip
    event = record(issue, "recounted", by=by, **facts) if moves else record(issue, "due_settled", by=by, **facts)
    write_span([part], event)


def _counted(row: Responsibility, calendar: WorkCalendar, stops: Stops) -> Shift:
    old, new = WorkCalendar(pk=row.calendar_id).value(), calendar.value()
    # A day somebody named stays; it is provisional no more once its year is confirmed.
    due_on, provisional = row.due_on, row.provisional and row.due_on.year not in new.confirmed_years
    if row.counts_from is not None:
        spans = stops.since(row.counts_from)
        counted = rules.counted_again(row.policy.unit, row.counts_from, row.due_on, spans, old, new)
        due_on, provisional = max(counted.on, row.first_due_on), counted.provisional
    pause = stops.running
    stage, first = row.stage_due_on, row.stage_first_due_on
    if pause is not None:
        stage, first = pause.stage_kept, pause.stage_first_due_on_before
    if stage is not None and row.stage_from is not None:
        # A stage's day kept with a pause doesn't hold that pause yet.
        spans = [span for span in stops.since(row.stage_from) if pause is None or span[0] != pause.paused_on]
        counted = rules.counted_again(row.policy.unit, row.stage_from, stage, spans, old, new)
        stage = max(counted.on, first or counted.on)
        provisional = provisional or counted.provisional
    return Shift(row, due_on, stage, provisional, pause)


#: A responsibility and those whose clock it carries on: reissued, it goes on with the clock of the one before; opened by a
#: split, with that of the parent's part that weighed most.
_CARRIED = """
WITH RECURSIVE chain (row_id, part_id) AS (
    SELECT id, id FROM unnest(%s::bigint[]) AS id
    UNION
    SELECT chain.row_id, before.id FROM chain JOIN issues_responsibility r ON r.id = chain.part_id
    CROSS JOIN LATERAL (
        SELECT (e.payload ->> 'responsibility')::bigint AS id FROM timeline_event e
        WHERE e.subject_type = 'issue' AND e.subject_id = (r.issue_id::varchar COLLATE "C")
          AND e.kind = 'reissued' AND (e.payload ->> 'opened')::bigint = r.id
        UNION ALL
        (SELECT kept.key::bigint FROM issues_issue i JOIN issues_split l ON l.id = i.split_id
         CROSS JOIN LATERAL jsonb_each_text(l.kept) AS kept
         WHERE i.id = r.issue_id AND l.at = r.opened_at ORDER BY kept.value::numeric DESC, kept.key::bigint LIMIT 1)
    ) AS before
)
SELECT row_id, part_id FROM chain
"""


def _stops(keys: Sequence[int]) -> dict[int, Stops]:
    """When the clocks of responsibilities stood, those they carry on included. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_CARRIED, [list(keys)])
        carried = cursor.fetchall()
    pauses: dict[int, list[Pause]] = {}
    for pause in Pause.objects.filter(responsibility__in={part for _row, part in carried}, granted=True).order_by("pk"):
        pauses.setdefault(pause.responsibility_id, []).append(pause)
    spans: dict[int, list[tuple[date, date]]] = {key: [] for key in keys}
    for row, part in carried:
        for pause in pauses.get(part, ()):
            assert pause.paused_on is not None
            spans[row].append((pause.paused_on, pause.resumed_on or pause.resume_on))
    running = {key: next((p for p in pauses.get(key, ()) if p.resumed_on is None), None) for key in keys}
    return {key: Stops(spans[key], running[key]) for key in keys}
