"""What joining and parting issues have in common: one order of locks, whose act it is, dates and lateness taken over."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from enforcement.issues import lifecycle
from enforcement.issues.actions.files import DIVISION_CODE
from enforcement.issues.actions.standing import DERIVED, derived, spans
from enforcement.issues.lifecycle import Move, State
from enforcement.issues.models import Issue, Merge, Responsibility, Span, Split
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, personal, record, tail_of
from regions.errors import Absent, Conflict, Invalid
from regions.models import Bureau, Officer
from regions.roles import TABLE as ROLES
from regions.statements import insert, update

LINKS: dict[str, Move] = {row.action: row for row in lifecycle.LINKS}
MOST_WORDS = 2000


def lock(named: Iterable[str | int], seen_by: Officer | None) -> dict[str | int, Issue]:
    """Issues by number or key under their locks, taken by everyone in the order of keys. Raises Absent for one that

    isn't there or not to be seen by `seen_by`. One statement.
    """
    wanted = list(dict.fromkeys(named))
    rows = Issue.objects.visible_to(seen_by) if seen_by else Issue.objects.all()
    by_number = isinstance(wanted[0], str)
    rows = rows.filter(**{"number__in" if by_number else "pk__in": wanted}).select_for_update(of=("self",))
    # Who issued it never changes, so that this join still holds when the lock is ours.
    rows = rows.select_related("issuer")
    found: dict[str | int, Issue] = {
        (row.number if by_number else row.pk): row for row in rows.annotate(division_code=DIVISION_CODE).order_by("pk")
    }
    if len(found) != len(wanted):
        raise Absent(_("没有这个问题。"))
    return found


def check_version(issue: Issue, version: int | None) -> None:
    if version is not None and version != issue.version:
        raise Conflict(_("该问题刚刚已被他人更新，请刷新后再操作。"))


def reason_of(text: str, name: str = "reason") -> str:
    """The reason as kept. Raises Invalid without one."""
    words = text.strip() if isinstance(text, str) else ""
    if not words or "\x00" in words:
        raise Invalid(_("请填写%(field)s。") % {"field": lifecycle.FIELDS["reason"]}, field=name)
    if len(words) > MOST_WORDS:
        raise Invalid(_("理由不能超过%(n)d字。") % {"n": MOST_WORDS}, field=name)
    return words


def dispatches_for(officer: Officer) -> frozenset[int]:
    """The bureaus the officer is a dispatcher of today, by key."""
    row = LINKS["merge"]
    return frozenset(p.bureau_id for p in officer.postings_on(clock.today()) if p.role in row.roles)


def wrong_hands(row: Move, issue: Issue, officer: Officer) -> str | None:
    """The reason unless the officer is a dispatcher of the bureau that issued it, today."""
    if issue.issuer_id in dispatches_for(officer):
        return None
    assert row.part is not None
    names = _("、").join(str(ROLES[role].name) for role in sorted(row.roles))
    return _("只有%(part)s的%(roles)s可以%(action)s。") % {"part": row.part.label, "roles": names, "action": row.label}


def live(parts: Sequence[Responsibility]) -> list[Responsibility]:
    return [part for part in parts if part.live]


def running(parts: Sequence[Responsibility]) -> list[Responsibility]:
    return [part for part in parts if part.state in lifecycle.OPEN]


def is_split(parts: Sequence[Responsibility]) -> bool:
    """Whether a split of their issue stands; `parts` as `actions.files` reads them for all guards."""
    rows: Any = parts
    return any(row.is_split for row in rows)


def supervised(parts: Sequence[Responsibility]) -> bool:
    """Whether a supervisor holds one of them: pressed or listed, and not lifted."""
    return any(part.rung or part.listed_on for part in live(parts))


def end_clock(part: Responsibility) -> None:
    part.stage_due_on = part.stage_first_due_on = part.milestone_due_on = part.reply_due_on = None
    part.provisional = False


# --- lateness ---------------------------------------------------------------------------------------------------

_MISSED = """
SELECT min(q.due_on) FROM (
    SELECT s.due_on, s.state, lead(s.occurred_at) OVER (PARTITION BY s.responsibility_id ORDER BY s.seq) AS next_at
    FROM issues_span s WHERE s.responsibility_id = ANY(%s)
) q WHERE q.state = ANY(%s) AND q.due_on < coalesce((q.next_at AT TIME ZONE 'Asia/Shanghai')::date, %s)
"""


def missed_by(parts: Sequence[Responsibility], today: date) -> date | None:
    """The first due date that ever passed over some parts with their clock running; None where none did."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSED, [[p.pk for p in parts], sorted(lifecycle.OPEN), today])
        found: date | None = cursor.fetchone()[0]
    return found


