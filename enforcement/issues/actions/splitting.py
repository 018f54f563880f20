"""Splitting (拆分): an issue parted into children for several bureaus or sites, under one numbered document.

The parent's weight goes to the children in equal shares, with its dates, its lateness and what was counted of it; so
whatever is counted by weight is the same before and after. The parent stays open, with weight nought, until they are done.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enforcement.issues import lifecycle, rules
from enforcement.issues.actions import deadlines, handing_off, linking
from enforcement.issues.actions.files import responsibilities_by_issue, responsibilities_of
from enforcement.issues.actions.handing_off import Ground, Item, Share
from enforcement.issues.actions.linking import LINKS, live
from enforcement.issues.actions.numbering import write_document
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Handoff, Issue, Merge, Milestone, Responsibility, Span, Split
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, personal, tail_of, together
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer, Part, Site
from regions.statements import insert

LEAST, MOST = 2, 8
#: What was counted of the parent goes along, or a rate would forget it.
COUNTS = (
    "verification_count",
    "rejection_count",
    "extension_count",
    "return_count",
    "look_back_count",
    "relapse_count",
)
_SHARE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Child:
    """One child to be: its title, who answers for it, where it lies if not where the parent does, and its inner due date.

    That is a day the splitter wants it done by, within the parent's clock. It moves no due date and no figure.
    """

    title: str
    bureau: Bureau
    site: Site | None = None
    address: str = ""
    due_on: date | None = None


@transaction.atomic
def split(
    issue: str | int,
    children: Sequence[Child],
    *,
    by: Officer,
    reason: str,
    version: int | None = None,
    seen_by: Officer | None = None,
) -> Split:
    """Parts an issue into children and gives the link; `split.opened` are their responsibilities.

    Raises Absent, Invalid with the child's place, Refused, Conflict. On any of them nothing has changed.
    """
    parent = linking.lock([issue], seen_by)[issue]
    linking.check_version(parent, version)
    parts = responsibilities_of(parent)
    _check(parent, parts, by)
    reason = linking.reason_of(reason)
    items = _items(parent, children)
    now, today = clock.now(), clock.today()
    inner = _inner(parent, live(parts), children, today)
    missed = linking.missed_by(live(parts), today)
    link = Split.objects.create(
        issue=parent, reason=reason, by=by, bureau_id=parent.issuer_id, at=now,
        kept={str(part.pk): str(part.weight) for part in live(parts)},
    )  # fmt: skip
    opened, ground = _open(link, items, parent, live(parts), by)
    given = [deadlines.give_inner(part, day, now) for part, day in zip(opened, inner, strict=True) if day]
    if given:
        Milestone.objects.bulk_create(given)
    for part in live(parts):
        part.weight = Decimal(0)
    granted = linking.put_missed(opened, missed, today)
    with together():
        told = linking.announce(
            parent, parts, "split", by=by, at=now, changed=live(parts), tail=tail_of(parts[0]), split=link.pk,
            count=len(opened), reason=personal(reason),
        )  # fmt: skip
        for part in opened:
            facts = _told(part, link) | ({"missed_on": missed} if granted else {})
            told += linking.announce(
                part.issue, [part], "handed_off", by=by, at=now, changed=[part], tail=Tail(ground.read_at), **facts
            )
        insert(told)
    for part in opened:
        linking.put_back(part.issue, [part], granted, by=by, at=now)
    link.opened = opened  # type: ignore[attr-defined]
    return link


def _check(parent: Issue, parts: list[Responsibility], by: Officer) -> None:
    row = LINKS["split"]
    if hands := linking.wrong_hands(row, parent, by):
        raise Refused(hands)
    if why := hindrance(parent, parts):
        raise Conflict(why)


def hindrance(parent: Issue, parts: list[Responsibility]) -> str | None:
    """Why an issue can't be parted now, whatever into."""
    if any(part.state not in lifecycle.UNANSWERED for part in live(parts)) or not live(parts):
        return linking.names_state(parent, LINKS["split"])
    if any(part.parent_id for part in live(parts)):
        return _("已交办下级，下级办结前不能拆分。")
    if any(part.paused_on for part in live(parts)):
        return _("已暂停计时，请先恢复计时。")
    if linking.is_split(parts):
        return _("该问题已经拆分，请在子问题中继续拆分，或先撤销。")
    return None


