"""Quality control of a run (质控): what its readings and the instrument's log say, held against a rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .readings import WIND_FROM, WIND_SPEED, Floats, Readings

PASSED, FAILED, MISSING = "passed", "failed", "missing"


@dataclass(frozen=True, slots=True)
class ControlRule:
    """The limits of a sheet (domain practice, 质控): dated reference data, never constants.

    ``warm_up_min`` least minutes from switching on to the start; ``zero_max_h``, ``span_max_h``, ``clock_max_h`` most
    hours since the last check of its kind; ``span_max_percent`` most deviation of the last span checks from their
    standards; ``min_valid_percent`` least share of rows that are usable; ``gap_s`` silences longer than this are gaps of
    the GPS, ``max_gap_percent`` most of the run's time in them; ``max_offset_s`` most offset of the clock (s);
    ``idle_kmh`` and ``tail_deg``: at or below that speed with the wind from within that angle of straight behind, the
    vehicle measures its own exhaust, ``max_exhaust_percent`` most of the run's time so. ``missing_fails``: what isn't on
    record fails instead of leaving the sheet incomplete.
    """

    warm_up_min: float
    zero_max_h: float
    span_max_h: float
    span_max_percent: float
    min_valid_percent: float
    gap_s: float
    max_gap_percent: float
    clock_max_h: float
    max_offset_s: float
    idle_kmh: float
    tail_deg: float
    max_exhaust_percent: float
    missing_fails: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What the readings say: ``seconds`` from the first to the last placed one; ``exhaust_s`` None without wind."""

    seconds: float
    gaps: int
    gap_s: float
    longest_gap_s: float
    exhaust_s: float | None


@dataclass(frozen=True, slots=True)
class Logged:
    """What the instrument's log says of the time before a run; None where it says nothing."""

    warm_up_min: float | None = None
    zero_h: float | None = None
    span_h: float | None = None
    span_percent: float | None = None
    offset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a sheet: ``value`` beside its ``limit``, in ``unit``; ``detail`` holds further numbers by name."""

    key: str
    value: float | None
    limit: float
    unit: str
    outcome: str
    at_least: bool = False
    detail: Mapping[str, float] | None = None


def measured(readings: Readings, rule: ControlRule) -> Measured:
    """Gaps and seconds in one's own exhaust, from the placed readings."""
    placed = readings.unmeasured().take(np.flatnonzero(readings.placed()))
    if len(placed) < 2:
        return Measured(0.0, 0, 0.0, 0.0, _exhaust_s(placed, rule))
    steps = np.diff(placed.time_ms) / 1000
    gaps = steps[steps > rule.gap_s]
    return Measured(
        float(placed.time_ms[-1] - placed.time_ms[0]) / 1000,
        len(gaps),
        float(gaps.sum()),
        float(gaps.max()) if len(gaps) else 0.0,
        _exhaust_s(placed, rule),
    )


def _exhaust_s(placed: Readings, rule: ControlRule) -> float | None:
    """Seconds at a crawl with the wind from behind. A silence counts as far as the rule's gap; no wind, no answer."""
    came, speed = placed.role(WIND_FROM), placed.role(WIND_SPEED)
    if came is None or speed is None or not (np.isfinite(came) & np.isfinite(speed)).any():
        return None
    if len(placed) < 2:
        return 0.0
    heading = headings(placed, rule.idle_kmh)
    slow = placed.speed_kmh <= rule.idle_kmh
    # 180 degrees between where the wind comes from and where the bonnet points: from straight behind.
    behind = np.abs((came - heading) % 360 - 180) <= rule.tail_deg
    lasting = np.minimum(np.diff(placed.time_ms, append=placed.time_ms[-1]) / 1000, rule.gap_s)
    return float(lasting[slow & behind & (speed > 0)].sum())


def headings(placed: Readings, idle_kmh: float) -> Floats:
    """Where the bonnet points, degrees from north: the bearing of the last step that was really driven; NaN before one."""
    lat = np.radians(placed.lat)
    east = np.diff(np.radians(placed.lon)) * np.cos(lat[1:])
    north = np.diff(lat)
    bearing = np.degrees(np.arctan2(east, north)) % 360
    driven = (placed.speed_kmh[1:] > idle_kmh) & (np.hypot(east, north) > 0)
    last = np.maximum.accumulate(np.where(driven, np.arange(len(bearing)), -1))
    found = np.where(last >= 0, bearing[np.maximum(last, 0)], np.nan)
    return np.concatenate(([np.nan], found))


def judge(run: Measured, logged: Logged, valid_share: float, rule: ControlRule) -> list[Item]:
    """The lines of the sheet, in the order they are read."""

    def share(seconds: float) -> float:
        return seconds / run.seconds * 100 if run.seconds else 0.0

    exhaust = None if run.exhaust_s is None else share(run.exhaust_s)
    gaps = {"gaps": float(run.gaps), "seconds": run.gap_s, "longest_s": run.longest_gap_s}
    return [
        _item("warm_up", logged.warm_up_min, rule.warm_up_min, "min", rule, at_least=True),
        _item("zero_age", logged.zero_h, rule.zero_max_h, "h", rule),
        _item("span_age", logged.span_h, rule.span_max_h, "h", rule),
        _item("span_deviation", logged.span_percent, rule.span_max_percent, "%", rule),
        _item("valid_share", valid_share * 100, rule.min_valid_percent, "%", rule, at_least=True),
        _item("gaps", share(run.gap_s), rule.max_gap_percent, "%", rule, detail=gaps),
        _item("clock_offset", logged.offset_s, rule.max_offset_s, "s", rule),
        _item("exhaust", exhaust, rule.max_exhaust_percent, "%", rule, detail={"seconds": run.exhaust_s or 0.0}),
    ]  # fmt: skip


def _item(
    key: str,
    value: float | None,
    limit: float,
    unit: str,
    rule: ControlRule,
    *,
    at_least: bool = False,
    detail: Mapping[str, float] | None = None,
) -> Item:
    if value is None:
        return Item(key, None, limit, unit, FAILED if rule.missing_fails else MISSING, at_least)
    value = round(value, 2)
    holds = value >= limit if at_least else abs(value) <= limit
    return Item(key, value, limit, unit, PASSED if holds else FAILED, at_least, detail)


def verdict(items: list[Item]) -> str:
    """Failed by any line, else missing by any, else passed."""
    outcomes = {item.outcome for item in items}
    return FAILED if FAILED in outcomes else MISSING if MISSING in outcomes else PASSED
