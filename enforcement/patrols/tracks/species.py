"""Which species stood out in a stretch of a run. Pure: readings in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .readings import Channel, Floats, Ints, Readings

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


@dataclass(frozen=True, slots=True)
class Stretch:
    """A hot spot's first and last reading, by index, and the channel (in lower case) it was judged by."""

    first: int
    last: int
    judged_by: str


def top_species(readings: Readings, stretches: Sequence[Stretch], most: int = 3) -> list[list[Species]]:
    """Of each stretch, the channels beside its own that rose most, highest excess first; those that didn't are left out.

    Only channels of one unit compare, so the unit of most channels is taken. Every channel is unpacked once.
    """
    found: list[list[Species]] = [[] for _stretch in stretches]
    units = [_usual_unit(readings, stretch.judged_by) for stretch in stretches]
    near = [_around(readings.time_ms, stretch) for stretch in stretches]
    for channel in readings.measured():
        values = readings.value(channel.name)
        for number, stretch in enumerate(stretches):
            if channel.unit == units[number] and channel.name.lower() != stretch.judged_by:
                inside, around = values[stretch.first : stretch.last + 1], values[near[number]]
                found[number] += _rise(channel, inside[np.isfinite(inside)], around[np.isfinite(around)])
    return [sorted(risen, key=lambda one: -one.excess)[:most] for risen in found]


def _usual_unit(readings: Readings, but: str) -> str | None:
    units = [one.unit for one in readings.measured() if one.name.lower() != but]
    return max(sorted(set(units)), key=units.count) if units else None


def _around(times: Ints, stretch: Stretch) -> Ints:
    """The readings whose air counts as around a stretch; none where the stretch isn't among the readings."""
    if stretch.last >= len(times):
        return np.zeros(0, dtype=np.int64)
    begin, end = times[stretch.first] - AROUND_MS, times[stretch.last] + AROUND_MS
    return np.flatnonzero((times >= begin) & (times <= end))


def _rise(channel: Channel, inside: Floats, around: Floats) -> list[Species]:
    """The channel where it rose, else nothing."""
    if not len(inside) or not len(around):
        return []
    one = Species(channel.name, channel.unit, float(inside.mean()), float(np.percentile(around, LOW)))
    return [one] if one.excess > 0 else []
