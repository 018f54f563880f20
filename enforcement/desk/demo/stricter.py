"""A drive in a calm, and fast on its way back: what stricter rules wouldn't take for a hot spot is seen where it is judged again."""

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from enforcement.desk.demo import bureaus, drives
from enforcement.desk.demo.drives import Fleet
from enforcement.desk.demo.people import Cast
from enforcement.desk.demo.sites import Works
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.patrols.tracks.readings import WIND_SPEED, Readings
from enforcement.timeline import clock
from enforcement.timeline.clock import BEIJING

COUNTY, SEED, KM = "140213", 77, 16.0
#: Of the wind what is left in the calm; how many times faster the way back is driven.
CALM, FASTER = 0.1, 2.8


def load(cast: Cast, works: Works, fleet: Fleet) -> PatrolRun:
    """Puts the drive on record, five days ago."""
    day = clock.today() - timedelta(days=5)
    began = datetime(day.year, day.month, day.day, 6, 30, tzinfo=BEIJING)
    plan = PatrolPlan(COUNTY, int(began.timestamp() * 1000), KM, SEED)
    readings = calm_then_fast(patrol(plan, works.sources[COUNTY]))
    return drives.keep(plan, readings, bureaus.firm(0), "平城区清晨静风", cast, fleet)


def calm_then_fast(readings: Readings) -> Readings:
    """The first quarter in next to no wind, the rest at almost three times the speed."""
    calm = len(readings) // 4
    values = []
    for channel, column in zip(readings.channels, readings.values, strict=True):
        changed = np.array(column, dtype=np.float64)
        if channel.role == WIND_SPEED:
            changed[:calm] = (changed[:calm] * CALM).round(1)
        values.append(changed)
    time_ms, speed = readings.time_ms.copy(), readings.speed_kmh.copy()
    time_ms[calm:] = time_ms[calm] + ((time_ms[calm:] - time_ms[calm]) / FASTER).astype(np.int64)
    speed[calm:] = (speed[calm:] * FASTER).round(1)
    return replace(readings, time_ms=time_ms, speed_kmh=speed, values=tuple(values))
