"""Campaigns: set up, begun, ended; targets; what was done, division by division."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from enforcement.inspections import units
from enforcement.inspections.actions.checklists import KEEPERS
from enforcement.inspections.lifecycle import CAMPAIGN_MOVES, CampaignState, ListState
from enforcement.inspections.models import Campaign, ChecklistVersion, Quantity, QuantityTarget, Tally
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from regions import words
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import AreaMembership, Bureau, Division, JointControlArea, Officer, Site
from regions.roles import Role
from regions.scoping import reach_of

MAX_DAYS = 800
MAX_QUANTITIES = 30
#: Who counts for a division: its bureau's people.
COUNTERS = frozenset({Role.HANDLER, Role.DISPATCHER, Role.INSPECTOR, Role.TEAM_LEADER})


@dataclass(frozen=True, slots=True)
class Count:
    """What a campaign is to count."""

    name: str
    unit: str
    target: Decimal | None = None


def home_of(officer: Officer) -> Bureau | None:
    """The bureau for which an officer may hold campaigns: a province's or a city's, where they dispatch or coordinate."""
    for posting in officer.postings_on(clock.today()):
        if posting.role in KEEPERS and posting.bureau.division.level in {"province", "city"}:
            return posting.bureau
    return None


def counting_bureaus(officer: Officer) -> list[Bureau]:
    """The bureaus for which an officer may put amounts on record."""
    postings = officer.postings_on(clock.today())
    return [p.bureau for p in postings if p.role in COUNTERS and not p.bureau.is_contractor]


def divisions_read(officer: Officer, campaign: Campaign) -> QuerySet[Division]:
    """The divisions whose progress this officer may read: those of their bureaus and below, and supervised ones."""
    reach = reach_of(officer)
    if reach.whole_province or campaign.bureau_id in reach.bureaus:
        return Division.objects.current().within(campaign.division.code)
    homes = Bureau.objects.filter(pk__in=sorted(reach.bureaus)).values_list("division", flat=True)
    rows = Division.objects.current()
    near = rows.filter(pk__in=homes) | rows.filter(parent__in=homes) | rows.filter(pk__in=sorted(reach.divisions))
    return near.distinct()


def campaign_sites(campaign: Campaign) -> QuerySet[Site]:
    """The sites a campaign is about: in its area or division, of its industries where it names some."""
    within = Division.objects.current().within(campaign.division.code)
    if campaign.area is not None:
        members = AreaMembership.objects.on(clock.today()).filter(area=campaign.area).values("division")
        within = within.filter(Q(pk__in=members) | Q(parent__in=members))
    rows = Site.objects.filter(division__in=within)
    named = Q()
    for word in campaign.industries:
        named |= Q(industry__contains=word)
    return rows.filter(named).order_by("pk")


def create(
    *,
    by: Officer,
    name: str,
    legal_basis: str,
    since: date,
    until: date,
    checklists: list[ChecklistVersion],
    counts: list[Count],
    area: JointControlArea | None = None,
    industries: list[str] | None = None,
    synthetic: bool = False,
) -> Campaign:
    """A campaign in preparation, over the bureau's division. Raises Refused, Invalid."""
    bureau = home_of(by)
    if bureau is None:
        raise Refused(_("只有省、市单位的转办员、会商协调员可以组织专项行动。"))
    if until < since:
        raise Invalid(_("结束日期不能早于开始日期。"), field="until")
    if until - since > timedelta(days=MAX_DAYS):
        raise Invalid(_("一次专项行动最长%(n)d天。") % {"n": MAX_DAYS}, field="until")
    if any(row.state != ListState.PUBLISHED for row in checklists):
        raise Invalid(_("只能选用已发布的检查表。"), field="checklists")
    if len(counts) > MAX_QUANTITIES:
        raise Invalid(_("最多统计%(n)d项指标。") % {"n": MAX_QUANTITIES}, field="counts")
    if len({count.name for count in counts}) < len(counts):
        raise Invalid(_("指标名称重复。"), field="counts")
    with transaction.atomic():
        made = Campaign.objects.create(
            name=words.line(name, "name", 80),
            legal_basis=words.line(legal_basis, "legal_basis", 300),
            bureau=bureau,
            division=bureau.division,
            area=area,
            since=since,
            until=until,
            industries=industries or [],
            made_by=by,
            made_at=clock.now(),
            synthetic=synthetic,
        )
        made.checklists.set(checklists)
        Quantity.objects.bulk_create(
            Quantity(campaign=made, name=count.name, unit=count.unit, target=count.target) for count in counts
        )
        record(made, "campaign_created", by=by, bureau=bureau, name=made.name)
    return made


