"""A run looked at with another version of the rules. A page to read: nothing changes by it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.issues.models import Severity
from enforcement.patrols import actions
from enforcement.patrols.models import HotSpotRule
from enforcement.patrols.tracks import judging
from enforcement.patrols.tracks.hotspots import Dropped
from enforcement.patrols.tracks.judging import FoundHotSpot
from enforcement.timeline import clock
from regions.errors import DomainError
from regions.gatekeeper import business, policy

from .runs import find
from .visitor import officer_of

#: Stretches shown that are no hot spots: a noisy channel may have thousands.
SHOWN = 200


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
    return {**_shown(spot, rule.unit), "why": _why(one, spot, rule)}


def _why(one: Dropped, spot: FoundHotSpot, rule: HotSpotRule) -> str:
    """Why a stretch above the limits, described, is no hot spot: its number beside the rule's."""
    words = {
        judging.SHORT: _("超限 %(n).0f 秒，不足 %(limit)g 秒") % {"n": spot.over_s, "limit": rule.min_duration_s},
        judging.IDLE: _("行驶中超限 %(n).0f 秒，不足 %(limit)g 秒，可能是自身尾气")
        % {"n": spot.over_s - spot.standing_s, "limit": rule.min_moving_s},
        judging.CALM: _("静风：平均风速 %(n).1f m/s，低于 %(limit)g m/s")
        % {"n": one.wind_ms or 0, "limit": rule.calm_ms},
        judging.SLOW: _("过慢：平均车速 %(n).1f km/h，低于 %(limit)g km/h")
        % {"n": one.kmh or 0, "limit": rule.slow_kmh},
        judging.FAST: _("过快：平均车速 %(n).1f km/h，高于 %(limit)g km/h")
        % {"n": one.kmh or 0, "limit": rule.fast_kmh},
        judging.TRAFFIC: _("形状像路过的尾气，不像烟羽"),
    }
    return str(words[one.why])
