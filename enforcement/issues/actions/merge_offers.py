"""Merging across two issuers (合并征询): who issued one of two duplicates offers, who issued the other takes or declines.

Nobody ends a duty another bureau handed out; taken, the offer is the merge of `merging`, with all of its refusals, judged
again. Declined, taken back or lapsed it changes nothing but the two timelines.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.actions import linking, merging
from enforcement.issues.actions.files import responsibilities_by_issue
from enforcement.issues.actions.linking import LINKS
from enforcement.issues.models import Issue, Merge, MergeOffer, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record, tail_of, together
from enforcement.timeline.offers import Available
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.statements import insert, update

State = MergeOffer.State
Parts = dict[int, list[Responsibility]]


@transaction.atomic
def offer(
    issue: str | int,
    into: str | int,
    *,
    by: Officer,
    reason: str,
    version: int | None = None,
    seen_by: Officer | None = None,
) -> MergeOffer:
    """Asks whoever issued the other one whether `issue` may end in `into`; both by number or both by key.

    By a dispatcher of the bureau that issued one of them, who sees both. What a merge is refused for is told now already.
    Raises Absent, Invalid, Refused, Conflict; on any of them nothing has changed.
    """
    found = linking.lock([issue, into], seen_by)
    if issue == into:
        raise Invalid(_("问题不能合并到它自己，请填写另一个问题的编号。"), field="into")
    merged, survivor = found[issue], found[into]
    linking.check_version(merged, version)
    bureau, asked = _sides(merged, survivor, by)
    parts = responsibilities_by_issue([merged, survivor])
    merging.check(merged, parts[merged.pk], survivor, parts[survivor.pk])
    _check_first(merged, survivor)
    made = MergeOffer(
        issue=merged, into=survivor, reason=linking.reason_of(reason), by=by, bureau=bureau, asked=asked, at=clock.now()
    )
    insert([made])
    announce(made, parts, "merge_offered", by=by, bureau=bureau, at=made.at, reason=made.reason)
    return made


def _sides(merged: Issue, survivor: Issue, by: Officer) -> tuple[Bureau, Bureau]:
    """The bureau that offers and the one that is asked. Raises Invalid, Refused."""
    posted = linking.dispatches_for(by)
    for own, other in ((merged, survivor), (survivor, merged)):
        if own.issuer_id in posted:
            if own.issuer_id == other.issuer_id:
                raise Invalid(_("两个问题由同一单位转办，不必征询，请直接合并。"), field="into")
            return own.issuer, other.issuer
    raise Refused(linking.wrong_hands(LINKS["offer_merge"], merged, by))


def _check_first(merged: Issue, survivor: Issue) -> None:
    """One question at a time: of the issue to be merged, and of the pair. Raises Conflict."""
    standing = MergeOffer.objects.open().filter(Q(issue=merged) | Q(issue=survivor, into=merged)).first()
    if standing is not None and standing.issue_id == merged.pk:
        raise Conflict(_("该问题已有一次合并征询待答复，请等待答复或先撤回。"))
    if standing is not None:
        raise Conflict(_("这两个问题已有一次合并征询待答复（保留的问题相反），请先答复或撤回那一次。"))


# --- answering --------------------------------------------------------------------------------------------------


@transaction.atomic
def take(pk: int, *, by: Officer, opinion: str = "", seen_by: Officer | None = None) -> MergeOffer:
    """Merges the two, by a dispatcher of the bureau asked and not by who offered. Raises Absent, Refused, Conflict, Invalid."""
    made, parts = _held(pk, seen_by)
    _check_hands(made, "take", by)
    _check_open(made)
    if why := obstacle(made, parts, by):
        raise Conflict(why)
    words = linking.reason_of(opinion, "opinion") if opinion else ""
    _end(made, State.TAKEN, by, words)
    merging.join(made.issue, made.into, parts, by=by, reason=made.reason, offer=made, opinion=words)
    return made


@transaction.atomic
def decline(pk: int, *, by: Officer, reason: str, seen_by: Officer | None = None) -> MergeOffer:
    """Both go on as they were; who offered is told why."""
    made, parts, told = _refused(pk, "decline", State.DECLINED, by, reason, seen_by)
    announce(made, parts, "merge_declined", **told)
    return made


@transaction.atomic
def withdraw(pk: int, *, by: Officer, reason: str, seen_by: Officer | None = None) -> MergeOffer:
    """Taken back by a dispatcher of the bureau that offered."""
    made, parts, told = _refused(pk, "withdraw", State.WITHDRAWN, by, reason, seen_by)
    announce(made, parts, "merge_withdrawn", **told)
    return made


def _refused(
    pk: int, action: str, state: MergeOffer.State, by: Officer, reason: str, seen_by: Officer | None
) -> tuple[MergeOffer, Parts, dict[str, Any]]:
    """The offer ended without a merge, and what is told of that."""
    made, parts = _held(pk, seen_by)
    bureau = _check_hands(made, action, by)
    _check_open(made)
    _end(made, state, by, linking.reason_of(reason))
    return made, parts, {"by": by, "bureau": bureau, "at": made.ended_at, "reason": made.ended_why}


@transaction.atomic
def undo(pk: int, *, by: Officer, reason: str, seen_by: Officer | None = None) -> MergeOffer:
    """Undoes the merge an offer led to, by a dispatcher of either issuer, whichever of the two issues they see."""
    made, parts = _held(pk, seen_by)
    _check_hands(made, "undo", by)
    link = Merge.objects.filter(offer=made, voided_at=None).first()
    if link is None:
        raise Conflict(_("这次征询没有合并，或合并已经撤销，请刷新后再操作。"))
    merging.part_again(made.issue, made.into, link, parts, by=by, reason=reason)
    return made


def _held(pk: int, seen_by: Officer | None) -> tuple[MergeOffer, Parts]:
    """The offer as it stands under the locks of both issues, taken in the order of keys, with their parts. Raises Absent."""
    rows = MergeOffer.objects.visible_to(seen_by) if seen_by else MergeOffer.objects.all()
    pair = next(iter(rows.filter(pk=pk).order_by().values_list("issue", "into")), None)
    if pair is None:
        raise Absent(_("没有这次合并征询。"))
    locked = linking.lock(pair, None)
    made = MergeOffer.objects.select_related("bureau", "asked").get(pk=pk)
    made.issue, made.into = locked[pair[0]], locked[pair[1]]
    return made, responsibilities_by_issue([made.issue, made.into])


def _check_open(made: MergeOffer) -> None:
    if not made.open:
        raise Conflict(_("这次合并征询%(state)s，请刷新后再操作。") % {"state": State(made.state).label})


def obstacle(made: MergeOffer, parts: Parts, reader: Officer) -> str | None:
    """Why the two can't be merged as they stand now. Who doesn't see both isn't told what stands in the other one's way.

    A statement where something does.
    """
    try:
        merging.check(made.issue, parts[made.issue_id], made.into, parts[made.into_id])
    except (Conflict, Refused) as error:
        seen = Issue.objects.visible_to(reader).filter(pk__in=[made.issue_id, made.into_id]).count()
        if seen == 2:
            return str(error)
        return _("两个问题目前的办理情况不允许合并，请与对方单位核对后再答复。")
    return None


def _end(made: MergeOffer, state: MergeOffer.State, by: Officer, why: str) -> None:
    made.state, made.ended_at, made.ended_by, made.ended_why = state, clock.now(), by, why
    update(made, ("state", "ended_at", "ended_by", "ended_why"))


# --- lapsing ----------------------------------------------------------------------------------------------------


def tell_lapsed() -> int:
    """Puts on both timelines what the database let lapse; gives how many offers were told of."""
    waiting = MergeOffer.objects.filter(state=State.LAPSED, told_at=None).order_by("pk")
    return sum(_tell_lapse(pk) for pk in list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def _tell_lapse(pk: int) -> bool:
    made, parts = _held(pk, None)
    if made.told_at is not None:  # another worker told it
        return False
    made.told_at = clock.now()
    update(made, ("told_at",))
    announce(made, parts, "merge_lapsed", by=None, bureau=None, at=made.told_at)
    return True


def announce(
    made: MergeOffer,
    parts: Parts,
    kind: str,
    *,
    by: Officer | None,
    bureau: Bureau | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Tells of an offer on both issues. `away`: the issue told on is the one to be merged; the other one isn't named.

    No responsibility moves: `part` only says of which one notices speak.
    """
    with together():
        for issue in (made.issue, made.into):
            issue.version += 1
            update(issue, ("version",))
            own = parts[issue.pk]
            first = (linking.live(own) or own)[0]
            words = {"reason": personal(reason)} if reason else {}
            record(
                issue, kind, by=by, bureau=bureau, occurred_at=at, tail=tail_of(own[0]), part=first.pk,
                offer=made.pk, away=issue.pk == made.issue_id, **words,
            )  # fmt: skip


