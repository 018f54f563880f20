"""What each action leaves behind beside the state: records, new responsibilities, moved dates. One function a verb."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from enforcement.issues import rules
from enforcement.issues.actions import handing_off
from enforcement.issues.actions.numbering import issue_document
from enforcement.issues.lifecycle import FIELDS, Move, ReturnReason, Verdict
from enforcement.issues.models import (
    Escalation,
    Extension,
    Feedback,
    Issue,
    Responsibility,
    Verification,
)
from enforcement.timeline import clock
from enforcement.timeline.actions import personal
from regions.errors import Conflict, Invalid
from regions.models import Bureau, Officer, Part
from regions.workdays import workdays_between

MAX_TEXT = 2000
DECISION = ("granted", "decided_by", "decided_at", "decision")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`touched`: further responsibilities that changed or were opened (these are saved already). `facts`: for the event."""

    touched: list[Responsibility] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


# --- what was entered -------------------------------------------------------------------------------------------


def clean(row: Move, data: dict[str, Any], responsibility: Responsibility) -> dict[str, Any]:
    """The action's fields, checked and typed. Raises Invalid with a sentence for every field at fault."""
    errors: dict[str, list[str]] = {}
    entered: dict[str, Any] = {}
    for name in sorted(set(data) - set(row.needs) - set(row.accepts)):
        if data[name] not in (None, ""):
            errors[name] = [_("“%(action)s”不接受此项内容。") % {"action": row.label}]
    for name in (*row.needs, *row.accepts):
        value = data.get(name)
        if isinstance(value, str):
            value = value.strip()
        if value in (None, ""):
            if name in row.needs:
                errors[name] = [_("请填写%(field)s。") % {"field": FIELDS[name]}]
            continue
        try:
            entered[name] = CLEANERS.get(name, _text)(value)
        except Invalid as error:
            errors[name] = [str(error)]
    if "due_on" in entered and not clock.today() < entered["due_on"] <= responsibility.due_on:
        errors["due_on"] = [_("内部期限应晚于今天，且不晚于%(day)s。") % {"day": responsibility.due_on.isoformat()}]
    if "days" in entered and entered["days"] > responsibility.policy.extension_max_days:
        errors["days"] = [_("一次延期最多%(n)d个工作日。") % {"n": responsibility.policy.extension_max_days}]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    return entered


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Invalid(_("应为文字。"))
    if "\x00" in value or any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise Invalid(_("含有无法识别的字符，请删去后重填。"))
    if len(value) > MAX_TEXT:
        raise Invalid(_("不能超过%(n)d字。") % {"n": MAX_TEXT})
    return value


def _choice(choices: Any) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in choices.values:
            raise Invalid(
                _("不在可选范围内，可选：%(choices)s。") % {"choices": _("、").join(map(str, choices.labels))}
            )
        return str(value)

    return check


def _bureau(value: Any) -> Bureau:
    if isinstance(value, Bureau):
        return value
    try:
        found = Bureau.objects.select_related("division").filter(pk=int(value), ended_on=None).first()
    except (TypeError, ValueError, OverflowError):
        found = None
    if found is None:
        raise Invalid(_("没有这个单位，请从列表中选择。"))
    return found


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Invalid(_("日期应写作 2021-08-04。")) from error


def _days(value: Any) -> int:
    try:
        days = int(str(value))
    except ValueError as error:
        raise Invalid(_("应为整数。")) from error
    if not 1 <= days <= 250:
        raise Invalid(_("应在1到250之间。"))
    return days


CLEANERS: dict[str, Callable[[Any], Any]] = {
    "reason_code": _choice(ReturnReason),
    "verdict": _choice(Verdict),
    "bureau": _bureau,
    "due_on": _day,
    "days": _days,
}


# --- what it does -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Act:
    """Everything an effect may need."""

    row: Move
    issue: Issue
    chosen: Responsibility
    parts: list[Responsibility]
    by: Officer
    # Whom the officer acts for.
    bureau: Bureau | None
    now: datetime
    entered: dict[str, Any]
    pending: Extension | None
    latest_feedback: int | None

    def record_of(self, bureau: int | None = None) -> dict[str, Any]:
        """The fields every record has; `bureau` is the key of the bureau that acts, the responsible one's if left out."""
        bureau = bureau or self.chosen.bureau_id
        return {"responsibility": self.chosen, "by": self.by, "bureau_id": bureau, "at": self.now}


def apply(act: Act) -> Outcome:
    """Does what the act's row says beside the state."""
    return EFFECTS.get(act.row.action, _words_only)(act)


