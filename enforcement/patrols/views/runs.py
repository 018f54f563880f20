"""The list of runs, and the page of one: its track in colours, its series, its hot spots."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import numpy as np
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.findings.models import Finding
from enforcement.patrols import actions, pictures, series, suspicion
from enforcement.patrols.circumstances import calibrations_of, route_words, weather_words
from enforcement.patrols.forms import RunFilter, VoidForm
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, HotSpotRule, PatrolRun, RunSource
from enforcement.patrols.report import photos_of, rank, wind_words
from enforcement.patrols.review_forms import SITES
from enforcement.patrols.tracks.hotspots import background
from enforcement.patrols.tracks.problems import REASONS
from enforcement.patrols.tracks.readings import Channel, Readings
from enforcement.patrols.tracks.wind import arrows
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from enforcement.timeline.telling import events_of, tell
from regions import cartography, keyset
from regions.errors import DomainError, Invalid, Refused
from regions.gatekeeper import business, policy
from regions.roles import Role

from .choosing import choose, draw
from .persistent import locations_of
from .visitor import officer_of

SIZE = 30


def find(request: HttpRequest, pk: UUID) -> PatrolRun:
    """The run, if this officer may see it. Absent and forbidden are the same 404."""
    found = (
        PatrolRun.objects.visible_to(officer_of(request))
        .select_related("bureau__parent", "division", "vehicle", "instrument", "imported_by", "rule")
        .filter(pk=pk)
        .sole()
    )
    if found is None:
        raise Http404
    return found


@policy(business("patrols"))
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    form = RunFilter(request.GET, officer=officer_of(request))
    found = form.narrow(PatrolRun.objects.visible_to(officer_of(request)).valid())
    listed = found.select_related("bureau", "division").with_quality().with_spots()
    trouble, order = "", ["-started_at", "-id"]
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = keyset.page(listed, order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(listed, order, SIZE)
    driven = form.driven(found)
    context = {
        "form": form,
        "trouble": trouble,
        "rows": page.rows,
        "count": found.count(),
        "driven": driven,
        "filtered": bool(form.in_use()),
        "may_upload": bool(officer_of(request).roles_on(clock.today()) & {Role.INSPECTOR, Role.TEAM_LEADER}),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "patrols/runs.html", context)


@policy(business("patrols"))
@require_safe
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: HttpRequest, found: PatrolRun, *, status: int = 200) -> HttpResponse:
    spots = list(found.hot_spots.visible_to(officer_of(request)).select_related("division", "rule").order_by("number"))
    for spot in spots:
        spot.run, spot.quality = found, found.sheet.verdict if found.sheet else None
        offers = actions.available(spot, officer_of(request))
        if any(one.action == "promote" and one.allowed for one in offers):
            spot.promote_url = reverse("patrols:act", args=[spot.pk, "promote"])
    _mark(request, spots)
    ranked, findings = rank(spots), _findings(request, spots)
    chosen = choose(request, ranked, findings)
    context: dict[str, Any] = {
        "run": found,
        "spots": ranked,
        **chosen,
        "facts": [*_facts(found), *_noted(request, found)],
        "problems": [(str(REASONS[code].text), count) for code, count in found.problems.items() if code in REASONS],
        "sources": [_source(one) for one in found.sources.all()],
        "segments": list(found.segments.select_related("division").order_by("-km")),
        "photos": _photos(findings),
        "told": tell(events_of("patrolrun", found.pk)),
        "may_void": found.voided_at is None and _leads(request, found),
        "sheet": found.sheet,
        "calibrations": calibrations_of(found.sheet),
        "may_note": found.voided_at is None and actions.may_note(found, officer_of(request)),
        "may_requalify": found.voided_at is None and actions.may_requalify(found, officer_of(request)),
    }
    try:
        readings = actions.with_groups(actions.readings_of(found), {spot.rule for spot in spots})
    except DomainError as error:
        context["trouble"] = str(error)
    else:
        context |= picture_of(readings, found, spots, request.GET.get("channel", ""))
        draw(context, _point(context["chosen"]["spot"]) if "chosen" in context else None)
        context["wind"] = wind_words(readings)
    return render(request, "patrols/run.html", context, status=status)


def _mark(request: HttpRequest, spots: list[Any]) -> None:
    """Tells each hot spot its standing location and what lay upwind, as far as the officer sees them."""
    locations, newest = locations_of(spots), suspicion.newest(spots)
    channel = {"channel": request.GET["channel"]} if request.GET.get("channel") else {}
    upwind = suspicion.told(list(newest.values()), officer_of(request), most=SITES)
    for spot in spots:
        spot.location = locations.get(spot.pk)
        spot.upwind = upwind[newest[spot.pk].pk] if spot.pk in newest else None
        spot.suspect = spot.upwind.suspects[0] if spot.upwind and spot.upwind.suspects else None
        spot.choose_url = f"?{urlencode({**channel, 'spot': spot.number})}#map"


def _source(one: RunSource) -> dict[str, Any]:
    """A file of the run as the trial read showed it."""
    return {
        "name": one.name,
        "sha256": one.sha256,
        "encoding": one.encoding,
        "rows": one.rows_total,
        "channels": [part[:2] for part in one.channels if not part[2]],
        "conversions": one.conversions,
        "notes": one.notes,
    }


def _findings(request: HttpRequest, spots: list[HotSpot]) -> dict[Any, Finding]:
    """The findings these hot spots became, as far as the officer sees them."""
    ids = [spot.finding_id for spot in spots if spot.finding_id]
    if not ids:
        return {}
    found = Finding.objects.visible_to(officer_of(request)).filter(pk__in=ids)
    return {one.pk: one for one in found.select_related("filer", "receiver")}


def _photos(found: dict[Any, Finding]) -> list[dict[str, Any]]:
    findings = {str(key): one for key, one in found.items()}
    return [
        {
            "url": reverse("timeline:download", args=[photo.pk]),
            "thumb_url": reverse("timeline:thumbnail", args=[photo.pk]),
            "name": findings[photo.subject_id].title,
            "kind": "photo",
            "taken_at": photo.captured_at,
            "size": photo.size,
        }
        for photo in photos_of(findings.values())
    ]


def _channel_label(name: str, unit: str) -> str:
    """A channel with its unit: TVOC（ppb）."""
    return _("%(name)s（%(unit)s）") % {"name": name, "unit": unit} if unit else name


def picture_of(readings: Readings, found: PatrolRun, spots: list[HotSpot], wanted: str) -> dict[str, Any]:
    """Everything the page needs to draw the track and the series of one channel."""
    channel = _chosen(readings, spots, wanted)
    values = readings.value(channel.name) if channel else readings.speed_kmh
    title, unit = (channel.name, channel.unit) if channel else (_("车速"), "km/h")
    rule = found.rule.value()
    scale = pictures.scale_of(values)
    box = pictures.bounds(readings)
    shown = [spot for spot in spots if channel is None or spot.channel.lower() == channel.name.lower()]
    points = [_point(spot) for spot in shown]
    return {
        "channels": [
            {"label": _channel_label(one.name, one.unit), "url": f"?channel={index}#map",
             "active": one is channel}
            for index, one in enumerate(readings.measured())
        ],
        "channel_title": title,
        "channel_index": readings.measured().index(channel) if channel else "",
        "map_data": {
            "boundaries": pictures.nearby(cartography.geojson("county"), box),
            "points": points,
            "tracks": pictures.live_lines(readings, values, scale, rule),
            "view": [[box[1], box[0]], [box[3], box[2]]],
        },
        "legend": scale.labels(unit),
        "empty": {},
        "paper_tracks": pictures.paper_lines(readings, values, scale, rule),
        "points": points,
        "chart": _chart(readings, channel, values, title, unit, shown, found),
    }  # fmt: skip


def _chosen(readings: Readings, spots: list[HotSpot], wanted: str) -> Channel | None:
    """The channel asked for by its number, else the one with hot spots, else TVOC, else the first."""
    measured = readings.measured()
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 and int(wanted) < len(measured):
        return measured[int(wanted)]
    judged = {spot.channel.lower() for spot in spots} | {"tvoc"}
    return next((one for one in measured if one.name.lower() in judged), measured[0] if measured else None)


def _chart(
    readings: Readings,
    channel: Channel | None,
    values: Any,
    title: str,
    unit: str,
    spots: list[HotSpot],
    found: PatrolRun,
) -> series.SeriesChart | None:
    placed = np.flatnonzero(readings.placed())
    if len(placed) < 2:
        return None
    time_ms, shown = readings.time_ms[placed], values[placed]
    rules = HotSpotRule.in_force(clock.beijing_day(found.imported_at))
    rule = rules.get((channel.name.lower(), channel.unit)) if channel else None
    usable = np.where(shown >= 0, shown, np.nan)
    level = background(time_ms, usable, rule.value()) if rule else None
    bands = [
        series.Band(int(readings.time_ms[spot.first_index]), int(readings.time_ms[spot.last_index]), _named(spot),
                    spot.get_absolute_url())
        for spot in spots
        if spot.last_index < len(readings)
    ]  # fmt: skip
    return series.chart(title, unit, time_ms, shown, level, bands)


def _named(spot: HotSpot) -> str:
    return _("热点 %(number)d：峰值 %(peak)s %(unit)s，%(fate)s") % {
        "number": spot.number,
        "peak": f"{spot.peak:g}",
        "unit": spot.unit,
        "fate": spot.get_fate_display(),
    }


def _point(spot: HotSpot) -> dict[str, Any]:
    tones = {Fate.OPEN: "late", Fate.FINDING: "done", Fate.JOINED: "done"}
    return {
        "lon": spot.lon,
        "lat": spot.lat,
        "label": _named(spot),
        "url": spot.get_absolute_url(),
        "tone": tones.get(Fate(spot.fate), "quiet"),
    }


def _noted(request: HttpRequest, found: PatrolRun) -> list[dict[str, Any]]:
    """Campaign, planned route and weather, as the note that counts has them."""
    note = found.note
    if note is None:
        return []
    told: list[dict[str, Any]] = []
    if note.campaign is not None:
        seen = type(note.campaign).objects.visible_to(officer_of(request)).filter(pk=note.campaign_id).exists()
        told.append(
            {
                "label": _("走航专项"),
                "value": note.campaign.name if seen else _("无权查看"),
                "url": note.campaign.get_absolute_url() if seen else "",
            }
        )
        if seen and note.route is not None:
            told.append({"label": _("计划路线"), "value": route_words(note)})
    if words := weather_words(note):
        told.append({"label": _("气象（记录）"), "value": words, "wide": True})
    return told


def _facts(found: PatrolRun) -> list[dict[str, Any]]:
    systems = {"wgs84": "WGS-84", "gcj02": "GCJ-02", "bd09": "BD-09"}
    return [
        {"label": _("单位"), "value": found.bureau.name},
        {"label": _("人员"), "value": found.crew},
        {"label": _("走航车"), "value": str(found.vehicle) if found.vehicle else ""},
        {"label": _("仪器"), "value": str(found.instrument) if found.instrument else ""},
        {"label": _("数据行数"), "value": f"{found.rows_total:,}"},
        {"label": _("省外读数"), "value": f"{found.rows_outside:,}" if found.rows_outside else ""},
        {"label": _("文件"), "value": found.source_name},
        {"label": _("时区与坐标系"), "value": f"{found.time_zone} · {systems.get(found.coordinate_system, '')}"},
        {
            "label": _("导入"),
            "value": f"{found.imported_by.name} {clock.minute(found.imported_at)}",
        },
        {"label": _("数据摘要（SHA-256）"), "value": found.readings_key, "wide": True},
    ]


@policy(business("patrols"))
@require_safe
def track(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Every second of one channel for the page's script: fetched after the page, which works without it."""
    found = find(request, pk)
    try:
        readings = actions.readings_of(found)
    except DomainError as error:
        return JsonResponse({"t": [], "detail": str(error)}, status=404)
    spots = list(found.hot_spots.visible_to(officer_of(request)).select_related("rule").defer("series"))
    readings = actions.with_groups(readings, {spot.rule for spot in spots})
    channel = _chosen(readings, spots, request.GET.get("channel", ""))
    values = readings.value(channel.name) if channel else readings.speed_kmh
    told = pictures.all_points(readings, values, pictures.scale_of(values), found.rule.value())
    wind = [
        [round(one.lon, 5), round(one.lat, 5), round(one.wind.from_deg), round(one.wind.speed, 1)]
        for one in arrows(readings)
    ]
    return JsonResponse({**told, "wind": wind, "unit": channel.unit if channel else "km/h"})


