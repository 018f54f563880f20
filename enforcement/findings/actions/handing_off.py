"""Handing findings off: each becomes an issue of one document, confirmed along where it still waits for its review."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.findings.actions.moving import check_move, confirm, settle
from enforcement.findings.lifecycle import MOVES, State
from enforcement.findings.models import Finding
from enforcement.findings.new_sites import KEEP
from enforcement.findings.routing import Proposal, deviates, proposals_for, record_of, with_rules
from enforcement.issues.actions import Item, Share
from enforcement.issues.actions.handing_off import hand_off_within
from enforcement.issues.models import Handoff
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, tail_of, together, with_tail
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.scoping import REACH_MARKS, Reach, asked
from regions.statements import DAY, KEY, Question


@dataclass(frozen=True, slots=True)
class Handing:
    """How one finding is handed off: to which bureaus, verified by whom."""

    finding: Finding
    shares: Sequence[Share]
    verifier: Bureau | None = None
    starred: bool = False
    severity: str = ""
    version: int | None = None
    # Whoever hands off knows that the rules propose another bureau, and means this one.
    deviates: bool = False
    # A finding that still waits for its review is confirmed by the same act: by who may do both, and never by its filer.
    confirms: bool = False
    # The site it is of, as who confirms it says (None for none); else as filed.
    site: Any = KEEP


def hand_off_findings(
    handings: Sequence[Handing],
    *,
    issuer: Bureau,
    by: Officer,
    title: str = "",
    synthetic: bool = False,
    seen_by: Officer | None = None,
) -> Handoff:
    """Hands confirmed findings off as one document: each becomes an issue. One transaction, all or none.

    The findings are looked up and locked among what `seen_by` may see (all, if left out).
    """
    row = MOVES["promote"]
    if len({h.finding.pk for h in handings}) != len(handings):
        raise Invalid(_("同一线索重复选择。"), field="items")
    with transaction.atomic(), together():
        locked, tails = _lock_all(handings, seen_by), []
        for finding, handing in zip(locked, handings, strict=True):
            if finding.receiver_id != issuer.pk:
                raise Refused(_("线索“%(title)s”不由本单位转办。") % {"title": finding.title})
            tails.append(_confirmed_along(finding, handing, by))
            check_move(row, finding, by)
        proposals = _asked_of_rules(locked, handings)
        items = [_item(finding, handing) for finding, handing in zip(locked, handings, strict=True)]
        handoff = hand_off_within(items, issuer=issuer, by=by, title=title, synthetic=synthetic)
        issues = {r.item: r.issue for r in handoff.opened}
        for place, finding in enumerate(locked, start=1):
            finding.issue = issues[place]
            handing = handings[place - 1]
            facts = {"issue": issues[place].number, "handoff": handoff.number}
            facts |= record_of(proposals[place - 1], handing.shares[0].bureau)
            settle(row, finding, by, facts, tails[place - 1])
    handoff.proposals = proposals  # type: ignore[attr-defined]
    return handoff


def _confirmed_along(finding: Finding, handing: Handing, by: Officer) -> Tail:
    """Confirms a finding that waits for its review where its handing says so; gives the end of the finding's chain."""
    tail = tail_of(finding)
    if not (handing.confirms and finding.state == State.LEADER_REVIEW):
        if handing.site is not KEEP:
            words = _("只有确认线索时可以指明点位，线索“%(title)s”不在确认。")
            raise Invalid(words % {"title": finding.title}, field="items")
        return tail
    row = MOVES["confirm"]
    check_move(row, finding, by)
    event = settle(row, finding, by, confirm(finding, by, handing.site), tail)
    return Tail(tail.recorded_at, event.seq, bytes(event.hash))


def _asked_of_rules(locked: Sequence[Finding], handings: Sequence[Handing]) -> list[Proposal]:
    """What the routing rules propose. Raises Invalid where another bureau was chosen and nobody said that it is meant."""
    proposals = proposals_for(locked)
    for place, (handing, proposal) in enumerate(zip(handings, proposals, strict=True), start=1):
        if handing.shares and deviates(proposal, handing.shares[0].bureau) and not handing.deviates:
            assert proposal.bureau is not None
            words = {"n": place, "v": proposal.version, "rule": proposal.rule, "bureau": proposal.bureau.name}
            raise Invalid(
                _("第%(n)d项：转办规则第%(v)d版第%(rule)d条建议由%(bureau)s承办；另选单位的，请核对后确认。") % words,
                field="items",
            )
    return proposals


def _lock_all(handings: Sequence[Handing], seen_by: Officer | None) -> list[Finding]:
    """The findings locked, in the order of the handings; one statement, and everyone locks in the order of keys."""
    keys, question = [h.finding.pk for h in handings], partial(_by_keys, len(handings) == 1)
    found = {finding.pk: finding for finding in asked(question, seen_by, keys=keys, day=clock.today())}
    for place, handing in enumerate(handings, start=1):
        finding = found.get(handing.finding.pk)
        if finding is None:
            raise Absent(_("第%(n)d项：没有这条线索。") % {"n": place})
        if handing.version is not None and handing.version != finding.version:
            raise Conflict(_("线索“%(title)s”刚刚已被他人更新，请刷新后再操作。") % {"title": finding.title})
    return [found[handing.finding.pk] for handing in handings]


@cache
def _by_keys(only_one: bool, reach: Reach | None) -> Question[Finding]:
    """One is asked for by itself: among several, the planner reads the whole directory for the bureaus beside them."""
    rows = Finding.objects.within(reach) if reach else Finding.objects.all()
    rows = rows.filter(**({"pk": KEY} if only_one else {"pk__in": [KEY]})).select_for_update(of=("self",))
    rows = rows.select_related("filer", "receiver__division", "site", "located_in__parent").order_by("pk")
    return Question(with_rules(with_tail(rows, "finding"), DAY), {KEY: "keys", DAY: "day", **REACH_MARKS})


def _item(finding: Finding, handing: Handing) -> Item:
    return Item(
        title=finding.title,
        source=finding.source,
        lon=finding.lon,
        lat=finding.lat,
        shares=handing.shares,
        severity=handing.severity or finding.severity,
        description=finding.description,
        pollution_type=finding.pollution_type,
        address=finding.address,
        site=finding.site,
        starred=handing.starred,
        verifier=handing.verifier,
        filers=[finding.filer],
        located_in=finding.located_in,
        origin={"finding": str(finding.pk)},
    )


def whole(bureau: Bureau) -> list[Share]:
    """One bureau answers alone."""
    return [Share(bureau, Decimal(1))]
