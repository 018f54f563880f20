"""A whole season of synthetic patrols that adds up to a stated number of kilometres."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from regions import boundaries

from ..tracks.quality import measure, trim_to_km
from ..tracks.readings import Readings
from ..tracks.rules import TrackRule
from .patrols import PatrolPlan, patrol
from .plumes import PATTERNS, SyntheticSource
from .roads import road_net, roadside

#: One shift: about four hours at the usual speed.
SHIFT_KM = 98.0


@dataclass(frozen=True, slots=True)
class SeasonRun:
    """One finished run of the season: what was planned, what was read, kilometres to the metre."""

    plan: PatrolPlan
    readings: Readings
    km: float


def plan_season(
    opens: datetime, closes: datetime, total_km: float, seed: int, interval_s: float = 1.0
) -> list[PatrolPlan]:
    """Shifts over all counties in turn, mornings and afternoons between two moments, enough for ``total_km``."""
    rng = np.random.default_rng(seed)
    codes = [county.code for county in boundaries.counties()]
    count = int(np.ceil(total_km / SHIFT_KM)) + 1
    order: list[str] = []
    while len(order) < count:
        order += [codes[place] for place in rng.permutation(len(codes))]
    days = max(1, (closes - opens).days)
    moments = sorted(_shift_start(opens, int(day), rng) for day in rng.integers(0, days, count))
    return [
        PatrolPlan(
            code, int(moment.timestamp() * 1000), SHIFT_KM * float(rng.uniform(0.8, 1.2)), seed + number, interval_s
        )
        for number, (code, moment) in enumerate(zip(order, moments, strict=False))
    ]


def _shift_start(opens: datetime, day: int, rng: np.random.Generator) -> datetime:
    """08:30 or 14:00 Beijing time, give or take half an hour."""
    midnight = (opens + timedelta(days=day)).astimezone(UTC).replace(hour=16, minute=0, second=0, microsecond=0)
    hours = 8.5 if rng.random() < 0.6 else 14.0
    return midnight + timedelta(hours=hours, seconds=int(rng.integers(-1800, 1800)))


def county_sources(county_code: str, count: int, seed: int) -> list[SyntheticSource]:
    """Seeded sources beside the county's roads: the places where demonstration works may stand."""
    rng = np.random.default_rng([seed, 7, int(county_code)])
    kinds = list(PATTERNS)
    return [
        SyntheticSource(lon, lat, float(np.round(rng.uniform(900, 4000))), kinds[int(rng.integers(len(kinds)))])
        for _node, lon, lat in roadside(road_net(county_code), count, rng)
    ]


def drive_season(
    plans: Sequence[PatrolPlan],
    total_km: float,
    rule: TrackRule,
    sources: Mapping[str, Sequence[SyntheticSource]],
) -> Iterator[SeasonRun]:
    """Drive the plans in order until the kilometres, each run's rounded to the metre, add up to ``total_km``.

    The last run is cut at the reading closest to the goal (within half a step, some metres). Raises ValueError if the
    plans are too few.
    """
    driven = 0.0
    for plan in plans:
        left = total_km - driven
        readings = trim_to_km(patrol(plan, sources.get(plan.county_code, ())), min(plan.km, left), rule)
        km = round(measure(readings, len(readings), rule).km, 3)
        driven += km
        yield SeasonRun(replace(plan, km=km), readings, km)
        if total_km - driven < 0.02:
            return
    raise ValueError(f"the plans end {total_km - driven:.1f} km short of {total_km} km")
