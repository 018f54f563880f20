"""Writes the issues of a ledger as they were lived: issued, acknowledged, closed on the days the ledger says.

Events occur then (`occurred_at`) and are recorded now, so that a figure as of a past day counts them and one known at an
earlier moment doesn't. Every step is one the database lets an imported issue take (migration 0016), in the transaction
that brings the issue in and never after.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from enforcement.issues import rules
from enforcement.issues.actions.handing_off import parties_of, policies_on, policy_for
from enforcement.issues.actions.ledger_rows import Fresh
from enforcement.issues.actions.numbering import issue_numbers, write_ledger_document
from enforcement.issues.actions.searching import pieces_of, words_of_bureaus
from enforcement.issues.actions.standing import DERIVED, derived, spans
from enforcement.issues.ledger.reading import digest_of
from enforcement.issues.lifecycle import Clock, State
from enforcement.issues.models import (
    DeadlinePolicy,
    Handoff,
    Issue,
    IssueParty,
    LedgerImport,
    LedgerLayout,
    LedgerRow,
    Responsibility,
    Span,
)
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, personal, record, together
from enforcement.timeline.models import Event
from regions.models import Part, WorkCalendar
from regions.workdays import Calendar, workdays_between

#: Issues written together.
CHUNK = 200
#: The hour a ledger's day is lived at: it only knows days.
NOON = time(12)
#: Numbers one draw gives at most (migration 0010).
MOST_DRAWN = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened: the state after it, the kind of its event and when."""

    state: State
    kind: str
    at: datetime


@dataclass(slots=True)
class Life:
    """An issue on its way in: its rows, the steps it took, and the end of its chain so far."""

    fresh: Fresh
    issue: Issue
    parts: list[Responsibility]
    steps: list[Step]
    tail: Event | None = None
    events: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class Ground:
    """What issuing in the past stands on: every policy there was, today's calendar, the import."""

    def __init__(self, ledger: LedgerImport) -> None:
        self.ledger, self.calendar = ledger, WorkCalendar.current()
        self.days: Calendar = self.calendar.value()
        self._policies: dict[date, list[DeadlinePolicy]] = {}
        self._documents: dict[date, Handoff] = {}
        self._items: dict[int, int] = defaultdict(int)

    def policy(self, fresh: Fresh, day: date) -> DeadlinePolicy:
        """The policy of the day; the earliest there is for days before it. Raises Invalid where none matches."""
        if day not in self._policies:
            earliest = DeadlinePolicy.objects.order_by("valid_from").values_list("valid_from", flat=True).first()
            self._policies[day] = policies_on(max(day, earliest) if earliest else day)
        item = fresh.item
        return policy_for(self._policies[day], item.source, item.severity, item.pollution_type)

    def document(self, day: date) -> Handoff:
        """The document of a day's rows: one that says it was made from a ledger, in a series of its own."""
        if day not in self._documents:
            ledger = self.ledger
            # A paper of the office, whatever language its writer reads the pages in.
            with override(settings.LANGUAGE_CODE):
                title = _("台账导入：%(name)s") % {"name": ledger.name}
            handoff = Handoff(
                bureau=ledger.bureau, year=day.year, title=title,
                issued_at=at_noon(day), issued_by=ledger.officer, synthetic=ledger.synthetic, imported=True,
            )  # fmt: skip
            self._documents[day] = write_ledger_document(handoff)
        return self._documents[day]

    def item(self, handoff: Handoff) -> int:
        self._items[handoff.pk] += 1
        return self._items[handoff.pk]


def at_noon(day: date) -> datetime:
    return datetime.combine(day, NOON, clock.BEIJING)


def bring_in(
    ledger: LedgerImport, rows: Sequence[tuple[Fresh, LedgerLayout]], tell: Callable[[int], None]
) -> list[Issue]:
    """Writes the issues of rows nobody brought in before, in the caller's transaction, which an error must end.

    `tell` hears how many are done and may raise to end it.
    """
    ground = Ground(ledger)
    numbers = _numbers(fresh.row.stated["issued_on"] for fresh, _layout in rows)
    made: list[Issue] = []
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        lives = [_life(fresh, next(numbers[_year(fresh)]), ground) for fresh, _layout in chunk]
        _write(lives, ground)
        _keep(lives, [layout for _fresh, layout in chunk], ledger)
        made += [life.issue for life in lives]
        tell(len(made))
    return made


def _year(fresh: Fresh) -> int:
    return int(fresh.row.stated["issued_on"][:4])


def _numbers(days: Iterable[str]) -> dict[int, Any]:
    wanted: dict[int, int] = defaultdict(int)
    for day in days:
        wanted[int(day[:4])] += 1
    return {year: iter(issue_numbers(year, _drawn(year, count))) for year, count in sorted(wanted.items())}