# --- what one may do --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """What may become of an offer: by whose dispatchers (`sides` of the offer), and what is to be entered."""

    label: str | Promise
    sides: tuple[str, ...]
    act: Callable[..., MergeOffer]
    needs: tuple[str, ...] = ("reason",)
    accepts: tuple[str, ...] = ()


ANSWERS: dict[str, Answer] = {
    "take": Answer(gettext_lazy("同意合并"), ("asked",), take, needs=(), accepts=("opinion",)),
    "decline": Answer(gettext_lazy("不同意合并"), ("asked",), decline),
    "withdraw": Answer(gettext_lazy("撤回征询"), ("bureau",), withdraw),
    "undo": Answer(gettext_lazy("撤销合并"), ("bureau", "asked"), undo),
}


def _check_hands(made: MergeOffer, action: str, by: Officer) -> Bureau:
    """The bureau for which the officer acts. Raises Refused."""
    if why := _wrong_hands(made, action, by):
        raise Refused(why)
    return _own(made, action, by)[0]


def _own(made: MergeOffer, action: str, officer: Officer) -> list[Bureau]:
    """Those of the bureaus whose answer it is that the officer is a dispatcher of."""
    posted = linking.dispatches_for(officer)
    return [bureau for bureau in _bureaus(made, action) if bureau.pk in posted]


