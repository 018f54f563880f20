"""Every change of a finding: file, correct, review, confirm, dismiss, hand off, join."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.findings import new_sites, questions
from enforcement.findings.lifecycle import MOVES, TABLE, Hand, Move, State
from enforcement.findings.models import Finding, FindingParty, FindingVersion, Observation
from enforcement.findings.routing import Proposal, deviates, proposals_for, record_of, with_table
from enforcement.issues.actions import Item, Share, note_joined
from enforcement.issues.actions.handing_off import division_at, hand_off_within
from enforcement.issues.models import Handoff, Issue, Severity, Source
from enforcement.issues.search import bigrams_of
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, personal, record, tail_of, together, with_tail
from enforcement.timeline.models import Event
from enforcement.timeline.offers import Available
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Division, Officer, Part, Site
from regions.registering import Stated
from regions.roles import TABLE as ROLES
from regions.roles import Role
from regions.scoping import REACH_MARKS, Reach, asked
from regions.statements import DAY, KEY, Question, update

OBSERVED = [field.name for field in Observation._meta.get_fields()]
MAX_AGE = timedelta(days=366 * 5)


def file_finding(
    *,
    by: Officer,
    filer: Bureau,
    receiver: Bureau,
    title: str,
    source: str,
    lon: float,
    lat: float,
    occurred_at: datetime,
    severity: str = Severity.GENERAL,
    description: str = "",
    pollution_type: str = "",
    address: str = "",
    site: Site | None = None,
    device_at: datetime | None = None,
    synthetic: bool = False,
    origin: dict[str, Any] | None = None,
    same_as: Issue | None = None,
    answers: dict[str, str] | None = None,
    new_site: Stated | None = None,
    submitted: bool = False,
    located_in: Division | None = None,
    read_at: datetime | None = None,
) -> Finding:
    """Files a draft. Raises Refused unless `by` is an inspector or team leader of `filer` today, Invalid per field.

    `same_as` is the open issue the filer takes it for, among those they see: a proposal that decides nothing. So is
    `new_site`, a site that isn't in the register: see `settling`. `submitted` puts it before its leader at once, by the
    same event; an inspector alone may. Who knows where it lies, or has read the database's clock in this transaction,
    spares us a statement each.
    """
    _check_poster(by, filer, (Role.INSPECTOR, Role.TEAM_LEADER), _("只有填报单位的巡查员或组长可以填报线索。"))
    if submitted:
        _check_poster(by, filer, tuple(MOVES["submit"].roles), _("只有填报单位的巡查员可以提交审核。"))
    now = clock.now()
    errors = _observation_faults(title, source, severity, lon, lat, occurred_at, now)
    if receiver.is_contractor:
        errors["receiver"] = [_("第三方单位不能转办，请选择主管部门。")]
    if submitted and (lacking := questions.missing(source, pollution_type, answers or {})):
        errors["answers"] = [_("提交前请填写：%(labels)s。") % {"labels": _("、").join(lacking)}]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    after: dict[str, Any] = {"after": MOVES["submit"].target} if submitted else {}
    with transaction.atomic():
        located_in = located_in or division_at(lon, lat)
        new_site = new_sites.fit(new_site, site=site, place=located_in, by=by)
        finding = Finding.objects.create(
            title=title.strip(),
            description=description,
            source=source,
            pollution_type=pollution_type,
            severity=severity,
            lon=lon,
            lat=lat,
            address=address,
            site=site,
            occurred_at=occurred_at,
            device_at=device_at,
            received_at=now,
            filer=filer,
            receiver=receiver,
            filed_by=by,
            located_in=located_in,
            same_as=same_as,
            answers=answers or {},
            site_waits=new_site is not None,
            state=State.LEADER_REVIEW if submitted else State.DRAFT,
            synthetic=synthetic,
            bigrams=searched(title, address, site),
        )
        new_sites.propose(finding, new_site, by)
        parties = {filer: Part.FILER} if receiver == filer else {filer: Part.FILER, receiver: Part.ISSUER}
        FindingParty.objects.bulk_create(
            FindingParty(finding=finding, bureau=bureau, part=part, since=now) for bureau, part in parties.items()
        )
        record(
            finding,
            "filed",
            by=by,
            bureau=filer,
            title=finding.title,
            source=source,
            severity=severity,
            lon=lon,
            lat=lat,
            happened_at=occurred_at,
            device_at=device_at,
            origin=origin or {},
            same_as=same_as.number if same_as else "",
            new_site=new_site.name if new_site else "",
            tail=Tail(read_at) if read_at else None,
            **after,
        )
    return finding


def correct(
    finding: Finding, *, by: Officer, version: int | None = None, new_site: Any = new_sites.KEEP, **changes: Any
) -> Finding:
    """Corrects a draft: the old wording is kept as a version. Raises Conflict for a stale version.

    `new_site` left out stays as it was, None withdraws it.
    """
    with transaction.atomic():
        locked = lock(finding, version)
        _check_poster(by, locked.filer, (Role.INSPECTOR, Role.TEAM_LEADER), _("只有填报单位可以修改线索。"))
        if locked.state != State.DRAFT:
            raise Conflict(_("线索已提交，不能再修改。"))
        unknown = set(changes) - set(OBSERVED) - {"received_at"}
        if unknown:
            raise Invalid(_("这些内容不能修改：%(names)s。") % {"names": _("、").join(sorted(unknown))})
        now = clock.now()
        keep_version(locked, by)
        before = {name: getattr(locked, name) for name in changes}
        for name, value in changes.items():
            setattr(locked, name, value)
        errors = _observation_faults(
            locked.title, locked.source, locked.severity, locked.lon, locked.lat, locked.occurred_at, now
        )
        if errors:
            raise Invalid(next(iter(errors.values()))[0], errors=errors)
        locked.located_in = division_at(locked.lon, locked.lat)
        locked.bigrams = searched(locked.title, locked.address, locked.site)
        restated = ["new_site"] if new_sites.restate(locked, new_site, by) else []
        locked.version += 1
        locked.save()
        fields = sorted([*before, *restated])
        record(locked, "corrected", by=by, bureau=locked.filer, fields=fields, version=locked.version)
    return locked


def keep_version(finding: Finding, by: Officer) -> None:
    """The wording of a locked finding before it changes."""
    wording = {name: getattr(finding, name) for name in OBSERVED}
    FindingVersion.objects.create(
        finding=finding, version=finding.version, superseded_at=clock.now(), superseded_by=by, **wording
    )


def searched(title: str, address: str, site: Site | None) -> list[str]:
    """The pieces a finding is searched by."""
    return bigrams_of(title, address, site.name if site else "")


def available(finding: Finding, officer: Officer) -> list[Available]:
    """For every action the finding's state offers: allowed, or the reason why not."""
    rows = [row for row in TABLE if finding.state in row.sources]
    whys = [(row, _obstacle(row, finding, officer)) for row in rows]
    return [
        Available(
            row.action,
            row.label,
            why is None,
            str(why or ""),
            row.needs,
            mine=why is None or _wrong_hands(row, finding, officer) is None,
        )
        for row, why in whys
    ]