def _facts(act: Act) -> dict[str, Any]:
    """Entered values as an event keeps them: codes plain, free text by erasable reference."""
    free = {"reason", "opinion", "plan", "publication", "cause", "measures"}
    facts = {name: personal(value) if name in free else value for name, value in act.entered.items()}
    if isinstance(bureau := facts.pop("bureau", None), Bureau):
        facts["to"] = bureau.pk
    if "due_on" in facts:
        facts["inner_due_on"] = facts.pop("due_on")
    return facts


def _words_only(act: Act) -> Outcome:
    return Outcome(facts=_facts(act))


def _start_rectification(act: Act) -> Outcome:
    act.chosen.plan = act.entered.get("plan", "")
    return _words_only(act)


def _return(act: Act) -> Outcome:
    act.chosen.return_count += 1
    return _words_only(act)


def _reissue(act: Act) -> Outcome:
    """Ends this responsibility and opens another with the same weight, under a new document of the issuer."""
    bureau: Bureau = act.entered["bureau"]
    if bureau.pk == act.chosen.bureau_id:
        raise Invalid(_("不能改派给原承办单位；如应由其办理，请驳回退回。"), field="bureau")
    _check_receiver(act, bureau)
    opened = _open_under_new_document(act, bureau, act.chosen.weight, parent=act.chosen.parent)
    _end_part(act, follower=bureau)
    if act.chosen.division_id == act.issue.division_id:
        act.issue.division = bureau.division
    return Outcome([opened], {**_facts(act), "handoff": opened.handoff.number, "opened": opened.pk})


def _end(act: Act) -> Outcome:
    """Ends this responsibility; what was delegated goes back to whose it was, so that no weight is lost."""
    _end_part(act)
    parent = next((r for r in act.parts if r.pk == act.chosen.parent_id and r.live), None)
    if parent is not None:
        parent.weight += act.chosen.weight
    return Outcome([parent] if parent else [], _facts(act))


def _delegate(act: Act) -> Outcome:
    """Opens a child for a bureau below; the weight goes with the work, the duty to the issuer stays."""
    bureau: Bureau = act.entered["bureau"]
    _check_receiver(act, bureau)
    if bureau.division.parent_id != act.chosen.division_id and bureau.division_id != act.chosen.division_id:
        raise Invalid(_("只能交办本级或下一级的单位。"), field="bureau")
    inner = rules.Due(act.entered["due_on"], act.chosen.provisional)
    weight, act.chosen.weight = act.chosen.weight, Decimal(0)
    opened = _open_under_new_document(act, bureau, weight, parent=act.chosen, overall=inner)
    handing_off.add_parties(act.issue, {(bureau.pk, Part.RESPONSIBLE)}, since=act.now)
    return Outcome([opened], {**_facts(act), "handoff": opened.handoff.number, "opened": opened.pk})


def _request_extension(act: Act) -> Outcome:
    Extension.objects.create(**act.record_of(), days=act.entered["days"], reason=act.entered["reason"])
    return _words_only(act)


def _decide(act: Act, granted: bool) -> Extension:
    assert act.pending is not None  # the guard saw it under the same lock
    act.pending.granted = granted
    act.pending.decided_by, act.pending.decided_at = act.by, act.now
    act.pending.decision = act.entered.get("reason", "")
    act.pending.save(update_fields=DECISION)
    return act.pending


def _grant_extension(act: Act) -> Outcome:
    """Moves the overall and the running stage's due date by the days granted; the first dates stay."""
    extension = _decide(act, True)
    chosen, calendar = act.chosen, act.chosen.calendar.value()
    moved = rules.due(chosen.policy, chosen.due_on, extension.days, calendar)
    facts = {**_facts(act), "days": extension.days, "due_on_before": chosen.due_on}
    chosen.due_on = moved.on
    if chosen.stage_due_on:
        chosen.stage_due_on = rules.due(chosen.policy, chosen.stage_due_on, extension.days, calendar).on
    chosen.provisional = chosen.provisional or moved.provisional
    chosen.extension_count += 1
    return Outcome(facts=facts)


def _refuse_extension(act: Act) -> Outcome:
    _decide(act, False)
    return _words_only(act)


def _submit_feedback(act: Act) -> Outcome:
    if act.pending is not None:  # the answer is in: nothing is left to extend
        act.pending.granted, act.pending.decided_at, act.pending.decision = False, act.now, _("已反馈，无需延期")
        act.pending.save(update_fields=DECISION)
    feedback = Feedback.objects.create(
        **act.record_of(),
        verdict=act.entered["verdict"],
        cause=act.entered.get("cause", ""),
        measures=act.entered["measures"],
    )
    return Outcome(facts={**_facts(act), "feedback": feedback.pk})


