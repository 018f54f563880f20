"""The maps of planned routes: what was planned and how much of it was driven; and the board a route is drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from enforcement.patrols import actions, pictures
from enforcement.patrols.driven import RouteDriven
from enforcement.patrols.models import PatrolCampaign, PatrolRun, PlannedRoute
from enforcement.patrols.tracks.route import joined, piece_of
from regions import cartography
from regions.errors import DomainError
from regions.models import Officer

Box = tuple[float, float, float, float]
#: A line of (lon, lat) and the colour class it is drawn in.
Drawn = tuple[Any, int]
#: Colour classes of what is planned, what of it was driven, and roads driven at other times.
PLANNED, DRIVEN, OTHER = 2, 5, 1
#: Routes drawn on a campaign's map; earlier runs under the board.
MOST_ROUTES, MOST_RUNS = 12, 2


def routes_map(driven: Sequence[RouteDriven]) -> dict[str, Any]:
    """The routes of a campaign, the parts driven by its runs over them; a live map and one to print."""
    lines = [(one.route.line, PLANNED) for one in driven[:MOST_ROUTES]]
    for one in driven[:MOST_ROUTES]:
        parts = joined(span for note in one.notes for span in note.spans or ())
        lines += [(piece_of(one.route.line, *part), DRIVEN) for part in parts]
    return {
        **_map(lines, [_start(one.route) for one in driven[:MOST_ROUTES]], _home(driven[0].route.campaign)),
        "legend": [{"tone": str(PLANNED), "label": _("计划")}, {"tone": str(DRIVEN), "label": _("已走")}],
    }


def drawing_board(campaign: PatrolCampaign, officer: Officer) -> dict[str, Any]:
    """What a new route is drawn over: the campaign's routes, and where the bureau drove last, as far as one may see it."""
    lines: list[Drawn] = [(route.line, PLANNED) for route in campaign.routes.all()[:MOST_ROUTES]]
    last: list[Drawn] = []
    runs = PatrolRun.objects.visible_to(officer).valid().filter(bureau__in=_bureaus(campaign)).order_by("-started_at")
    for run in runs.select_related("rule")[:MOST_RUNS]:
        try:
            readings = actions.readings_of(run)
        except DomainError:  # the bytes are gone or altered: the run's own page says so
            continue
        flat = np.zeros(len(readings))
        driven = pictures.live_lines(readings, flat, pictures.scale_of(flat), run.rule.value())
        passed = [([position[:2] for position in line["positions"]], OTHER) for line in driven]
        lines += passed
        last = last or passed
    # Looked at from where somebody drove last, if anybody did: from a whole province no road can be clicked.
    return {
        **_map(lines, [], _home(campaign), last),
        "legend": [
            {"tone": str(PLANNED), "label": _("已有计划路线")},
            {"tone": str(OTHER), "label": _("最近走航经过")},
        ],
    }


def _bureaus(campaign: PatrolCampaign) -> list[int]:
    """The campaign's bureau and its contractors."""
    return [campaign.bureau_id, *campaign.bureau.children.values_list("pk", flat=True)]


def _home(campaign: PatrolCampaign) -> Box:
    """The division of the campaign's bureau, west, south, east, north; the province where it has no outline."""
    try:
        return cartography.division_frame(campaign.bureau.division.code).bounds
    except KeyError:
        return cartography.province_frame().bounds


def _map(lines: Sequence[Drawn], points: list[dict[str, Any]], home: Box, near: Sequence[Drawn] = ()) -> dict[str, Any]:
    """A live map and one to print of these lines, looked at from some of them; of home without any."""
    west, south, east, north = _around(near or lines) if lines else home
    return {
        "data": {
            "boundaries": pictures.nearby(cartography.geojson("county"), _around(lines) if lines else home),
            "points": points,
            "tracks": [{"positions": [[*position, step] for position in line]} for line, step in lines],
            "view": [[south, west], [north, east]],
        },
        "paper": [{"positions": line, "step": step} for line, step in lines],
        "within": (west, south, east, north),
    }


def _around(lines: Sequence[Drawn]) -> Box:
    corners = np.array([position for line, _step in lines for position in line])
    (west, south), (east, north) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    return west, south, east, north


def _start(route: PlannedRoute) -> dict[str, Any]:
    lon, lat = route.line[0]
    return {"lon": lon, "lat": lat, "label": _("%(name)s 起点") % {"name": route.name}, "tone": "quiet"}