def _leads(request: HttpRequest, found: PatrolRun) -> bool:
    return any(
        p.bureau_id == found.bureau_id and p.role == Role.TEAM_LEADER
        for p in officer_of(request).postings_on(clock.today())
    )


@policy(business("patrols"))
@require_safe
def source(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file as uploaded, to the bureau that drove and to who supervises it; never shown in the page's own origin."""
    found = find(request, pk)
    try:
        stored = store().open_key(found.source_sha256)
    except FileNotFoundError as error:
        raise Http404 from error
    answer: Any = FileResponse(
        stored, as_attachment=True, filename=found.source_name, content_type="application/octet-stream"
    )
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@policy(business("patrols"))
@require_POST
def requalify(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Computes the quality sheet anew, when the instrument's log has grown."""
    found = find(request, pk)
    try:
        sheet = actions.requalify(found, actions.readings_of(found), by=officer_of(request))
    except DomainError as error:
        messages.error(request, str(error))
        status = 403 if isinstance(error, Refused) else 409
        return show(request, found, status=status)
    messages.success(request, _("已重新计算：%(verdict)s。") % {"verdict": sheet.get_verdict_display()})
    return redirect(f"{found.get_absolute_url()}#quality")


@policy(business("patrols"))
@require_http_methods(["GET", "HEAD", "POST"])
def void(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = find(request, pk)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.void_run(found, by=officer_of(request), reason=form.cleaned_data["reason"])
        except Invalid as error:
            form.add_error("reason", str(error))
        except DomainError as error:
            messages.error(request, str(error))
            return redirect(found)
        else:
            messages.success(request, _("走航“%(title)s”已作废。") % {"title": found.title})
            return redirect(found)
    status = 400 if request.method == "POST" else 200
    return render(request, "patrols/void.html", {"run": found, "form": form}, status=status)
