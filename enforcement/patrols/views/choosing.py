"""The hot spot chosen on a run's page: what lay upwind of it, drawn and in words, and its next step to take at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.findings.models import Finding
from enforcement.findings.views.sheet import steps_of
from enforcement.patrols import suspicion
from enforcement.patrols.lifecycle import MOVES
from enforcement.patrols.models import HotSpot, Tracing
from enforcement.patrols.review_forms import ReviewForm

from .visitor import officer_of

#: Candidates shown with their reasons, and drawn.
SHOWN = 3
#: Steps of a finding that bring it on towards its bureau; others stand on its own page.
ONWARD = ("submit", "confirm", "hand_off", "promote")
#: Degrees kept free around what the map shows of a hot spot looked at closely.
MARGIN = 0.004


def choose(request: HttpRequest, spots: Sequence[Any], findings: Mapping[Any, Finding]) -> dict[str, Any]:
    """The hot spot asked for (`?spot=3`), else the first in rank with a step for this officer, else the first.

    `spots` are ranked, each with its `run`, its newest `upwind` (`suspicion.Told` or None) and `promote_url`.
    """
    if not spots:
        return {}
    wanted = request.GET.get("spot", "")
    asked = next((spot for spot in spots if str(spot.number) == wanted), None)
    # Asked of one after the other: a run may have two thousand.
    waiting = (
        spot for spot in spots
        if getattr(spot, "promote_url", "") or _steps(request, findings.get(spot.finding_id))
    )  # fmt: skip
    spot = asked or next(waiting, spots[0])
    return {
        "chosen": {
            "spot": spot,
            "told": spot.upwind,
            "suspects": spot.upwind.suspects[:SHOWN] if spot.upwind else [],
            "hidden": suspicion.hidden_words(spot.upwind.hidden) if spot.upwind and spot.upwind.hidden else "",
            "steps": _steps(request, findings.get(spot.finding_id)),
            "finding": findings.get(spot.finding_id),
            **_review(request, spot),
        },
        "close": asked is not None,
    }


def _steps(request: HttpRequest, finding: Finding | None) -> list[dict[str, Any]]:
    if finding is None:
        return []
    return [step for step in steps_of(finding, officer_of(request))["allowed"] if step["offer"].action in ONWARD]


def _review(request: HttpRequest, spot: Any) -> dict[str, Any]:
    """The form that makes it a finding, filled in with what is suggested; nothing for who may not."""
    if not getattr(spot, "promote_url", ""):
        return {}
    first = {"version": spot.version, "back": "run"}
    suspects = spot.upwind.suspects if spot.upwind else []
    form = ReviewForm("promote", spot, officer_of(request), suspects=suspects, short=True, initial=first)
    return {
        "form": form,
        "act_url": spot.promote_url,
        "whole_url": spot.promote_url,
        "others": [
            (MOVES[action].label, reverse("patrols:act", args=[spot.pk, action]))
            for action in ("join", "propose_dismissal")
        ],
    }


def draw(context: dict[str, Any], point: dict[str, Any] | None) -> None:
    """Puts the chosen hot spot's sector on both maps of the page, and shows it closely where it was asked for.

    `point` is the hot spot as the maps draw it; it may be of another channel than theirs.
    """
    sectors = _sectors(context.get("chosen", {}))
    if point is not None and point not in context["points"]:
        context["points"].append(point)
    context |= {"sectors": sectors, "marks": _legend(sectors, context["points"]), "within": "points"}
    context["map_data"]["sectors"] = sectors
    if context.get("close"):
        west, south, east, north = context["within"] = _box(context["chosen"]["spot"], sectors)
        context["map_data"]["view"] = [[south, west], [north, east]]


def _sectors(chosen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The chosen hot spot's sector and first candidates as both maps draw them; none where the wind gave none."""
    told = chosen.get("told")
    tracing: Tracing | None = told.tracing if told else None
    if tracing is None or not tracing.outline:
        return []
    return [
        {
            "outline": tracing.outline,
            "label": _("%(spot)s的上风向扇区") % {"spot": chosen["spot"]},
            "candidates": [
                {"lon": one.site.lon, "lat": one.site.lat, "rank": one.rank,
                 "label": f"{one.rank}. {one.site.name}", "text": one.reasons}
                for one in chosen["suspects"]
            ],
        }
    ]  # fmt: skip


def _box(spot: HotSpot, sectors: Sequence[Mapping[str, Any]]) -> tuple[float, float, float, float]:
    """West, south, east, north of what the map shows of one hot spot looked at closely."""
    points = [(spot.lon, spot.lat), *((lon, lat) for one in sectors for lon, lat in one["outline"])]
    points += [(c["lon"], c["lat"]) for one in sectors for c in one["candidates"]]
    lons, lats = zip(*points, strict=True)
    return min(lons) - MARGIN, min(lats) - MARGIN, max(lons) + MARGIN, max(lats) + MARGIN


def _legend(sectors: Sequence[Mapping[str, Any]], points: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What the shapes on the map mean, of those that are drawn."""
    open_ = [point["tone"] == "late" for point in points]
    shown = {
        "spot": (any(open_), _("待研判的热点")),
        "decided": (not all(open_), _("已有结果的热点")),
        "sector": (bool(sectors), _("上风向扇区")),
        "candidate": (any(one["candidates"] for one in sectors), _("候选点位（数字为名次）")),
    }
    return [{"mark": mark, "label": label} for mark, (drawn, label) in shown.items() if drawn]
