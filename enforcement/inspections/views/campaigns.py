"""Campaigns: the list, a new one, its page with progress by city and county, amounts done, its moves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.inspections import units
from enforcement.inspections.actions import campaigns as actions
from enforcement.inspections.actions import targets
from enforcement.inspections.forms import CampaignForm, TallyForm
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.list_forms import CampaignWords
from enforcement.inspections.models import Campaign, Quantity, TargetDraw, Visit
from enforcement.timeline import clock
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.forms import put_errors, seen_of
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer

from .frame import SIZE, TONES, tabs

MOVES = {"begin": CampaignState.RUNNING, "end": CampaignState.ENDED, "void": CampaignState.VOID}


def find(request: OfficerRequest, pk: UUID) -> Campaign:
    rows = Campaign.objects.visible_to(request.user).select_related("bureau", "division", "area")
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("campaigns"))
@require_safe
def campaigns(request: OfficerRequest) -> HttpResponse:
    words = CampaignWords(request.GET, officer=request.user)
    rows = words.narrow(Campaign.objects.visible_to(request.user)).select_related("bureau", "division")
    order, trouble = ["-since", "-id"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    for row in page.rows:
        row.badge = TONES[row.state]
    context = {
        "words": words,
        "campaigns": page.rows,
        "trouble": trouble,
        "tabs": tabs(request),
        "may_create": actions.home_of(request.user) is not None,
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "inspections/campaigns.html", context)


@policy(business("campaigns"))
@require_http_methods(["GET", "HEAD", "POST"])
def new_campaign(request: OfficerRequest) -> HttpResponse:
    if actions.home_of(request.user) is None:
        return render(request, "inspections/new_campaign.html", {"form": None}, status=403)
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "inspections/new_campaign.html", {"form": form}, status=400 if form.is_bound else 200)
    try:
        entered = {**form.cleaned_data, "checklists": list(form.cleaned_data["checklists"])}
        made = actions.create(by=request.user, **entered)
    except (Invalid, Refused) as error:
        put_errors(form, error)
        return render(request, "inspections/new_campaign.html", {"form": form}, status=400)
    return redirect(made)


@policy(business("campaigns"))
@require_safe
def campaign(request: OfficerRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, row: Campaign, *, status: int = 200) -> HttpResponse:
    organiser = any(p.bureau_id == row.bureau_id and p.role in actions.KEEPERS for p in request.user.postings_on())
    quantities = list(row.quantities.all())
    progress = actions.progress(quantities, actions.divisions_read(request.user, row))
    context: dict[str, Any] = {
        "campaign": row,
        "badge": TONES[row.state],
        "facts": _facts(row),
        "organiser": organiser,
        "moves": _moves(row) if organiser else [],
        "quantities": [_quantity(one, progress[one.pk]) for one in quantities],
        "checklists": list(row.checklists.select_related("checklist")),
        "visits": _visit_counts(request.user, row),
        "may_tally": row.state == CampaignState.RUNNING and bool(actions.counting_bureaus(request.user)),
        "told": tell(events_of("campaign", row.pk), both_times=not row.synthetic) if organiser else [],
        "may_draw": targets.may_draw(row, request.user),
        "draws": _draws(request.user, row),
    }
    return render(request, "inspections/campaign.html", context, status=status)


def _draws(officer: Officer, row: Campaign) -> list[TargetDraw]:
    """The draws of the campaign this officer may know of."""
    rows = list(TargetDraw.objects.visible_to(officer).filter(campaign=row))
    for one in rows:
        one.badge = TONES[one.state]
    return rows


def _quantity(one: Quantity, rows: list[actions.Progress]) -> dict[str, Any]:
    done = sum((entry.done for entry in rows), start=actions.Decimal(0))
    amount, unit = units.published(done, one.unit)
    places = max(0, -int(amount.as_tuple().exponent))
    share = (100 * done / one.target).quantize(actions.Decimal("0.1")) if one.target else None
    target = units.published(one.target, one.unit) if one.target else None
    return {
        "quantity": one,
        "amount": amount,
        "places": places,
        "unit": unit,
        "target": target,
        "share": share,
        "rows": rows,
    }


def _visit_counts(officer: Officer, row: Campaign) -> dict[str, int]:
    """Visits of the campaign this officer may see, by state."""
    mine = Visit.objects.visible_to(officer).filter(campaign=row)
    return dict(mine.order_by().values_list("state").annotate(n=Count("pk")))


def _facts(row: Campaign) -> list[dict[str, Any]]:
    return [
        {"label": _("组织单位"), "value": row.bureau.short_name},
        {"label": _("范围"), "value": row.area.name if row.area else row.division.name},
        {"label": _("日期"), "value": f"{row.since:%Y-%m-%d} – {row.until:%Y-%m-%d}"},
        {"label": _("检查对象"), "value": _("、").join(row.industries)},
        {"label": _("依据"), "value": row.legal_basis, "wide": True},
    ]


def _moves(row: Campaign) -> list[dict[str, Any]]:
    labels = {"begin": _("启动"), "end": _("结束"), "void": _("作废")}
    offered = {CampaignState.DRAFT: ("begin", "void"), CampaignState.RUNNING: ("end", "void")}
    return [
        {"label": labels[name], "url": reverse("inspections:move-campaign", args=[row.pk, name]), "name": name}
        for name in offered.get(CampaignState(row.state), ())
    ]


@policy(business("campaigns"))
@require_http_methods(["GET", "HEAD", "POST"])
def tally(request: OfficerRequest, pk: UUID) -> HttpResponse:
    row = find(request, pk)
    bureaus = actions.counting_bureaus(request.user)
    if not bureaus or row.state != CampaignState.RUNNING:
        messages.warning(request, _("现在不能填报完成量。"))
        return show(request, row, status=403) if request.method == "POST" else redirect(row)
    form = TallyForm(
        row, bureaus[0], request.POST if request.method == "POST" else None, initial={"done_on": clock.today()}
    )
    if request.method != "POST" or not form.is_valid():
        context = {"campaign": row, "form": form}
        return render(request, "inspections/tally.html", context, status=400 if form.is_bound else 200)
    entered = form.entered
    try:
        actions.tally(entered.pop("quantity"), by=request.user, bureau=bureaus[0], **entered)
    except DomainError as error:
        put_errors(form, error)
        return render(request, "inspections/tally.html", {"campaign": row, "form": form}, status=400)
    messages.success(request, _("已填报。"))
    return redirect(row)


@policy(business("campaigns"))
@require_POST
def move_campaign(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    row = find(request, pk)
    if action not in MOVES:
        raise Http404
    try:
        actions.change_state(
            row, MOVES[action], by=request.user, seen=seen_of(request), reason=request.POST.get("reason", "")[:600]
        )
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
