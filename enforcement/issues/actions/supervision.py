"""Supervision (督办): pressing for an answer by a numbered letter, listing with a named leader, replies."""

from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from enforcement.issues.actions.acts import Act, Outcome, facts
from enforcement.issues.actions.ladder import highest, rung_of
from enforcement.issues.lifecycle import State
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
    """Lists, or raises a listing to a higher level: the lower one ends, the day listed stays."""
    _in_force(act).filter(listed=True).update(
        unlisted_at=act.now, unlisted_why=act.entered["reason"], lifted_at=act.now, lifted_why=act.entered["reason"]
    )
    act.chosen.listed_on = act.chosen.listed_on or act.today
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
    act.chosen.rung = highest((act.chosen.rung, escalation.level))
    if reply_by is not None and (act.chosen.reply_due_on is None or reply_by < act.chosen.reply_due_on):
        act.chosen.reply_due_on = reply_by
    return Outcome(
        facts={**facts(act), "escalation": escalation.pk, "level": escalation.level, "letter": escalation.number}
    )


def _number(bureau: Bureau, year: int) -> str:
    """晋气督〔2026〕3号: gap-free per bureau and year, like the handoffs' numbers."""
    prefix = (bureau.document_prefix or bureau.short_name).removesuffix(_HANDOFF) + _URGING
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [f"urging/{bureau.pk}/{year}"])
        (last,) = cursor.fetchone()
    return f"{prefix}〔{year}〕{last}号"


def unlist_escalation(act: Act) -> Outcome:
    """Ends the listing, by the level that put it. A part that was passed on took it along."""
    why = act.entered["reason"]
    _in_force(act).filter(listed=True).update(unlisted_at=act.now, unlisted_why=why, lifted_at=act.now, lifted_why=why)
    act.chosen.listed_on = None
    return _lifted(act)


def lift_escalation(act: Act) -> Outcome:
    """Ends what the acting level pressed, a listing aside; what other levels pressed goes on."""
    assert act.bureau is not None
    level = rung_of(act.bureau)
    _in_force(act).filter(listed=False, level=level).update(lifted_at=act.now, lifted_why=act.entered["reason"])
    outcome = _lifted(act)
    return Outcome(facts={**outcome.facts, "level": level})


def _lifted(act: Act) -> Outcome:
    """The rung falls to the highest one still in force; what was lifted waits for no reply any more."""
    rows = list(_in_force(act).values_list("level", "reply_by", "replies"))
    act.chosen.rung = highest(level for level, _reply_by, _replies in rows)
    act.chosen.reply_due_on = _earliest(reply_by for _level, reply_by, replies in rows if replies is None)
    return Outcome(facts=facts(act))


def _in_force(act: Act) -> QuerySet[Escalation]:
    """What was pressed and not lifted, on this part or on one that was reissued to it (`files.PRESSED` says the same)."""
    own = Q(responsibility=act.chosen) | Q(responsibility__issue=act.issue, responsibility__state=State.REISSUED)
    return Escalation.objects.filter(own, lifted_at=None)


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)


def reply_escalation(act: Act) -> Outcome:
    """Answers the oldest escalation that waits; the next one's date is then the one to keep."""
    waiting = list(_in_force(act).filter(replies=None).order_by("at", "pk"))
    if not waiting:
        raise Invalid(_("没有等待回复的督办。"))
    Reply.objects.create(**act.record_of(), escalation=waiting[0], text=act.entered["reply"])
    act.chosen.reply_due_on = _earliest(row.reply_by for row in waiting[1:])
    return Outcome(facts={**facts(act), "escalation": waiting[0].pk, "letter": waiting[0].number})
