"""Handing off (转办): a numbered document whose items open responsibilities, all in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Subquery
from django.utils.translation import gettext as _
from django.utils.translation import override

from enforcement.issues import rules
from enforcement.issues.actions.numbering import issue_numbers, with_draw, write_document
from enforcement.issues.actions.searching import pieces_of, words_of_bureaus
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
    Split,
)
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, record, together
from regions.errors import Invalid, Refused
from regions.models import Bureau, Division, Level, Officer, Part, Site, WorkCalendar
from regions.placement import place
from regions.roles import Role
from regions.statements import DAY, NUMBERS, Question, insert

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
    return hand_off_within(items, issuer=issuer, by=by, title=title, synthetic=synthetic)


def hand_off_within(items: Sequence[Item], *, issuer: Bureau, by: Officer, title: str, synthetic: bool) -> Handoff:
    """The same in the caller's transaction, which an error must end."""
    _check_dispatcher(by, issuer)
    _check(items, issuer)
    now = clock.now()
    day = clock.beijing_day(now)
    ground = ground_on(day, draw=len(items))
    handoff = Handoff(
        pk=ground.document, bureau=issuer, year=day.year, title=title or _title(items), issued_at=now, issued_by=by,
        synthetic=synthetic,
    )  # fmt: skip
    parts = [open_item(item, place_, handoff, ground) for place_, item in enumerate(items, start=1)]
    # Everything that needs no document number is written: from here on the bureau's other documents wait.
    write_document(handoff)
    with together():
        for item, opened in zip(items, parts, strict=True):
            _announce(item, opened, handoff, ground)
    handoff.opened = [r for opened in parts for r in opened]
    return handoff


def _title(items: Sequence[Item]) -> str:
    """A document of several items is named by their number: its title is read by all who receive one of them."""
    # A paper of the office, whatever language its writer reads the pages in.
    with override(settings.LANGUAGE_CODE):
        return items[0].title if len(items) == 1 else _("%(n)d个问题") % {"n": len(items)}


def policies_on(day: date) -> list[DeadlinePolicy]:
    rows = DeadlinePolicy.objects.filter(valid_from__lte=day).order_by("-valid_from", "pk")
    return [row for row in rows if row.valid_to is None or row.valid_to > day]


@dataclass(frozen=True, slots=True)
class Ground:
    """What issuing stands on: the policies and the calendar in force, new numbers, the database's clock."""

    policies: list[DeadlinePolicy]
    calendar: WorkCalendar
    read_at: datetime
    numbers: list[str]
    document: int


def ground_on(day: date, draw: int = 1) -> Ground:
    """The ground on a day, with numbers drawn for `draw` issues. One statement. Raises Invalid without policies or a
    calendar."""
    found: list[Any] = _ground().ask(day=day, year=day.year, draw=draw)
    if not found or found[0].calendar is None:
        raise Invalid(_("没有适用的期限规则或工作日历，请系统管理员先维护。"))
    first = found[0]
    policies = [row for row in found if row.valid_to is None or row.valid_to > day]
    calendar = WorkCalendar(pk=first.calendar, version=first.edition)
    return Ground(policies, calendar, first.read_at, issue_numbers(day.year, first.serials), first.document)


@cache
def _ground() -> Question[DeadlinePolicy]:
    year, draw = NUMBERS[:2]
    newest = WorkCalendar.objects.order_by("-version")
    rows = DeadlinePolicy.objects.filter(valid_from__lte=DAY).order_by("-valid_from", "pk")
    rows = rows.annotate(calendar=Subquery(newest.values("pk")[:1]), edition=Subquery(newest.values("version")[:1]))
    return Question(with_draw(rows, year, draw), {DAY: "day", year: "year", draw: "draw"})


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
        for message, name in [*faults_of(item, issuer), *_verified_at_home(item, issuer)]:
            raise Invalid(_("第%(n)d项：%(fault)s") % {"n": place_, "fault": message}, field=name)


def faults_of(item: Item, issuer: Bureau) -> list[tuple[str, str]]:
    """What is wrong with an item: pairs of a sentence and the field."""
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
    if item.starred and any(below_city(share.bureau) for share in item.shares):
        faults.append((STARRED(), "bureau"))
    verifier = item.verifier or issuer
    if any(share.bureau.pk == verifier.pk for share in item.shares):
        faults.append((_("核查单位不能是承办单位。"), "verifier"))
    if verifier.is_contractor:
        faults.append((_("第三方单位不能核查。"), "verifier"))
    return faults


def _verified_at_home(item: Item, issuer: Bureau) -> list[tuple[str, str]]:
    verifier = item.verifier or issuer
    if any(is_verified_at_home(item.source, verifier, share.bureau) for share in item.shares):
        return [(AT_HOME(), "verifier")]
    return []


def is_verified_at_home(source: str, verifier: Bureau, answering: Bureau) -> bool:
    """Whether what another city's team found would be verified in the city that handles it (domain section 4).

    Of what was found by cross-enforcement only; a bureau of the province belongs to no city.
    """
    return source == Source.CROSS_ENFORCEMENT and city_of(verifier) in {city_of(answering)} - {None}