def _items(parent: Issue, children: Sequence[Child]) -> list[Item]:
    if not LEAST <= len(children) <= MOST:
        raise Invalid(_("请填写%(least)d至%(most)d个子问题。") % {"least": LEAST, "most": MOST}, field="children")
    verifier = Bureau.objects.get(pk=parent.verifier_id)
    filers = [party.bureau for party in parent.parties.filter(part=Part.FILER, until=None).select_related("bureau")]
    lies = parent.located_in if any(child.site is None for child in children) else None
    items = [
        Item(
            title=child.title, source=parent.source, severity=parent.severity, description=parent.description,
            pollution_type=parent.pollution_type, starred=parent.starred, verifier=verifier,
            shares=[Share(child.bureau)], site=child.site or parent.site, address=child.address or parent.address,
            lon=child.site.lon if child.site else parent.lon, lat=child.site.lat if child.site else parent.lat,
            filers=filers, located_in=None if child.site else lies,
        )
        for child in children
    ]  # fmt: skip
    for place, item in enumerate(items, start=1):
        for sentence, _name in handing_off.faults_of(item, parent.issuer):
            raise Invalid(_("第%(n)d个子问题：%(fault)s") % {"n": place, "fault": sentence}, field="children")
    return items


def _inner(parent: Issue, parts: list[Responsibility], children: Sequence[Child], today: date) -> list[date | None]:
    """The inner due date of each child: its own, else the one the parent was given itself. Raises Invalid for a day past

    or beyond what the parent's clock allows. A statement where the parent has milestones, none otherwise.
    """
    given = [row.due_on for part in parts if (row := deadlines.inner_of(part)) is not None]
    last = min([parent.due_on, *given])
    for place, child in enumerate(children, start=1):
        if child.due_on is None or today <= child.due_on <= last:
            continue
        if child.due_on < today:
            fault = _("内部期限不能早于今天，请改正。")
        else:
            fault = _("内部期限不能晚于原问题的期限%(day)s，请改正。") % {"day": last.isoformat()}
        raise Invalid(_("第%(n)d个子问题：%(fault)s") % {"n": place, "fault": fault}, field="children")
    return [child.due_on or min(given, default=None) for child in children]


def _open(
    link: Split, items: list[Item], parent: Issue, parts: list[Responsibility], by: Officer
) -> tuple[list[Responsibility], Ground]:
    """The children under a new document of the issuer, with the parent's dates, and what it stands on; unannounced yet."""
    ground = handing_off.ground_on(clock.beijing_day(link.at), draw=len(items))
    handoff = Handoff(
        pk=ground.document, bureau=parent.issuer, year=clock.beijing_day(link.at).year, title=parent.title,
        issued_at=link.at, issued_by=by, synthetic=parent.synthetic,
    )  # fmt: skip
    main = max(parts, key=lambda part: part.weight)
    counted = {name: max(getattr(part, name) for part in parts) for name in COUNTS}
    carried = handing_off.Carried(
        rules.Due(parent.due_on, parent.provisional), parent.first_due_on, parent.issued_at, parent.issued_on,
        main.counts_from, main.calendar, counted, link,
    )  # fmt: skip
    shares = equal_shares(sum((part.weight for part in parts), Decimal(0)), len(items))
    opened = []
    for place, (item, weight) in enumerate(zip(items, shares, strict=True), start=1):
        opened += handing_off.open_item(item, place, handoff, ground, carried, weight)
    write_document(handoff)
    return opened, ground


def equal_shares(weight: Decimal, count: int) -> list[Decimal]:
    """A weight in as many shares as equal as four places let them be; they add up to it exactly."""
    units, rest = divmod(int(weight / _SHARE), count)
    return [(units + (place < rest)) * _SHARE for place in range(count)]


