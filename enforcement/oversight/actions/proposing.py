"""Proposing an interview: by hand, or by dated rules over what the rows say today."""

import logging
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.oversight.actions import counting
from enforcement.oversight.actions.counting import Found
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
        counted = counting.found(rule, day)
        for division in divisions:
            mine = counting.of(division.pk, partial(_below, division), counted)
            # Nothing at all is no reason, whatever the threshold.
            if mine and mine.weight >= rule.least and mine.value >= rule.threshold and mine.some:
                made += _proposed(rule, division, mine, day)
    return made


def _below(division: Division) -> list[int]:
    """A city's counties; a county has none."""
    counties = Division.objects.filter(parent=division) if division.level == Level.CITY else Division.objects.none()
    return list(counties.values_list("pk", flat=True))


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
            **mine.parts,
            "value": str(mine.value),
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


#: In each the two parts, `value` and `limit`; what else it names is the rule's or its kind's.
_SENTENCES = {
    Cause.OVERDUE: gettext_lazy(
        "截至%(day)s，未办结问题%(denominator)s件中超期%(numerator)s件，占%(value)s%%，达到%(limit)s%%。"
    ),
    Cause.RELAPSE: gettext_lazy(
        "截至%(day)s的%(days)s天内，回头看%(denominator)s件中复发%(numerator)s件，占%(value)s%%，达到%(limit)s%%。"
    ),
    Cause.NAMED: gettext_lazy("截至%(day)s的%(days)s天内，被挂牌督办%(numerator)s次，达到%(limit)s次。"),
    Cause.DETERIORATION: gettext_lazy(
        "截至%(day)s的%(months)s个月综合指数平均%(numerator)s，去年同期%(denominator)s，上升%(value)s%%，达到%(limit)s%%。"
    ),
}


def _sentence(rule: TriggerRule, mine: Found, day: date) -> str:
    limit = f"{rule.threshold.normalize():f}"
    facts = {**mine.parts, "value": mine.value, "limit": limit, "days": rule.window_days, "day": day.isoformat()}
    return str(_SENTENCES[Cause(rule.cause)]) % facts
