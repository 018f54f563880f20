"""Published indices of the air, entered a month at a time: every line judged first, then all kept or none. What rules compare."""

import re
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.oversight.models import AirMonth
from enforcement.oversight.models.air import Standard
from enforcement.timeline import clock
from regions import words
from regions.errors import Invalid
from regions.models import Division

MAX_LINES = 400
SHOWN_FAULTS = 20
_PARTS = re.compile(r"[;；,，\s]+")


def enter(text: str, *, month: date, standard: str, source: str) -> int:
    """Keeps the indices of a month, `区划代码；综合指数` a line; one that is there already is corrected, the database keeps what
    stood. Gives how many. Raises Invalid with a sentence for each line at fault. Three statements.
    """
    if month.day != 1 or month >= clock.today().replace(day=1):
        raise Invalid(_("请填已经过去的月份的1日，如 2026-06-01。"), field="month")
    if standard not in Standard.values:
        raise Invalid(_("请选择标准。"), field="standard")
    source = words.line(source, "source", 200)
    found = _read(text)
    with transaction.atomic():
        AirMonth.objects.bulk_create(
            [AirMonth(division=place, month=month, standard=standard, index=index, source=source) for place, index in found],
            update_conflicts=True, unique_fields=["division", "month", "standard"], update_fields=["index", "source"],
        )  # fmt: skip
    return len(found)


def _read(text: str) -> list[tuple[Division, Decimal]]:
    lines = [(n, line.strip()) for n, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines or len(lines) > MAX_LINES:
        raise Invalid(_("请填写1至%(n)d行，每行一个区划。") % {"n": MAX_LINES}, field="text")
    known = {row.code: row for row in Division.objects.current().exclude(code="")}
    found: dict[Division, Decimal] = {}
    faults = []
    for number, line in lines:
        code, index = (parts := _PARTS.split(line))[0], parts[-1]
        if len(parts) != 2 or not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,2})?", index, re.ASCII) or not Decimal(index):
            why = _("请按“区划代码；综合指数”填写，指数大于0，最多两位小数。")
        elif code not in known:
            why = _("没有代码为“%(code)s”的区划。") % {"code": code[:20]}
        elif known[code] in found:
            why = _("%(place)s填了两次。") % {"place": known[code].name}
        else:
            found[known[code]] = Decimal(index)
            continue
        faults.append(_("第%(line)d行：%(sentence)s") % {"line": number, "sentence": why})
    if faults:
        raise Invalid(faults[0], errors={"text": faults[:SHOWN_FAULTS]})
    return sorted(found.items(), key=lambda pair: pair[0].pk)  # two who enter one month wait in one order


class Compared(NamedTuple):
    """The mean index of some months and of the same months a year before, on one standard; to two decimals, half to even."""

    now: Decimal
    before: Decimal
    months: int

    @property
    def adds_up(self) -> bool:
        """A city has an index of its own."""
        return False

    @property
    def some(self) -> int:
        return self.months

    @property
    def value(self) -> Decimal:
        """Per cent by which the air is worse than a year before, to one decimal, half to even; negative where it is better."""
        return (100 * (self.now - self.before) / self.before).quantize(Decimal("0.1"))

    @property
    def weight(self) -> int:
        return self.months

    @property
    def parts(self) -> dict[str, Any]:
        """As words: a mean keeps its decimals."""
        return {"numerator": str(self.now), "denominator": str(self.before), "months": self.months}


def compared(day: date, days: int) -> dict[int, Compared]:
    """By division, the months that ended in the `days` before a day, where the same month of the year before is known on the
    same standard. A month on both standards counts by the newer. One statement.
    """
    last = day.replace(day=1)
    first = day - timedelta(days=days)
    rows = AirMonth.objects.filter(month__gte=_year_before(first.replace(day=1)), month__lt=last).order_by("standard")
    held = {(row.division_id, row.month, row.standard): row.index for row in rows}
    pairs: dict[int, dict[date, tuple[Decimal, Decimal]]] = defaultdict(dict)
    for (division, month, standard), index in held.items():
        before = held.get((division, _year_before(month), standard))
        if month >= first and before is not None:
            pairs[division][month] = (index, before)
    return {division: _means(list(months.values())) for division, months in pairs.items()}


def _means(pairs: list[tuple[Decimal, Decimal]]) -> Compared:
    now, before = ((sum(side, Decimal(0)) / len(pairs)).quantize(Decimal("0.01")) for side in zip(*pairs, strict=True))
    return Compared(now, before, len(pairs))


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)