def _verify(act: Act, passed: bool, words: str) -> Outcome:
    feedback: Any = act.latest_feedback
    verification = Verification.objects.create(
        **act.record_of(act.issue.verifier_id), feedback_id=feedback, passed=passed, opinion=words
    )
    act.chosen.verification_count += 1
    act.chosen.rejection_count += 0 if passed else 1
    return Outcome(facts={**_facts(act), "verification": verification.pk, "passed": passed})


def _close(act: Act) -> Outcome:
    act.chosen.closed_at = act.now
    acknowledged = act.chosen.acknowledged_at
    if acknowledged:
        # What was filed offline may carry an earlier day than its acknowledgement; time taken is never negative.
        days = workdays_between(
            clock.beijing_day(acknowledged), clock.beijing_day(act.now), act.chosen.calendar.value()
        )
        act.chosen.handling_days = max(days, 0)
    return Outcome(facts={**_facts(act), "handling_days": act.chosen.handling_days})


def _reopen(act: Act) -> Outcome:
    """A new clock from today; the first due date is kept, so an old lateness is never washed away."""
    chosen = act.chosen
    if chosen.closed_at is not None:
        policy = chosen.policy
        days = policy.feedback_days + policy.verify_days + policy.close_days
        fresh = rules.due(policy, clock.beijing_day(act.now), days, chosen.calendar.value())
        chosen.due_on = max(fresh.on, chosen.due_on)
        chosen.provisional = fresh.provisional
    chosen.closed_at = None
    chosen.handling_days = None
    return _words_only(act)


def _escalate(act: Act) -> Outcome:
    held = [p.bureau_id for p in act.by.postings_on(clock.today()) if p.role in act.row.roles]
    bureau = held[0] if held else act.issue.issuer_id
    Escalation.objects.create(**act.record_of(bureau), reason=act.entered["reason"])
    return _words_only(act)


EFFECTS: dict[str, Callable[[Act], Outcome]] = {
    "start_rectification": _start_rectification,
    "return": _return,
    "reissue": _reissue,
    "accept_return": _end,
    "void": _end,
    "delegate": _delegate,
    "request_extension": _request_extension,
    "grant_extension": _grant_extension,
    "refuse_extension": _refuse_extension,
    "submit_feedback": _submit_feedback,
    "pass_verification": lambda act: _verify(act, True, act.entered["opinion"]),
    "reject_verification": lambda act: _verify(act, False, act.entered["reason"]),
    "close": _close,
    "reopen": _reopen,
    "escalate": _escalate,
}


def _check_receiver(act: Act, bureau: Bureau) -> None:
    if bureau.is_contractor:
        raise Invalid(_("第三方单位不能承办。"), field="bureau")
    if bureau.pk == act.issue.verifier_id:
        raise Invalid(_("核查单位不能是承办单位。"), field="bureau")
    if any(r.live and r.bureau_id == bureau.pk for r in act.parts):
        raise Conflict(_("该单位已在承办这个问题。"))


def _open_under_new_document(
    act: Act,
    bureau: Bureau,
    weight: Decimal,
    *,
    parent: Responsibility | None,
    overall: rules.Due | None = None,
) -> Responsibility:
    assert act.bureau is not None  # documents are issued by a part's bureau: the guards saw whose it is
    day = clock.beijing_day(act.now)
    handoff = issue_document(
        act.bureau, by=act.by, at=act.now, title=act.issue.title, synthetic=act.issue.synthetic
    ).handoff
    policies, calendar = handing_off.ground_on(day)
    policy = handing_off.policy_for(policies, act.issue.source, act.issue.severity)
    overall = overall or rules.due(policy, day, policy.overall_days, calendar.value())
    opened = handing_off.build_responsibility(
        act.issue, handing_off.Share(bureau, weight), handoff, 1, policy, calendar, overall, parent=parent
    )
    opened.save()
    return opened


_END_PART = """
UPDATE issues_issueparty SET until = %(at)s
WHERE issue_id = %(issue)s AND bureau_id = %(bureau)s AND part = %(part)s AND until IS NULL
"""
_FOLLOW = f"""
WITH ended AS ({_END_PART})
INSERT INTO issues_issueparty (issue_id, bureau_id, part, since) VALUES (%(issue)s, %(follower)s, %(part)s, %(at)s)
ON CONFLICT DO NOTHING
"""


def _end_part(act: Act, *, follower: Bureau | None = None) -> None:
    """The bureau's part ends: what it could see through it, it sees no more; its follower sees it from now on."""
    with connection.cursor() as cursor:
        cursor.execute(
            _FOLLOW if follower else _END_PART,
            {
                "issue": act.issue.pk, "bureau": act.chosen.bureau_id, "part": Part.RESPONSIBLE.value, "at": act.now,
                "follower": follower.pk if follower else None,
            },
        )  # fmt: skip
    act.chosen.closed_at = None
