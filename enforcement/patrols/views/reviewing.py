"""Hot spots: what waits for a look, the page of one, and the actions on it."""

from typing import Any
from uuid import UUID

import numpy as np
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.findings.models import Finding
from enforcement.issues.models import Issue
from enforcement.patrols import actions, pictures, series, suspicion
from enforcement.patrols.forms import HotSpotFilter
from enforcement.patrols.lifecycle import MOVES, Fate
from enforcement.patrols.models import HotSpot
from enforcement.patrols.review_forms import ReviewForm
from enforcement.patrols.tracks.readings import Readings
from enforcement.timeline import clock
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.gatekeeper import business, policy

from .persistent import locations_of
from .upwind import panel
from .visitor import officer_of

SIZE = 40
#: How much of the run is drawn on either side of a hot spot.
AROUND_MS = 5 * 60_000


def find(request: HttpRequest, pk: UUID) -> HotSpot:
    """The hot spot, if this officer may see it. Absent and forbidden are the same 404."""
    found = (
        HotSpot.objects.visible_to(officer_of(request))
        .select_related("run__bureau__parent", "run__bureau__division", "run__rule", "division__parent", "rule",
                        "proposed_by", "decided_by", "quality_by")
        .filter(pk=pk)
        .sole()
    )  # fmt: skip
    if found is None:
        raise Http404
    return found


@policy(business("hot-spots"))
@require_safe
def hot_spots(request: HttpRequest) -> HttpResponse:
    form = HotSpotFilter(request.GET, officer=officer_of(request))
    found = (
        form.narrow(HotSpot.objects.visible_to(officer_of(request)))
        .select_related("run__bureau", "division")
        .with_quality()
    )
    trouble, order = "", ["-peak_at", "-id"]
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = keyset.page(found, order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(found, order, SIZE)
    context = {
        "form": form,
        "trouble": trouble,
        "spots": page.rows,
        "filtered": bool(form.in_use()),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "patrols/hot_spots.html", context)


@policy(business("hot-spots"))
@require_safe
def hot_spot(request: HttpRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: HttpRequest, spot: HotSpot, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "spot": spot,
        "empty": {},
        "sheet": spot.run.sheet,
        "facts": _facts(request, spot),
        "steps": [_step(spot, one) for one in actions.available(spot, officer_of(request))],
        "told": tell(events_of("hotspot", spot.pk)),
        "points": [{"lon": spot.lon, "lat": spot.lat, "label": str(spot), "tone": "late"}],
    } | panel(request, spot)
    try:
        context |= _picture(actions.with_groups(actions.readings_of(spot.run), [spot.rule]), spot)
    except DomainError as error:
        context["trouble"] = str(error)
    return render(request, "patrols/hot_spot.html", context, status=status)


def _picture(readings: Readings, spot: HotSpot) -> dict[str, Any]:
    """The minutes around the hot spot: its series and its piece of the track."""
    middle = int(spot.peak_at.timestamp() * 1000)
    near = readings.placed() & (abs(readings.time_ms - middle) <= AROUND_MS + int(spot.duration_s * 1000))
    name = next((one.name for one in readings.measured() if one.name.lower() == spot.channel.lower()), None)
    if name is None or np.count_nonzero(near) < 2:
        return {}
    part = readings.only(name).take(near)
    values = part.value(name)
    band = series.Band(int(spot.started_at.timestamp() * 1000), int(spot.ended_at.timestamp() * 1000), str(spot))
    scale = pictures.scale_of(readings.value(name))
    return {
        "chart": series.chart(spot.channel, spot.unit, part.time_ms, values, None, [band]),
        "paper_tracks": pictures.paper_lines(part, values, scale, spot.run.rule.value()),
        "legend": scale.labels(spot.unit),
    }


def _facts(request: HttpRequest, spot: HotSpot) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": _("走航"), "value": spot.run.title, "url": _run_url(request, spot)},
        {"label": _("位置"), "value": _place(spot)},
        {"label": _("经纬度（WGS-84）"), "value": f"{spot.lon:.5f}, {spot.lat:.5f}"},
        {"label": _("起止"), "value": f"{_clock(spot.started_at)}–{_clock(spot.ended_at)}"},
        {"label": _("持续"), "value": _("%(n)d 秒") % {"n": round(spot.duration_s)}},
        {"label": _("均值"), "value": f"{spot.mean:.4g} {spot.unit}"},
        {"label": _("判定规则"), "value": str(spot.rule)},
    ]
    location = locations_of([spot]).get(spot.pk)
    if location is not None:
        words = _("%(n)d 天出现") % {"n": location.days}
        facts.append({"label": _("常驻点位"), "value": words, "url": location.get_absolute_url()})
    facts += _judged(spot)
    finding = (
        Finding.objects.visible_to(officer_of(request)).filter(pk=spot.finding_id).first() if spot.finding_id else None
    )
    issue = Issue.objects.visible_to(officer_of(request)).filter(pk=spot.issue_id).first() if spot.issue_id else None
    if finding is not None:
        facts.append({"label": _("线索"), "value": finding.title, "url": _url_of(finding)})
    if issue is not None:
        facts.append({"label": _("问题"), "value": issue.number, "url": _url_of(issue)})
    if spot.proposed_by:
        facts.append(
            {
                "label": _("建议排除"),
                "value": _("%(name)s：%(value)s") % {"name": spot.proposed_by.name, "value": spot.reason},
                "wide": True,
            }
        )
    if spot.quality_by:
        facts.append(
            {
                "label": _("质控不合格仍采用的理由"),
                "value": _("%(name)s：%(value)s") % {"name": spot.quality_by.name, "value": spot.quality_reason},
                "wide": True,
            }
        )
    if spot.fate == Fate.DISMISSED and spot.decided_by:
        facts.append({"label": _("复核"), "value": spot.decided_by.name})
    return facts


