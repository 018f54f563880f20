"""Proposing an interview: by hand, or by dated rules over what the rows say today."""

import logging
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.issues.models import Escalation, Issue, LookBack
from enforcement.oversight.actions import air
from enforcement.oversight.lifecycle import PROPOSERS, Cause
from enforcement.oversight.models import Interview, TriggerRule
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from regions import words
from regions.errors import Invalid, Refused
from regions.models import Bureau, Division, Officer
from regions.models.places import Level

log = logging.getLogger(__name__)
#: Of an interview proposed by hand, where no rule says otherwise.
REPORT_DAYS = 20


class Found(NamedTuple):
    """What a rule counts in a division: both parts of a share, a count over one, or the air's index now and a year before.

    `months`: over how many months the air is compared.
    """

    numerator: int | Decimal
    denominator: int | Decimal
    months: int = 0

    def value(self, cause: str) -> Decimal:
        """Per cent to one decimal, half to even; for 挂牌督办 the count itself, for the air by how much it is worse."""
        if cause == Cause.NAMED:
            return Decimal(self.numerator)
        if cause == Cause.DETERIORATION:
            return air.Compared(Decimal(self.numerator), Decimal(self.denominator), self.months).growth
        return (
            (Decimal(100 * self.numerator) / self.denominator).quantize(Decimal("0.1"))
            if self.denominator
            else Decimal(0)
        )


def homes_of(officer: Officer) -> list[Bureau]:
    """The departments of a province or city for which an officer may propose interviews."""
    return [
        p.bureau
        for p in officer.postings_on(clock.today())
        if p.role in PROPOSERS and p.bureau.kind == "department" and p.bureau.division.level in {"province", "city"}
    ]


def may_propose(officer: Officer) -> bool:
    return bool(homes_of(officer))


def addressees(bureau: Bureau) -> Any:
    """The departments that answer for the divisions below the bureau's."""
    below = Q(division__parent=bureau.division_id) | Q(division__parent__parent=bureau.division_id)
    rows = Bureau.objects.filter(below, answers_for_division=True, ended_on=None).select_related("division")
    return rows.order_by("division__code", "name")


def propose(
    *, by: Officer, bureau: Bureau, addressee: Bureau, cause: str, reason: str, synthetic: bool = False
) -> Interview:
    """An interview that waits for approval. Raises Refused, Invalid."""
    if all(home.pk != bureau.pk for home in homes_of(by)):
        raise Refused(_("只有省、市主管部门的转办员、会商协调员、督办员可以提出约谈。"))
    errors: dict[str, list[str]] = {}
    if not addressees(bureau).filter(pk=addressee.pk).exists():
        errors["addressee"] = [_("只能约谈下级地区的主管部门。")]
    if cause not in Cause.values:
        errors["cause"] = [_("请选择约谈情形。")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    made = Interview(
        bureau=bureau,
        division=addressee.division,
        addressee=addressee,
        cause=cause,
        reason=words.paragraph(reason, "reason", 1000),
        report_days=_report_days(cause, addressee.division.level),
        proposed_by=by,
        proposed_at=clock.now(),
        synthetic=synthetic,
    )
    return enter(made, by)


def _report_days(cause: str, level: str) -> int:
    rule = in_force(clock.today()).filter(cause=cause, level=level).first() or in_force(clock.today()).first()
    return rule.report_days if rule else REPORT_DAYS


def enter(made: Interview, by: Officer | None) -> Interview:
    """Keeps a new interview and says so on its timeline."""
    with transaction.atomic():
        made.save()
        facts: dict[str, Any] = {
            "cause": str(Cause(made.cause).label),
            "division": made.division.name,
            "reason": personal(made.reason),
        }
        record(made, "interview_proposed", by=by, bureau=made.bureau, **facts, **made.figures)
    return made


def in_force(day: date) -> Any:
    return TriggerRule.objects.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))


def propose_by_rules() -> list[Interview]:
    """Proposes what the rules find today; nothing while the clock is moved (a replay proposes nobody).

    A division isn't proposed again for the same cause while an interview is open, nor within the rule's window.
    """
    if clock.is_moved():
        return []
    return apply_rules(clock.today())


def apply_rules(day: date) -> list[Interview]:
    """What the rules in force find on a day. A few statements a rule."""
    made: list[Interview] = []
    for rule in in_force(day):
        divisions = Division.objects.current().filter(level=rule.level).select_related("parent")
        counted = found(rule, day)
        for division in divisions:
            mine = _of(rule, division, counted)
            if (
                mine is not None
                and (mine.months or mine.denominator) >= rule.least
                and mine.value(rule.cause) >= rule.threshold
                and mine.numerator
            ):
                made += _proposed(rule, division, mine, day)
    return made


