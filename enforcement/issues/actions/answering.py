"""Feedback, verification and closure: what a bureau says it did, who checked it, and the end of the duty."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from enforcement.issues.actions.acts import Act, Outcome, facts, words_only
from enforcement.issues.actions.deadlines import DECISION, open_milestones
from enforcement.issues.lifecycle import Verdict
from enforcement.issues.models import FeedbackRule, Issue, Verification
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.workdays import workdays_between


def start_rectification(act: Act) -> Outcome:
    act.chosen.plan = act.entered.get("plan", "")
    return words_only(act)


# --- feedback ---------------------------------------------------------------------------------------------------


def rule_for(rules: Iterable[FeedbackRule], issue: Issue, day: date) -> FeedbackRule | None:
    """What a feedback on this issue must hold: the most specific rule in force, None where none asks for anything."""
    fitting = [
        rule
        for rule in rules
        if rule.valid_from <= day
        and (rule.valid_to is None or rule.valid_to > day)
        and rule.source in ("", issue.source)
        and rule.pollution_type in ("", issue.pollution_type)
        and rule.severity in ("", issue.severity)
    ]
    return max(fitting, key=lambda rule: (*_specific(rule), rule.valid_from, rule.pk), default=None)


def _specific(rule: FeedbackRule) -> tuple[int, bool, bool]:
    named = bool(rule.source) + bool(rule.pollution_type) + bool(rule.severity)
    return named, bool(rule.source), bool(rule.pollution_type)


def missing(issue: Issue, chosen: Any, entered: dict[str, Any]) -> dict[str, list[str]]:
    """What a feedback still lacks, field by field, each in a sentence. No statement.

    `chosen` is a responsibility read for a feedback (`files`). After a rejection a photo of how it looks now is wanted,
    not the old one again. Where the verdict is 不属实 there was nothing to mend, and nothing more to show.
    """
    known = [_known(values) for values in chosen.feedback_rules or ()]
    rule = rule_for(known, issue, clock.today())
    if rule is None or entered.get("verdict") == Verdict.UNTRUE:
        return {}
    lacks: dict[str, list[str]] = {}
    if rule.needs_cause and not entered.get("cause"):
        lacks["cause"] = [_("请写明造成问题的原因。")]
    if rule.needs_measures and not entered.get("enforced"):
        lacks["enforced"] = [_("请至少列出一项执法措施。")]
    photos = []
    if rule.needs_before and not chosen.has_before:
        photos.append(_("缺少整改前照片。"))
    if rule.needs_after and not chosen.has_after:
        photos.append(_("缺少本次整改后的照片。"))
    if photos:
        lacks["photos"] = photos
    return lacks


def _known(values: dict[str, Any]) -> FeedbackRule:
    """A rule as it came along with the responsibility."""
    days = {name: date.fromisoformat(values[name]) if values[name] else None for name in ("valid_from", "valid_to")}
    return FeedbackRule(**{**values, **days})


def submit_feedback(act: Act) -> Outcome:
    lacks = missing(act.issue, act.chosen, act.entered)
    if lacks:
        sentences = "".join(sentence for told in lacks.values() for sentence in told)
        raise Invalid(_("反馈还不完整：%(lacks)s") % {"lacks": sentences}, errors=lacks)
    if act.pending is not None:  # the answer is in: nothing is left to extend
        act.pending.granted, act.pending.decided_at, act.pending.decision = False, act.now, _("已反馈，无需延期")
        act.pending.save(update_fields=DECISION)
    enforced = act.entered.get("enforced") or []
    kept = {**facts(act), "feedback": _keep(act, enforced)}
    act.chosen.milestone_due_on = None
    if enforced:
        kept["enforced"] = [{"kind": row["kind"], "amount": row["amount"]} for row in enforced]
    return Outcome(facts=kept)


_FEEDBACK = """
INSERT INTO issues_feedback (responsibility_id, by_id, bureau_id, at, verdict, cause, measures)
VALUES (%(responsibility)s, %(by)s, %(bureau)s, %(at)s, %(verdict)s, %(cause)s, %(measures)s) RETURNING id
"""
_WITH_MEASURES = f"""
WITH kept AS ({_FEEDBACK}), listed AS (
    INSERT INTO issues_measure (feedback_id, place, kind, article_id, amount, persons, document)
    SELECT kept.id, m.* FROM kept, unnest(
        %(places)s::int[], %(kinds)s::text[], %(articles)s::bigint[], %(amounts)s::numeric[], %(persons)s::int[],
        %(documents)s::text[]
    ) AS m
)
SELECT id FROM kept
"""


def _keep(act: Act, enforced: list[dict[str, Any]]) -> int:
    """Writes the feedback with its measures and gives its key. One statement."""
    assert act.by is not None
    values: dict[str, Any] = {
        "responsibility": act.chosen.pk,
        "by": act.by.pk,
        "bureau": act.chosen.bureau_id,
        "at": act.now,
        "verdict": act.entered["verdict"],
        "cause": act.entered.get("cause", ""),
        "measures": act.entered["measures"],
        "places": list(range(1, len(enforced) + 1)),
    }
    for column, name in (
        ("kinds", "kind"), ("articles", "article"), ("amounts", "amount"), ("persons", "persons"), ("documents", "document"),
    ):  # fmt: skip
        values[column] = [row[name] for row in enforced]
    with connection.cursor() as cursor:
        cursor.execute(_WITH_MEASURES if enforced else _FEEDBACK, values)
        return int(cursor.fetchone()[0])


# --- verification and closure -----------------------------------------------------------------------------------


def _verify(act: Act, passed: bool, words: str) -> Outcome:
    feedback: Any = act.latest_feedback
    verification = Verification.objects.create(
        **act.record_of(act.issue.verifier_id),
        feedback_id=feedback,
        passed=passed,
        opinion=words,
        method=act.entered.get("method", ""),
    )
    act.chosen.verification_count += 1
    act.chosen.rejection_count += 0 if passed else 1
    return Outcome(facts={**facts(act), "verification": verification.pk, "passed": passed})


def pass_verification(act: Act) -> Outcome:
    return _verify(act, True, act.entered["opinion"])


def reject_verification(act: Act) -> Outcome:
    """What wasn't reached of the works, and the inner due date, bind again."""
    act.chosen.milestone_due_on = min((row.due_on for row in open_milestones(act.chosen)), default=None)
    return _verify(act, False, act.entered["reason"])


def close(act: Act) -> Outcome:
    act.chosen.closed_at = act.now
    act.chosen.milestone_due_on = act.chosen.reply_due_on = None
    acknowledged = act.chosen.acknowledged_at
    if acknowledged:
        # What was filed offline may carry an earlier day than its acknowledgement; time taken is never negative.
        days = workdays_between(
            clock.beijing_day(acknowledged), clock.beijing_day(act.now), act.chosen.calendar.value()
        )
        act.chosen.handling_days = max(days, 0)
    return Outcome(facts={**facts(act), "handling_days": act.chosen.handling_days})
