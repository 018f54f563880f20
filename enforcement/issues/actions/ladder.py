"""The ladder of supervision (督办): county, city, province; whose rung a bureau stands on, and the highest of several."""

from collections.abc import Iterable

from enforcement.issues.lifecycle import Rung
from regions.models import Bureau


def rung_of(bureau: Bureau) -> Rung:
    """A development zone stands beside the counties."""
    level = bureau.division.level
    return Rung(level) if level in Rung.values else Rung.COUNTY


def highest(rungs: Iterable[str]) -> str:
    """The highest of some rungs; nothing where there is none."""
    order = ["", *Rung.values]
    return max(rungs, key=order.index, default="")
