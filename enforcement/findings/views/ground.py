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
    answer: dict[str, Any] = {**cartography.ground(_homes(request.user)), "points": points}
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})


def _homes(officer: Officer) -> list[str]:
    """Codes of the divisions an officer works in today. A province's has no outline among them: all of it is shown."""
    day = clock.today()
    keys = {posting.bureau.division_id for posting in officer.postings_on(day)}
    keys |= {lent.division_id for lent in officer.secondments_on(day) if lent.division_id}
    codes = list(Division.objects.filter(pk__in=keys).values_list("code", flat=True))
    return [] if any(code.endswith("0000") for code in codes) else [code for code in codes if code]