def _drawn(year: int, count: int) -> list[int]:
    serials: list[int] = []
    with connection.cursor() as cursor:
        while len(serials) < count:
            cursor.execute("SELECT issues_draw(%s, %s)", [year, min(MOST_DRAWN, count - len(serials))])
            serials += cursor.fetchone()[0]
    return serials


# --- one issue --------------------------------------------------------------------------------------------------


def _life(fresh: Fresh, number: str, ground: Ground) -> Life:
    stated, item, ledger = fresh.row.stated, fresh.item, ground.ledger
    issued = date.fromisoformat(stated["issued_on"])
    policy = ground.policy(fresh, issued)
    first, due, provisional = _due(stated, policy, issued, ground)
    main = max(item.shares, key=lambda share: share.weight).bureau
    issue = Issue(
        number=number, title=item.title, description=item.description, source=item.source,
        pollution_type=item.pollution_type, severity=item.severity, starred=item.starred, lon=item.lon, lat=item.lat,
        address=item.address, located_in=item.located_in, division=main.division, site=item.site, issuer=ledger.bureau,
        verifier=item.verifier or ledger.bureau, state=State.ISSUED, first_due_on=first, due_on=due,
        provisional=provisional, issued_at=at_noon(issued), issued_on=issued, issued_by=ledger.officer, imported=True,
        synthetic=ledger.synthetic,
    )  # fmt: skip
    bureaus = words_of_bureaus(share.bureau for share in item.shares)
    issue.bigrams = pieces_of(issue, ledger.officer.name, stated.get("number", ""), *bureaus)
    handoff = ground.document(issued)
    place = ground.item(handoff)
    parts = [
        Responsibility(
            issue=issue, bureau=share.bureau, division=share.bureau.division, handoff=handoff, item=place, policy=policy,
            calendar=ground.calendar, provisional=provisional, opened_at=at_noon(issued), state=State.ISSUED,
            weight=share.weight, first_due_on=first, due_on=due, counts_from=issued, extension_count=int(due > first),
        )
        for share in item.shares
    ]  # fmt: skip
    facts = {
        "ledger": ledger.name, "sheet": fresh.row.sheet, "row": fresh.row.number, "ledger_number": stated.get("number", ""),
        "handoff": handoff.number, "item": place, "title": issue.title, "source": issue.source,
        "severity": issue.severity, "first_due_on": first, "due_on": due, "policy": policy.pk,
        "stated_due": bool(stated.get("due_on") or stated.get("first_due_on")), "calendar": ground.calendar.version,
    }  # fmt: skip
    return Life(fresh, issue, parts, _steps(stated), facts=facts)


def _due(stated: dict[str, str], policy: DeadlinePolicy, issued: date, ground: Ground) -> tuple[date, date, bool]:
    """First and current due date as stated; what isn't stated is counted by the policy."""
    named = [date.fromisoformat(stated[key]) for key in ("first_due_on", "due_on") if stated.get(key)]
    if named:
        return named[0], named[-1], False
    counted = rules.due(policy, issued, policy.overall_days, ground.days)
    return counted.on, counted.on, counted.provisional


def _steps(stated: dict[str, str]) -> list[Step]:
    """What happened, in order; what the ledger doesn't say happened with the step before it."""
    at = at_noon(date.fromisoformat(stated["issued_on"]))
    steps = [Step(State.ISSUED, "imported", at)]
    end = _end_of(stated)
    if stated.get("acknowledged_on"):
        at = at_noon(date.fromisoformat(stated["acknowledged_on"]))
        steps.append(Step(State.ACKNOWLEDGED, "imported_as", at))
    elif end is State.ACKNOWLEDGED:
        steps.append(Step(State.ACKNOWLEDGED, "imported_as", at))
    if end in (State.CLOSED, State.STRUCK_OFF):
        at = at_noon(date.fromisoformat(stated["closed_on"]))
        steps.append(Step(State.CLOSED, "imported_as", at))
    if end in (State.STRUCK_OFF, State.RECTIFYING, State.INTERIM_CLOSED):
        steps.append(Step(end, "imported_as", at))
    return steps


def _end_of(stated: dict[str, str]) -> State:
    if stated.get("state"):
        return State(stated["state"])
    if stated.get("closed_on"):
        return State.CLOSED
    return State.ACKNOWLEDGED if stated.get("acknowledged_on") else State.ISSUED


# --- a chunk of them --------------------------------------------------------------------------------------------


