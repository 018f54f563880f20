"""Handing off (转办): a numbered document whose items open responsibilities, all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _
from django.utils.translation import override

from enforcement.issues import rules
from enforcement.issues.actions.numbering import issue_document
from enforcement.issues.actions.standing import write_span
from enforcement.issues.lifecycle import Clock, State
from enforcement.issues.models import (
    DeadlinePolicy,
    Handoff,
    Issue,
    IssueParty,
    Responsibility,
    Severity,
    Source,
)
from enforcement.issues.search import bigrams_of
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, record, together
from regions.errors import Invalid, Refused
from regions.models import Bureau, Division, Officer, Part, Site, WorkCalendar
from regions.placement import place
from regions.roles import Role

MAX_ITEMS = 200
MAX_SHARES = 8


@dataclass(frozen=True, slots=True)
class Share:
    """One bureau's part in an item."""

    bureau: Bureau
    weight: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a handoff document: what was found, where, and who answers. WGS-84 degrees."""

    title: str
    source: str
    lon: float
    lat: float
    shares: Sequence[Share]
    severity: str = Severity.GENERAL
    description: str = ""
    pollution_type: str = ""
    address: str = ""
    site: Site | None = None
    starred: bool = False
    verifier: Bureau | None = None
    filers: Sequence[Bureau] = ()
    # Where it lies, when that is known already.
    located_in: Division | None = None
    origin: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def hand_off(
    items: Sequence[Item], *, issuer: Bureau, by: Officer, title: str = "", synthetic: bool = False
) -> Handoff:
    """Issues a document with its items and gives it; `handoff.opened` are the responsibilities opened, item by item.

    Raises Refused unless `by` is a dispatcher of the issuing bureau today, Invalid with the item's place and field.
    """
    _check_dispatcher(by, issuer)
    _check(items, issuer)
    now = clock.now()
    day = clock.beijing_day(now)
    policies, calendar = ground_on(day)
    drawn = issue_document(issuer, by=by, at=now, title=title or _title(items), synthetic=synthetic, issues=len(items))
    handoff = drawn.handoff
    handoff.opened = []
    tail = Tail(drawn.read_at)
    with together():
        for place_, (item, number) in enumerate(zip(items, drawn.issues, strict=True), start=1):
            handoff.opened += _open(item, number, place_, handoff, by, calendar, policies, tail)
    return handoff


def _title(items: Sequence[Item]) -> str:
    """A document of several items is named by their number: its title is read by all who receive one of them."""
    # A paper of the office, whatever language its writer reads the pages in.
    with override(settings.LANGUAGE_CODE):
        return items[0].title if len(items) == 1 else _("%(n)d个问题") % {"n": len(items)}


def policies_on(day: date) -> list[DeadlinePolicy]:
    rows = DeadlinePolicy.objects.filter(valid_from__lte=day).order_by("-valid_from", "pk")
    return [row for row in rows if row.valid_to is None or row.valid_to > day]


def ground_on(day: date) -> tuple[list[DeadlinePolicy], WorkCalendar]:
    """The policies in force on a day and the calendar in force, by one statement. Raises Invalid without either."""
    newest = WorkCalendar.objects.order_by("-version")
    rows = DeadlinePolicy.objects.filter(valid_from__lte=day).order_by("-valid_from", "pk")
    found = list(
        rows.annotate(calendar=Subquery(newest.values("pk")[:1]), edition=Subquery(newest.values("version")[:1]))
    )
    if not found or found[0].calendar is None:
        raise Invalid(_("没有适用的期限规则或工作日历，请系统管理员先维护。"))
    calendar = WorkCalendar(pk=found[0].calendar, version=found[0].edition)
    return [row for row in found if row.valid_to is None or row.valid_to > day], calendar


def policy_for(
    policies: Sequence[DeadlinePolicy], source: str, severity: str, pollution_type: str = ""
) -> DeadlinePolicy:
    """The most specific policy in force: the most fields named, the source before the type before the severity.

    Raises Invalid where none matches: no issue without a clock.
    """
    matching = [
        p
        for p in policies
        if p.source in ("", source) and p.severity in ("", severity) and p.pollution_type in ("", pollution_type)
    ]
    if not matching:
        raise Invalid(_("没有适用的期限规则，请系统管理员先维护期限规则。"))
    return max(matching, key=_specific)


def _specific(policy: DeadlinePolicy) -> tuple[Any, ...]:
    named = bool(policy.source) + bool(policy.pollution_type) + bool(policy.severity)
    return named, bool(policy.source), bool(policy.pollution_type), policy.valid_from


def _check_dispatcher(by: Officer, issuer: Bureau) -> None:
    held = [p for p in by.postings_on(clock.today()) if p.role == Role.DISPATCHER]
    if not any(p.bureau_id == issuer.pk for p in held):
        raise Refused(_("只有转办单位的转办员可以转办。"))
    if issuer.is_contractor:
        raise Refused(_("第三方单位不能转办。"))


def _check(items: Sequence[Item], issuer: Bureau) -> None:
    if not items:
        raise Invalid(_("请至少选择一个问题再转办。"), field="items")
    if len(items) > MAX_ITEMS:
        raise Invalid(_("一份转办单最多%(n)d项，请分批转办。") % {"n": MAX_ITEMS}, field="items")
    for place_, item in enumerate(items, start=1):
        for message, name in _faults(item, issuer):
            raise Invalid(_("第%(n)d项：%(fault)s") % {"n": place_, "fault": message}, field=name)


def _faults(item: Item, issuer: Bureau) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    if not item.title.strip():
        faults.append((_("请填写标题。"), "title"))
    if len(item.title) > 120:
        faults.append((_("标题不能超过120字。"), "title"))
    if item.source not in Source.values:
        faults.append((_("来源不在可选范围内。"), "source"))
    if item.severity not in Severity.values:
        faults.append((_("严重程度不在可选范围内。"), "severity"))
    if not (-180 <= item.lon <= 180 and -90 <= item.lat <= 90):
        faults.append((_("经纬度超出范围，请检查是否填反。"), "lon"))
    if not item.shares:
        faults.append((_("请选择承办单位。"), "bureau"))
    if len(item.shares) > MAX_SHARES:
        faults.append((_("承办单位不能超过%(n)d个。") % {"n": MAX_SHARES}, "bureau"))
    if len({share.bureau.pk for share in item.shares}) != len(item.shares):
        faults.append((_("同一承办单位重复。"), "bureau"))
    if any(share.bureau.is_contractor for share in item.shares):
        faults.append((_("第三方单位不能承办。"), "bureau"))
    if any(share.weight <= 0 for share in item.shares):
        faults.append((_("承办权重应大于0。"), "weight"))
    if item.shares and sum(share.weight for share in item.shares) != 1:
        faults.append((_("各承办单位的权重之和应为1。"), "weight"))
    verifier = item.verifier or issuer
    if any(share.bureau.pk == verifier.pk for share in item.shares):
        faults.append((_("核查单位不能是承办单位。"), "verifier"))
    if verifier.is_contractor:
        faults.append((_("第三方单位不能核查。"), "verifier"))
    return faults


def _open(
    item: Item,
    number: str,
    place_: int,
    handoff: Handoff,
    by: Officer,
    calendar: WorkCalendar,
    policies: Sequence[DeadlinePolicy],
    tail: Tail,
) -> list[Responsibility]:
    issuer, now = handoff.bureau, handoff.issued_at
    policy = policy_for(policies, item.source, item.severity, item.pollution_type)
    day = clock.beijing_day(now)
    overall = rules.due(policy, day, policy.overall_days, calendar.value())
    main = max(item.shares, key=lambda share: share.weight).bureau
    issue = Issue.objects.create(
        number=number,
        title=item.title.strip(),
        description=item.description,
        source=item.source,
        pollution_type=item.pollution_type,
        severity=item.severity,
        starred=item.starred,
        lon=item.lon,
        lat=item.lat,
        address=item.address,
        located_in=item.located_in or division_at(item.lon, item.lat) or main.division,
        division=main.division,
        site=item.site,
        issuer=issuer,
        verifier=item.verifier or issuer,
        state=State.ISSUED,
        first_due_on=overall.on,
        due_on=overall.on,
        provisional=overall.provisional,
        issued_at=now,
        issued_on=day,
        issued_by=by,
        synthetic=handoff.synthetic,
        bigrams=bigrams_of(number, item.title, item.address, item.site.name if item.site else ""),
    )
    opened = Responsibility.objects.bulk_create(
        [
            build_responsibility(issue, share, handoff, place_, policy, calendar, overall, parent=None)
            for share in item.shares
        ]
    )
    parts = {(issuer.pk, Part.ISSUER), (issue.verifier_id, Part.VERIFIER)}
    parts |= {(share.bureau.pk, Part.RESPONSIBLE) for share in item.shares}
    parts |= {(filer.pk, Part.FILER) for filer in item.filers if not filer.is_contractor}
    add_parties(issue, parts, since=now)
    event = record(
        issue,
        "handed_off",
        by=by,
        bureau=issuer,
        tail=tail,
        handoff=handoff.number,
        item=place_,
        title=issue.title,
        source=issue.source,
        severity=issue.severity,
        due_on=overall.on,
        provisional=overall.provisional,
        policy=policy.pk,
        calendar=calendar.version,
        to=[{"bureau": r.bureau_id, "weight": r.weight, "responsibility": r.pk} for r in opened],
        origin=item.origin,
    )
    write_span(opened, event)
    return opened


def build_responsibility(
    issue: Issue,
    share: Share,
    handoff: Handoff,
    place_: int,
    policy: DeadlinePolicy,
    calendar: WorkCalendar,
    overall: rules.Due,
    *,
    parent: Responsibility | None,
) -> Responsibility:
    """An unsaved responsibility at its start: issued, acknowledgement stage running."""
    start = clock.beijing_day(handoff.issued_at)
    days = rules.stage_days(policy, Clock.START)
    assert days is not None
    stage = rules.due(policy, start, days, calendar.value())
    return Responsibility(
        issue=issue,
        bureau=share.bureau,
        division=share.bureau.division,
        parent=parent,
        handoff=handoff,
        item=place_,
        policy=policy,
        calendar=calendar,
        provisional=overall.provisional or stage.provisional,
        opened_at=handoff.issued_at,
        state=State.ISSUED,
        weight=share.weight,
        first_due_on=overall.on,
        due_on=overall.on,
        stage_first_due_on=stage.on,
        stage_due_on=stage.on,
        counts_from=start,
        stage_from=start,
    )


def add_parties(issue: Issue, parts: set[tuple[int, Part]], *, since: Any) -> None:
    """Adds live party rows that aren't there yet."""
    IssueParty.objects.bulk_create(
        [IssueParty(issue=issue, bureau_id=bureau, part=part, since=since) for bureau, part in sorted(parts)],
        ignore_conflicts=True,
    )


def division_at(lon: float, lat: float) -> Division | None:
    """The county a WGS-84 point lies in, by the in-memory index; None outside the province."""
    code = place(lon, lat)
    return Division.objects.filter(code=code, ended_on=None).first() if code else None
