"""Taking an action on an issue: `available` says what one may press and why not, `perform` does it.

`perform` is the only writer of a state. It locks the issue, checks the row of the table, changes, records.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.issues import lifecycle, rules
from enforcement.issues.actions import effects, entering
from enforcement.issues.actions.acts import Act
from enforcement.issues.actions.files import (
    DIVISION_CODE,
    NOTHING_MORE,
    Files,
    files_of,
    responsibilities_of,
)
from enforcement.issues.actions.ladder import rung_of
from enforcement.issues.actions.standing import DERIVED, derived, write_span
from enforcement.issues.lifecycle import MOVES, TABLE, Clock, Move, State
from enforcement.issues.models import Issue, Responsibility
from enforcement.issues.search import with_more
from enforcement.timeline import clock
from enforcement.timeline.actions import record, tail_of
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer, Part, WorkCalendar
from regions.roles import TABLE as ROLES
from regions.scoping import REACH_MARKS, Reach, asked, reach_of
from regions.statements import NUMBERS, TEXT, Question, update

#: No bureau's key.
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Available:
    """Whether an officer may take an action on a responsibility now and, if not, why.

    `mine`: the action is this officer's to take by part and role, whatever else stands in its way.
    """

    action: str
    label: str | Promise
    responsibility: int
    allowed: bool
    why: str
    needs: tuple[str, ...]
    accepts: tuple[str, ...]
    primary: bool
    mine: bool = False


def available(issue: Issue, officer: Officer) -> list[Available]:
    """For every action of the table and every live responsibility it could concern: allowed, or the reason why not.

    Actions that belong to another part or role altogether are left out only where the responsibility's state doesn't
    offer them either; what the state offers but the officer may not press is listed with its reason. Where nothing is
    there to act on (no pause to end, no look-back to do) an action is left out.
    """
    responsibilities = responsibilities_of(issue)
    files = files_of(responsibilities)
    return available_for(issue, officer, responsibilities, files)


def available_for(
    issue: Issue, officer: Officer, responsibilities: Sequence[Responsibility], files: Files
) -> list[Available]:
    listed = []
    for responsibility in responsibilities:
        if not responsibility.live:
            continue
        for row in TABLE:
            if responsibility.state not in row.sources or _idle(row, issue, responsibility, responsibilities, files):
                continue
            why = _obstacle(row, issue, responsibility, responsibilities, officer, files)
            listed.append(
                Available(
                    row.action,
                    row.label,
                    responsibility.pk,
                    why is None,
                    str(why or ""),
                    row.needs,
                    tuple(name for name in row.accepts if name not in lifecycle.INTERNAL),
                    row.primary,
                    why is None or _wrong_hands(row, issue, responsibility, officer) is None,
                )
            )
    return listed


def perform(
    issue: Issue | str,
    action: str,
    *,
    by: Officer | None,
    responsibility: int | None = None,
    version: int | None = None,
    seen_by: Officer | None = None,
    **data: Any,
) -> Issue:
    """Takes an action and gives the issue as it then stands.

    `issue` is the row or its number, looked up and locked among what `seen_by` may see (all, if left out).
    `responsibility` names the part concerned; it may be left out where only one fits. `version` is what the caller
    saw: an issue that moved on since is a Conflict. `by` None is the system, for the few rows that let it. Raises Absent (not there or not visible), Conflict (stale, or the
    state no longer offers it), Refused (with the reason), Invalid (a field is missing or wrong). On any of them
    nothing has changed.
    """
    row = MOVES.get(action)
    if row is None:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": action}, field="action")
    with transaction.atomic():
        # Authorised on the row as it stands under the lock; Absent and invisible look the same.
        locked = _lock(issue, seen_by)
        if version is not None and version != locked.version:
            raise Conflict(_("该问题刚刚已被他人更新，请刷新后再操作。"))
        parts = responsibilities_of(locked, row)
        chosen = _choose(row, locked, parts, by, responsibility)
        files = files_of(parts)
        hindrance = _guarded(row, locked, chosen, parts, by, files)
        if hindrance is not None:
            name, reason = hindrance
            raise Refused(reason) if name in rules.PERSONAL else Conflict(reason)
        entered = entering.clean(row, data, chosen)
        _move(row, locked, chosen, parts, by, entered, files)
    return locked


def _lock(issue: Issue | str, seen_by: Officer | None) -> Issue:
    """The row under its lock, if it is there to be seen."""
    name = issue if isinstance(issue, str) else issue.pk
    found = asked(partial(_by_name, isinstance(name, str)), seen_by, name=name)
    if not found:
        raise Absent(_("没有这个问题。"))
    return found[0]


@cache
def _by_name(by_number: bool, reach: Reach | None) -> Question[Issue]:
    """Nothing is joined: a racer's reissue changes the division, and a row whose join no longer holds once the lock is
    ours would be taken for absent."""
    field, mark = ("number", TEXT) if by_number else ("pk", NUMBERS[-1])
    rows = Issue.objects.within(reach) if reach else Issue.objects.all()
    rows = rows.filter(**{field: mark}).select_for_update(of=("self",)).order_by()
    return Question(rows.annotate(division_code=DIVISION_CODE), {mark: "name", **REACH_MARKS})


def _move(
    row: Move,
    issue: Issue,
    chosen: Responsibility,
    parts: list[Responsibility],
    by: Officer | None,
    entered: dict[str, Any],
    files: Files,
) -> None:
    now = clock.now()
    before = chosen.state
    if row.target is not None:
        chosen.state = row.target
    if before in lifecycle.DONE and chosen.state in lifecycle.OPEN:
        # Calendars that came while it was closed weren't applied to it.
        chosen.calendar = WorkCalendar.current()
    _run_clock(row, chosen, now)
    bureau = _acting_bureau(row, issue, chosen, by)
    pending, latest_feedback = files.pending.get(chosen.pk), files.latest_feedback.get(chosen.pk)
    act = Act(row, issue, chosen, parts, by, bureau, now, entered, pending, latest_feedback)
    outcome = effects.apply(act)
    touched = [chosen, *outcome.touched]
    for responsibility in touched:
        if responsibility in parts:
            update(responsibility)
    everyone = parts + [r for r in outcome.touched if r not in parts]
    for name, value in derived(issue, everyone).items():
        setattr(issue, name, value)
    issue.version += 1
    if by is not None:
        issue.bigrams = with_more(issue.bigrams, by.name)
    update(issue, (*DERIVED, "division", "version", "bigrams"))
    event = record(
        issue,
        row.event,
        by=by,
        bureau=bureau,
        tail=tail_of(parts[0]),
        responsibility=chosen.pk,
        before=before,
        after=chosen.state,
        due_on=chosen.due_on,
        stage_due_on=chosen.stage_due_on,
        weight=chosen.weight,
        **outcome.facts,
    )
    write_span(touched, event)


def _run_clock(row: Move, chosen: Responsibility, now: Any) -> None:
    """Starts, restarts or stops the stage clock as the table says."""
    today = clock.beijing_day(now)
    if row.action == "acknowledge" and chosen.acknowledged_at is None:
        chosen.acknowledged_at = now
    if row.clock is Clock.STOP:
        chosen.stage_due_on = chosen.stage_first_due_on = None
        chosen.provisional = False
        return
    days = rules.stage_days(chosen.policy, row.clock)
    if days is not None:
        stage = rules.due(chosen.policy, today, days, chosen.calendar.value())
        chosen.stage_from = today
        chosen.stage_first_due_on = chosen.stage_due_on = stage.on
        chosen.provisional = chosen.provisional or stage.provisional


def _choose(
    row: Move,
    issue: Issue,
    parts: list[Responsibility],
    by: Officer | None,
    wanted: int | None,
) -> Responsibility:
    """The responsibility an action concerns. Raises Absent, Refused (wrong hands), Conflict (its state moved on)."""
    if wanted is not None:
        found = [r for r in parts if r.pk == wanted]
        if not found:
            raise Absent(_("没有这项责任。"))
        candidates = found
    else:
        live = [r for r in parts if r.live]
        # Several parts: the one this officer can act on; otherwise the first, whose refusal tells why.
        mine = [r for r in live if _wrong_hands(row, issue, r, by) is None]
        candidates = [r for r in mine if r.state in row.sources] or mine or live or parts
    chosen = next((r for r in candidates if r.state in row.sources), candidates[0])
    if row.part is Part.REVIEWER and _part_bureau(row, issue, chosen) == NOBODY:
        raise Conflict(_("没有等待完成的回头看。"))
    if wanted is None and len([r for r in candidates if r.state in row.sources]) > 1:
        raise Invalid(_("该问题由多个单位承办，请指明对哪一项责任操作。"), field="responsibility")
    hands = _wrong_hands(row, issue, chosen, by)
    if hands is not None:
        raise Refused(hands)
    if chosen.state not in row.sources:
        raise Conflict(
            _("该问题现为“%(state)s”，不能%(action)s，请刷新后再操作。")
            % {"state": State(chosen.state).label, "action": row.label}
        )
    return chosen


def _obstacle(
    row: Move,
    issue: Issue,
    responsibility: Responsibility,
    parts: Iterable[Responsibility],
    officer: Officer | None,
    files: Files,
) -> rules.Reason | None:
    hands = _wrong_hands(row, issue, responsibility, officer)
    if hands is not None:
        return hands
    hindrance = _guarded(row, issue, responsibility, parts, officer, files)
    return hindrance[1] if hindrance else None


def _guarded(
    row: Move,
    issue: Issue,
    responsibility: Responsibility,
    parts: Iterable[Responsibility],
    officer: Officer | None,
    files: Files,
) -> tuple[str, rules.Reason] | None:
    """The first guard of the row that objects, with its reason."""
    case = _case(row, issue, responsibility, parts, officer, files)
    return next(((name, reason) for name in row.guards if (reason := rules.GUARDS[name](case)) is not None), None)


def _case(
    row: Move,
    issue: Issue,
    responsibility: Responsibility,
    parts: Iterable[Responsibility],
    officer: Officer | None,
    files: Files,
) -> rules.Case:
    children = [r for r in parts if r.parent_id == responsibility.pk and r.live]
    bureau = _acting_bureau(row, issue, responsibility, officer)
    more = files.more.get(responsibility.pk, NOTHING_MORE)
    return rules.Case(
        state=State(responsibility.state),
        today=clock.today(),
        due_on=responsibility.due_on,
        opened_on=clock.beijing_day(responsibility.opened_at),
        policy=responsibility.policy,
        calendar=responsibility.calendar.value(),
        starred=issue.starred,
        officer=officer.pk if officer else 0,
        responsible_bureau=responsibility.bureau_id,
        acting_bureau=bureau.pk if bureau else None,
        feedback_authors=files.feedback_authors.get(responsibility.pk, frozenset()),
        open_children=sum(1 for r in children if r.state in lifecycle.OPEN),
        children=len(children),
        pending_extension=responsibility.pk in files.pending,
        extensions=responsibility.extension_count,
        verifiers=more.verifiers,
        verifying_bureau=issue.verifier_id,
        paused=responsibility.paused_on is not None,
        pending_pause=more.pending_pause is not None,
        pauses=more.pauses,
        open_milestones=responsibility.milestone_due_on is not None,
        listed=responsibility.listed_on is not None,
        unanswered=more.unanswered,
        open_look_back=getattr(responsibility, "look_back", None) is not None,
        rung=responsibility.rung,
        acting_rung=rung_of(bureau) if row.part is None and bureau else "",
        listed_rung=more.listed_rung,
        pressed_by=more.pressed_by,
        open_splits=files.open_splits,
        split_off=issue.split_id is not None,
        delegated=responsibility.parent_id is not None,
    )


def _idle(
    row: Move, issue: Issue, responsibility: Responsibility, parts: Iterable[Responsibility], files: Files
) -> bool:
    if row.part is Part.REVIEWER:
        return _part_bureau(row, issue, responsibility) == NOBODY
    if not rules.IDLE.intersection(row.guards):
        return False
    case = _case(row, issue, responsibility, parts, None, files)
    return any(rules.GUARDS[name](case) is not None for name in row.guards if name in rules.IDLE)


def _part_bureau(row: Move, issue: Issue, responsibility: Responsibility) -> int | None:
    """The bureau whose people may take the action; None where supervision of the division decides."""
    if row.part is Part.RESPONSIBLE:
        return responsibility.bureau_id
    if row.part is Part.VERIFIER:
        return issue.verifier_id
    if row.part is Part.REVIEWER:
        # The team of the look-back that waits; nobody's where none does.
        return getattr(responsibility, "look_back_bureau", None) or NOBODY
    if row.part is Part.ISSUER:
        return responsibility.parent.bureau_id if responsibility.parent else issue.issuer_id
    return None


def _wrong_hands(
    row: Move, issue: Issue, responsibility: Responsibility, officer: Officer | None
) -> rules.Reason | None:
    """The reason if the officer holds no posting the table row asks for."""
    if officer is None:
        return None if row.by_system else _("系统不能%(action)s。") % {"action": row.label}
    held = [p for p in officer.postings_on(clock.today()) if p.role in row.roles]
    names = _("、").join(str(ROLES[role].name) for role in sorted(row.roles))
    if row.part is None:
        reach = reach_of(officer, clock.today())
        if held and responsibility.division_id in reach.supervised:
            return None
        return _("只有辖区内的%(roles)s可以%(action)s。") % {"roles": names, "action": row.label}
    bureau = _part_bureau(row, issue, responsibility)
    if any(p.bureau_id == bureau for p in held):
        return None
    return _("只有%(part)s的%(roles)s可以%(action)s。") % {"part": row.part.label, "roles": names, "action": row.label}


def _acting_bureau(row: Move, issue: Issue, responsibility: Responsibility, officer: Officer | None) -> Any:
    wanted = _part_bureau(row, issue, responsibility)
    if officer is None:
        return None
    for posting in officer.postings_on(clock.today()):
        if posting.role in row.roles and wanted in (None, posting.bureau_id):
            return posting.bureau
    return None