def _write(lives: list[Life], ground: Ground) -> None:
    Issue.objects.bulk_create([life.issue for life in lives])
    Responsibility.objects.bulk_create([part for life in lives for part in life.parts])
    parties = []
    for life in lives:
        issue = life.issue
        parts = {(issue.issuer_id, Part.ISSUER), (issue.verifier_id, Part.VERIFIER)}
        parts |= {(part.bureau_id, Part.RESPONSIBLE) for part in life.parts}
        parties += parties_of(issue, parts, since=issue.issued_at)
    IssueParty.objects.bulk_create(parties)
    for step in range(max(len(life.steps) for life in lives)):
        _take([life for life in lives if step < len(life.steps)], step, ground)
    for life in lives:
        for name, value in derived(life.issue, life.parts).items():
            setattr(life.issue, name, value)
        life.issue.version = life.events
    Issue.objects.bulk_update([life.issue for life in lives], (*DERIVED, "version"))


def _take(lives: list[Life], place: int, ground: Ground) -> None:
    """The same step of several issues: their rows as they then stood, the events, the spans."""
    if place:
        for life in lives:
            for part in life.parts:
                _stand(part, life.steps[place], ground)
        Responsibility.objects.bulk_update([part for life in lives for part in life.parts], _MOVED)
    last = place + 1
    running = [life for life in lives if len(life.steps) == last]
    _start_clocks(running, ground)
    read_at = _database_clock()
    told: list[tuple[Life, Event]] = []
    with together():
        for life in lives:
            # One event a responsibility: each names the part it is about, as every other event does.
            for part in life.parts if place else life.parts[:1]:
                life.tail = _tell(life, part, place, read_at)
                told.append((life, life.tail))
    Span.objects.bulk_create(
        [span for life, event in told for span in spans(life.parts if not place else [_part_of(life, event)], event)]
    )


_MOVED = ["state", "acknowledged_at", "closed_at", "handling_days"]


def _part_of(life: Life, event: Event) -> Responsibility:
    return next(part for part in life.parts if part.pk == event.payload["responsibility"])


def _stand(part: Responsibility, step: Step, ground: Ground) -> None:
    part.state = step.state
    if step.state == State.ACKNOWLEDGED:
        part.acknowledged_at = step.at
    if step.state == State.CLOSED:
        part.closed_at = step.at
        if part.acknowledged_at:
            first, last = clock.beijing_day(part.acknowledged_at), clock.beijing_day(step.at)
            part.handling_days = max(workdays_between(first, last, ground.days), 0)


_STAGES = {State.ISSUED: Clock.START, State.ACKNOWLEDGED: Clock.RECTIFY, State.RECTIFYING: Clock.RECTIFY,
           State.INTERIM_CLOSED: Clock.RECTIFY}  # fmt: skip


def _start_clocks(lives: list[Life], ground: Ground) -> None:
    """What is still open goes on from today: its stage gets the days a stage has; its due date stays as it was."""
    today, moved = clock.today(), []
    for life in lives:
        for part in life.parts:
            stage = _STAGES.get(State(part.state))
            days = rules.stage_days(part.policy, stage) if stage else None
            if days is not None:
                due = rules.due(part.policy, today, days, ground.days)
                part.stage_from, part.stage_due_on, part.stage_first_due_on = today, due.on, due.on
                moved.append(part)
    if moved:
        Responsibility.objects.bulk_update(moved, ["stage_from", "stage_due_on", "stage_first_due_on"])


def _tell(life: Life, part: Responsibility, place: int, read_at: datetime) -> Event:
    step, ledger = life.steps[place], life.issue
    before = life.steps[place - 1].state if place else None
    facts: dict[str, Any] = {"responsibility": part.pk, "before": before, "after": step.state, "weight": part.weight}
    if not place:
        to = [{"bureau": p.bureau_id, "weight": p.weight, "responsibility": p.pk} for p in life.parts]
        facts |= {**life.facts, "to": to}
    elif place == len(life.steps) - 1 and (words := life.fresh.row.stated.get("measures")):
        facts["measures"] = personal(words)
    life.events += 1
    tail = Tail(read_at, life.tail.seq, bytes(life.tail.hash)) if life.tail else Tail(read_at)
    return record(
        ledger, step.kind, by=life.issue.issued_by, bureau=life.issue.issuer, occurred_at=step.at, tail=tail, **facts
    )


def _database_clock() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        read_at: datetime = cursor.fetchone()[0]
    return read_at


def _keep(lives: list[Life], layouts: list[LedgerLayout], ledger: LedgerImport) -> None:
    LedgerRow.objects.bulk_create(
        [
            LedgerRow(
                bureau=ledger.bureau, key=life.fresh.row.key, issue=life.issue, ledger=ledger, layout=layout,
                sheet=life.fresh.row.sheet[:60], number=life.fresh.row.number, digest=digest_of(life.fresh.row.stated),
                content=life.fresh.row.stated, cells=life.fresh.row.cells,
            )
            for life, layout in zip(lives, layouts, strict=True)
        ]
    )  # fmt: skip