def change_state(campaign: Campaign, to: CampaignState, *, by: Officer, seen: int | None, reason: str = "") -> Campaign:
    """Begins, ends or voids a campaign. Raises Refused, Conflict, Invalid (voiding wants a reason)."""
    sources, event = CAMPAIGN_MOVES[to]
    with transaction.atomic():
        held = _locked(campaign, by, seen)
        if held.state not in sources:
            raise Conflict(_("该行动已是“%(state)s”，不能这样操作。") % {"state": CampaignState(held.state).label})
        facts: dict[str, Any] = {}
        if to == CampaignState.VOID:
            facts["reason"] = personal(words.paragraph(reason, "reason", 500))
        held.state = to
        _save(held, event, by, **facts)
    return held


def set_target(campaign: Campaign, quantity: Quantity, division: Division, target: Decimal, *, by: Officer) -> None:
    """The share of a quantity's target a city or county answers for."""
    with transaction.atomic():
        held = _locked(campaign, by, None)
        if target <= 0:
            raise Invalid(_("目标应大于0。"), field="target")
        if not Division.objects.filter(_under(held.division), pk=division.pk).exists():
            raise Invalid(_("该区划不在行动范围内。"), field="division")
        QuantityTarget.objects.update_or_create(quantity=quantity, division=division, defaults={"target": target})
        _save(held, "campaign_target_set", by, quantity=quantity.name, division=division.code, target=target)


def tally(
    quantity: Quantity,
    *,
    by: Officer,
    bureau: Bureau,
    division: Division,
    amount: Decimal,
    unit: str,
    done_on: date,
    note: str = "",
    synthetic: bool = False,
) -> Tally:
    """Puts on record what was done in a division. `unit` may differ from the quantity's where both measure the same.

    Raises Refused unless `by` works for `bureau` and the division is the bureau's or below it; Conflict where the
    campaign isn't running; Invalid per field.
    """
    _check_counter(by, bureau, division)
    try:
        own = units.converted(amount, unit, quantity.unit)
    except (KeyError, ValueError) as error:
        raise Invalid(str(error) if isinstance(error, ValueError) else _("没有这个单位。"), field="unit") from error
    if not 0 < own < Decimal(10) ** 11:
        raise Invalid(_("完成量应大于0，且不超过一千亿，请核对单位。"), field="amount")
    with transaction.atomic():
        held = Campaign.objects.select_for_update().select_related("division", "bureau").get(pk=quantity.campaign_id)
        if held.state != CampaignState.RUNNING:
            raise Conflict(_("该行动不在进行中，不能填报完成量。"))
        if not held.since <= done_on <= min(held.until, clock.today()):
            raise Invalid(_("完成日期应在行动期间内，且不晚于今天。"), field="done_on")
        made = Tally.objects.create(
            quantity=quantity,
            division=division,
            amount=own,
            entered=amount,
            entered_unit=unit,
            done_on=done_on,
            note=words.line(note, "note", 200, needed=False),
            bureau=bureau,
            by=by,
            at=clock.now(),
            synthetic=synthetic,
        )
        _save(
            held,
            "campaign_tallied",
            by,
            bureau=bureau,
            quantity=quantity.name,
            division=division.name,
            amount=amount,
            unit=unit,
        )
    return made


def void_tally(row: Tally, *, by: Officer, reason: str) -> None:
    """Takes an amount out of the sum; it stays on record. By the bureau that entered it, or the campaign's."""
    with transaction.atomic():
        held = Campaign.objects.select_for_update().select_related("bureau").get(pk=row.quantity.campaign_id)
        mine = {posting.bureau_id for posting in by.postings_on(clock.today()) if posting.role in COUNTERS | KEEPERS}
        if not mine & {row.bureau_id, held.bureau_id}:
            raise Refused(_("只有填报单位和组织单位可以作废完成量。"))
        told = personal(words.paragraph(reason, "reason", 500))
        if not Tally.objects.filter(pk=row.pk, voided_at=None).update(voided_at=clock.now()):
            raise Conflict(_("这条完成量已经作废。"))
        _save(
            held,
            "campaign_tally_voided",
            by,
            quantity=row.quantity.name,
            amount=row.entered,
            unit=row.entered_unit,
            reason=told,
        )