def may_confirm_and_hand_off(finding: Finding, officer: Officer) -> bool:
    """Whether an officer may confirm a finding that waits for its review and hand it off by the same act."""
    rows = MOVES["confirm"], MOVES["promote"]
    return finding.state == State.LEADER_REVIEW and not any(_obstacle(row, finding, officer) for row in rows)


def perform(
    finding: Finding, action: str, *, by: Officer, version: int | None = None, reason: str = "", issue: Any = None
) -> Finding:
    """Takes an action of the table, `promote` excepted (see `hand_off_findings`). `issue` is an Issue to join."""
    row = MOVES.get(action)
    if row is None or action == "promote":
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": action}, field="action")
    with transaction.atomic():
        locked = lock(finding, version)
        _check_move(row, locked, by)
        reason = (reason or "").strip()
        if "reason" in row.needs and not reason:
            raise Invalid(_("请填写理由。"), field="reason")
        if len(reason) > 2000 or "\x00" in reason:
            raise Invalid(_("理由不能超过2000字，且不能含无法识别的字符。"), field="reason")
        facts: dict[str, Any] = {"reason": personal(reason)} if reason else {}
        if row.action == "join":
            if not isinstance(issue, Issue):
                raise Invalid(_("请选择要并入的问题。"), field="issue")
            words = [locked.title, locked.description, locked.address]
            locked.issue = note_joined(issue, by=by, bureau=locked.receiver, finding=locked.pk, words=words)
            facts["issue"] = issue.number
        if row.action == "submit" and (
            lacking := questions.missing(locked.source, locked.pollution_type, locked.answers)
        ):
            raise Invalid(_("提交前请填写：%(labels)s。") % {"labels": _("、").join(lacking)}, field="answers")
        if row.action == "confirm":
            locked.confirmed_by = by
        _settle(row, locked, by, facts)
    return locked


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
            _check_move(row, finding, by)
        proposals = _asked_of_rules(locked, handings, issuer)
        items = [_item(finding, handing) for finding, handing in zip(locked, handings, strict=True)]
        handoff = hand_off_within(items, issuer=issuer, by=by, title=title, synthetic=synthetic)
        issues = {r.item: r.issue for r in handoff.opened}
        for place, finding in enumerate(locked, start=1):
            finding.issue = issues[place]
            handing = handings[place - 1]
            facts = {"issue": issues[place].number, "handoff": handoff.number}
            facts |= record_of(proposals[place - 1], handing.shares[0].bureau)
            _settle(row, finding, by, facts, tails[place - 1])
    handoff.proposals = proposals  # type: ignore[attr-defined]
    return handoff


