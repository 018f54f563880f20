"""Routing: who a finding is proposed to by the rules in force, trying new rules on last month, publishing a version.

A proposal decides nothing: the dispatcher confirms it or names another bureau, and the timeline tells which.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding, RoutingRule, RoutingTable
from enforcement.findings.offices import Offices, offices_of
from enforcement.issues.models import Responsibility
from enforcement.timeline import clock
from regions.errors import Conflict, Invalid, Refused
from regions.models import AreaMembership, Bureau, BureauKind, Officer
from regions.roles import Role

MOST_RULES = 30
#: How far back new rules are tried, in days, and on how many findings at most.
TRIED_DAYS, TRIED_MOST = 30, 2_000
Target = RoutingRule.Target


@dataclass(frozen=True, slots=True)
class Rules:
    """A version ready to be applied: its number (0 where none is in force), its rules in order, who belongs to areas."""

    version: int
    rules: Sequence[RoutingRule]
    areas: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Whom a finding is proposed to, and by which rule (0: none fits, so the bureau that answers where it lies)."""

    bureau: Bureau | None
    version: int = 0
    rule: int = 0


def _tables_in_force(bureau: Any, day: Any) -> QuerySet[RoutingTable]:
    return RoutingTable.objects.filter(bureau=bureau, valid_from__lte=day).order_by("-version")


def in_force(bureau: Bureau, on: date | None = None) -> RoutingTable | None:
    """The newest version whose day has come."""
    return _tables_in_force(bureau, on or clock.today()).first()


def rules_of(bureau: Bureau) -> Rules:
    """The rules in force today. One statement."""
    return _ready(Subquery(_tables_in_force(bureau, clock.today()).values("pk")[:1]))


def _ready(table: Any) -> Rules:
    """The rules of a version, with the divisions that belong today to the areas they name. One statement."""
    belong = AreaMembership.objects.on(clock.today()).filter(area=OuterRef("area"))
    rows = RoutingRule.objects.filter(table=table).select_related("bureau__division", "table").order_by("place")
    rules: list[Any] = list(rows.annotate(divisions=ArraySubquery(belong.values("division"))))
    if not rules:
        return Rules(0, ())
    return Rules(rules[0].table.version, rules, {r.area_id: frozenset(r.divisions) for r in rules if r.area_id})


def members(rules: Sequence[RoutingRule]) -> dict[int, frozenset[int]]:
    """The divisions that belong today to the areas that rules not kept yet name."""
    wanted = {rule.area_id for rule in rules if rule.area_id}
    found: dict[int, set[int]] = {}
    if wanted:
        rows = AreaMembership.objects.on(clock.today()).filter(area__in=wanted).values_list("area", "division")
        for area, division in rows:
            found.setdefault(area, set()).add(division)
    return {area: frozenset(own) for area, own in found.items()}


def propose(finding: Finding, rules: Rules, offices: Offices) -> Proposal:
    """The first rule that fits and leads to a bureau there is; else the bureau that answers where the finding lies.

    Reads the finding's place with its parent, loaded by the caller.
    """
    for rule in rules.rules:
        if _fits(rule, finding, rules.areas) and (bureau := _target(rule, finding, offices)) is not None:
            return Proposal(bureau, rules.version, rule.place)
    county = finding.located_in
    return Proposal(offices.answering.get(county.pk) if county else None, rules.version)


_RULE = ("place", "source", "pollution_type", "division_id", "area_id", "target", "bureau_id")
_OFFICE = ("id", "name", "short_name", "kind", "division_id", "answers_for_division")


