"""Drawing a period's look-backs: one draw an item, on record with its seed, scheduled by the lifecycle's own action."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.issues import lifecycle, sampling
from enforcement.issues.actions.moving import perform
from enforcement.issues.models import LookBack, LookBackDraw, LookBackRule, Responsibility, Source
from enforcement.issues.sampling import Entry
from enforcement.timeline import clock
from regions.choices import below
from regions.errors import Invalid, Refused
from regions.models import Bureau, BureauKind, Officer, Posting, WorkCalendar
from regions.models.places import Level
from regions.roles import Role
from regions.workdays import add_workdays

#: The most items of one draw, and the longest period.
MOST, LONGEST_DAYS = 5_000, 366


@transaction.atomic
def draw(bureau: Bureau, *, first: date, last: date, by: Officer) -> LookBackDraw:
    """Draws among what a bureau issued and what was closed from `first` to `last` (Beijing days, both included).

    Raises Refused unless `by` is a dispatcher of the bureau today, Invalid with a sentence where nothing can be drawn.
    The draw stands on record with rule, register and seed; every item drawn is scheduled and says so.
    """
    _check(bureau, first, last, by)
    # One draw of a bureau at a time: an item takes part in one only.
    Bureau.objects.select_for_update(of=("self",)).get(pk=bureau.pk)
    rule = rule_on(clock.today())
    register = register_of(bureau, first, last, rule)
    seed = sampling.new_seed()
    drawn = sampling.draw(seed, register, rule.share, rule.least)
    kept = LookBackDraw.objects.create(
        bureau=bureau,
        rule=rule,
        first=first,
        last=last,
        share=rule.share,
        least=rule.least,
        seed=seed.hex(),
        register=[[e.number, e.responsibility, e.stratum, list(e.teams)] for e in register],
        commitment=sampling.commitment(seed, register),
        drawn=drawn,
        by=by,
        at=clock.now(),
    )
    _schedule(kept, by, rule)
    return kept


def rule_on(day: date) -> LookBackRule:
    """The newest rule in force. Raises Invalid without one."""
    rows = LookBackRule.objects.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))
    rule = rows.order_by("-valid_from", "-pk").first()
    if rule is None:
        raise Invalid(_("没有适用的回头看规则，请系统管理员先维护。"))
    return rule


def again(kept: LookBackDraw) -> bool:
    """Whether a draw's record gives the same result when done again: seed, register, commitment and outcome agree."""
    try:
        seed = bytes.fromhex(kept.seed)
        register = [Entry(number, key, stratum, tuple(teams)) for number, key, stratum, teams in kept.register]
        drawn = [list(pair) for pair in sampling.draw(seed, register, kept.share, kept.least)]
    except (TypeError, ValueError):  # no draw ever wrote such a record
        return False
    return drawn == kept.drawn and sampling.commitment(seed, register) == kept.commitment


def _check(bureau: Bureau, first: date, last: date, by: Officer) -> None:
    held = [p for p in by.postings_on(clock.today()) if p.role == Role.DISPATCHER]
    if not any(p.bureau_id == bureau.pk for p in held):
        raise Refused(_("只有转办单位的转办员可以抽取回头看。"))
    if last < first:
        raise Invalid(_("止日不能早于起日（%(day)s）。") % {"day": first.isoformat()}, field="last")
    if last > clock.today() or (last - first).days >= LONGEST_DAYS:
        raise Invalid(_("办结日期应在一年之内，且不晚于今天。"), field="last")


def register_of(bureau: Bureau, first: date, last: date, rule: LookBackRule) -> list[Entry]:
    """What can be drawn: done in the period, in no draw before, no look-back open, and a team that had no part in it."""
    before = {row[1] for register in _registers(bureau) for row in register}
    rows = (
        Responsibility.objects.filter(
            issue__issuer=bureau,
            parent=None,
            state__in=sorted(lifecycle.DONE),
            closed_at__date__gte=first,
            closed_at__date__lte=last,
        )
        .exclude(pk__in=LookBack.objects.open().values("responsibility"))
        .select_related("issue__division__parent")
        .order_by("issue__number", "pk")
    )
    found = [row for row in rows[: MOST + len(before) + 1] if row.pk not in before]
    if len(found) > MOST:
        raise Invalid(_("一次最多从%(n)d件中抽取，请缩短办结日期的范围。") % {"n": MOST}, field="last")
    if not found:
        raise Invalid(_("这段时间没有可供抽取的办结问题（已参加过抽取的不再参加）。"), field="first")
    took_part = _parts(found)
    teams = _teams(bureau)
    register = [
        Entry(row.issue.number, row.pk, _stratum(rule, row), free)
        for row in found
        if (free := tuple(pk for pk in teams if pk not in took_part[row.issue_id]))
    ]
    if not register:
        raise Invalid(_("没有既未承办也未核查的执法队伍可以回头看，请先安排核查员。"), field="first")
    return register


def _registers(bureau: Bureau) -> Sequence[list[list[int]]]:
    return list(LookBackDraw.objects.filter(bureau=bureau).values_list("register", flat=True))


def _parts(found: Sequence[Responsibility]) -> dict[int, set[int]]:
    """The bureaus that had a part in each issue, ended ones and the verifier included."""
    parts = {row.issue_id: {row.issue.verifier_id} for row in found}
    for issue, bureau in Responsibility.objects.filter(issue__in=parts).values_list("issue", "bureau"):
        parts[issue].add(bureau)
    return parts


def _teams(bureau: Bureau) -> list[int]:
    """Enforcement teams on the issuer's ground that have a verifier today."""
    today = clock.today()
    staffed = Posting.objects.filter(role=Role.VERIFIER, since__lte=today).filter(
        Q(until=None) | Q(until__gte=today), officer__is_active=True
    )
    teams = Bureau.objects.filter(
        below([bureau.division], "division"),
        kind=BureauKind.ENFORCEMENT_TEAM,
        ended_on=None,
        pk__in=staffed.values("bureau"),
    )
    return sorted(teams.values_list("pk", flat=True))


def _stratum(rule: LookBackRule, row: Responsibility) -> str:
    issue, division = row.issue, row.issue.division
    if rule.stratum == LookBackRule.Stratum.CITY:
        return str(division.parent.code if division.parent and division.parent.level == Level.CITY else division.code)
    return {
        LookBackRule.Stratum.COUNTY: str(division.code),
        LookBackRule.Stratum.SEVERITY: issue.severity,
        LookBackRule.Stratum.SOURCE: str(Source(issue.source)),
    }.get(LookBackRule.Stratum(rule.stratum), "")


def _schedule(kept: LookBackDraw, by: Officer, rule: LookBackRule) -> None:
    look_by = add_workdays(clock.today(), rule.due_days, WorkCalendar.current().value()).day
    bureaus = Bureau.objects.in_bulk([team for _key, team in kept.drawn])
    items = Responsibility.objects.select_related("issue").in_bulk([key for key, _team in kept.drawn])
    for key, team in kept.drawn:
        perform(
            items[key].issue,
            "schedule_look_back",
            by=by,
            responsibility=key,
            bureau=bureaus[team],
            look_by=look_by,
            draw=kept,
        )
