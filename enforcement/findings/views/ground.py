"""The ground the filing form's map shows: the counties of one's own posts and secondments, and the sites known there."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from enforcement.timeline import clock
from regions import cartography
from regions.directory import sites_for
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Division, Officer
from regions.models.places import Level

#: More dots than this say nothing and cost a phone its battery.
MOST_SITES = 1_000
_HEIGHT = {Level.ZONE: 0, Level.COUNTY: 0, Level.CITY: 1, Level.PROVINCE: 2}


@policy(business("findings"))
@require_safe
def ground(request: OfficerRequest) -> HttpResponse:
    """JSON for `map.js`: boundaries, view and points (the sites this officer may choose among). Two statements."""
    sites = sites_for(request.user).order_by("pk").values("name", "address", "lon", "lat")[:MOST_SITES]
    points = [
        {"lon": site["lon"], "lat": site["lat"], "label": site["name"], "text": site["address"], "tone": "quiet"}
        for site in sites
    ]
    homes, opens_on = _homes(request.user)
    answer: dict[str, Any] = {**cartography.ground(homes, opens_on), "points": points}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


def _homes(officer: Officer) -> tuple[list[str], list[str]]:
    """Codes of the divisions an officer works in today, and of those the map opens on: where one is lent to, otherwise the

    smallest one posts are in. A province has no outline among them: all of it is shown.
    """
    day = clock.today()
    posts = {posting.bureau.division_id for posting in officer.postings_on(day)}
    lent = {row.division_id for row in officer.secondments_on(day) if row.division_id}
    near = {d.pk: d for d in Division.objects.filter(pk__in=posts | lent).exclude(code="").only("code", "level")}
    own, away = (sorted((near[pk] for pk in keys & near.keys()), key=lambda d: d.code) for keys in (posts, lent))
    everywhere = any(division.level == Level.PROVINCE for division in near.values())
    opens_on = [division.code for division in away or _smallest(own)]
    return [] if everywhere else [division.code for division in [*own, *away]], opens_on


def _smallest(divisions: list[Division]) -> list[Division]:
    """Counties and zones before cities, cities before the province."""
    least = min((_HEIGHT[Level(division.level)] for division in divisions), default=0)
    return [division for division in divisions if _HEIGHT[Level(division.level)] == least]