@dataclass(slots=True)
class Progress:
    """How far a division is with a quantity, in the quantity's unit; `below` are the divisions under it."""

    division: Division
    done: Decimal = Decimal(0)
    target: Decimal | None = None
    below: list["Progress"] = field(default_factory=list)

    @property
    def places(self) -> int:
        """Decimals to show of what is done: none for whole amounts."""
        return _places(self.done)

    @property
    def target_places(self) -> int:
        """Decimals to show of the target, alike."""
        return _places(self.target or Decimal(0))

    @property
    def share(self) -> Decimal | None:
        """Per cent of the target, to one decimal, half to even; None without a target."""
        return (100 * self.done / self.target).quantize(Decimal("0.1")) if self.target else None


def _places(amount: Decimal) -> int:
    return 0 if amount == amount.to_integral_value() else 2


def progress(quantities: Iterable[Quantity], divisions: QuerySet[Division]) -> dict[Any, list[Progress]]:
    """By quantity the sums of cities with their counties, of the divisions a reader may see; what a city entered itself is
    its own, and its sum holds its counties'. Three statements for all quantities together.
    """
    keys = [quantity.pk for quantity in quantities]
    done: dict[Any, dict[int, Decimal]] = defaultdict(dict)
    rows = Tally.objects.filter(quantity__in=keys, voided_at=None).order_by().values_list("quantity", "division")
    for key, division, amount in rows.annotate(done=Sum("amount")):
        done[key][division] = amount
    targets: dict[Any, dict[int, Decimal]] = defaultdict(dict)
    for key, division, target in QuantityTarget.objects.filter(quantity__in=keys).values_list(
        "quantity", "division", "target"
    ):
        targets[key][division] = target
    read = list(divisions.select_related("parent").order_by("code"))
    return {key: _by_city(read, done[key], targets[key]) for key in keys}


def _by_city(divisions: list[Division], done: dict[int, Decimal], targets: dict[int, Decimal]) -> list[Progress]:
    rows = {one.pk: Progress(one, done.get(one.pk, Decimal(0)), targets.get(one.pk)) for one in divisions}
    tops, above = [], defaultdict(list)
    for row in rows.values():
        parent = rows.get(row.division.parent_id or 0)
        if parent is None or parent.division.level == "province":
            tops.append(row)
        else:
            above[parent.division.pk].append(row)
    for row in rows.values():
        row.below = [one for one in above[row.division.pk] if one.done or one.target]
        row.done += sum((one.done for one in above[row.division.pk]), Decimal(0))
    return [row for row in tops if row.division.level != "province"]


def total(quantity: Quantity) -> Decimal:
    """All that was done, in the quantity's unit."""
    return quantity.tallies.filter(voided_at=None).aggregate(total=Sum("amount"))["total"] or Decimal(0)


def _under(top: Division) -> Q:
    return Q(pk=top.pk) | Q(parent=top) | Q(parent__parent=top)


def _check_counter(by: Officer, bureau: Bureau, division: Division) -> None:
    held = any(p.bureau_id == bureau.pk and p.role in COUNTERS for p in by.postings_on(clock.today()))
    if not held or bureau.is_contractor:
        raise Refused(_("只有本单位的承办人、转办员、巡查员、组长可以填报完成量。"))
    if not Division.objects.filter(_under(bureau.division), pk=division.pk).exists():
        raise Invalid(_("只能填报本单位辖区内的完成量。"), field="division")


def _locked(campaign: Campaign, by: Officer, seen: int | None) -> Campaign:
    held = (
        Campaign.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("bureau", "division")
        .filter(pk=campaign.pk)
        .first()
    )
    if held is None:
        raise Absent(_("没有这个专项行动。"))
    if not any(p.bureau_id == held.bureau_id and p.role in KEEPERS for p in by.postings_on(clock.today())):
        raise Refused(
            _("只有%(bureau)s的转办员、会商协调员可以改动这个专项行动。") % {"bureau": held.bureau.short_name}
        )
    if seen is not None and held.version != seen:
        raise Conflict(_("该行动刚刚已被他人改动，请刷新后再操作。"))
    return held


def _save(held: Campaign, event: str, by: Officer, bureau: Bureau | None = None, **facts: Any) -> None:
    held.version += 1
    held.save()
    record(held, event, by=by, bureau=bureau or held.bureau, **facts)