def city_of(bureau: Bureau) -> int | None:
    """The key of the city a bureau belongs to; None for one of the province."""
    place = bureau.division
    return {Level.PROVINCE.value: None, Level.CITY.value: place.pk}.get(place.level, place.parent_id)


def AT_HOME() -> str:  # noqa: N802 - a sentence in the reader's language
    return _("交叉执法发现的问题，核查单位不能与承办单位同属一市。")


def below_city(bureau: Bureau) -> bool:
    """Whether a bureau is a county's or a zone's: no starred item (加星件) is theirs to handle (domain section 1)."""
    return bureau.division.level in (Level.COUNTY, Level.ZONE)


def STARRED() -> str:  # noqa: N802 - a sentence in the reader's language
    return _("加星件须由市级直接办理，不能交给县级单位。")


@dataclass(frozen=True, slots=True)
class Carried:
    """What a child of a split takes along from its parent: its clock as it runs, when it was first issued, what counts.

    `overall` is the due date in force, `first_due_on` the first one; `counted` the counts of `models.Standing`.
    """

    overall: rules.Due
    first_due_on: date
    issued_at: datetime
    issued_on: date
    counts_from: date | None
    calendar: WorkCalendar
    counted: dict[str, int]
    split: Split


def open_item(
    item: Item,
    place_: int,
    handoff: Handoff,
    ground: Ground,
    carried: Carried | None = None,
    weight: Decimal = Decimal(1),
) -> list[Responsibility]:
    """Writes the issue of an item with its responsibilities and parties; its document has no number yet.

    With what a split carried over it is a child that weighs `weight`, and waits for its first event.
    """
    issuer, now, number = handoff.bureau, handoff.issued_at, ground.numbers[place_ - 1]
    policy = policy_for(ground.policies, item.source, item.severity, item.pollution_type)
    day = clock.beijing_day(now)
    overall = carried.overall if carried else rules.due(policy, day, policy.overall_days, ground.calendar.value())
    main = max(item.shares, key=lambda share: share.weight).bureau
    issue = Issue(
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
        issued_by=handoff.issued_by,
        synthetic=handoff.synthetic,
    )
    bureaus = words_of_bureaus(share.bureau for share in item.shares)
    issue.bigrams = pieces_of(issue, handoff.issued_by.name, *bureaus)
    if carried:
        issue.first_due_on, issue.split, issue.version = carried.first_due_on, carried.split, 0
        issue.issued_at, issue.issued_on = carried.issued_at, carried.issued_on
    insert([issue])
    # A part names one version of the calendar: what is counted anew is counted by that of what it carries on.
    calendar = carried.calendar if carried else ground.calendar
    opened = [
        build_responsibility(issue, share, handoff, place_, policy, calendar, overall, parent=None)
        for share in item.shares
    ]
    if carried:
        for part in opened:
            _carry(part, carried, weight)
    insert(opened)
    parts = {(issuer.pk, Part.ISSUER), (issue.verifier_id, Part.VERIFIER)}
    parts |= {(share.bureau.pk, Part.RESPONSIBLE) for share in item.shares}
    parts |= {(filer.pk, Part.FILER) for filer in item.filers if not filer.is_contractor}
    insert(parties_of(issue, parts, since=now))
    return opened


def _carry(part: Responsibility, carried: Carried, weight: Decimal) -> None:
    part.weight = (part.weight * weight).quantize(Decimal("0.0001"))
    part.first_due_on, part.counts_from = carried.first_due_on, carried.counts_from
    for name, count in carried.counted.items():
        setattr(part, name, count)


def _announce(item: Item, opened: list[Responsibility], handoff: Handoff, ground: Ground) -> None:
    first = opened[0]
    issue = first.issue
    event = record(
        issue,
        "handed_off",
        by=handoff.issued_by,
        bureau=handoff.bureau,
        tail=Tail(ground.read_at),
        handoff=handoff.number,
        item=first.item,
        title=issue.title,
        source=issue.source,
        severity=issue.severity,
        due_on=issue.due_on,
        provisional=issue.provisional,
        policy=first.policy_id,
        calendar=ground.calendar.version,
        to=[{"bureau": r.bureau_id, "weight": r.weight, "responsibility": r.pk} for r in opened],
        origin=item.origin,
    )
    write_span(opened, event)


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
    IssueParty.objects.bulk_create(parties_of(issue, parts, since=since), ignore_conflicts=True)


def parties_of(issue: Issue, parts: set[tuple[int, Part]], *, since: Any) -> list[IssueParty]:
    """Party rows, not saved yet."""
    return [IssueParty(issue=issue, bureau_id=bureau, part=part, since=since) for bureau, part in sorted(parts)]


def division_at(lon: float, lat: float) -> Division | None:
    """The county a WGS-84 point lies in, by the in-memory index; None outside the province."""
    code = place(lon, lat)
    return Division.objects.filter(code=code, ended_on=None).first() if code else None
