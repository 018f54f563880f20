"""What moves a due date: extensions, pauses, milestones, reopening. The first dates stay for ever."""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from enforcement.issues import lifecycle, rules
from enforcement.issues.actions.acts import Act, Outcome, facts, words_only
from enforcement.issues.models import Extension, Milestone, Pause, Responsibility
from regions.errors import Conflict, Invalid
from regions.workdays import next_workday

DECISION = ("granted", "decided_by", "decided_at", "decision")
_PAUSED = (*DECISION, "paused_on", "due_on_before", "stage_due_on_before", "stage_first_due_on_before")


# --- extension --------------------------------------------------------------------------------------------------


def request_extension(act: Act) -> Outcome:
    Extension.objects.create(**act.record_of(), days=act.entered["days"], reason=act.entered["reason"])
    return words_only(act)


def _decide(act: Act, granted: bool) -> Extension:
    assert act.pending is not None  # the guard saw it under the same lock
    act.pending.granted = granted
    act.pending.decided_by, act.pending.decided_at = act.by, act.now
    act.pending.decision = act.entered.get("reason", "")
    act.pending.save(update_fields=DECISION)
    return act.pending


def grant_extension(act: Act) -> Outcome:
    """Moves the overall and the running stage's due date by the days granted; the first dates stay."""
    extension = _decide(act, True)
    chosen, calendar = act.chosen, act.chosen.calendar.value()
    moved = rules.due(chosen.policy, chosen.due_on, extension.days, calendar)
    kept = {**facts(act), "days": extension.days, "due_on_before": chosen.due_on}
    chosen.due_on = moved.on
    if chosen.stage_due_on:
        chosen.stage_due_on = rules.due(chosen.policy, chosen.stage_due_on, extension.days, calendar).on
    chosen.provisional = chosen.provisional or moved.provisional
    chosen.extension_count += 1
    _check_parent(chosen)
    return Outcome(facts=kept)


def refuse_extension(act: Act) -> Outcome:
    _decide(act, False)
    return words_only(act)


def _check_parent(chosen: Responsibility) -> None:
    """Who delegated can't give more time than they have themselves."""
    if chosen.parent is not None and chosen.parent.live and chosen.due_on > chosen.parent.due_on:
        day = chosen.parent.due_on.isoformat()
        raise Conflict(_("下级的期限不能晚于本单位的期限%(day)s，请先申请本单位延期或暂停。") % {"day": day})


# --- pause ------------------------------------------------------------------------------------------------------


def request_pause(act: Act) -> Outcome:
    given = act.entered
    Pause.objects.create(
        **act.record_of(),
        reason_code=given["pause_code"],
        reason=given["reason"],
        evidence=given["evidence"],
        resume_on=given["resume_on"],
    )
    return words_only(act)


def grant_pause(act: Act) -> Outcome:
    """Stops the clock from today; the due date moves by the time planned, so that nothing is late meanwhile."""
    pause, chosen = _asked(act), act.chosen
    if pause.resume_on <= act.today:
        raise Conflict(_("计划恢复日期已过，请承办单位重新申请。"))
    planned = rules.paused_time(chosen.policy, act.today, pause.resume_on, chosen.calendar.value())
    moved = rules.due(chosen.policy, chosen.due_on, planned, chosen.calendar.value())
    pause.granted, pause.decided_by, pause.decided_at = True, act.by, act.now
    pause.decision, pause.paused_on = act.entered.get("reason", ""), act.today
    pause.due_on_before = chosen.due_on
    pause.stage_due_on_before, pause.stage_first_due_on_before = chosen.stage_due_on, chosen.stage_first_due_on
    pause.save(update_fields=_PAUSED)
    kept = {**facts(act), "pause": pause.pk, "due_on_before": chosen.due_on, "resume_on": pause.resume_on}
    chosen.paused_on, chosen.due_on = act.today, moved.on
    chosen.provisional = chosen.provisional or moved.provisional
    chosen.stage_due_on = chosen.stage_first_due_on = None
    chosen.milestone_due_on = None
    _check_parent(chosen)
    return Outcome(facts=kept)