def _bureaus(made: MergeOffer, action: str) -> list[Bureau]:
    return [getattr(made, side) for side in ANSWERS[action].sides]


def _wrong_hands(made: MergeOffer, action: str, officer: Officer) -> str | None:
    if not _own(made, action, officer):
        names = _("、").join(bureau.short_name for bureau in _bureaus(made, action))
        return _("只有%(bureaus)s的转办员可以%(action)s。") % {"bureaus": names, "action": ANSWERS[action].label}
    if action == "take" and made.by_id == officer.pk:
        return _("征询和答复不能是同一人，请被征询单位的其他转办员答复。")
    return None


def moves_of(made: MergeOffer, officer: Officer) -> list[Available]:
    """What the officer may do with an offer, with the reason where it can't be done now; nothing for others.

    At most four statements where they could take or undo it; none otherwise, for rows that came with their merge.
    """
    possible = ("take", "decline", "withdraw") if made.open else ("undo",) if made.state == State.TAKEN else ()
    if "undo" in possible and not (made.link and made.link.stands):
        return []
    return [_move(made, action, officer) for action in possible if _own(made, action, officer)]


def _move(made: MergeOffer, action: str, officer: Officer) -> Available:
    row, why = ANSWERS[action], _wrong_hands(made, action, officer)
    if action in ("take", "undo") and why is None:
        parts = responsibilities_by_issue([made.issue, made.into])
        why = (
            obstacle(made, parts, officer)
            if action == "take"
            else merging.bound(made.into, parts[made.into_id], officer)
        )
    return Available(
        action, row.label, why is None, why or "", row.needs, row.accepts, primary=action == "take", mine=True
    )


def act(action: str, pk: int, *, by: Officer, seen_by: Officer | None = None, **entered: Any) -> MergeOffer:
    """Takes an answer by its name. Raises like it; Absent for a name there isn't."""
    if action not in ANSWERS:
        raise Absent(_("没有找到您要的内容。"))
    return ANSWERS[action].act(pk, by=by, seen_by=seen_by, **entered)
