"""The panel of a hot spot's page that shows what lay upwind: map, candidates with their reasons, versions, causes."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from enforcement.patrols import actions, drawings, suspicion
from enforcement.patrols.models import Cause, CauseKind, HotSpot, Tracing
from regions.directory import sites_for

from .visitor import officer_of


def panel(request: HttpRequest, spot: HotSpot) -> dict[str, Any]:
    """Everything the panel shows, of the newest version or of the one asked for (`?tracing=2`). Five statements."""
    versions = list(spot.tracings.select_related("rule", "made_by").order_by("-number"))
    wanted = request.GET.get("tracing", "")
    chosen = next((one for one in versions if str(one.number) == wanted), versions[0] if versions else None)
    officer = officer_of(request)
    refusal = actions.why_not_retrace(spot, officer)
    context: dict[str, Any] = {
        "versions": [_version(spot, one, chosen) for one in versions] if len(versions) > 1 else [],
        "causes": _causes(spot, officer),
        "may_retrace": refusal is None,
        "seen": versions[0].number if versions else 0,
        "why_not_confirm": actions.why_not_confirm(spot, officer),
    }
    if chosen is not None:
        context |= shown(spot, chosen, officer)
    return context


def shown(spot: HotSpot, tracing: Tracing, officer: Any) -> dict[str, Any]:
    """One version: in words, as rows of a table, and drawn."""
    told = suspicion.told([tracing], officer)[tracing.pk]
    columns = [
        {"label": _("候选点位")}, {"label": _("理由")}, {"label": _("得分"), "numeric": True},
    ]  # fmt: skip
    rows = [
        {"cells": [f"{one.rank}. {one.site.name}", one.reasons, f"{one.score:.0f}"], "url": ""} for one in told.suspects
    ]
    return {
        "tracing": tracing,
        "wind": told.sentence,
        "suspects": told.suspects,
        "upwind_table": {"caption": _("候选点位"), "columns": columns, "rows": rows},
        "hidden": suspicion.hidden_words(told.hidden) if told.hidden else "",
        "upwind_map": drawn(spot, tracing, told.suspects),
        "pattern": _pattern(tracing),
    }


def drawn(spot: HotSpot, tracing: Tracing, suspects: list[suspicion.Suspected]) -> Any:
    """The sector with its candidates as SVG; "" where the wind gave none."""
    if not tracing.outline:
        return ""
    points = [{"lon": one.site.lon, "lat": one.site.lat, "label": str(one.rank)} for one in suspects]
    spot_at = {"lon": spot.lon, "lat": spot.lat, "label": ""}
    # Labels went through escape(); the rest is numbers and fixed words.
    return mark_safe(drawings.sector_picture(tracing.outline, spot_at, points))


def _pattern(tracing: Tracing) -> str:
    """The species that rose, the most first: 二甲苯 42 %."""
    total = sum(tracing.pattern.values())
    if total <= 0:
        return ""
    ordered = sorted(tracing.pattern.items(), key=lambda pair: -pair[1])
    parts = [f"{tracing.channels.get(name, name)} {100 * value / total:.0f}%" for name, value in ordered[:5] if value]
    return str(_("、")).join(parts)


def _version(spot: HotSpot, one: Tracing, chosen: Tracing | None) -> dict[str, Any]:
    return {"label": str(one), "url": f"?tracing={one.number}#upwind", "active": one == chosen}


def _causes(spot: HotSpot, officer: Any) -> list[dict[str, Any]]:
    """What was found on the ground, the newest first; a site outside one's ground isn't named."""
    causes = list(spot.causes.select_related("site", "confirmed_by", "bureau").order_by("-number"))
    sites = {one.site_id for one in causes if one.site_id}
    seen = set(sites_for(officer).filter(pk__in=sites).values_list("pk", flat=True)) if sites else set()
    return [_cause(one, one.site_id in seen, newest=place == 0) for place, one in enumerate(causes)]


def _cause(one: Cause, seen: bool, *, newest: bool) -> dict[str, Any]:
    what = str(one.get_kind_display())
    if one.kind == CauseKind.SITE:
        what = one.site.name if seen and one.site else _("不在您范围内的点位")
    rank = ""
    if one.kind == CauseKind.SITE:
        rank = _("溯源第 %(rank)d 名") % {"rank": one.rank} if one.rank else _("不在溯源候选之列")
    return {
        "what": what, "rank": rank, "note": one.note, "by": one.confirmed_by.name, "bureau": one.bureau.short_name,
        "at": one.confirmed_at, "newest": newest,
    }  # fmt: skip


def cause_url(spot: HotSpot) -> str:
    return reverse("patrols:cause", args=[spot.pk])
