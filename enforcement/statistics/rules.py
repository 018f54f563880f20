"""The formulas of closure statistics, pure: sums of weights in, figures with numerator and denominator out.

Every figure is made of sets of responsibilities; every set is a sum of measures (`standings` says in SQL which rows a
measure takes in). Counts are sums of weights, kept as whole ten-thousandths; rates are rounded half to even to four
decimals (GB/T 8170). docs/statistics.md tells the same in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: One whole item in the unit sums are kept in: a weight has four decimals.
WHOLE = 10_000
RATE = Decimal("0.0001")
DAYS = Decimal("0.01")

#: What can be added up once and for all: it doesn't depend on the day of the cut-off.
SETTLED = (
    "gross",
    "returned",
    "issued",
    "closed",
    "interim_closed",
    "verified",
    "reworked",
    "extended",
    "on_time",
    "late",
    "never_late",
    "handled",
    "findings",
    "looked_back",
    "relapsed",
)
#: What depends on that day; only rows due on it or later take part.
PENDING = ("not_due", "extended_not_due", "on_time_not_due", "open_waiting", "never_late_waiting")
MEASURES = SETTLED + PENDING

#: set -> the measures it adds and takes away.
SETS: dict[str, dict[str, int]] = {
    "gross": {"gross": 1},
    "returned": {"returned": 1},
    "issued": {"issued": 1},
    "closed": {"closed": 1},
    "interim_closed": {"interim_closed": 1},
    "closed_or_interim": {"closed": 1, "interim_closed": 1},
    "open": {"issued": 1, "closed": -1},
    "overdue_now": {"issued": 1, "closed": -1, "open_waiting": -1},
    "ever_overdue": {"late": 1, "never_late": 1, "never_late_waiting": -1},
    "due": {"issued": 1, "not_due": -1},
    "on_time": {"on_time": 1, "on_time_not_due": -1},
    "extended": {"extended": 1, "extended_not_due": -1},
    "verified": {"verified": 1},
    "reworked": {"reworked": 1},
    "handled": {"handled": 1},
    "looked_back": {"looked_back": 1},
    "relapsed": {"relapsed": 1},
}


class Kind(StrEnum):
    """How a figure is read and printed."""

    EFFORT = "effort"  # kilometres and hours of patrol
    FINDINGS = "findings"
    COUNT = "count"  # a sum of weights
    RATE = "rate"
    TRACING = "tracing"  # a rate of hot spots with a confirmed cause
    DAYS = "days"  # working days from acknowledgement to closure


@dataclass(frozen=True, slots=True)
class Formula:
    """A figure: its name in Chinese, its unit, the sets above and below the line, and how the sets read in words."""

    label: str | Promise
    kind: Kind
    unit: str | Promise
    numerator: str = ""
    denominator: str = ""
    above: str | Promise = ""
    below: str | Promise = ""


_ITEMS = _("件")
_WORKDAYS = _("个工作日")
FIGURES: dict[str, Formula] = {
    "patrol_km": Formula(_("走航里程"), Kind.EFFORT, _("公里")),
    "patrol_hours": Formula(_("走航时长"), Kind.EFFORT, _("小时")),
    "findings": Formula(_("线索数"), Kind.FINDINGS, _("条")),
    "issued": Formula(_("转办数"), Kind.COUNT, _ITEMS, "issued", "", _("转办")),
    "closed": Formula(_("办结数"), Kind.COUNT, _ITEMS, "closed", "issued", _("办结"), _("转办")),
    "interim_closed": Formula(
        _("阶段性办结数"), Kind.COUNT, _ITEMS, "interim_closed", "issued", _("阶段性办结"), _("转办")
    ),
    "open": Formula(_("未办结数"), Kind.COUNT, _ITEMS, "open", "issued", _("未办结"), _("转办")),
    "overdue_now": Formula(_("超期数"), Kind.COUNT, _ITEMS, "overdue_now", "open", _("超期"), _("未办结")),
    "ever_overdue": Formula(_("曾超期数"), Kind.COUNT, _ITEMS, "ever_overdue", "issued", _("曾超期"), _("转办")),
    "closure_rate": Formula(_("办结率"), Kind.RATE, "%", "closed", "issued", _("办结"), _("转办")),
    "closure_rate_public": Formula(
        _("办结率（含阶段性办结）"), Kind.RATE, "%", "closed_or_interim", "issued", _("办结及阶段性办结"), _("转办")
    ),
    "on_time_rate": Formula(_("按期办结率"), Kind.RATE, "%", "on_time", "due", _("按期办结"), _("应办结")),
    "return_rate": Formula(_("退回率"), Kind.RATE, "%", "returned", "gross", _("退回"), _("转办总数")),
    # A part that stayed where it was sent: neither reissued, taken back after a return, nor voided.
    "accuracy_rate": Formula(_("交办准确率"), Kind.RATE, "%", "issued", "gross", _("交办准确"), _("转办总数")),
    "rework_rate": Formula(_("返工率"), Kind.RATE, "%", "reworked", "verified", _("核查不通过"), _("已核查")),
    "extension_rate": Formula(_("延期率"), Kind.RATE, "%", "extended", "due", _("延期"), _("应办结")),
    "relapse_rate": Formula(_("复发率"), Kind.RATE, "%", "relapsed", "looked_back", _("回头看不通过"), _("已回头看")),
    "tracing_top1_rate": Formula(
        _("溯源首位命中率"), Kind.TRACING, "%", "traced_top1", "traced", _("首位命中"), _("已核实成因的热点")
    ),
    "tracing_top3_rate": Formula(
        _("溯源前三命中率"), Kind.TRACING, "%", "traced_top3", "traced", _("前三命中"), _("已核实成因的热点")
    ),
    "mean_handling_days": Formula(
        _("平均办理时长"), Kind.DAYS, _WORKDAYS, "handled", "handled", _("工作日合计"), _("办结")
    ),
    "median_handling_days": Formula(_("办理时长中位数"), Kind.DAYS, _WORKDAYS, "handled", "handled", "", _("办结")),
    "p90_handling_days": Formula(_("办理时长九成位"), Kind.DAYS, _WORKDAYS, "handled", "handled", "", _("办结")),
}
#: Figures with issues behind them.
LISTED = frozenset(name for name, formula in FIGURES.items() if formula.numerator and formula.kind is not Kind.TRACING)
#: The sets of hot spots figures of tracing are made of (`tracing.RANKS` says in SQL which rows they take in).
TRACED = ("traced", "traced_top1", "traced_top3")


@dataclass(slots=True)
class Sums:
    """What the responsibilities of one scope add up to: measures in ten-thousandths, and weight by handling days."""

    measures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MEASURES, 0))
    handling: dict[int, int] = field(default_factory=dict)

    def add(self, days: int, measures: Iterable[int]) -> None:
        """Takes in one group of rows: their handling days (negative for none) and MEASURES in order."""
        for name, value in zip(MEASURES, measures, strict=True):
            self.measures[name] += value
            if name == "handled" and days >= 0 and value:
                self.handling[days] = self.handling.get(days, 0) + value

    def set(self, name: str) -> int:
        return sum(sign * self.measures[measure] for measure, sign in SETS[name].items())


@dataclass(frozen=True, slots=True)
class Effort:
    """Patrols of a scope, exact sums; and its hot spots with a confirmed cause, and those whose cause was traced."""

    km: Decimal = Decimal(0)
    hours: Decimal = Decimal(0)
    traced: int = 0
    traced_top1: int = 0
    traced_top3: int = 0

    def less(self, other: "Effort") -> "Effort":
        """What is left without another's."""
        return Effort(*(getattr(self, name) - getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class Figure:
    """A published number. `value` is None where there is nothing to divide by; `denominator` where nothing is divided."""

    name: str
    formula: Formula
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None


def figures_of(sums: Sums, effort: Effort) -> dict[str, Figure]:
    """Every figure of one scope, by name, in the order they are printed."""
    return {name: _figure(name, formula, sums, effort) for name, formula in FIGURES.items()}


def _figure(name: str, formula: Formula, sums: Sums, effort: Effort) -> Figure:
    if formula.kind is Kind.EFFORT:
        amount = plain(effort.km if name == "patrol_km" else effort.hours)
        return Figure(name, formula, amount, amount, None)
    if formula.kind is Kind.FINDINGS:
        count = items(sums.measures["findings"])
        return Figure(name, formula, count, count, None)
    if formula.kind is Kind.TRACING:
        hits, of = Decimal(getattr(effort, formula.numerator)), Decimal(effort.traced)
        return Figure(name, formula, rate(hits, of), hits, of)
    if formula.kind is Kind.DAYS:
        return _days_figure(name, formula, sums)
    numerator = items(sums.set(formula.numerator))
    denominator = items(sums.set(formula.denominator)) if formula.denominator else None
    value = rate(numerator, denominator) if formula.kind is Kind.RATE else numerator
    return Figure(name, formula, value, numerator, denominator)


def _days_figure(name: str, formula: Formula, sums: Sums) -> Figure:
    weights = sums.handling
    handled = items(sum(weights.values()))
    if name == "mean_handling_days":
        total = items(sum(days * weight for days, weight in weights.items()))
        mean = (total / handled).quantize(DAYS, ROUND_HALF_EVEN) if handled else None
        return Figure(name, formula, mean, total, handled)
    value = median(weights) if name == "median_handling_days" else percentile(weights, 90)
    return Figure(name, formula, value, None, handled)


def items(ten_thousandths: int) -> Decimal:
    """A sum of weights as a Decimal without trailing zeros: 4.5, 437."""
    return plain(Decimal(ten_thousandths) / WHOLE)


def plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros and never in powers of ten."""
    whole = number.to_integral_value()
    return whole.quantize(Decimal(1)) if number == whole else number.normalize()


def rate(numerator: Decimal, denominator: Decimal | None) -> Decimal | None:
    """Four decimals, half to even; None when nothing is below the line."""
    return (numerator / denominator).quantize(RATE, ROUND_HALF_EVEN) if denominator else None


def percentile(weights: Mapping[int, int], percent: int) -> Decimal | None:
    """The least number of days within which at least `percent` of the weight was done; None without any."""
    wanted, reached = percent * sum(weights.values()), 0
    for days in sorted(weights):
        reached += 100 * weights[days]
        if reached >= wanted and weights[days]:
            return Decimal(days)
    return None


def median(weights: Mapping[int, int]) -> Decimal | None:
    """The weighted median: the middle between the two days where half the weight ends and the other half begins."""
    low = percentile(weights, 50)
    if low is None:
        return None
    mirrored = percentile({-days: weight for days, weight in weights.items()}, 50)
    assert mirrored is not None
    return plain((low - mirrored) / 2)