def with_rules(rows: QuerySet[Finding], day: Any) -> QuerySet[Any]:
    """Findings with what their receiver's rules say, in the same statement: a handing off asks for nothing more.

    `ruled` are the rules in force on a day, `ruled_offices` the bureaus below the receiver that rules can lead to.
    """
    receiver = OuterRef(OuterRef("receiver"))
    table, table_of_named = (_tables_in_force(one, day).values("pk")[:1] for one in (receiver, OuterRef(receiver)))
    rules = RoutingRule.objects.filter(table=Subquery(table)).order_by("place")
    belong = AreaMembership.objects.on(day).filter(area=OuterRef("area")).order_by().values("division")
    near = Q(division=OuterRef("located_in")) | Q(division=OuterRef("located_in__parent"))
    named = RoutingRule.objects.filter(table=Subquery(table_of_named), bureau=OuterRef("pk"))
    below = Q()
    for path in ("division", "division__parent", "division__parent__parent"):
        below |= Q(**{path: OuterRef("receiver__division")})
    offices = Bureau.objects.filter(
        # Where there are no rules, that is all that is looked at.
        Exists(_tables_in_force(receiver, day)),
        below,
        (near & (Q(answers_for_division=True) | Q(kind=BureauKind.ENFORCEMENT_TEAM))) | Exists(named),
        ended_on=None,
    )
    told = {name: name for name in _OFFICE}
    return rows.annotate(
        ruled=ArraySubquery(
            rules.values(
                told=JSONObject(
                    **{name: name for name in _RULE}, version="table__version", divisions=ArraySubquery(belong)
                )
            )
        ),
        ruled_offices=ArraySubquery(
            offices.exclude(kind=BureauKind.CONTRACTOR).order_by("name").values(told=JSONObject(**told))
        ),
    )


def proposals_for(findings: Sequence[Any]) -> list[Proposal]:
    """What the rules in force propose for each finding of `with_rules`; nothing where there are none. No statement."""
    return [_proposed(finding) if finding.ruled else Proposal(None) for finding in findings]


def _proposed(finding: Any) -> Proposal:
    offices = offices_of(Bureau(**told) for told in finding.ruled_offices)
    known = {bureau.pk: bureau for bureau in offices.by_name.values()}
    areas = {told["area_id"]: frozenset(told["divisions"]) for told in finding.ruled}
    rules = [RoutingRule(**{name: told[name] for name in _RULE}) for told in finding.ruled]
    for rule in rules:
        if rule.bureau_id:  # one no longer in office leads nowhere
            rule.bureau = known.get(rule.bureau_id)
    return propose(finding, Rules(finding.ruled[0]["version"], rules, areas), offices)


def deviates(proposal: Proposal, chosen: Bureau) -> bool:
    """Whether a rule proposed another bureau than the one chosen. Without a rule there is nothing to deviate from."""
    return bool(proposal.rule) and proposal.bureau is not None and proposal.bureau.pk != chosen.pk


def _fits(rule: RoutingRule, finding: Finding, areas: Mapping[int, frozenset[int]]) -> bool:
    county = finding.located_in
    lies = {county.pk, county.parent_id, county.parent.parent_id if county.parent else None} if county else set()
    return (
        rule.source in ("", finding.source)
        and rule.pollution_type.casefold() in ("", finding.pollution_type.strip().casefold())
        and (rule.division_id is None or rule.division_id in lies)
        and (rule.area_id is None or bool(lies & areas.get(rule.area_id, frozenset())))
    )


def _target(rule: RoutingRule, finding: Finding, offices: Offices) -> Bureau | None:
    if rule.target == Target.BUREAU:
        return offices.named(rule.bureau.name) if rule.bureau else None
    county = finding.located_in
    if county is None:
        return None
    division = county.pk if rule.target in (Target.COUNTY_OFFICE, Target.COUNTY_TEAM) else county.parent_id
    known = offices.teams if rule.target in (Target.COUNTY_TEAM, Target.CITY_TEAM) else offices.answering
    return known.get(division) if division else None


# --- trying --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tried:
    """One finding under the old and the new rules, and whom it was really handed to (None: not yet)."""

    finding: Finding
    old: Bureau | None
    new: Bureau | None
    actual: Bureau | None


@dataclass(frozen=True, slots=True)
class Trial:
    """What new rules would do: how many findings there were, how many go where, which go elsewhere than before."""

    since: date
    count: int
    where: list[tuple[str, int, int]]
    changed: list[Tried]
    handed: int
    old_right: int
    new_right: int