def found(rule: TriggerRule, day: date) -> dict[int, Found]:
    """By division of the duty: (numerator, denominator) over the rule's window. Issues aren't summed up yet."""
    if rule.cause == Cause.DETERIORATION:
        return {key: Found(*one) for key, one in air.compared(day, rule.window_days).items()}
    since = day - timedelta(days=rule.window_days)
    if rule.cause == Cause.OVERDUE:
        rows = Issue.objects.open()
        return _parts(rows.overdue(on=day), rows, "division")
    if rule.cause == Cause.RELAPSE:
        done = LookBack.objects.filter(done_at__date__gt=since, done_at__date__lte=day)
        return _parts(done.filter(passed=False), done, "issue__division")
    listed = Escalation.objects.filter(listed=True, at__date__gt=since, at__date__lte=day)
    return _parts(listed, listed, "responsibility__division")


def _parts(some: Any, every: Any, path: str) -> dict[int, Found]:
    above, below = (Counter(rows.order_by().values_list(path, flat=True)) for rows in (some, every))
    return {key: Found(above[key], count) for key, count in below.items()}


def _of(rule: TriggerRule, division: Division, counted: dict[int, Found]) -> Found | None:
    """A division's own and, of a city, its counties'; the air's index alone is a city's own and isn't summed."""
    if rule.cause == Cause.DETERIORATION:
        return counted.get(division.pk)
    keys = [division.pk]
    if division.level == Level.CITY:
        keys += Division.objects.filter(parent=division).values_list("pk", flat=True)
    mine = [counted[key] for key in keys if key in counted]
    return Found(int(sum(one.numerator for one in mine)), int(sum(one.denominator for one in mine)))


def _proposed(rule: TriggerRule, division: Division, mine: Found, day: date) -> list[Interview]:
    addressee = Bureau.objects.filter(division=division, answers_for_division=True, ended_on=None).first()
    bureau = Bureau.objects.filter(division=division.parent, answers_for_division=True, ended_on=None).first()
    since = clock.now() - timedelta(days=rule.window_days)
    before = Interview.objects.filter(division=division, cause=rule.cause, rule__isnull=False, proposed_at__gte=since)
    if addressee is None or bureau is None or before.exists():
        return []
    made = Interview(
        bureau=bureau,
        division=division,
        addressee=addressee,
        cause=rule.cause,
        reason=_sentence(rule, mine, day),
        rule=rule,
        figures={
            **_both_parts(mine),
            "value": str(mine.value(rule.cause)),
            "threshold": str(rule.threshold),
            "as_of": day.isoformat(),
        },
        report_days=rule.report_days,
        proposed_at=clock.now(),
    )
    try:
        with transaction.atomic():
            return [enter(made, None)]
    except IntegrityError:
        log.info("another sweep proposed %s for %s", division, rule.cause)
        return []


def _both_parts(mine: Found) -> dict[str, Any]:
    """Numbers where rows were counted, words where means were taken: a mean keeps its decimals."""
    if mine.months:
        return {"numerator": str(mine.numerator), "denominator": str(mine.denominator), "months": mine.months}
    return {"numerator": mine.numerator, "denominator": mine.denominator}


def _sentence(rule: TriggerRule, mine: Found, day: date) -> str:
    facts = {
        "n": mine.numerator, "all": mine.denominator, "value": mine.value(rule.cause), "limit": f"{rule.threshold.normalize():f}",
        "days": rule.window_days, "day": day.isoformat(), "months": mine.months,
    }  # fmt: skip
    if rule.cause == Cause.OVERDUE:
        return _("截至%(day)s，未办结问题%(all)s件中超期%(n)s件，占%(value)s%%，达到%(limit)s%%。") % facts
    if rule.cause == Cause.RELAPSE:
        return _("截至%(day)s的%(days)s天内，回头看%(all)s件中复发%(n)s件，占%(value)s%%，达到%(limit)s%%。") % facts
    if rule.cause == Cause.DETERIORATION:
        return (
            _("截至%(day)s的%(months)s个月综合指数平均%(n)s，去年同期%(all)s，上升%(value)s%%，达到%(limit)s%%。")
            % facts
        )
    return _("截至%(day)s的%(days)s天内，被挂牌督办%(n)s次，达到%(limit)s次。") % facts
