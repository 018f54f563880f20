"""What a dated rule finds in a division: a share of rows, a count of them, the air beside a year before. All answer alike."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any, ClassVar, Protocol

from enforcement.issues.models import Escalation, Issue, LookBack
from enforcement.oversight.actions import air
from enforcement.oversight.lifecycle import Cause
from enforcement.oversight.models import TriggerRule


class Found(Protocol):
    """`adds_up`: of a city its counties' count too. `weight` is what the rule's `least` asks for: rows, or months."""

    @property
    def adds_up(self) -> bool: ...
    @property
    def some(self) -> int:
        """How much there is to speak of: 0 is no reason."""

    @property
    def value(self) -> Decimal:
        """What is held against the rule's threshold."""

    @property
    def weight(self) -> int: ...
    @property
    def parts(self) -> dict[str, Any]:
        """Numerator and denominator as the interview keeps them."""


@dataclass(frozen=True, slots=True)
class Share:
    """Some rows of all: per cent to one decimal, half to even."""

    adds_up: ClassVar[bool] = True
    some: int
    every: int

    def __add__(self, other: "Share") -> "Share":
        return type(self)(self.some + other.some, self.every + other.every)

    @property
    def value(self) -> Decimal:
        return (Decimal(100 * self.some) / self.every).quantize(Decimal("0.1"))

    @property
    def weight(self) -> int:
        return self.every

    @property
    def parts(self) -> dict[str, Any]:
        return {"numerator": self.some, "denominator": self.every}


class Times(Share):
    """How many rows there are: the count itself is the value."""

    __slots__ = ()

    @property
    def value(self) -> Decimal:
        return Decimal(self.some)


def found(rule: TriggerRule, day: date) -> dict[int, Found]:
    """What the rule's window holds, by division of the duty; nothing is summed up yet. One statement, of a share two."""
    return dict(_COUNTERS[Cause(rule.cause)](day, rule.window_days))


def of(own: int, below: Callable[[], Iterable[int]], counted: dict[int, Found]) -> Found | None:
    """A division's own and, where such counts add up, those `below`; None where nothing was counted."""
    sample = next(iter(counted.values()), None)
    if sample is None:
        return None
    keys = [own, *below()] if sample.adds_up else [own]
    mine: list[Any] = [counted[key] for key in keys if key in counted]
    return reduce(add, mine) if mine else None


def _overdue(day: date, _days: int) -> dict[int, Share]:
    rows = Issue.objects.open()
    return _parts(Share, rows.overdue(on=day), rows, "division")


def _relapse(day: date, days: int) -> dict[int, Share]:
    done = LookBack.objects.filter(done_at__date__gt=day - timedelta(days=days), done_at__date__lte=day)
    return _parts(Share, done.filter(passed=False), done, "issue__division")


def _named(day: date, days: int) -> dict[int, Share]:
    listed = Escalation.objects.filter(listed=True, at__date__gt=day - timedelta(days=days), at__date__lte=day)
    return _parts(Times, listed, listed, "responsibility__division")


def _parts(kind: type[Share], some: Any, every: Any, path: str) -> dict[int, Share]:
    above, below = (Counter(rows.order_by().values_list(path, flat=True)) for rows in (some, every))
    return {key: kind(above[key], count) for key, count in below.items()}


_COUNTERS: dict[Cause, Callable[[date, int], Any]] = {
    Cause.OVERDUE: _overdue,
    Cause.RELAPSE: _relapse,
    Cause.NAMED: _named,
    Cause.DETERIORATION: air.compared,
}
