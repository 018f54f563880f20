"""Hot spots found before any kept a picture of its series get theirs, from the readings their run keeps."""

from __future__ import annotations

from contextlib import suppress

from enforcement.patrols.actions.grouping import groups_of, judged_channel
from enforcement.patrols.actions.keeping import readings_of
from enforcement.patrols.models import HotSpot, PatrolRun
from enforcement.patrols.tracks.glimpses import glimpse


def picture_run(run: PatrolRun) -> int:
    """Fills the pictures its hot spots lack and gives how many. Raises Absent, Conflict when its readings are gone or altered.

    The database lets an empty one be filled once: of two who do it at once one does. Where nothing can be drawn it stays empty.
    """
    spots = list(run.hot_spots.filter(series={}).select_related("rule"))
    readings, rules = readings_of(run), {spot.rule for spot in spots}
    summed, judged, filled = groups_of(rules), {}, 0
    for rule in rules:
        with suppress(KeyError):  # a group's species are called otherwise today
            judged[rule] = judged_channel(readings, rule, summed.get(rule.pk))
    for spot in spots:
        if spot.rule in judged and (kept := glimpse(readings, judged[spot.rule], spot.first_index, spot.last_index)):
            filled += HotSpot.objects.filter(pk=spot.pk, series={}).update(series=kept)
    return filled
