"""A run's kilometres, hours and readings, divided by place and Beijing day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
from numpy.typing import NDArray

from .quality import Steps, steps
from .readings import Chosen, Floats, Ints, Readings, pieces
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
    placed = found.placed
    if not len(placed):
        return []
    # A stretch of readings that share day and place is added up as one.
    heads, keyed = _stretches(readings, place, placed)
    keys, group = np.unique(keyed, return_inverse=True)
    group, count = group.reshape(-1), len(keys)
    # A step ends on each placed reading but the first.
    metres = np.bincount(group, _added(found.metres, heads), minlength=count)
    seconds = np.bincount(group, _added(found.seconds, heads), minlength=count)
    rows = np.bincount(group, np.diff(np.append(heads, len(placed))), minlength=count)
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


def _stretches(readings: Readings, place: NDArray[np.int64], placed: Chosen) -> tuple[Ints, Ints]:
    """Where among the placed readings each stretch of one day and place begins, and both as one number."""
    heads, keys = [], []
    before = -1
    for piece in pieces(len(placed)):
        at = placed.at(piece)
        keyed = ((readings.time_ms[at] + BEIJING_MS) // DAY_MS << PLACE_BITS) + (place[at] + 1)
        new = np.flatnonzero(np.diff(keyed, prepend=before))
        heads.append(piece.start + new)
        keys.append(keyed[new])
        before = keyed[-1]
    return np.concatenate(heads), np.concatenate(keys)


def _added(of_steps: Floats, heads: Ints) -> Floats:
    """The sum of each stretch's steps: a step before the first reading is none."""
    ends = np.append(heads[1:], len(of_steps) + 1) - 1
    starts = np.maximum(heads - 1, 0)
    return np.array([of_steps[start:end].sum() for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])


def _decimal(value: float, quantum: str) -> Decimal:
    return Decimal(float(value)).quantize(Decimal(quantum), rounding=ROUND_HALF_EVEN)
