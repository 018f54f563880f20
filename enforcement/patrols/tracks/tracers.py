"""Exhausts told by a channel that rises with them: carbon monoxide beside the VOC instrument, as a rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .alignment import earlier
from .background import background
from .readings import Channel, Floats, Ints, Readings
from .rules import TRACER_NAMES, ChannelResponse, HotSpotSettings
from .shapes import smoothed

#: To ppm at 25 °C and 101.325 kPa (mg/m³ = ppm x M / 24.45; CO: M = 28.01).
PPM: dict[str, float] = {"ppm": 1.0, "ppb": 0.001, "mg/m³": 24.45 / 28.01, "µg/m³": 24.45 / 28.01 / 1000}
#: Both series are compared as means over so many rows, which forgives a second of disagreement about the lags.
ROWS = 5


def is_tracer(name: str, rule: HotSpotSettings) -> bool:
    """True for a channel called as the rule's tracer goes by."""
    return bool(rule.tracer) and name.strip().lower() in TRACER_NAMES.get(rule.tracer, (rule.tracer.lower(),))


def find(readings: Readings, rule: HotSpotSettings) -> Channel | None:
    """The run's tracer channel in a unit that can be converted, or None."""
    return next((one for one in readings.measured() if is_tracer(one.name, rule) and one.unit in PPM), None)


def excess(
    readings: Readings, time_ms: Ints, lag_s: float, rule: HotSpotSettings, responses: Mapping[str, ChannelResponse]
) -> Floats | None:
    """The tracer's excess over its own background (ppm) in the air of each moment of a channel ``lag_s`` late.

    None when the run has no tracer, or too little of it, or nobody registered how late it is.
    """
    channel = find(readings, rule)
    own = responses.get(channel.name.strip().lower()) if channel else None
    if channel is None or own is None:
        return None
    values = readings.value(channel.name)
    kept = np.flatnonzero(readings.placed() & np.isfinite(values) & (values >= 0))
    if len(kept) < len(time_ms) / 2:
        return None
    t, v = readings.time_ms[kept], values[kept] * PPM[channel.unit]
    over = np.nan_to_num(v - background(t, v, rule))
    late_s = own.lag_s + own.response_s
    wanted = time_ms.astype(np.float64) - (lag_s - late_s) * 1000
    return smoothed(earlier(t, over, wanted), ROWS)
