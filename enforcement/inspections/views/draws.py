"""双随机: a campaign's draw committed, drawn, revealed; each inspector's own lots; the check anyone can repeat."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.inspections.actions import targets as actions
from enforcement.inspections.actions.verifying import verify
from enforcement.inspections.forms import DrawForm
from enforcement.inspections.lifecycle import DRAW_STEPS, DrawState
from enforcement.inspections.lots import Register
from enforcement.inspections.models import DrawnTarget, TargetDraw, Visit
from enforcement.timeline import anchors, clock, pledges
from enforcement.timeline.telling import events_of, tell
from regions.errors import Conflict, Invalid, Refused
from regions.forms import put_errors, seen_of
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer
from regions.templatetags.office import date_office, time_office

from .campaigns import find as find_campaign
from .campaigns import show as show_campaign
from .frame import TONES


def find(request: OfficerRequest, pk: UUID) -> TargetDraw:
    rows = TargetDraw.objects.visible_to(request.user).select_related("campaign__bureau", "made_by", "rule")
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("draws"))
@require_http_methods(["GET", "HEAD", "POST"])
def new_draw(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """The commitment of a new draw."""
    campaign = find_campaign(request, pk)
    if not actions.may_draw(campaign, request.user):
        messages.warning(request, _("现在不能为这个专项行动抽取。"))
        return show_campaign(request, campaign, status=403) if request.method == "POST" else redirect(campaign)
    first = {"since": max(clock.today(), campaign.since), "until": campaign.until}
    form = DrawForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method != "POST" or not form.is_valid():
        context = {"campaign": campaign, "form": form}
        return render(request, "inspections/new_draw.html", context, status=400 if form.is_bound else 200)
    try:
        made = actions.commit(campaign, by=request.user, **form.cleaned_data)
    except (Invalid, Refused) as error:
        put_errors(form, error)
        return render(request, "inspections/new_draw.html", {"campaign": campaign, "form": form}, status=400)
    return redirect(made)


@policy(business("draws"))
@require_safe
def draw(request: OfficerRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, row: TargetDraw, *, status: int = 200) -> HttpResponse:
    mine = row.made_by_id == request.user.pk
    context = {
        "draw": row,
        "badge": TONES[row.state],
        "facts": _facts(row),
        "steps": _steps(request.user, row) if mine else [],
        "lots": _lots(request.user, row),
        "unmanned": len((row.result or {}).get("unmanned", [])),
        "gone": row.gone_names if mine or not row.is_secret else [],
        "findings": list(verify(row)) if row.state == DrawState.REVEALED else [],
        "told": tell(events_of("targetdraw", row.pk), both_times=not row.synthetic)
        if mine or not row.is_secret
        else [],
    }
    return render(request, "inspections/draw.html", context, status=status)


def _steps(officer: Officer, row: TargetDraw) -> list[dict[str, Any]]:
    return [
        {"offer": one, "url": reverse("inspections:move-draw", args=[row.pk, one.action])}
        for one in actions.available(row, officer)
    ]


def _facts(row: TargetDraw) -> list[dict[str, Any]]:
    register = Register.parse(bytes(row.register))
    facts: list[dict[str, Any]] = [
        {"label": _("专项行动"), "value": row.campaign.name, "url": row.campaign.get_absolute_url()},
        {"label": _("组织人"), "value": row.made_by.name},
        {"label": _("抽取点位数"), "value": row.wanted},
        {"label": _("检查日期"), "value": f"{date_office(row.since)} – {date_office(row.until)}"},
        {"label": _("名录点位"), "value": _("%(n)d 个") % {"n": len(register.sites)}},
        {"label": _("已达年度上限未列入"), "value": _("%(n)d 个") % {"n": len(register.capped)}},
        {"label": _("名录检查人员"), "value": _("%(n)d 人") % {"n": len(register.inspectors)}},
        {"label": _("回避"), "value": _("%(n)d 条") % {"n": len(register.recusals)}},
        {"label": _("封存时间"), "value": time_office(row.committed_at)},
        {"label": _("抽取时间"), "value": time_office(row.drawn_at) if row.drawn_at else ""},
        {"label": _("承诺"), "value": row.commitment, "wide": True},
        *pledges.shown(row.commitment, anchors.folder()),
    ]
    if row.state == DrawState.REVEALED:
        facts.append({"label": _("种子"), "value": bytes(row.seed).hex(), "wide": True})
    return facts


def _lots(officer: Officer, row: TargetDraw) -> list[dict[str, Any]]:
    """The lots this officer may see; a visit only where they may know of it."""
    rows = list(
        DrawnTarget.objects.visible_to(officer)
        .filter(draw=row)
        .select_related("site", "site__division", "visit")
        .prefetch_related("team__officer")
        .order_by("place")
    )
    keys = [lot.visit_id for lot in rows if lot.visit_id]
    seen = set(Visit.objects.visible_to(officer).filter(pk__in=keys).values_list("pk", flat=True))
    return [
        {
            "lot": lot,
            "team": [one.officer.name for one in lot.team.all()],
            "visit": lot.visit if lot.visit_id in seen else None,
            "plan": _plan_url(lot, officer) if row.state == DrawState.DRAWN and not lot.visit_id else "",
        }
        for lot in rows
    ]


def _plan_url(lot: DrawnTarget, officer: Officer) -> str:
    """Where the leader plans the visit; nowhere for the others."""
    leads = any(one.leader and one.officer_id == officer.pk for one in lot.team.all())
    return f"{reverse('inspections:plan')}?lot={lot.pk}" if leads else ""


@policy(business("draws"))
@require_POST
def move_draw(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    row = find(request, pk)
    if action not in DRAW_STEPS:
        raise Http404
    how: dict[str, Any] = {"by": request.user, "version": seen_of(request)}
    try:
        actions.perform(row, action, reason=request.POST.get("reason", "")[:600], **how)
    except Conflict as error:
        messages.error(request, str(error))
        return show(request, find(request, pk), status=409)
    except Refused as error:
        messages.error(request, str(error))
        return show(request, row, status=403)
    except Invalid as error:
        messages.error(request, str(error))
        return show(request, row, status=400)
    return redirect(row)
