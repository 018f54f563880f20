"""Two to four runs side by side: the same channel in the same colours, the same frame, series of the same scale."""

from typing import Any
from uuid import UUID

import numpy as np
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.patrols import actions, drawings, pictures, series
from enforcement.patrols.forms import CompareForm, channel_words
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.tracks.grid import channel_key
from enforcement.patrols.tracks.readings import Floats, Readings
from enforcement.timeline import clock
from regions.errors import DomainError
from regions.gatekeeper import business, policy

from .visitor import officer_of

LEAST, MOST = 2, 4
#: Runs that together cover more than this many times the widest of them get a picture of their own ground each.
APART = 3
Box = tuple[float, float, float, float]
Corner = tuple[float, float]
OFFERED = 30


@policy(business("patrols"))
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    visible = (
        PatrolRun.objects.visible_to(officer_of(request))
        .valid()
        .select_related("bureau", "division", "rule")
        .with_quality()
    )
    wanted = [key for key in (_key(text) for text in request.GET.getlist("run")[: MOST + 1]) if key]
    chosen = list(visible.filter(pk__in=wanted).order_by("started_at", "id")) if wanted else []
    offered = [*chosen, *visible.exclude(pk__in=wanted).order_by("-started_at", "-id")[: OFFERED - len(chosen)]]
    channels = _common(chosen)
    form = CompareForm(offered, channels, request.GET or None)
    context: dict[str, Any] = {"form": form, "chosen": chosen, "least": LEAST, "most": MOST}
    if not wanted:
        return render(request, "patrols/compare.html", context)
    if not LEAST <= len(chosen) <= MOST:
        context["trouble"] = _("请选择 2 至 4 次走航。")
    elif not channels:
        context["trouble"] = _("所选走航没有名称和单位都相同的通道，不能并排比较。")
    else:
        asked = request.GET.get("channel", "")
        context |= _compared(chosen, next((one for one in channels if channel_key(*one) == asked), channels[0]))
    return render(request, "patrols/compare.html", context)


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _common(runs: list[PatrolRun]) -> list[tuple[str, str]]:
    """Channels all runs have under one name and unit; TVOC first."""
    if not runs:
        return []
    keys = [{channel_key(name, unit) for name, unit, role in run.channels if not role} for run in runs]
    shared = set.intersection(*keys)
    names = [(name, unit) for name, unit, role in runs[0].channels if not role and channel_key(name, unit) in shared]
    return sorted(names, key=lambda one: one[0].lower() != "tvoc")


def _compared(runs: list[PatrolRun], channel: tuple[str, str]) -> dict[str, Any]:
    read: list[tuple[PatrolRun, Readings, Floats]] = []
    troubles = []
    for run in runs:
        try:
            readings = actions.readings_of(run)
        except DomainError as error:
            troubles.append(f"{run.title}：{error}")
            continue
        name = next(one.name for one in readings.measured() if channel_key(one.name, one.unit) == channel_key(*channel))
        placed = readings.only(name).take(np.flatnonzero(readings.placed()))
        if len(placed) > 1:
            read.append((run, placed, placed.value(name)))
    if not read:
        return {"trouble": " ".join(troubles)}
    pooled = np.concatenate([values for _run, _placed, values in read])
    known = pooled[np.isfinite(pooled)]
    scale = pictures.scale_of(pooled)
    span = max(int(placed.time_ms[-1] - placed.time_ms[0]) for _run, placed, _values in read)
    boxes = [pictures.bounds(placed) for _run, placed, _values in read]
    return {
        "trouble": " ".join(troubles),
        "title": channel_words(*channel),
        "legend": scale.labels(channel[1]),
        "sides": [
            _side(*one, scale, channel, known, span, corners)
            for one, corners in zip(read, _corners(boxes), strict=True)
        ],
    }


def _corners(boxes: list[Box]) -> list[list[Corner]]:
    """What each picture has to show: all runs together or, when they lie far apart, the same extent around each."""
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    east, north = max(box[2] for box in boxes), max(box[3] for box in boxes)
    across, up = max(box[2] - box[0] for box in boxes), max(box[3] - box[1] for box in boxes)
    if east - west <= APART * across and north - south <= APART * up:
        return [[(west, south), (east, north)] for _box in boxes]
    middles = [((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for box in boxes]
    return [[(x - across / 2, y - up / 2), (x + across / 2, y + up / 2)] for x, y in middles]


def _side(
    run: PatrolRun, placed: Readings, values: Floats, scale: pictures.Scale, channel: tuple[str, str], known: Floats,
    span: int, corners: list[Corner],
) -> dict[str, Any]:  # fmt: skip
    own = values[np.isfinite(values)]
    highest = float(known.max()) if len(known) else 1.0
    return {
        "run": run,
        # Every word in it went through escape().
        "svg": mark_safe(
            drawings.track_picture(pictures.paper_lines(placed, values, scale, run.rule.value()), [], around=corners)
        ),
        "chart": series.chart(
            clock.minute(run.started_at), channel[1], placed.time_ms, values, None, [],
            highest=highest, span_ms=span,
        ),
        "median": f"{np.median(own):.4g}" if len(own) else "—",
        "high": f"{np.percentile(own, 95):.4g}" if len(own) else "—",
        "peak": f"{own.max():.4g}" if len(own) else "—",
    }  # fmt: skip
