"""The demo's patrols: generated drives past the sites, kept through the patrols' own action, to the metre."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import Works
from enforcement.patrols.actions import record_synthetic
from enforcement.patrols.actions.keeping import RunFacts
from enforcement.patrols.models import HotSpot, Instrument, PatrolRun, TrackRuleSetting, Vehicle
from enforcement.patrols.placing import CountyPlacer
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.patrols.tracks.quality import steps, trim_to_km
from enforcement.patrols.tracks.readings import Readings
from enforcement.patrols.tracks.rules import TrackRule
from enforcement.patrols.tracks.segments import segments
from enforcement.timeline import clock
from regions.models import Division
from regions.roles import Role

_METRE = Decimal("0.001")
_FILED_AFTER = timedelta(minutes=40)


@dataclass
class Fleet:
    """A vehicle and an instrument for each contractor."""

    vehicles: dict[str, Vehicle]
    instruments: dict[str, Instrument]


def firm_of(county: str) -> str:
    """The contractor that drives a county: two or three cities each."""
    return bureaus.firm(int(county[2:4]) % len(bureaus.FIRMS))


def drive(plans: Sequence[PatrolPlan], total_km: Decimal, cast: Cast, works: Works, fleet: Fleet) -> list[HotSpot]:
    """Drives the plans in order until exactly `total_km` are on record; gives the hot spots, oldest first.

    Raises ValueError if the plans are too few.
    """
    rule = TrackRuleSetting.in_force(clock.today()).value()
    names = dict(Division.objects.counties().values_list("code", "name"))
    left, runs = total_km, []
    for plan in plans:
        readings = patrol(plan, works.sources[plan.county_code])
        readings = cut_to(readings, left, rule) if left <= plan.km else trim_to_km(readings, plan.km, rule)
        runs.append(keep(plan, readings, firm_of(plan.county_code), names[plan.county_code], cast, fleet))
        left -= runs[-1].km
        if not left:
            return hot_spots(runs)
    raise ValueError(f"the plans end {left} km short of {total_km} km")


def hot_spots(runs: Sequence[PatrolRun]) -> list[HotSpot]:
    spots = HotSpot.objects.filter(run__in=runs).select_related("run__bureau", "division")
    return list(spots.order_by("peak_at", "number"))


def keep(plan: PatrolPlan, readings: Readings, key: str, county: str, cast: Cast, fleet: Fleet) -> PatrolRun:
    """Puts a drive of the contractor `key` on record, some time after its end."""
    crew = cast.officer(key, Role.INSPECTOR, plan.seed)
    ended = datetime.fromtimestamp(int(readings.time_ms[-1]) / 1000, tz=UTC)
    day = clock.beijing_day(ended)
    with clock.moved_to(ended + _FILED_AFTER):
        return record_synthetic(
            by=crew,
            bureau=cast.bureaus[key],
            readings=readings,
            name=f"{day:%Y%m%d}-{plan.county_code}.synthetic",
            facts=RunFacts(
                route=f"{county}走航（模拟）",
                crew=f"{crew.name}等2人（演示）",
                vehicle=fleet.vehicles[key],
                instrument=fleet.instruments[key],
                synthetic=True,
            ),
        )


def cut_to(readings: Readings, km: Decimal, rule: TrackRule) -> Readings:
    """The opening part of a run that counts exactly `km`, to the metre: its last reading is moved along its step.

    Raises ValueError if the run is shorter.
    """
    wanted = float(km) * 1000
    driven = np.cumsum(steps(readings, rule).metres)
    if not len(driven) or driven[-1] < wanted:
        raise ValueError(f"the run is shorter than {km} km")
    after = int(np.searchsorted(driven, wanted))
    part = readings.take(slice(0, int(steps(readings, rule).at[after]) + 1))
    before = float(driven[after - 1]) if after else 0.0
    goal = wanted
    for _ in range(8):
        share = (goal - before) / (float(driven[after]) - before)
        moved = replace(part, lon=_nudged(part.lon, share), lat=_nudged(part.lat, share))
        missing = km - counted_km(moved, rule)
        if abs(missing) < _METRE:
            return moved
        goal += float(missing) * 1000
    raise ValueError(f"no cut of the run counts exactly {km} km")


def counted_km(readings: Readings, rule: TrackRule) -> Decimal:
    """The kilometres a run of these readings will count: the sum of its segments."""
    place = CountyPlacer()(readings.lat, readings.lon)
    return sum((piece.km for piece in segments(readings, place, rule)), Decimal(0))


def _nudged(degrees: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = degrees.copy()
    moved[-1] = moved[-2] + share * (moved[-1] - moved[-2])
    return moved