def refuse_pause(act: Act) -> Outcome:
    pause = _asked(act)
    pause.granted, pause.decided_by, pause.decided_at = False, act.by, act.now
    pause.decision = act.entered["reason"]
    pause.save(update_fields=DECISION)
    return words_only(act)


def _asked(act: Act) -> Pause:
    return Pause.objects.get(responsibility=act.chosen, granted=None)


def resume(act: Act) -> Outcome:
    """The clock goes on with exactly as much time left as it had: on the planned day even if told later."""
    pause = Pause.objects.get(responsibility=act.chosen, granted=True, resumed_on=None)
    chosen, calendar = act.chosen, act.chosen.calendar.value()
    assert pause.paused_on is not None
    if act.today < pause.paused_on:  # the clock of who resumes is behind that of who paused
        raise Conflict(_("暂停自%(day)s起，恢复不能早于这一天，请核对时间。") % {"day": pause.paused_on.isoformat()})
    pause.resumed_on = min(_first_day(chosen, act.today), pause.resume_on)
    pause.save(update_fields=["resumed_on"])
    assert pause.due_on_before is not None
    paused = rules.paused_time(chosen.policy, pause.paused_on, pause.resumed_on, calendar)
    planned = rules.paused_time(chosen.policy, pause.paused_on, pause.resume_on, calendar)
    kept = {**facts(act), "pause": pause.pk, "due_on_before": chosen.due_on, "resumed_on": pause.resumed_on}
    if rules.due(chosen.policy, pause.due_on_before, planned, calendar).on == chosen.due_on:
        chosen.due_on = rules.due(chosen.policy, pause.due_on_before, paused, calendar).on
    else:  # counted again by another calendar meanwhile: what wasn't used is given back
        back = rules.due(chosen.policy, chosen.due_on, paused - planned, calendar).on
        chosen.due_on = max(back, chosen.first_due_on)
    chosen.paused_on = None
    stage = pause.stage_kept
    chosen.stage_due_on = rules.due(chosen.policy, stage, paused, calendar).on if stage else chosen.due_on
    chosen.stage_first_due_on = pause.stage_first_due_on_before
    _push_milestones(act, paused)
    return Outcome(facts=kept)


def _first_day(chosen: Responsibility, day: date) -> date:
    """The day a clock goes on: of working days, the first of them, or what was left might run out over a weekend."""
    return day if chosen.policy.unit == "calendar" else next_workday(day, chosen.calendar.value())


def _push_milestones(act: Act, paused: int) -> None:
    """Milestones not reached yet move by the same time; the old dates stay on record."""
    chosen, calendar = act.chosen, act.chosen.calendar.value()
    waiting = open_milestones(chosen)
    fresh = [
        Milestone(
            responsibility=chosen,
            place=row.place,
            title=row.title,
            due_on=rules.due(chosen.policy, row.due_on, paused, calendar).on,
            planned_at=act.now,
            from_split=row.from_split,
        )
        for row in waiting
    ]
    if paused:
        _replace(waiting, fresh, act)
    chosen.milestone_due_on = min((row.due_on for row in (fresh if paused else waiting)), default=None)


# --- milestones -------------------------------------------------------------------------------------------------


def open_milestones(chosen: Responsibility) -> Sequence[Milestone]:
    return list(Milestone.objects.filter(responsibility=chosen, reached_at=None, replaced_at=None))


def _replace(waiting: Sequence[Milestone], fresh: Sequence[Milestone], act: Act) -> None:
    Milestone.objects.filter(pk__in=[row.pk for row in waiting]).update(replaced_at=act.now)
    Milestone.objects.bulk_create(fresh)


def inner_of(part: Responsibility) -> Milestone | None:
    """The inner due date its splitter gave a part and that waits. No statement where no milestone does."""
    if part.milestone_due_on is None:
        return None
    return next((row for row in open_milestones(part) if row.from_split), None)


