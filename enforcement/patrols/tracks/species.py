"""Which species stood out in a stretch of a run. Pure: readings in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .readings import Readings

#: The air around a hot spot: readings up to this long before its first and after its last one.
AROUND_MS = 5 * 60_000
#: The share of the readings around that counts as background, in percent.
LOW = 10.0


@dataclass(frozen=True, slots=True)
class Species:
    """A channel's mean in the stretch and its background around it, both in the channel's own unit."""

    name: str
    unit: str
    mean: float
    background: float

    @property
    def excess(self) -> float:
        return self.mean - self.background


def top_species(readings: Readings, first: int, last: int, but: str, most: int = 3) -> list[Species]:
    """The channels beside `but` (in lower case) that rose most, highest excess first; those that didn't rise are left out.

    Only channels of one unit compare, so the unit of most channels is taken.
    """
    measured = [one for one in readings.measured() if one.name.lower() != but]
    units = [one.unit for one in measured]
    if not units or last >= len(readings):
        return []
    unit = max(sorted(set(units)), key=units.count)
    times = readings.time_ms
    near = (times >= times[first] - AROUND_MS) & (times <= times[last] + AROUND_MS)
    found = []
    for channel in measured:
        if channel.unit != unit:
            continue
        values = readings.value(channel.name)
        inside, around = values[first : last + 1], values[near]
        inside, around = inside[np.isfinite(inside)], around[np.isfinite(around)]
        if len(inside) and len(around):
            found.append(Species(channel.name, unit, float(inside.mean()), float(np.percentile(around, LOW))))
    risen = [one for one in found if one.excess > 0]
    return sorted(risen, key=lambda one: -one.excess)[:most]
