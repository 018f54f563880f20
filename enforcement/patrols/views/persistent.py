"""Persistent locations: the list of a county, and one with its history."""

from typing import Any
from uuid import UUID

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.patrols import series
from enforcement.patrols.models import HotSpot, HotSpotPlace, PersistentLocation
from enforcement.patrols.source_forms import LocationFilter
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Invalid
from regions.gatekeeper import business, policy

from .visitor import officer_of

SIZE = 40
#: Hot spots of one location shown and drawn, the newest.
SHOWN = 200


@policy(business("hot-spots"))
@require_safe
def persistent(request: HttpRequest) -> HttpResponse:
    form = LocationFilter(request.GET, officer=officer_of(request))
    found = form.narrow(PersistentLocation.objects.visible_to(officer_of(request))).select_related("division")
    trouble, order = "", ["-found_at", "-id"]
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = keyset.page(found, order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(found, order, SIZE)
    context = {
        "form": form,
        "trouble": trouble,
        "locations": page.rows,
        "points": [
            {"lon": one.lon, "lat": one.lat, "label": str(one), "tone": "late", "url": one.get_absolute_url()}
            for one in page.rows
        ],
        "empty": {},
        "filtered": bool(form.in_use()),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "patrols/persistent.html", context)


@policy(business("hot-spots"))
@require_safe
def persistent_one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One location; of its hot spots those the officer may see."""
    found = (
        PersistentLocation.objects.visible_to(officer_of(request)).select_related("division", "rule").filter(pk=pk)
    ).first()
    if found is None:
        raise Http404
    spots = list(
        HotSpot.objects.visible_to(officer_of(request))
        .filter(place__location=found)
        .select_related("run", "division", "place")
        .with_quality()
        .order_by("-peak_at", "-id")[:SHOWN]
    )
    context: dict[str, Any] = {
        "location": found,
        "spots": spots,
        "facts": _facts(found),
        "told": tell(events_of("persistentlocation", found.pk)),
        "charts": _charts(spots),
        "points": [{"lon": one.lon, "lat": one.lat, "label": str(one), "tone": "late"} for one in spots],
        "empty": {},
        "synthetic": found.synthetic,
    }
    return render(request, "patrols/persistent_one.html", context)


def _facts(found: PersistentLocation) -> list[dict[str, Any]]:
    return [
        {"label": _("所在区划"), "value": str(found.division or _("省外"))},
        {"label": _("经纬度（WGS-84）"), "value": f"{found.lon:.5f}, {found.lat:.5f}"},
        {"label": _("首次出现"), "value": found.first_on.isoformat() if found.first_on else None},
        {"label": _("最近出现"), "value": found.last_on.isoformat() if found.last_on else None},
        {"label": _("判定规则"), "value": _("%(m)d 米内 %(within)d 天出现 %(days)d 天及以上（%(rule)s）") % {
            "m": round(found.rule.radius_m), "within": found.rule.within_days, "days": found.rule.min_days,
            "rule": found.rule}, "wide": True},
    ]  # fmt: skip


def _charts(spots: list[HotSpot]) -> list[series.SeriesChart]:
    """The peaks over the days, one chart for each channel and unit; a single day is no series."""
    charts = []
    for channel, unit in sorted({(one.channel, one.unit) for one in spots}):
        own = sorted((one for one in spots if (one.channel, one.unit) == (channel, unit)), key=lambda one: one.peak_at)
        if len({one.place.day for one in own}) < 2:
            continue
        times = np.array([int(one.peak_at.timestamp() * 1000) for one in own])
        charts.append(series.chart(_("%(channel)s峰值") % {"channel": channel}, unit, times,
                                   np.array([one.peak for one in own]), None, []))  # fmt: skip
    return charts


def locations_of(spots: list[Any]) -> dict[Any, PersistentLocation]:
    """The standing location of each hot spot that belongs to one: who sees the hot spot sees it. One statement."""
    places = HotSpotPlace.objects.filter(
        hot_spot__in=[spot.pk for spot in spots], out=False, location__lapsed=False
    ).select_related("location__division")
    return {place.hot_spot_id: place.location for place in places if place.location is not None}
