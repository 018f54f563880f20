"""How near the filer's vehicle was to a finding, by its own track at that time."""

from datetime import UTC, datetime, timedelta

import numpy as np

from enforcement.findings.models import Finding
from enforcement.findings.tracks import Nearness
from enforcement.issues.models import Source
from enforcement.patrols.actions.keeping import readings_of
from enforcement.patrols.models import PatrolRun
from regions.coordinates import distance_m
from regions.errors import DomainError
from regions.models import Officer

#: A run counts for what was found this long before its first reading or after its last.
MARGIN = timedelta(minutes=5)


def track_of(finding: Finding, officer: Officer) -> Nearness | None:
    """The reading nearest in time among the filer's valid runs the officer sees. One statement, and the run's readings."""
    if finding.source != Source.PATROL:
        return None
    at = finding.occurred_at
    runs = PatrolRun.objects.valid().visible_to(officer).filter(bureau=finding.filer_id)
    run = runs.filter(started_at__lte=at + MARGIN, ended_at__gte=at - MARGIN).order_by("-imported_at").first()
    if run is None:
        return None
    try:
        readings = readings_of(run)
    except DomainError:  # the bytes are gone or altered: the run's own page says so
        return None
    if not len(readings):
        return None
    place = int(np.argmin(np.abs(readings.time_ms - round(at.timestamp() * 1000))))
    metres = round(float(distance_m(finding.lon, finding.lat, readings.lon[place], readings.lat[place])))
    moment = datetime.fromtimestamp(int(readings.time_ms[place]) / 1000, UTC)
    return Nearness(metres, moment, run.title, run.get_absolute_url())