def give_inner(part: Responsibility, due_on: date, at: datetime, *, again: bool = False) -> Milestone:
    """The inner due date of a child, not saved yet; the part tells it once it is. `again`: given after splitting."""
    with override(settings.LANGUAGE_CODE):  # on record in the office's language, whoever splits
        title = _("改定的内部期限") if again else _("拆分时定的内部期限")
    part.milestone_due_on = due_on
    return Milestone(responsibility=part, place=1, title=title, due_on=due_on, planned_at=at, from_split=True)


def set_inner_due(act: Act) -> Outcome:
    """Gives a child of a split another inner due date, or one if it has none; the one before stays on record.

    Within that of the issue it was split from, and not before what it was itself split into or passed on for. Steps the
    bureau planned for later come forward to it. No due date and no figure moves. Raises Invalid, Conflict.
    """
    chosen, day = act.chosen, act.entered["due_on"]
    waiting = open_milestones(chosen)
    before = next((row.due_on for row in waiting if row.from_split), None)
    if before == day:
        raise Invalid(_("内部期限已是%(day)s，请填写另一天。") % {"day": day.isoformat()}, field="due_on")
    _check_inner(act, day)
    later = [row for row in waiting if not row.from_split and row.due_on > day]
    forward = [
        Milestone(responsibility=chosen, place=row.place, title=row.title, due_on=day, planned_at=act.now)
        for row in later
    ]
    chosen_day = give_inner(chosen, day, act.now, again=True)
    _replace([*(row for row in waiting if row.from_split), *later], [chosen_day, *forward], act)
    chosen.milestone_due_on = min([day, *(row.due_on for row in waiting if not row.from_split)])
    return Outcome(facts={**facts(act), "inner_due_on_before": before})


_WAITS = "m.from_split AND m.reached_at IS NULL AND m.replaced_at IS NULL"
#: The inner due date of the issue this one was split from; the latest of what it was itself split into and isn't done.
_KIN = f"""
SELECT (
    SELECT min(m.due_on) FROM issues_split s JOIN issues_responsibility r ON r.issue_id = s.issue_id
    JOIN issues_milestone m ON m.responsibility_id = r.id WHERE s.id = %s AND {_WAITS}
), (
    SELECT max(m.due_on) FROM issues_split s JOIN issues_issue c ON c.split_id = s.id
    JOIN issues_responsibility r ON r.issue_id = c.id JOIN issues_milestone m ON m.responsibility_id = r.id
    WHERE s.issue_id = %s AND s.voided_at IS NULL AND r.state = ANY(%s) AND {_WAITS}
)
"""


#: The splits above and below, older first, so that who moves a parent's day and who moves a child's wait for each other.
_KIN_STILL = """
SELECT FROM issues_split WHERE id = %s OR (issue_id = %s AND voided_at IS NULL) ORDER BY id FOR NO KEY UPDATE
"""


def _check_inner(act: Act, day: date) -> None:
    """Whether a day lies between those above and below, which stand still until this is settled. Raises Invalid."""
    with connection.cursor() as cursor:
        # By a statement of its own: what waited for a lock still sees what was there when it began.
        cursor.execute(_KIN_STILL, [act.issue.split_id, act.issue.pk])
        cursor.execute(_KIN, [act.issue.split_id, act.issue.pk, sorted(lifecycle.OPEN)])
        above, below = cursor.fetchone()
    if above is not None and day > above:
        raise Invalid(
            _("内部期限不能晚于原问题的内部期限%(day)s，请改正。") % {"day": above.isoformat()}, field="due_on"
        )
    if below is not None and day < below:
        raise Invalid(_("子问题的内部期限到%(day)s，请先改定子问题的。") % {"day": below.isoformat()}, field="due_on")
    passed_on = [row.due_on for row in act.parts if row.parent_id == act.chosen.pk and row.state in lifecycle.OPEN]
    if passed_on and day < max(passed_on):
        raise Invalid(
            _("已交办下级，下级的期限是%(day)s，内部期限不能早于它。") % {"day": max(passed_on).isoformat()},
            field="due_on",
        )


