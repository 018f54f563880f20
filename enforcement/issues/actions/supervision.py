"""Supervision (督办): pressing for an answer by a numbered letter, listing with a named leader, replies."""

from django.db import connection
from django.utils.translation import gettext as _

from enforcement.issues.actions.acts import Act, Outcome, facts
from enforcement.issues.lifecycle import Rung
from enforcement.issues.models import Escalation, Reply
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Bureau

_NUMBER = """
INSERT INTO issues_numberseries (name, last) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET last = issues_numberseries.last + 1 RETURNING last
"""
#: The last sign of a handoff's document number; an urging letter has another in its place.
_HANDOFF, _URGING = "转", "督"


def escalate(act: Act) -> Outcome:
    return _press(act, listed=False)


def list_escalation(act: Act) -> Outcome:
    act.chosen.listed_on = act.today
    return _press(act, listed=True)


def _press(act: Act, *, listed: bool) -> Outcome:
    bureau = act.bureau
    assert bureau is not None  # who supervises a division does so for a bureau
    reply_by = act.entered.get("reply_by")
    escalation = Escalation.objects.create(
        **act.record_of(bureau.pk),
        reason=act.entered["reason"],
        level=rung_of(bureau),
        listed=listed,
        leader=act.entered.get("leader", ""),
        number=_number(bureau, clock.beijing_day(act.now).year),
        reply_by=reply_by,
    )
    if reply_by is not None and (act.chosen.reply_due_on is None or reply_by < act.chosen.reply_due_on):
        act.chosen.reply_due_on = reply_by
    return Outcome(
        facts={**facts(act), "escalation": escalation.pk, "level": escalation.level, "letter": escalation.number}
    )


def rung_of(bureau: Bureau) -> Rung:
    """A development zone stands beside the counties."""
    level = bureau.division.level
    return Rung(level) if level in Rung.values else Rung.COUNTY


def _number(bureau: Bureau, year: int) -> str:
    """晋气督〔2026〕3号: gap-free per bureau and year, like the handoffs' numbers."""
    prefix = (bureau.document_prefix or bureau.short_name).removesuffix(_HANDOFF) + _URGING
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [f"urging/{bureau.pk}/{year}"])
        (last,) = cursor.fetchone()
    return f"{prefix}〔{year}〕{last}号"


def unlist_escalation(act: Act) -> Outcome:
    """Ends the listing. It was of the issue: a part that was passed on took it along."""
    rows = Escalation.objects.filter(responsibility__issue=act.issue, listed=True, unlisted_at=None)
    rows.update(unlisted_at=act.now, unlisted_why=act.entered["reason"])
    act.chosen.listed_on = None
    return Outcome(facts=facts(act))


def reply_escalation(act: Act) -> Outcome:
    """Answers the oldest escalation that waits; the next one's date is then the one to keep."""
    waiting = list(Escalation.objects.filter(responsibility=act.chosen, replies=None).order_by("at", "pk"))
    if not waiting:
        raise Invalid(_("没有等待回复的督办。"))
    Reply.objects.create(**act.record_of(), escalation=waiting[0], text=act.entered["reply"])
    act.chosen.reply_due_on = min((row.reply_by for row in waiting[1:] if row.reply_by), default=None)
    return Outcome(facts={**facts(act), "escalation": waiting[0].pk, "letter": waiting[0].number})
