"""A run's kilometres, hours and readings, divided by place and Beijing day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray

from .quality import Steps, steps
from .readings import Readings
from .rules import TrackRule

#: Beijing time has had no summer time since 1991, and no instrument of ours is older.
BEIJING_MS = 8 * 3_600_000
DAY_MS = 86_400_000
EPOCH = date(1970, 1, 1)
#: Room for every county of the country beside the day, in one number.
PLACE_BITS = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """What was driven in one place on one day; ``place`` indexes the placer's codes, -1 outside."""

    place: int
    day: date
    km: Decimal
    hours: Decimal
    readings: int


def segments(
    readings: Readings, place: NDArray[np.int64], rule: TrackRule, found: Steps | None = None
) -> list[Segment]:
    """The segments of a run. A step belongs to the place and day it ends in; km to the metre, hours to four places."""
    found = found or steps(readings, rule)
    placed = np.flatnonzero(readings.placed())
    if not len(placed):
        return []
    # Day and place as one number, and a stretch of rows that share it sorted as one.
    keyed = ((readings.time_ms[placed] + BEIJING_MS) // DAY_MS << PLACE_BITS) + (place[placed] + 1)
    heads = np.concatenate(([0], np.flatnonzero(keyed[1:] != keyed[:-1]) + 1))
    keys, group_of_head = np.unique(keyed[heads], return_inverse=True)
    group = np.repeat(group_of_head.reshape(-1), np.diff(np.append(heads, len(placed))))
    count = len(keys)
    # A step ends on each placed reading but the first.
    metres = np.bincount(group[1:], found.metres, minlength=count)
    seconds = np.bincount(group[1:], found.seconds, minlength=count)
    rows = np.bincount(group, minlength=count)
    return [
        Segment(
            int(keys[number] & ((1 << PLACE_BITS) - 1)) - 1,
            EPOCH + timedelta(days=int(keys[number] >> PLACE_BITS)),
            _decimal(metres[number] / 1000, "0.001"),
            _decimal(seconds[number] / 3600, "0.0001"),
            int(rows[number]),
        )
        for number in range(count)
    ]


def _decimal(value: float, quantum: str) -> Decimal:
    return Decimal(float(value)).quantize(Decimal(quantum), rounding=ROUND_HALF_EVEN)
