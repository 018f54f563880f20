"""Two periods beside each other: the same question asked of each, every figure with both denominators, and the difference.

The period looked at is `from`, `to`, `as_of`; the other one `other_from`, `other_to`, `other_as_of`. Place, source, severity
and `known_at` are the same for both. An older period had longer to be worked off: unless its cut-off is named it lies as
far from the period's end as the first one's does (docs/statistics.md).
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from enforcement.statistics.reports import Report, report_on
from enforcement.statistics.rules import Figure
from enforcement.statistics.scopes import Scope, day_of, moment_of, scope_for
from enforcement.timeline import clock
from regions.errors import Invalid

#: Parameters of the other period, each beside its own of the first.
OTHER = {"other_from": "from", "other_to": "to", "other_as_of": "as_of"}
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both reports; `asked` are the parameters with everything that was filled in."""

    report: Report
    other: Report
    asked: dict[str, str]

    @property
    def differences(self) -> dict[str, Decimal | None]:
        """The first period's figures less the other's; None where either is none."""
        return {name: less(figure, self.other.figures[name]) for name, figure in self.report.figures.items()}


def less(figure: Figure, other: Figure) -> Decimal | None:
    if figure.value is None or other.value is None:
        return None
    return figure.value - other.value


def compare(officer: Any, parameters: Mapping[str, str]) -> Comparison:
    """Both periods' figures as far as the officer may ask. Raises Invalid with a sentence for every parameter at fault."""
    asked = filled_in(parameters)
    scope, errors = _scope(officer, {name: asked.get(name, "") for name in asked if name not in OTHER}, {})
    tree = scope.tree if scope else None
    names = {own: name for name, own in OTHER.items()}
    shared = {name: text for name, text in asked.items() if name not in OTHER and name not in names}
    second = {**shared, **{own: asked.get(name, "") for own, name in names.items()}}
    other, more = _scope(officer, second, names, tree=tree)
    errors = {**more, **errors}
    if scope is None or other is None:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    return Comparison(report_on(scope), report_on(other), asked)


def _scope(
    officer: Any, parameters: dict[str, str], names: Mapping[str, str], **known: Any
) -> tuple[Scope | None, dict[str, list[str]]]:
    """The scope, or the sentences under the names the parameters go by."""
    try:
        return scope_for(officer, parameters, **known), {}
    except Invalid as error:
        return None, {names.get(name, name): sentences for name, sentences in error.errors.items()}


# --- periods ----------------------------------------------------------------------------------------------------


def filled_in(parameters: Mapping[str, str]) -> dict[str, str]:
    """What was asked, the other period and its cut-off filled in where they weren't named.

    Raises Invalid where the first period's days are missing, or half of the other one's.
    """
    asked = {name: text for name, text in parameters.items() if text}
    errors = {name: [_("请填写日期，如 2021-07-01。")] for name in ("from", "to") if name not in asked}
    if ("other_from" in asked) is not ("other_to" in asked):
        missing = "other_to" if "other_from" in asked else "other_from"
        errors[missing] = [_("对比期的起止日期要么都填，要么都不填。")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    period = _days(asked, "from", "to")
    if period is None or period[0] > period[1]:  # the scope says what is wrong, in its own words
        return asked
    if "other_from" not in asked:
        first, last = before(period)
        asked |= {"other_from": first.isoformat(), "other_to": last.isoformat()}
    other = _days(asked, "other_from", "other_to")
    if other and "other_as_of" not in asked and (until := _cut_off(asked)):
        asked["other_as_of"] = comparable(period[1], until, other[1]).isoformat()
    return asked


def _days(asked: Mapping[str, str], first: str, last: str) -> Days | None:
    try:
        return day_of(asked[first]), day_of(asked[last])
    except Invalid:
        return None


def _cut_off(asked: Mapping[str, str]) -> date | None:
    """The day of the first period's cut-off."""
    try:
        return clock.beijing_day(moment_of(asked["as_of"])) if "as_of" in asked else clock.today()
    except Invalid:
        return None


def comparable(last: date, cut_off: date, other_last: date) -> date:
    """The cut-off that leaves the other period as many days to be worked off; never later than today."""
    return min(other_last + (cut_off - last), clock.today())


def before(period: Days) -> Days:
    """The days just before, as many."""
    first, last = period
    return first - (last - first) - timedelta(days=1), first - timedelta(days=1)


def months_earlier(period: Days, months: int) -> Days:
    """The same days some months earlier; a month's last day stays its month's last."""
    first, last = period
    return _earlier(first, months), _earlier(last, months, ends=last.day == monthrange(last.year, last.month)[1])


def _earlier(day: date, months: int, *, ends: bool = False) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    length = monthrange(year, month + 1)[1]
    return date(year, month + 1, length if ends else min(day.day, length))
