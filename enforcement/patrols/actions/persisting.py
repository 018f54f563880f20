"""Hot spots of several days at one place become a persistent location; what is voided or dismissed leaves it.

Whoever changes what lies in a cell holds the locks of its tile and of those beside it, taken in rising order: two imports
past the same place can't both found a location, and can't wait for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import (
    HotSpot,
    HotSpotPlace,
    PatrolRun,
    PersistenceRule,
    PersistentLocation,
)
from enforcement.patrols.tracks.persistence import Place, around, cell_of, centre, gathered, metres, tiles_of
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions.models import Bureau, Officer

#: The first half of the advisory locks' key: this purpose and no other.
LOCK = 7_100


def gather(spots: Sequence[HotSpot], bureau: Bureau) -> None:
    """Puts new hot spots into the grid, and together with what lies there. Within the caller's transaction."""
    if not spots:
        return
    rule = PersistenceRule.in_force(clock.today())
    new = [_place(spot) for spot in spots]
    cells = [cell_of(one.lon, one.lat) for one in new]
    _lock(cells)
    HotSpotPlace.objects.bulk_create(
        HotSpotPlace(hot_spot_id=one.key, x=cell[0], y=cell[1], day=one.day)
        for one, cell in zip(new, cells, strict=True)
    )
    free, locations = _near(cells)
    changed: dict[Any, PersistentLocation] = {}
    synthetic = spots[0].run.synthetic
    divisions = {spot.pk: spot.division for spot in spots}
    for place in new:
        own = [one for one in locations if metres(place, one.lon, one.lat) <= one.rule.radius_m]
        if own:
            location = min(own, key=lambda one: metres(place, one.lon, one.lat))
            joined = [place]
        else:
            joined = gathered(place, free, rule.radius_m, rule.within_days, rule.min_days)
            if not joined:
                continue
            location = _found(joined, rule, divisions[place.key], synthetic)
            locations.append(location)
        HotSpotPlace.objects.filter(pk__in=[one.key for one in joined]).update(location=location)
        taken = {one.key for one in joined}
        free = [one for one in free if one.key not in taken]
        changed[location.pk] = location
    for location in changed.values():
        location.version += 1
        _recount(location)
        kind = "location_found" if location.version == 1 else "location_seen"
        _told(location, kind, by=None, bureau=bureau)


def take_out(spots: Sequence[HotSpot], *, by: Officer, bureau: Bureau) -> None:
    """Voided or dismissed hot spots count no more. Within the caller's transaction."""
    rows = list(HotSpotPlace.objects.filter(hot_spot__in=[spot.pk for spot in spots], out=False))
    if not rows:
        return
    keys = {row.location_id for row in rows if row.location_id}
    # Some of a location's founders lie farther from its centre than whoever joins it later.
    centres = list(PersistentLocation.objects.filter(pk__in=keys).values_list("x", "y"))
    _lock([*((row.x, row.y) for row in rows), *centres])
    HotSpotPlace.objects.filter(pk__in=[row.pk for row in rows]).update(out=True)
    for location in PersistentLocation.objects.select_related("rule").filter(pk__in=keys).order_by("pk"):
        location.version += 1
        _recount(location)
        _told(location, "location_left", by=by, bureau=bureau)


def gather_earlier(limit: int | None = None) -> int:
    """Puts hot spots of runs imported before there was a grid into it, oldest run first; gives how many. Idempotent."""
    runs = PatrolRun.objects.valid().filter(hot_spots__place=None, hot_spots__isnull=False).distinct()
    done = 0
    for run in runs.select_related("bureau").order_by("started_at", "id")[:limit]:
        with transaction.atomic():
            locked = PatrolRun.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=run.pk)
            if locked.voided_at is not None:
                continue
            missing = locked.hot_spots.filter(place=None).exclude(fate__in=[Fate.DISMISSED, Fate.VOID])
            spots = list(missing.select_related("division", "run").order_by("number"))
            gather(spots, locked.bureau)
            done += len(spots)
    return done


def _place(spot: HotSpot) -> Place:
    return Place(spot.pk, spot.lon, spot.lat, clock.beijing_day(spot.peak_at))


def _lock(cells: Sequence[tuple[int, int]]) -> None:
    """Until the end of the transaction, in rising order. What others did there before is seen by the next statement."""
    keys = tiles_of(cells)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s::bigint << 48 | k) FROM (SELECT unnest(%s::bigint[]) AS k ORDER BY 1) AS t",
            [LOCK, keys],
        )


def _near(cells: Sequence[tuple[int, int]]) -> tuple[list[Place], list[PersistentLocation]]:
    """The counting hot spots without a location, and the locations, in the cells and beside them."""
    wanted = {cell for own in cells for cell in around(own)}
    columns, rows = sorted({x for x, _y in wanted}), sorted({y for _x, y in wanted})
    places = HotSpotPlace.objects.filter(x__in=columns, y__in=rows, out=False, location=None).select_related("hot_spot")
    free = [Place(row.pk, row.hot_spot.lon, row.hot_spot.lat, row.day) for row in places if (row.x, row.y) in wanted]
    found = PersistentLocation.objects.filter(x__in=columns, y__in=rows).select_related("rule").order_by("pk")
    return free, [one for one in found if (one.x, one.y) in wanted]


def _found(group: Sequence[Place], rule: PersistenceRule, division: Any, synthetic: bool) -> PersistentLocation:
    lon, lat = centre(group)
    x, y = cell_of(lon, lat)
    return PersistentLocation.objects.create(
        division=division, rule=rule, lon=lon, lat=lat, x=x, y=y, found_at=clock.now(), days=0, spots=0, version=0,
        synthetic=synthetic,
    )  # fmt: skip


def _recount(location: PersistentLocation) -> None:
    """Its sums from the hot spots that count; a location with too few days left has lapsed."""
    days = list(location.places.filter(out=False).values_list("day", flat=True))
    location.days, location.spots = len(set(days)), len(days)
    location.first_on, location.last_on = (min(days), max(days)) if days else (None, None)
    location.lapsed = location.days < location.rule.min_days


def _told(location: PersistentLocation, kind: str, *, by: Officer | None, bureau: Bureau) -> None:
    location.save()
    record(
        location, kind, by=by, bureau=bureau, days=location.days, spots=location.spots, lapsed=location.lapsed,
        rule=location.rule_id,
    )  # fmt: skip