def plan_milestones(act: Act) -> Outcome:
    """Lists the steps of long works; those not reached of an earlier plan are replaced and stay on record.

    Once closed for the interim the plan is what the issuer agreed to: its last day can't be moved out.
    """
    chosen, rows = act.chosen, act.entered["milestones"]
    last = max(row["due_on"] for row in rows)
    if act.row.action == "plan_milestones" and chosen.state == "interim_closed" and last > chosen.due_on:
        day = chosen.due_on.isoformat()
        raise Invalid(_("阶段性办结后，节点不能晚于已同意的期限%(day)s。") % {"day": day}, field="milestones")
    waiting = open_milestones(chosen) if chosen.milestone_due_on else []
    inner = [row.due_on for row in waiting if row.from_split]
    if inner and last > min(inner):
        day = min(inner).isoformat()
        raise Invalid(_("节点不能晚于拆分时定的内部期限%(day)s。") % {"day": day}, field="milestones")
    fresh = [
        Milestone(responsibility=chosen, place=place, planned_at=act.now, **row)
        for place, row in enumerate(sorted(rows, key=lambda row: row["due_on"]), start=1)
    ]
    _replace([row for row in waiting if not row.from_split], fresh, act)
    chosen.milestone_due_on = min([*inner, *(row["due_on"] for row in rows)])
    return Outcome(facts={**facts(act), "count": len(rows), "last_on": last})


def reach_milestone(act: Act) -> Outcome:
    found = Milestone.objects.filter(
        responsibility=act.chosen, pk=act.entered["milestone"], reached_at=None, replaced_at=None
    ).first()
    if found is None:
        raise Invalid(_("没有这个待完成的节点，请从列表中选择。"), field="milestone")
    evidence = act.entered["evidence"]
    if Milestone.objects.filter(evidence=evidence).exists():
        raise Invalid(_("这个材料已用于另一个节点，请上传本节点的材料。"), field="evidence")
    found.reached_at, found.reached_by, found.evidence = act.now, act.by, evidence
    found.note = act.entered.get("note", "")
    found.save(update_fields=["reached_at", "reached_by", "evidence", "note"])
    act.chosen.milestone_due_on = min((row.due_on for row in open_milestones(act.chosen)), default=None)
    return Outcome(facts={**facts(act), "milestone": found.pk, "title": found.title, "planned_on": found.due_on})


# --- the end of works -------------------------------------------------------------------------------------------


def interim_close(act: Act) -> Outcome:
    """Immediate harm has stopped; the clock goes on. Where the works have milestones, the issuer agrees to their last day."""
    waiting = open_milestones(act.chosen)
    kept = facts(act)
    if waiting:
        chosen, last = act.chosen, max(row.due_on for row in waiting)
        kept |= {"due_on_before": chosen.due_on, "milestones": len(waiting)}
        # A day agreed to isn't counted: no other calendar moves it.
        if last > chosen.due_on:
            chosen.due_on, chosen.counts_from = last, None
        if chosen.stage_due_on is None or last > chosen.stage_due_on:
            chosen.stage_due_on, chosen.stage_from = last, None
        chosen.milestone_due_on = min(row.due_on for row in waiting)
        _check_parent(chosen)
    return Outcome(facts=kept)


def reopen(act: Act) -> Outcome:
    """A new clock from today; the first due date is kept, so an old lateness is never washed away."""
    chosen = act.chosen
    if chosen.closed_at is not None:
        # What wasn't reached was planned for the clock that ended: a rejection later must not bring it back.
        Milestone.objects.filter(responsibility=chosen, reached_at=None, replaced_at=None).update(replaced_at=act.now)
        policy = chosen.policy
        days = policy.feedback_days + policy.verify_days + policy.close_days
        fresh = rules.due(policy, act.today, days, chosen.calendar.value())
        chosen.due_on = max(fresh.on, chosen.due_on)
        chosen.provisional = fresh.provisional
        chosen.counts_from = act.today
    chosen.closed_at = None
    chosen.handling_days = None
    return words_only(act)
