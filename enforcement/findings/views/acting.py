"""Taking an action on a finding from its page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from enforcement.findings import actions
from enforcement.findings.forms import JoinForm, ReasonForm, SureForm
from enforcement.findings.lifecycle import MOVES, State
from enforcement.findings.likely import likely_sites
from enforcement.findings.models import Finding
from enforcement.findings.new_sites import KEEP
from enforcement.findings.site_forms import ConfirmForm
from enforcement.issues.views.acting import take_files
from enforcement.timeline.offers import Available
from regions.errors import Conflict, DomainError, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, business, policy

from .sheet import find, nearby, show, step_url


@policy(business("findings"))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: OfficerRequest, pk: Any, action: str) -> HttpResponse:
    finding = find(request, pk)
    if action not in MOVES:
        raise Http404
    if action == "promote":
        return redirect(step_url(finding, action))
    offer = next((o for o in actions.available(finding, request.user) if o.action == action), None)
    if offer is None:
        words = _("该线索现为“%(state)s”，不能%(action)s。")
        messages.error(request, words % {"state": State(finding.state).label, "action": MOVES[action].label})
        return show(request, finding, status=409) if request.method == "POST" else redirect(finding)
    if request.method != "POST":
        form = _form(request, finding, action)
        return _page(request, finding, offer, form, status=200 if offer.allowed else 403)
    return _perform(request, finding, offer, _form(request, finding, action, request.POST))


def _form(request: OfficerRequest, finding: Finding, action: str, data: Any = None) -> forms.Form:
    first = {"version": finding.version}
    if action == "join":
        return JoinForm(data, officer=request.user, near=nearby(finding, request.user), initial=first)
    if action == "confirm" and not finding.site_waits:
        # A bare press of the button chooses none: none is looked up.
        likely = likely_sites(finding, request.user) if data is None or "likely" in data else []
        return ConfirmForm(data, officer=request.user, finding=finding, likely=likely)
    if "reason" in MOVES[action].needs:
        return ReasonForm(data, initial=first)
    return SureForm(data, initial=first)


def _perform(request: OfficerRequest, finding: Finding, offer: Available, form: forms.Form) -> HttpResponse:
    if not form.is_valid():
        return _page(request, finding, offer, form, status=400)
    entered = form.cleaned_data
    try:
        done = actions.perform(
            finding,
            offer.action,
            by=request.user,
            version=entered["version"],
            reason=entered.get("reason", ""),
            issue=entered.get("issue"),
            site=form.chosen if isinstance(form, ConfirmForm) else KEEP,
        )
    except (Conflict, Refused) as error:
        messages.error(request, str(error))
        return show(request, find(request, finding.pk), status=409 if isinstance(error, Conflict) else 403)
    except DomainError as error:
        put_errors(form, error)
        return _page(request, finding, offer, form, status=400)
    messages.success(request, _("“%(title)s”：已%(action)s。") % {"title": done.title, "action": offer.label})
    visible = Finding.objects.visible_to(request.user).filter(pk=done.pk).exists()
    return redirect(done) if visible else redirect("findings:list")


def _page(
    request: OfficerRequest, finding: Finding, offer: Available, form: forms.Form, *, status: int
) -> HttpResponse:
    context = {"finding": finding, "offer": offer, "form": form, "fields": len(form.visible_fields()) > 0}
    return render(request, "findings/act.html", context, status=status)


@policy(business("findings"))
@require_POST
def add_evidence(request: OfficerRequest, pk: Any) -> HttpResponse:
    finding = find(request, pk)
    take_files(request, finding)
    return redirect(finding.get_absolute_url() + "#evidence")