def _told(part: Responsibility, link: Split) -> dict[str, Any]:
    issue = part.issue
    return {
        "handoff": part.handoff.number, "item": part.item, "title": issue.title, "source": issue.source,
        "severity": issue.severity, "provisional": issue.provisional, "policy": part.policy_id, "split_from": link.pk,
        "to": [{"bureau": part.bureau_id, "weight": part.weight, "responsibility": part.pk}],
        **({"inner_due_on": part.milestone_due_on} if part.milestone_due_on else {}),
    }  # fmt: skip


# --- undoing ----------------------------------------------------------------------------------------------------


@transaction.atomic
def unsplit(
    issue: str | int, *, by: Officer, reason: str, version: int | None = None, seen_by: Officer | None = None
) -> Issue:
    """Ends the children, none of which was answered, and gives the parent back its weight; a child's lateness too."""
    parent, children, link = _family(issue, seen_by)
    linking.check_version(parent, version)
    own = responsibilities_by_issue([parent, *children])
    _check_undoing(parent, children, own, by)
    link.voided_why = linking.reason_of(reason)
    link.voided_at, link.voided_by = clock.now(), by
    today = clock.today()
    missed = linking.missed_by([part for child in children for part in live(own[child.pk])], today)
    link.save(update_fields=["voided_at", "voided_by", "voided_why"])
    parts = own[parent.pk]
    back = [part for part in parts if str(part.pk) in link.kept]
    for part in back:
        part.weight = Decimal(link.kept[str(part.pk)])
    with together():
        told = [span for child in children for span in _end(child, own[child.pk], link)]
        granted = linking.put_missed(back, missed, today)
        facts: dict[str, Any] = {"missed_on": missed} if granted else {}
        told += linking.tell_undoing(link, parent, parts, "unsplit", changed=back, **facts)
        insert(told)
    _close_doors(children, link)
    linking.put_back(parent, parts, granted, by=by, at=link.voided_at)
    return parent


def _family(issue: str | int, seen_by: Officer | None) -> tuple[Issue, list[Issue], Split]:
    """Parent, children and link, locked in the order of keys: a parent is older than its children."""
    parent = linking.lock([issue], seen_by)[issue]
    link = Split.objects.filter(issue=parent, voided_at=None).first()
    if link is None:
        raise Conflict(_("该问题没有拆分，请刷新后再操作。"))
    keys = list(link.children.values_list("pk", flat=True))
    found = linking.lock(keys, None)
    return parent, [found[key] for key in keys], link


def _check_undoing(parent: Issue, children: list[Issue], own: dict[int, list[Responsibility]], by: Officer) -> None:
    row = LINKS["unsplit"]
    if hands := linking.wrong_hands(row, parent, by):
        raise Refused(hands)
    for child in children:
        parts = live(own[child.pk])
        if any(part.state not in row.sources or part.paused_on for part in parts):
            raise Conflict(_("子问题%(number)s已反馈、暂停或办结，不能再撤销拆分。") % {"number": child.number})
        if linking.supervised(own[child.pk]):
            raise Conflict(_("子问题%(number)s正在督办，不能撤销拆分。") % {"number": child.number})
        if linking.is_split(own[child.pk]):
            raise Conflict(_("子问题%(number)s又作了拆分，请先撤销那一次拆分。") % {"number": child.number})
    if Merge.objects.filter(into__in=children, voided_at=None).exists():
        raise Conflict(_("有别的问题合并到了子问题，请先撤销那次合并。"))


def _end(child: Issue, parts: list[Responsibility], link: Split) -> list[Span]:
    """The child ends as if it had never weighed anything."""
    ending = live(parts)
    for part in ending:
        part.state, part.weight = State.VOID, Decimal(0)
        linking.end_clock(part)
    return linking.tell_undoing(link, child, parts, "split_undone", changed=ending)


def _close_doors(children: list[Issue], link: Split) -> None:
    """Their bureaus see the children no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE issues_issueparty SET until = %s WHERE issue_id = ANY(%s) AND part = %s AND until IS NULL",
            [link.voided_at, [child.pk for child in children], Part.RESPONSIBLE.value],
        )
