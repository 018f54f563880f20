"""Whether a stretch above the limits is a hot spot, how grave it is, and what confirms it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from regions.coordinates import distance_m

from .readings import Bools, Floats
from .rules import HotSpotSettings

#: Why a stretch above the limits is no hot spot.
FAULTS = SHORT, IDLE, CALM, SLOW, FAST, TRAFFIC = "short", "idle", "calm", "slow", "fast", "traffic"
#: Grades by peak and dose, lightest first; the codes of an issue's severity.
LIGHT, MEDIUM, SEVERE = "general", "serious", "major"


@dataclass(frozen=True, slots=True)
class FoundHotSpot:
    """One stretch. Indexes into the readings; values in the channel's unit; times UTC milliseconds.

    ``ratio`` is peak over the background at the peak. ``duration_s`` is from first to last reading and counts the last
    one's own interval; merged gaps are part of it, but only time above the limits, ``over_s``, counts towards the least
    duration. ``lat``, ``lon`` are where the air was breathed in. ``dose`` is the excess over the background summed over
    time (unit x s). ``standing_s`` of ``over_s`` the vehicle stood; ``rise``, ``steady``, ``hold`` and ``traffic`` are
    the shape (``Shape``); ``confirmed`` says by what: ``stop``, ``repeat``.
    """

    first: int
    last: int
    at_peak: int
    peak: float
    mean: float
    background: float
    ratio: float
    duration_s: float
    started_ms: int
    ended_ms: int
    lat: float
    lon: float
    dose: float = 0.0
    over_s: float = 0.0
    standing_s: float = 0.0
    rise: float = 0.0
    steady: float = 1.0
    hold: float = 1.0
    traffic: float | None = None
    lag_s: float = 0.0
    response_s: float = 0.0
    severity: str = ""
    confirmed: tuple[str, ...] = ()

    def numbers(self) -> dict[str, Any]:
        """The numbers that made it beyond those every hot spot's row has, rounded, ready for JSON."""
        return {
            "dose": round(self.dose, 1),
            "over_s": round(self.over_s, 1),
            "standing_s": round(self.standing_s, 1),
            "rise": round(self.rise, 3),
            "steady": round(self.steady, 3),
            "hold": round(self.hold, 3),
            "traffic": None if self.traffic is None else round(self.traffic, 5),
            "lag_s": round(self.lag_s, 2),
            "response_s": round(self.response_s, 2),
        }


@dataclass(frozen=True, slots=True)
class Shape:
    """What a stretch looks like. ``moving`` marks readings above the limits, ``kmh`` the inlet's speed at each.

    ``rise`` steepest step between readings, ``steady`` part of the excess wider than a spike, ``hold`` highest of that
    part: shares of the stretch's own excess. ``traffic``: the tracer's excess over the channel's, None without one.
    ``wind_ms``: the mean wind, None where it wasn't measured or isn't asked for.
    """

    over_s: float
    moving: Bools
    kmh: Floats
    interval_s: float
    rise: float
    steady: float
    hold: float
    traffic: float | None
    wind_ms: float | None = None

    def driven_kmh(self, rule: HotSpotSettings) -> float | None:
        """Mean speed of what was driven of the time above the limits; None where nothing was."""
        driven = self.kmh[self.moving & (self.kmh >= rule.idle_kmh)]
        return float(driven.mean()) if len(driven) else None

    def standing_s(self, rule: HotSpotSettings) -> float:
        """Seconds above the limits at less than walking speed."""
        return float((self.moving & (self.kmh < rule.idle_kmh)).sum()) * self.interval_s


def fault(shape: Shape, rule: HotSpotSettings) -> str:
    """Why the stretch is no hot spot: too short, met standing, in a calm, driven too slowly or too fast, or looking like
    traffic. "" when it is one."""
    if shape.over_s < rule.min_duration_s:
        return SHORT
    if shape.over_s - shape.standing_s(rule) < rule.min_moving_s:
        return IDLE
    if shape.wind_ms is not None and shape.wind_ms < rule.calm_ms:
        return CALM
    kmh = shape.driven_kmh(rule)
    if kmh is not None and kmh < rule.slow_kmh:
        return SLOW
    if kmh is not None and 0 < rule.fast_kmh < kmh:
        return FAST
    if shape.traffic is not None and shape.traffic < rule.tracer_ratio:
        return ""
    steep = rule.max_rise > 0 and shape.rise > rule.max_rise
    return TRAFFIC if steep or shape.steady < rule.min_steady or shape.hold < rule.min_hold else ""


def severity(peak: float, dose: float, rule: HotSpotSettings) -> str:
    """The grade by peak or dose, whichever is graver; "" where the rule doesn't grade."""
    if rule.severe_peak <= 0:
        return ""
    if peak >= rule.severe_peak or dose >= rule.severe_dose > 0:
        return SEVERE
    if peak >= rule.medium_peak > 0 or dose >= rule.medium_dose > 0:
        return MEDIUM
    return LIGHT


def confirmed(found: Sequence[FoundHotSpot], rule: HotSpotSettings) -> list[FoundHotSpot]:
    """The same hot spots, each with what confirms it within its run: a stop to measure, a repeat pass."""
    why: list[set[str]] = [set() for _spot in found]
    for spot, reasons in zip(found, why, strict=True):
        if 0 < rule.stop_min_s <= spot.standing_s <= rule.stop_max_s:
            reasons.add("stop")
    for here, there in _met_again(found, rule):
        why[here].add("repeat")
        why[there].add("repeat")
    return [
        replace(spot, confirmed=tuple(sorted(reasons))) if reasons else spot
        for spot, reasons in zip(found, why, strict=True)
    ]


def _met_again(found: Sequence[FoundHotSpot], rule: HotSpotSettings) -> Iterator[tuple[int, int]]:
    """Pairs, by number, of which the later was met at the place of the earlier after a while; in order of time."""
    if rule.repeat_m <= 0 or len(found) < 2:
        return
    started, ended = np.array([one.started_ms for one in found]), np.array([one.ended_ms for one in found])
    lon, lat = np.array([one.lon for one in found]), np.array([one.lat for one in found])
    for here in range(len(found) - 1):
        late = here + 1 + np.flatnonzero((started[here + 1 :] - ended[here]) / 1000 >= rule.repeat_after_s)
        near = distance_m(lon[here], lat[here], lon[late], lat[late]) <= rule.repeat_m
        yield from ((here, there) for there in late[near].tolist())
