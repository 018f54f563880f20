"""A small picture of a series around a stretch, kept with the hot spot it became: the highest value of each of some equal spans.

The readings are kept as well; this is what a list of hot spots can draw without unpacking the run of each. Pure.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .readings import UNPLACED, Floats, Readings

#: Seconds kept before and after the stretch, spans at most, and rows looked at on either side.
AROUND_S, SPANS, REACH = 180, 96, 4000


def glimpse(readings: Readings, values: Floats, first: int, last: int) -> dict[str, Any]:
    """`from_ms` (UTC milliseconds), `step_ms` and `values`, one a span: the highest in it (four digits), None for a span
    without a reading. `values` of the channel run alongside the readings, `first` and `last` bound the stretch."""
    near = slice(max(0, first - REACH), last + 1 + REACH)
    time_ms, shown = readings.time_ms[near], values[near]
    begins, ends = int(readings.time_ms[first]) - AROUND_S * 1000, int(readings.time_ms[last]) + AROUND_S * 1000
    there = ((readings.flags[near] & np.uint16(UNPLACED)) == 0) & np.isfinite(shown) & (shown >= 0)
    there &= (time_ms >= begins) & (time_ms <= ends)
    time_ms, shown = time_ms[there], shown[there]
    if not len(time_ms):
        return {}
    begins = int(time_ms.min())
    step_ms = -(-(int(time_ms.max()) - begins + 1) // (SPANS * 1000)) * 1000
    at = (time_ms - begins) // step_ms
    highest = np.full(int(at.max()) + 1, np.nan)
    np.fmax.at(highest, at, shown)
    told = [None if np.isnan(value) else float(f"{value:.4g}") for value in highest.tolist()]
    return {"from_ms": begins, "step_ms": step_ms, "values": told}
