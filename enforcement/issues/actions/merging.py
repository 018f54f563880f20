"""Merging (合并): a duplicate ends in the issue that goes on, which takes over its earlier dates and its lateness.

Nothing of the merged issue moves: its number, history, evidence and parties stay where they were, readable to who could
read them, and count no more. Undone with a reason while nothing was answered, and only as a whole.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enforcement.issues import lifecycle
from enforcement.issues.actions import linking, recounting
from enforcement.issues.actions.files import responsibilities_by_issue
from enforcement.issues.actions.linking import LINKS, live, running
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Issue, Merge, MergeOffer, Responsibility, Severity, Span
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, tail_of, together
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.statements import insert

Parts = list[Responsibility]
#: Of a part that ends in a merge, what undoing gives back.
KEPT_DATES = ("stage_due_on", "stage_first_due_on", "milestone_due_on")
_WEIGHING = list(Severity)


@transaction.atomic
def merge(
    issue: str | int,
    into: str | int,
    *,
    by: Officer,
    reason: str,
    version: int | None = None,
    seen_by: Officer | None = None,
) -> Issue:
    """Ends `issue` in `into` and gives it back; both by number or both by key.

    Raises Absent (either isn't there to see), Invalid, Refused, Conflict (stale, or no longer in a state for it). On any
    of them nothing has changed.
    """
    found = linking.lock([issue, into], seen_by)
    # Only now: of an issue that isn't theirs this would tell that it is there.
    if issue == into:
        raise Invalid(_("问题不能合并到它自己，请填写另一个问题的编号。"), field="into")
    merged, survivor = found[issue], found[into]
    linking.check_version(merged, version)
    parts = responsibilities_by_issue([merged, survivor])
    _check_hands(merged, survivor, by)
    check(merged, parts[merged.pk], survivor, parts[survivor.pk])
    return join(merged, survivor, parts, by=by, reason=linking.reason_of(reason))


def join(
    merged: Issue,
    survivor: Issue,
    parts: dict[int, Parts],
    *,
    by: Officer,
    reason: str,
    offer: MergeOffer | None = None,
    opinion: str = "",
) -> Issue:
    """Ends the one in the other, both locked and checked; `parts` by the issue's key. Gives the merged one.

    `offer` is the one just taken where two bureaus issued them: the one asked acts, with an `opinion` if it has one.
    """
    own, others = parts[merged.pk], parts[survivor.pk]
    bureau = offer.asked if offer else merged.issuer
    now, today = clock.now(), clock.today()
    missed, counted_from = linking.missed_by(live(own), today), _counted_from(merged, own, survivor, others)
    link = Merge.objects.create(
        issue=merged, into=survivor, reason=reason, by=by, bureau=bureau, at=now, offer=offer,
        kept=_kept(own, others, counted_from),
    )  # fmt: skip
    with together():
        told = _end(merged, own, by, link, opinion)
        _lower(survivor, running(others), merged.due_on, _joined_first(survivor), counted_from)
        granted = linking.put_missed(others, missed, today)
        facts = _facts(link, opinion)
        if granted:
            facts["missed_on"] = missed
        told += linking.announce(
            survivor, others, "merged_in", by=by, at=now, changed=running(others), tail=tail_of(others[0]),
            bureau=bureau, **facts,
        )  # fmt: skip
        insert(told)
    linking.put_back(survivor, others, granted, by=by, at=now, bureau=bureau)
    return merged


def _check_hands(merged: Issue, survivor: Issue, by: Officer) -> None:
    row = LINKS["merge"]
    hands = [linking.wrong_hands(row, issue, by) for issue in (merged, survivor)]
    if merged.issuer_id != survivor.issuer_id and None in hands:
        raise Refused(_apart(merged if hands[0] else survivor))
    for why in hands:
        if why:
            raise Refused(why)


def _apart(other: Issue) -> str:
    """Two issuers: ending the other one's duty isn't an act of this one alone (docs/linking.md)."""
    return _(
        "%(number)s由%(issuer)s转办，本单位不能直接合并。确属重复的，请用“征询合并”请对方同意，同意后只计一件；"
        "也可请承办单位在退回期限内以“重复转办”退回其中一个。"
    ) % {"number": other.number, "issuer": other.issuer.short_name}


def check(merged: Issue, own: Parts, survivor: Issue, others: Parts) -> None:
    """Whether the one can end in the other as both stand now, whoever asks. Raises Refused, Conflict."""
    for issue in (merged, survivor):
        if issue.state not in lifecycle.OPEN:
            raise Conflict(linking.names_state(issue, LINKS["merge"]))
    if why := hindrance(merged, own):
        raise Conflict(why)
    if any(part.state not in lifecycle.UNANSWERED for part in running(others)):
        raise Conflict(_("保留的问题已反馈或退回待判，请在核查、判定之后再合并，或以另一个问题为保留的问题。"))
    if any(part.paused_on for part in running(others)):
        raise Conflict(_("保留的问题暂停计时，请先恢复计时再合并。"))
    if linking.is_split(others):
        raise Conflict(_("保留的问题已拆分，请合并到它的子问题。"))
    _check_nothing_is_lost(merged, own, survivor, others)


def hindrance(merged: Issue, own: Parts) -> str | None:
    """Why an open issue can't end in another, whichever that is."""
    if merged.split_id is not None:
        return _("拆分产生的子问题不能合并到别的问题，请撤销拆分。")
    if linking.is_split(own):
        return _("已拆分的问题不能合并到别的问题，请先撤销拆分。")
    if linking.supervised(own):
        return _("正在督办的问题不能合并到别的问题，请以它为保留的问题，或先回复、解除督办。")
    if any(part.paused_on for part in live(own)):
        return _("已暂停计时，请先恢复计时。")
    return None


def _check_nothing_is_lost(merged: Issue, own: Parts, survivor: Issue, others: Parts) -> None:
    """Whoever answers for the duplicate answers for what goes on, and that is no lighter a matter."""
    answering = {part.bureau_id for part in running(others)}
    left = [part for part in running(own) if part.bureau_id not in answering]
    if left:
        raise Refused(
            _("保留的问题没有由%(bureau)s承办，合并会使其责任落空，请先改派到同一单位。")
            % {"bureau": left[0].bureau.short_name}
        )
    if merged.starred and not survivor.starred:
        raise Refused(_("加星件不能合并到非加星件，请以它为保留的问题。"))
    if _WEIGHING.index(Severity(merged.severity)) > _WEIGHING.index(Severity(survivor.severity)):
        raise Refused(_("并入的问题比保留的问题更严重，请以它为保留的问题。"))


def _kept(own: Parts, others: Parts, counted_from: date | None) -> dict[str, Any]:
    def dates(part: Responsibility, *names: str) -> dict[str, Any]:
        return {name: value.isoformat() if (value := getattr(part, name)) else None for name in names}

    return {
        "own": {
            str(part.pk): {"state": part.state, "provisional": part.provisional, **dates(part, *KEPT_DATES)}
            for part in live(own)
        },
        "into": {
            str(part.pk): {**dates(part, "due_on", "counts_from"), "calendar": part.calendar_id}
            for part in running(others)
        },
        # From where the date that comes over is counted, and by which calendar it was.
        "counted_from": counted_from.isoformat() if counted_from else None,
        "calendar": running(own)[0].calendar_id,
    }


def _facts(link: Merge, opinion: str) -> dict[str, Any]:
    """What the events of both issues say of their link."""
    facts: dict[str, Any] = {"merge": link.pk, "reason": personal(link.reason)}
    if link.offer_id:
        facts["offer"] = link.offer_id
    return facts | ({"opinion": personal(opinion)} if opinion else {})


def _end(merged: Issue, own: Parts, by: Officer, link: Merge, opinion: str) -> list[Span]:
    ending = live(own)
    for part in ending:
        part.state = State.MERGED
        part.closed_at = None
        linking.end_clock(part)
    return linking.announce(
        merged, own, "merged", by=by, at=link.at, changed=ending, tail=tail_of(own[0]), bureau=link.bureau,
        **_facts(link, opinion),
    )  # fmt: skip


def _joined_first(survivor: Issue) -> date | None:
    """The earliest first due date that came in with standing merges, by the database's own reckoning (migration)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT issues_joined_first(%s)", [survivor.pk])
        found: date | None = cursor.fetchone()[0]
    return found


def _counted_from(merged: Issue, own: Parts, survivor: Issue, others: Parts) -> date | None:
    """The day from which the date that comes over was counted, so that a newer calendar counts it again for the survivor.

    None where it was named, or where the two clocks aren't one kind: stopped ever, of another calendar or unit, split off.
    """
    if any(part.pause_count for part in [*own, *others]) or survivor.split_id is not None:  # type: ignore[attr-defined]
        return None
    kinds = {(part.calendar_id, part.policy.unit) for part in [*running(own), *running(others)]}
    days = {part.counts_from for part in running(own) if part.due_on == merged.due_on}
    return days.pop() if len(kinds) == len(days) == 1 else None


def _lower(survivor: Issue, at_work: Parts, due_on: date, first: date | None, counted_from: date | None) -> None:
    """The earliest dates win, first and current; the current one goes on being counted from where it was."""
    assert first is not None  # the merge just written stands
    if first < survivor.first_due_on:
        survivor.own_first_due_on = survivor.own_first_due_on or survivor.first_due_on
        survivor.first_due_on = first
    for part in at_work:
        if first < part.first_due_on:
            part.own_first_due_on = part.own_first_due_on or part.first_due_on
            part.first_due_on = first
        if due_on < part.due_on:
            part.due_on, part.counts_from = due_on, counted_from


# --- undoing ----------------------------------------------------------------------------------------------------


@transaction.atomic
def unmerge(
    issue: str | int, *, by: Officer, reason: str, version: int | None = None, seen_by: Officer | None = None
) -> Issue:
    """Gives a merged issue back its parts, states and dates; what passed meanwhile passed for it too.

    The survivor gets its own dates back, but what was late together stays late. Raises like `merge`.
    """
    merged, survivor, link = _linked(issue, seen_by)
    linking.check_version(merged, version)
    return part_again(merged, survivor, link, responsibilities_by_issue([merged, survivor]), by=by, reason=reason)


def part_again(
    merged: Issue, survivor: Issue, link: Merge, parts: dict[int, Parts], *, by: Officer, reason: str
) -> Issue:
    """Undoes a link that stands, both its issues locked; `parts` by the issue's key. Gives the merged one.

    Raises Refused, Conflict, Invalid.
    """
    own, others = parts[merged.pk], parts[survivor.pk]
    bureau = _undone_by(merged, survivor, by)
    if why := bound(survivor, others, by):
        raise Conflict(why)
    link.voided_why = linking.reason_of(reason)
    link.voided_at, link.voided_by = clock.now(), by
    link.save(update_fields=["voided_at", "voided_by", "voided_why"])
    with together():
        told = linking.tell_undoing(link, merged, own, "unmerged", changed=_give_back(own, link), bureau=bureau)
        _raise(survivor, running(others), link)
        told += linking.tell_undoing(link, survivor, others, "unmerged_from", changed=running(others), bureau=bureau)
        insert(told)
    recounting.catch_up(merged, own, by=by)
    return merged


def _linked(issue: str | int, seen_by: Officer | None) -> tuple[Issue, Issue, Merge]:
    """The merged issue, its survivor and their link, locked in the order of keys."""
    links = Merge.objects.filter(**{f"issue__{'number' if isinstance(issue, str) else 'pk'}": issue}, voided_at=None)
    if seen_by:
        links = links.filter(issue__in=Issue.objects.visible_to(seen_by).values("pk"))
    into = links.values_list("issue", "into").first()
    if into is None:
        found = linking.lock([issue], seen_by)[issue]
        raise Conflict(linking.names_state(found, LINKS["unmerge"]))
    locked = linking.lock(into, None)
    link = Merge.objects.filter(issue=into[0], into=into[1], voided_at=None).first()
    if link is None:
        raise Conflict(_("合并刚刚已被撤销，请刷新后再操作。"))
    return locked[into[0]], locked[into[1]], link


def _undone_by(merged: Issue, survivor: Issue, by: Officer) -> Bureau:
    """The bureau that undoes it: the one that issued them, either of two. Raises Refused."""
    posted = linking.dispatches_for(by)
    for issue in (merged, survivor):
        if issue.issuer_id in posted:
            return issue.issuer
    raise Refused(linking.wrong_hands(LINKS["unmerge"], merged, by))


def bound(survivor: Issue, others: Parts, reader: Officer) -> str | None:
    """Why what ended in an issue can't go on by itself any more; `others` are the issue's parts. A statement where it can't.

    Who issued the merged one only and doesn't see the survivor isn't told what stands in its way.
    """
    why = _fixed(survivor, others)
    if why is None or Issue.objects.visible_to(reader).filter(pk=survivor.pk).exists():
        return why
    return _("保留的问题目前的办理情况不允许撤销合并，请与对方单位核对。")


def _fixed(survivor: Issue, others: Parts) -> str | None:
    if survivor.state == State.MERGED:
        return _("保留的问题后来又合并到了别的问题，请先撤销那一次合并。")
    if survivor.state not in lifecycle.UNANSWERED or any(
        part.state not in lifecycle.UNANSWERED or part.paused_on for part in running(others)
    ):
        return _("保留的问题已反馈、退回、暂停或办结，不能再撤销合并。")
    if linking.is_split(others):
        return _("保留的问题已拆分，请先撤销拆分。")
    return None


def _give_back(own: Parts, link: Merge) -> Parts:
    back = [part for part in own if str(part.pk) in link.kept["own"]]
    for part in back:
        kept = link.kept["own"][str(part.pk)]
        part.state, part.provisional = State(kept["state"]), kept["provisional"]
        for name in KEPT_DATES:
            setattr(part, name, _day(kept[name]))
    return back


def _raise(survivor: Issue, at_work: Parts, link: Merge) -> None:
    """The survivor's own dates again, as far as what else was merged into it lets them."""
    standing = list(Merge.objects.filter(into=survivor, voided_at=None).select_related("issue"))
    first = _joined_first(survivor)
    survivor.first_due_on = _least(survivor.own_first_due_on, first) or survivor.first_due_on
    for part in at_work:
        kept = link.kept["into"].get(str(part.pk), {})
        part.first_due_on = _least(part.own_first_due_on, first) or part.first_due_on
        # What comes back is its own date, or that of another merge: the one undone isn't counted from any more.
        dates = [(_own_due(part, kept), _day(kept.get("counts_from"))), *(_brought(other, part) for other in standing)]
        if standing:
            _hand_on(standing, part, kept)
        due_on, counts_from = min(dates, key=lambda one: one[0])
        if due_on > part.due_on:
            part.due_on, part.counts_from = due_on, counts_from


def _brought(other: Merge, part: Responsibility) -> tuple[date, date | None]:
    """The date a standing merge brought a part, by the calendar that is counted by now, and from where it is counted."""
    due_on, counted_from = other.issue.due_on, _day(other.kept.get("counted_from"))
    if counted_from is None:
        return due_on, None
    return recounting.by_newer(part, due_on, counted_from, other.kept["calendar"]), counted_from


def _own_due(part: Responsibility, kept: dict[str, Any]) -> date:
    """A part's own due date of before the merge, by the calendar it is counted by now."""
    own, counts_from = _day(kept.get("due_on")), _day(kept.get("counts_from"))
    if own and counts_from and "calendar" in kept:
        return recounting.by_newer(part, own, counts_from, kept["calendar"])
    return own or part.own_first_due_on or part.due_on


def _hand_on(standing: list[Merge], part: Responsibility, kept: dict[str, Any]) -> None:
    """What this merge kept of a part is what a later one must give back, if it is undone after this one."""
    for other in standing:
        theirs = other.kept["into"].get(str(part.pk))
        if theirs and kept and theirs["due_on"] < kept["due_on"]:
            theirs.update(kept)
            other.save(update_fields=["kept"])


def _least(own: date | None, first: date | None) -> date | None:
    """The own date where one was ever lowered, or what is still earlier."""
    return None if own is None else min(own, first) if first else own


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
