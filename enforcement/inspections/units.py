"""Units a campaign counts in (处, m³, m², 亩, 吨, 户), how they convert, how a total is published. Pure."""

from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.translation import gettext as _

_TEN_THOUSAND = Decimal(10_000)
#: Unit -> (what it measures, how many of the base unit). 1 亩 is 1/15 hectare (国务院 1984 units of measurement).
UNITS: dict[str, tuple[str, Decimal]] = {
    "处": ("count", Decimal(1)),
    "个": ("count", Decimal(1)),
    "万个": ("count", _TEN_THOUSAND),
    "户": ("households", Decimal(1)),
    "万户": ("households", _TEN_THOUSAND),
    "m³": ("volume", Decimal(1)),
    "万m³": ("volume", _TEN_THOUSAND),
    "m²": ("area", Decimal(1)),
    "万m²": ("area", _TEN_THOUSAND),
    "亩": ("area", _TEN_THOUSAND / 15),
    "万亩": ("area", _TEN_THOUSAND * _TEN_THOUSAND / 15),
    "公顷": ("area", _TEN_THOUSAND),
    "吨": ("mass", Decimal(1)),
    "万吨": ("mass", _TEN_THOUSAND),
}


def converted(amount: Decimal, unit: str, into: str) -> Decimal:
    """An amount in another unit, to six decimals, half to even. Raises ValueError where the two measure other things."""
    (what, factor), (wanted, divisor) = UNITS[unit], UNITS[into]
    if what != wanted:
        raise ValueError(_("“%(unit)s”不能换算成“%(into)s”。") % {"unit": unit, "into": into})
    if unit == into:
        return amount
    return (amount * factor / divisor).quantize(Decimal("0.000001"), ROUND_HALF_EVEN)


def published(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """An amount as the province publishes it: from ten thousand on in 万 of its unit, to two decimals, half to even."""
    larger = f"万{unit}"
    if abs(amount) >= _TEN_THOUSAND and larger in UNITS:
        return (amount / _TEN_THOUSAND).quantize(Decimal("0.01"), ROUND_HALF_EVEN), larger
    whole = amount == amount.to_integral_value()
    return amount.quantize(Decimal(1) if whole else Decimal("0.01"), ROUND_HALF_EVEN), unit