def announce(
    issue: Issue,
    parts: Sequence[Responsibility],
    kind: str,
    *,
    by: Officer,
    at: datetime,
    changed: Sequence[Responsibility],
    tail: Tail | None = None,
    bureau: Bureau | None = None,
    **facts: Any,
) -> list[Span]:
    """Saves the parts changed and what the issue's row says of all, and tells of it once. Gives the spans, not saved yet:

    those of all issues of an act go in one statement. `bureau` acts, where it isn't the one that issued it.
    """
    for part in changed:
        update(part)
    for name, value in derived(issue, list(parts)).items():
        setattr(issue, name, value)
    issue.version += 1
    update(issue, (*DERIVED, "first_due_on", "own_first_due_on", "version"))
    first = (changed or parts)[0]
    event = record(
        issue, kind, by=by, bureau=bureau or issue.issuer, occurred_at=at, tail=tail, responsibility=first.pk,
        due_on=first.due_on, **facts,
    )  # fmt: skip
    return spans(changed, event)


def tell_undoing(
    link: Merge | Split,
    issue: Issue,
    parts: Sequence[Responsibility],
    kind: str,
    *,
    changed: Sequence[Responsibility],
    bureau: Bureau | None = None,
    **facts: Any,
) -> list[Span]:
    """The same of one issue of a link just voided; `parts` bring the end of its chain."""
    assert link.voided_at is not None
    assert link.voided_by is not None
    facts |= {str(link._meta.model_name): link.pk, "reason": personal(link.voided_why)}
    return announce(
        issue, parts, kind, by=link.voided_by, at=link.voided_at, changed=changed, tail=tail_of(parts[0]), bureau=bureau,
        **facts,
    )  # fmt: skip


def put_missed(parts: Sequence[Responsibility], missed: date | None, today: date) -> dict[int, date]:
    """Puts a date once missed in force for parts that take it over, so that they were late by their own history, whoever

    counts; gives the dates in force by the part's key, which `put_back` tells next. Nothing where nothing was missed, or
    where a date in force has passed itself.
    """
    at_work = running(parts)
    if missed is None or any(part.due_on < today for part in at_work):
        return {}
    granted = {part.pk: part.due_on for part in at_work}
    for part in at_work:
        part.due_on = max(missed, part.first_due_on)
    return granted


def put_back(
    issue: Issue,
    parts: Sequence[Responsibility],
    granted: dict[int, date],
    *,
    by: Officer,
    at: datetime,
    bureau: Bureau | None = None,
) -> None:
    """Tells the dates in force once the missed one is told and counted: after the block that wrote it, not in it."""
    at_work = [part for part in parts if part.pk in granted]
    for part in at_work:
        part.due_on = granted[part.pk]
    if at_work:
        insert(announce(issue, parts, "due_kept", by=by, at=at, changed=at_work, bureau=bureau))


def names_state(issue: Issue, row: Move) -> str:
    return _("该问题现为“%(state)s”，不能%(action)s，请刷新后再操作。") % {
        "state": State(issue.state).label,
        "action": row.label,
    }
