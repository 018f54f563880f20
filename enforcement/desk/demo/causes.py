"""What became of hot spots after their issues were closed: causes found on the ground, and one stretch driven again."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from enforcement.desk.demo import bureaus
from enforcement.desk.demo.people import Cast
from enforcement.patrols import actions
from enforcement.patrols.models import HotSpot, PatrolRun
from enforcement.patrols.tracks.readings import Readings
from enforcement.timeline import clock
from regions.roles import Role

#: Of the closed issues' hot spots every so many has its cause on record; some were no registered site.
EVERY, MOST, UNREGISTERED_EVERY = 5, 30, 9
#: What the excess came down to when the stretch was driven again, some weeks later, and how much of the drive is repeated.
LEFT, WEEKS, AROUND_MS = 0.2, timedelta(days=42), 12 * 60_000
#: A plume beside the road is no example of a stretch (ppb).
LOUDEST = 4000
#: Two more are planned: days from today by which.
DUE_IN = (-3, 2)
#: Driven after the summer whose kilometres were published.
NOT_BEFORE = date(2021, 8, 16)


def load(cast: Cast) -> None:
    """Some 250 statements."""
    behind = HotSpot.objects.filter(finding__issue__closed_at__isnull=False, finding__site__isnull=False)
    spots = list(
        behind.select_related("run__bureau__parent", "run__instrument", "run__vehicle", "run__rule", "rule", "division",
                              "finding__site__division", "finding__issue").order_by("peak_at", "id")
    )  # fmt: skip
    for number, spot in enumerate(spots[::EVERY][:MOST]):
        _confirm(cast, spot, unregistered=number % UNREGISTERED_EVERY == UNREGISTERED_EVERY - 1)
    plain = sorted((one for one in spots if one.peak < LOUDEST), key=lambda one: -one.peak)[:40]
    done = next((spot for spot in plain if _drive_again(cast, spot)), None)
    left, firm = list(DUE_IN), cast.bureaus[bureaus.firm(0)]
    for spot in (one for one in spots if one.run.bureau_id == firm.pk and one != done):
        if left and _plan(cast, spot, left[0]):
            del left[0]


def _confirm(cast: Cast, spot: HotSpot, *, unregistered: bool) -> None:
    """By a handler of the county the site lies in, where that county answered for the issue."""
    finding = spot.finding
    assert finding is not None
    assert finding.issue is not None
    assert finding.site is not None
    parts = finding.issue.responsibilities.live().select_related("bureau")
    bureau = next((p.bureau for p in parts if p.bureau.division_id == finding.site.division_id), None)
    handlers = cast.officers.get((cast.key_of(bureau), Role.HANDLER)) if bureau else None
    if not handlers or finding.issue.closed_at is None:
        return
    with clock.moved_to(finding.issue.closed_at):
        if unregistered:
            note = "现场查实为相邻院内未登记的露天喷涂作业（演示）"
            actions.confirm_cause(spot, by=handlers[0], kind="unregistered", note=note)
        else:
            actions.confirm_cause(
                spot, by=handlers[0], kind="site", site=finding.site, note="现场核实与线索一致（演示）"
            )


def _drive_again(cast: Cast, spot: HotSpot) -> bool:
    """Planned by those who drove, driven with the source mostly gone, and decided by the department they work for."""
    firm = spot.run.bureau
    principal = firm.parent or firm
    leaders = cast.officers.get((cast.key_of(principal), Role.DISPATCHER))
    finding = spot.finding
    if not leaders or finding is None or finding.issue is None or finding.issue.closed_at is None:
        return False
    if clock.beijing_day(finding.issue.closed_at + WEEKS) < NOT_BEFORE:
        return False
    inspector = cast.officer(cast.key_of(firm), Role.INSPECTOR)
    issue, closed = finding.issue, finding.issue.closed_at
    if spot.pk not in {one.pk for one in actions.spots_of(issue, inspector)}:
        return False
    with clock.moved_to(closed + timedelta(days=3)):
        plan = actions.plan_redrive(issue, spot, by=inspector, due_on=clock.today() + WEEKS, crew="复测组（演示）")
    readings = _weaker(actions.readings_of(spot.run), spot, closed + WEEKS - spot.peak_at)
    with clock.moved_to(closed + WEEKS + timedelta(hours=1)):
        run = _kept(cast, spot.run, readings)
        measured = actions.measure_redrive(plan, run, by=inspector)
        actions.decide_redrive(measured, by=leaders[0], verdict=measured.proposal)
    return True


def _plan(cast: Cast, spot: HotSpot, days: int) -> bool:
    """Planned some weeks ago by those who drove, to be driven within some days from today, or since so many; and not driven."""
    inspector = cast.officer(cast.key_of(spot.run.bureau), Role.INSPECTOR)
    issue = spot.finding.issue if spot.finding else None
    if issue is None or spot.pk not in {one.pk for one in actions.spots_of(issue, inspector)}:
        return False
    due_on = clock.today() + timedelta(days=days)
    with clock.moved_to(clock.now() - WEEKS):
        actions.plan_redrive(issue, spot, by=inspector, due_on=due_on, crew="复测组（演示）")
    return True


def _kept(cast: Cast, earlier: PatrolRun, readings: Readings) -> PatrolRun:
    return actions.record_synthetic(
        by=cast.officer(cast.key_of(earlier.bureau), Role.INSPECTOR), bureau=earlier.bureau, readings=readings,
        name=f"redrive-{earlier.source_name}",
        facts=actions.RunFacts(f"{earlier.route}·复测", "复测组（演示）", earlier.vehicle, earlier.instrument, True),
    )  # fmt: skip


def _weaker(readings: Readings, spot: HotSpot, later: timedelta) -> Readings:
    """The minutes around a hot spot, driven again later in the same air with little of its excess left."""
    middle = int(spot.peak_at.timestamp() * 1000)
    part = readings.take(np.abs(readings.time_ms - middle) <= AROUND_MS)
    values = []
    for channel, own in zip(part.channels, part.values, strict=True):
        base = np.nanpercentile(own, 25)
        less = np.round(np.where(own > base, base + LEFT * (own - base), own), 1)
        values.append(own if channel.role else less.astype(np.float64))
    # Whole seconds: an instrument's file has no other.
    shift = round(later.total_seconds()) * 1000
    return replace(part, time_ms=part.time_ms + shift, values=tuple(values))