def _confirmed_along(finding: Finding, handing: Handing, by: Officer) -> Tail:
    """Confirms a finding that waits for its review where its handing says so; gives the end of the finding's chain."""
    tail = tail_of(finding)
    if not (handing.confirms and finding.state == State.LEADER_REVIEW):
        return tail
    row = MOVES["confirm"]
    _check_move(row, finding, by)
    finding.confirmed_by = by
    event = _settle(row, finding, by, {}, tail)
    return Tail(tail.recorded_at, event.seq, bytes(event.hash))


def _asked_of_rules(locked: Sequence[Finding], handings: Sequence[Handing], issuer: Bureau) -> list[Proposal]:
    """What the routing rules propose. Raises Invalid where another bureau was chosen and nobody said that it is meant."""
    proposals = proposals_for(locked, issuer)
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
    found = {
        finding.pk: finding
        for finding in asked(_by_keys, seen_by, keys=[h.finding.pk for h in handings], day=clock.today())
    }
    for place, handing in enumerate(handings, start=1):
        finding = found.get(handing.finding.pk)
        if finding is None:
            raise Absent(_("第%(n)d项：没有这条线索。") % {"n": place})
        if handing.version is not None and handing.version != finding.version:
            raise Conflict(_("线索“%(title)s”刚刚已被他人更新，请刷新后再操作。") % {"title": finding.title})
    return [found[handing.finding.pk] for handing in handings]


@cache
def _by_keys(reach: Reach | None) -> Question[Finding]:
    rows = Finding.objects.within(reach) if reach else Finding.objects.all()
    rows = rows.filter(pk__in=[KEY]).select_for_update(of=("self",))
    rows = rows.select_related("filer", "receiver__division", "site", "located_in__parent").order_by("pk")
    return Question(with_table(with_tail(rows, "finding"), DAY), {KEY: "keys", DAY: "day", **REACH_MARKS})


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


