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
    days = (readings.time_ms + BEIJING_MS) // DAY_MS
    placed = np.flatnonzero(readings.placed())
    if not len(placed):
        return []
    keys, group = np.unique(np.stack([days[placed], place[placed]]), axis=1, return_inverse=True)
    group = group.reshape(-1)
    group_of_row = np.zeros(len(readings), dtype=np.int64)
    group_of_row[placed] = group
    count = keys.shape[1]
    metres = np.bincount(group_of_row[found.at], found.metres, minlength=count)
    seconds = np.bincount(group_of_row[found.at], found.seconds, minlength=count)
    rows = np.bincount(group, minlength=count)
    return [
        Segment(
            int(keys[1, number]),
            EPOCH + timedelta(days=int(keys[0, number])),
            _decimal(metres[number] / 1000, "0.001"),
            _decimal(seconds[number] / 3600, "0.0001"),
            int(rows[number]),
        )
        for number in range(count)
    ]


def _decimal(value: float, quantum: str) -> Decimal:
    return Decimal(float(value)).quantize(Decimal(quantum), rounding=ROUND_HALF_EVEN)