def _judged(spot: HotSpot) -> list[dict[str, Any]]:
    """What the rule weighed beside peak, background and ratio; nothing for the first version's older rows."""
    told: list[dict[str, Any]] = []
    if spot.severity:
        told.append({"label": _("程度"), "value": spot.get_severity_display()})
        told.append({"label": _("复测"), "value": spot.confirmation or _("未复测，仅测到一次")})
    if spot.numbers:
        of = spot.numbers
        told += [
            {"label": _("累积（超出背景）"), "value": f"{of['dose']:,.0f} {spot.unit}·s"},
            {
                "label": _("超限秒数"),
                "value": _("%(n)d 秒，其中停车 %(idle)d 秒")
                % {"n": round(of["over_s"]), "idle": round(of["standing_s"])},
            },
            {
                "label": _("已扣除的时滞"),
                "value": _("%(n)s 秒") % {"n": f"{of['lag_s']:g}"}
                if of["lag_s"]
                else _("仪器未登记时滞，位置可能偏后"),
            },
        ]
        if of.get("members"):
            told.append({"label": _("相加的组分"), "value": _("、").join(of["members"]), "wide": True})
        if of.get("remarked"):
            told.append({"label": _("带标记的读数"), "value": _remarked(of["remarked"]), "wide": True})
    return told


def _remarked(counts: dict[str, int]) -> str:
    """Flagged readings that took part, in words: none counts silently."""
    words = {
        "saturated": _("%(n)d 秒读数达到量程上限（任一通道），峰值可能更高"),
        "unit_change": _("%(n)d 秒读数的单位与表头不同，已换算"),
    }
    return str(_("；")).join(str(words[name]) % {"n": count} for name, count in counts.items() if name in words)


def _run_url(request: HttpRequest, spot: HotSpot) -> str:
    seen = type(spot.run).objects.visible_to(officer_of(request)).filter(pk=spot.run_id).exists()
    return spot.run.get_absolute_url() if seen else ""


def _url_of(row: Any) -> str:
    return str(row.get_absolute_url())


def _place(spot: HotSpot) -> str:
    if spot.division is None:
        return _("省外")
    above = spot.division.parent
    if above is None or above.level != "city":
        return str(spot.division)
    return _("%(city)s%(county)s") % {"city": above, "county": spot.division}


def _clock(moment: Any) -> str:
    return f"{moment.astimezone(clock.BEIJING):%Y-%m-%d %H:%M:%S}"


def _step(spot: HotSpot, one: actions.Available) -> dict[str, Any]:
    return {
        "label": one.label,
        "allowed": one.allowed,
        "why": one.why,
        "url": reverse("patrols:act", args=[spot.pk, one.action]),
        "primary": one.action in ("promote", "confirm_dismissal"),
    }


@policy(business("hot-spots"))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: HttpRequest, pk: UUID, action: str) -> HttpResponse:
    spot = find(request, pk)
    if action not in MOVES:
        raise Http404
    offer = next((one for one in actions.available(spot, officer_of(request)) if one.action == action), None)
    if offer is None:
        messages.warning(request, _("该热点现在不能%(action)s。") % {"action": MOVES[action].label})
        return show(request, spot, status=409) if request.method == "POST" else redirect(spot)
    if request.method != "POST":
        first = {"version": spot.version}
        form = ReviewForm(action, spot, officer_of(request), suspects=_suspects(request, spot, action), initial=first)
        return _form(request, spot, offer, form, status=200 if offer.allowed else 403)
    short = request.POST.get("back") == "run" and action == "promote"
    suspects = _suspects(request, spot, action)
    form = ReviewForm(action, spot, officer_of(request), request.POST, suspects=suspects, short=short)
    if not form.is_valid():
        return _form(request, spot, offer, form, status=400)
    return _perform(request, spot, offer, form)


def _suspects(request: HttpRequest, spot: HotSpot, action: str) -> list[suspicion.Suspected]:
    """The candidates a finding may name as its site: of the newest tracing, as far as the officer sees them."""
    tracing = suspicion.newest([spot]).get(spot.pk) if "site" in MOVES[action].accepts else None
    return suspicion.told([tracing], officer_of(request))[tracing.pk].suspects if tracing else []


def _perform(request: HttpRequest, spot: HotSpot, offer: actions.Available, form: ReviewForm) -> HttpResponse:
    try:
        done = actions.perform(
            spot, offer.action, by=officer_of(request), version=form.cleaned_data["version"], **form.entered
        )
    except Invalid as error:
        for name, sentences in (error.errors or {"": [str(error)]}).items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else None, sentence)
        return _form(request, spot, offer, form, status=400)
    except Conflict as error:
        messages.error(request, str(error))
        return show(request, find(request, spot.pk), status=409)
    except Refused as error:
        messages.error(request, str(error))
        return show(request, spot, status=403)
    words = _("热点 %(number)d：已%(action)s。") % {"number": done.number, "action": offer.label}
    if form.entered.get("submit"):
        words = _("热点 %(number)d：已转为线索并提交组长审核。") % {"number": done.number}
    on_the_run = form.cleaned_data["back"] == "run"
    messages.success(request, words, extra_tags="chosen" if on_the_run else "")
    if on_the_run:
        return redirect(f"{done.run.get_absolute_url()}#chosen")
    return redirect(done.finding if done.finding else done)


def _form(
    request: HttpRequest, spot: HotSpot, offer: actions.Available, form: ReviewForm, *, status: int
) -> HttpResponse:
    return render(request, "patrols/act.html", {"spot": spot, "offer": offer, "form": form}, status=status)
