"""The ground the filing form's map shows: the counties of one's own posts and secondments, and the sites known there."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from enforcement.timeline import clock
from regions import cartography
from regions.directory import sites_for
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Division, Officer

#: More dots than this say nothing and cost a phone its battery.
MOST_SITES = 1_000


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
    codes = dict(Division.objects.filter(pk__in=posts | lent).values_list("pk", "code"))
    own = sorted(code for pk in posts if (code := codes.get(pk)))
    away = sorted(code for pk in lent if (code := codes.get(pk)))
    everywhere = any(code.endswith("0000") for code in [*own, *away])
    return [] if everywhere else [*own, *away], away or _smallest(own)


def _smallest(codes: list[str]) -> list[str]:
    """Counties before cities, cities before the province: a code ends with noughts for each level above."""
    least = min((_noughts(code) for code in codes), default=0)
    return [code for code in codes if _noughts(code) == least]


def _noughts(code: str) -> int:
    return len(code) - len(code.rstrip("0")) if code.endswith("00") else 0