def _settle(row: Move, finding: Finding, by: Officer, facts: dict[str, Any], tail: Tail | None = None) -> Event:
    before, finding.state = finding.state, row.target
    finding.version += 1
    update(finding)
    bureau = finding.filer if row.hand is Hand.FILER else finding.receiver
    return record(finding, row.event, by=by, bureau=bureau, tail=tail, before=before, after=row.target, **facts)


def lock(finding: Finding, version: int | None) -> Finding:
    """The finding under its row lock, with the end of its chain. Raises Absent, Conflict for a stale version."""
    rows = Finding.objects.select_for_update(of=("self",)).select_related(
        "filer", "receiver__division", "site", "located_in"
    )
    try:
        locked: Finding = with_tail(rows, "finding").get(pk=finding.pk)
    except Finding.DoesNotExist:
        raise Absent(_("没有这条线索。")) from None
    if version is not None and version != locked.version:
        raise Conflict(_("该线索刚刚已被他人更新，请刷新后再操作。"))
    return locked


def _check_move(row: Move, finding: Finding, by: Officer) -> None:
    hands = _wrong_hands(row, finding, by)
    if hands is not None:
        raise Refused(hands)
    if finding.state not in row.sources:
        raise Conflict(
            _("该线索现为“%(state)s”，不能%(action)s，请刷新后再操作。")
            % {"state": State(finding.state).label, "action": row.label}
        )
    obstacle = _obstacle(row, finding, by)
    if obstacle is not None:
        raise Refused(obstacle)


def _obstacle(row: Move, finding: Finding, by: Officer) -> str | Promise | None:
    hands = _wrong_hands(row, finding, by)
    if hands is not None:
        return hands
    if row.action == "confirm":
        if not by.has_badge(clock.today()):
            return _("确认线索须持有效执法证。")
        if by.pk == finding.filed_by_id:
            return _("填报人不能确认自己填报的线索。")
    if row.action == "promote" and finding.site_waits:
        return _("线索提出的新点位还没有审核，请先审核，再转办。")
    return None


def _wrong_hands(row: Move, finding: Finding, by: Officer) -> str | Promise | None:
    hand, roles = row.hand, row.roles
    # Contractors may not establish facts: the receiving department's leader or dispatcher confirms for them.
    if row.action in {"confirm", "send_back"} and finding.filer.is_contractor:
        hand, roles = Hand.RECEIVER, frozenset({Role.TEAM_LEADER, Role.DISPATCHER})
    bureau = finding.filer if hand is Hand.FILER else finding.receiver
    if any(p.bureau_id == bureau.pk and p.role in roles for p in by.postings_on(clock.today())):
        return None
    names = _("、").join(str(ROLES[role].name) for role in sorted(roles))
    return _("只有%(bureau)s的%(roles)s可以%(action)s。") % {
        "bureau": bureau.short_name,
        "roles": names,
        "action": row.label,
    }


def _check_poster(by: Officer, bureau: Bureau, roles: tuple[Role, ...], why: str) -> None:
    if not any(p.bureau_id == bureau.pk and p.role in roles for p in by.postings_on(clock.today())):
        raise Refused(why)


def _observation_faults(
    title: str, source: str, severity: str, lon: float, lat: float, occurred_at: datetime, now: datetime
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not title.strip() or len(title) > 120 or "\x00" in title:
        errors["title"] = [_("请填写标题，不超过120字。")]
    if source not in Source.values:
        errors["source"] = [_("来源不在可选范围内。")]
    if severity not in Severity.values:
        errors["severity"] = [_("严重程度不在可选范围内。")]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        errors["lon"] = [_("经纬度超出范围，请检查是否填反。")]
    elif 20 < lon < 54 and 73 < lat < 90:
        errors["lon"] = [_("经度与纬度似乎填反了，请核对。")]
    if occurred_at > now + timedelta(minutes=10):
        errors["occurred_at"] = [_("发现时间不能晚于现在。")]
    elif occurred_at < now - MAX_AGE:
        errors["occurred_at"] = [_("发现时间太早，请核对年份。")]
    return errors
