"""Runs imported before there were squares get theirs, from the readings they keep."""

from __future__ import annotations

from django.db import transaction

from enforcement.patrols.actions.keeping import keep_squares, readings_of
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.placing import CountyPlacer


def square_run(run: PatrolRun) -> bool:
    """Writes a run's squares; False when it has them already. Of two who ask at once one writes.

    Counties are the rows its segments name: the divisions as they were at its import. Raises Absent, Conflict when its
    readings are gone or altered.
    """
    if run.squares.exists():
        return False
    # What a run keeps never changes: it is read and placed before anybody has to wait for its row.
    readings, placer = readings_of(run), CountyPlacer()
    place = placer(readings.lat, readings.lon)
    with transaction.atomic():
        locked = PatrolRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        if locked.squares.exists():
            return False
        known = {one.division.code: one.division for one in locked.segments.select_related("division") if one.division}
        keep_squares(locked, readings, place, [known.get(code) for code in placer.codes])
    return True
