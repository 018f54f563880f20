"""A run looked at with another version of the rules. A page to read: nothing changes by it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.issues.models import Severity
from enforcement.patrols import actions
from enforcement.patrols.dropping import SHOWN, why_dropped
from enforcement.patrols.models import HotSpotRule
from enforcement.patrols.tracks.hotspots import Dropped
from enforcement.patrols.tracks.judging import FoundHotSpot
from enforcement.timeline import clock
from regions.errors import DomainError
from regions.gatekeeper import business, policy

from .runs import find
from .visitor import officer_of


@policy(business("patrols"))
@require_safe
def rejudge(request: HttpRequest, pk: UUID) -> HttpResponse:
    run = find(request, pk)
    rules = actions.rules_for(run)
    wanted = request.GET.get("rule", "")
    rule = next((one for one in rules if str(one.pk) == wanted), rules[0] if rules else None)
    context: dict[str, Any] = {
        "run": run,
        "rule": rule,
        "tabs": [{"label": str(one), "url": f"?rule={one.pk}", "active": one is rule} for one in rules],
    }
    if rule is not None:
        try:
            found = actions.rejudge(run, rule, officer_of(request))
        except DomainError as error:
            context["trouble"] = str(error)
        else:
            context |= {
                "found": found,
                "new": [_shown(one, rule.unit) for one in found.new],
                "dropped": [_shown_dropped(one, rule) for one in found.dropped[:SHOWN]],
                "dropped_count": len(found.dropped),
                "kept": [{"spot": spot, **_shown(one, rule.unit)} for spot, one in found.kept],
            }
    return render(request, "patrols/rejudge.html", context)


def _shown(one: FoundHotSpot, unit: str) -> dict[str, Any]:
    begins = datetime.fromtimestamp(one.started_ms / 1000, tz=UTC).astimezone(clock.BEIJING)
    return {
        "time": f"{begins:%H:%M:%S}",
        "place": f"{one.lon:.5f}, {one.lat:.5f}",
        "peak": f"{one.peak:.4g} {unit}",
        "ratio": f"{one.ratio:.1f}",
        "seconds": f"{one.over_s:.0f}",
        "severity": Severity(one.severity).label if one.severity else "",
    }


def _shown_dropped(one: Dropped, rule: HotSpotRule) -> dict[str, Any]:
    spot = one.described()
    return {**_shown(spot, rule.unit), "why": why_dropped(one, spot, rule)}
