"""Tracing a hot spot again, and saying what its cause was."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from enforcement.patrols import actions, suspicion
from enforcement.patrols.models import HotSpot
from enforcement.patrols.source_forms import CauseForm, RetraceForm
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.gatekeeper import business, policy

from .reviewing import find, show
from .visitor import officer_of


@policy(business("hot-spots"))
@require_POST
def retrace(request: HttpRequest, pk: UUID) -> HttpResponse:
    spot = find(request, pk)
    form = RetraceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("请从热点页面重新溯源。"))
        return show(request, spot, status=400)
    try:
        done = actions.retrace(
            spot, actions.readings_of(spot.run), by=officer_of(request), seen=form.cleaned_data["seen"]
        )
    except DomainError as error:
        messages.error(request, str(error))
        return show(request, spot, status=403 if isinstance(error, Refused) else 409)
    messages.success(request, _("已重新溯源：%(version)s。") % {"version": done})
    return redirect(f"{spot.get_absolute_url()}#upwind")


@policy(business("hot-spots"))
@require_http_methods(["GET", "HEAD", "POST"])
def cause(request: HttpRequest, pk: UUID) -> HttpResponse:
    spot = find(request, pk)
    refusal = actions.why_not_confirm(spot, officer_of(request))
    if refusal is not None:
        if request.method == "POST":
            messages.error(request, refusal)
            return show(request, spot, status=403)
        return render(request, "patrols/cause.html", {"spot": spot, "refusal": refusal}, status=403)
    form = _form(request, spot)
    if request.method != "POST":
        return render(request, "patrols/cause.html", {"spot": spot, "form": form})
    return _confirm(request, spot, form)


def _form(request: HttpRequest, spot: HotSpot) -> CauseForm:
    last = spot.tracings.select_related("rule").order_by("-number").first()
    told = suspicion.told([last], officer_of(request))[last.pk].suspects if last else []
    seen = spot.causes.order_by("-number").values_list("number", flat=True).first() or 0
    return CauseForm(spot, told, officer_of(request), request.POST or None, initial={"seen": seen})


def _confirm(request: HttpRequest, spot: HotSpot, form: CauseForm) -> HttpResponse:
    status = 400
    if form.is_valid():
        try:
            actions.confirm_cause(spot, by=officer_of(request), **form.entered)
        except Invalid as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        except (Conflict, Refused) as error:
            messages.error(request, str(error))
            return show(request, find(request, spot.pk), status=409 if isinstance(error, Conflict) else 403)
        else:
            messages.success(request, _("已登记污染成因。"))
            return redirect(f"{spot.get_absolute_url()}#upwind")
    return render(request, "patrols/cause.html", {"spot": spot, "form": form}, status=status)