def try_rules(new: Sequence[RoutingRule], issuer: Bureau, by: Officer, offices: Offices) -> Trial:
    """Last month's findings before the issuer, as its dispatcher sees them, under both versions. Writes nothing."""
    since = clock.today() - timedelta(days=TRIED_DAYS)
    found = (
        Finding.objects.visible_to(by)
        .filter(receiver=issuer, received_at__date__gte=since)
        .exclude(state__in=[State.DRAFT, State.DISMISSED])
        .select_related("located_in__parent")
        .defer("bigrams", "description")
    )
    rows = list(found[:TRIED_MOST])
    old, draft = rules_of(issuer), Rules(0, new, members(new))
    actual = _actual(rows)
    tried = [
        Tried(
            row, propose(row, old, offices).bureau, propose(row, draft, offices).bureau, actual.get(row.issue_id or 0)
        )
        for row in rows
    ]
    before, after = (Counter(_name(getattr(t, side)) for t in tried) for side in ("old", "new"))
    handed = [t for t in tried if t.actual is not None]
    return Trial(
        since,
        len(tried),
        [(name, before[name], after[name]) for name in sorted({*before, *after}, key=lambda n: (-after[n], n))],
        [t for t in tried if t.old != t.new],
        len(handed),
        sum(t.old == t.actual for t in handed),
        sum(t.new == t.actual for t in handed),
    )


def _name(bureau: Bureau | None) -> str:
    return bureau.name if bureau else _("没有建议，由转办员选择")


def _actual(rows: Sequence[Finding]) -> dict[int, Bureau]:
    """Issue -> the bureau it was first handed to, the heaviest share. One statement."""
    issues = {row.issue_id for row in rows if row.state == State.PROMOTED}
    parts = Responsibility.objects.filter(issue__in=issues, parent=None).select_related("bureau")
    first: dict[int, Bureau] = {}
    for part in parts.order_by("opened_at", "-weight", "pk"):
        first.setdefault(part.issue_id, part.bureau)
    return first


# --- publishing ----------------------------------------------------------------------------------------------------


@transaction.atomic
def publish(
    rules: Sequence[RoutingRule], *, issuer: Bureau, by: Officer, valid_from: date, basis: str, after: int
) -> RoutingTable:
    """Publishes the next version. `after` is the version it was written from: another published since is a Conflict.

    Raises Refused unless `by` is a dispatcher of the issuer, Invalid for a day gone by or too many rules.
    """
    if not any(p.bureau_id == issuer.pk and p.role == Role.DISPATCHER for p in by.postings_on(clock.today())):
        raise Refused(_("只有转办单位的转办员可以修改转办规则。"))
    if not rules or len(rules) > MOST_RULES:
        raise Invalid(_("转办规则应为1至%(n)d条。") % {"n": MOST_RULES}, field="rules")
    if not basis.strip():
        raise Invalid(_("请填写依据。"), field="basis")
    if valid_from < clock.today():
        raise Invalid(_("生效日期不能早于今天。"), field="valid_from")
    Bureau.objects.select_for_update(no_key=True).get(pk=issuer.pk)  # one writer of a bureau's rules at a time
    last = RoutingTable.objects.filter(bureau=issuer).aggregate(last=Max("version"))["last"] or 0
    if last != after:
        raise Conflict(_("转办规则刚刚已由他人发布为第%(n)d版，请核对后再发布。") % {"n": last})
    table = RoutingTable.objects.create(
        bureau=issuer, version=last + 1, valid_from=valid_from, basis=basis, published_at=clock.now(), published_by=by
    )
    for place, rule in enumerate(rules, start=1):
        rule.table, rule.place = table, place
    RoutingRule.objects.bulk_create(rules)
    return table


def record_of(proposal: Proposal | None, chosen: Bureau) -> dict[str, Any]:
    """What the finding's event keeps of a proposal: which rule, whom, and whether the dispatcher followed it."""
    if proposal is None or not proposal.rule or proposal.bureau is None:
        return {}
    return {
        "routing_version": proposal.version,
        "routing_rule": proposal.rule,
        "proposed": proposal.bureau.short_name,
        "followed": not deviates(proposal, chosen),
    }
