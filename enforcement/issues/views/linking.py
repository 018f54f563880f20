"""Merging, splitting and their undoing from a page: a form that works without script, a sentence whatever goes wrong."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enforcement.issues.actions.files import responsibilities_of
from enforcement.issues.actions.link_offers import alike, offers
from enforcement.issues.actions.linking import LINKS, names_state, wrong_hands
from enforcement.issues.actions.links import ACTS
from enforcement.issues.clocks import face_of
from enforcement.issues.linking_forms import LinkForm, link_form
from enforcement.issues.models import Issue
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import WorkCalendar

from .sheet import find, show


@policy(business("issues"))
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: OfficerRequest, number: str, action: str) -> HttpResponse:
    issue = find(request, number)
    if action not in LINKS:
        raise Http404
    offer = next((o for o in offers(issue, request.user, responsibilities_of(issue)) if o.action == action), None)
    if offer is None or not offer.allowed:
        why = offer.why if offer else wrong_hands(LINKS[action], issue, request.user)
        messages.error(request, why or names_state(issue, LINKS[action]))
        return show(request, issue, status=409 if offer else 403)
    if request.method != "POST":
        form = link_form(action, issue, request.user, into=request.GET.get("into", "")[:24])
        return _page(request, issue, action, form)
    form = link_form(action, issue, request.user, request.POST)
    if not form.is_valid():
        return _page(request, issue, action, form, status=400)
    return _take(request, issue, action, form)


def _take(request: OfficerRequest, issue: Issue, action: str, form: LinkForm) -> HttpResponse:
    entered = {"by": request.user, "version": form.cleaned_data["version"], "seen_by": request.user, **form.entered}
    try:
        ACTS[action](issue.number, **entered)
    except Invalid as error:
        for name, sentences in (error.errors or {"": [str(error)]}).items():
            for sentence in sentences:
                form.add_error(name if name in form.fields else None, sentence)
        return _page(request, issue, action, form, status=400)
    except Absent:  # the issue named, or this one meanwhile
        form.add_error("into" if "into" in form.fields else None, _("没有这个问题，请核对编号。"))
        return _page(request, issue, action, form, status=400)
    except (Conflict, Refused) as error:
        form.add_error(None, str(error))
        return _page(request, issue, action, form, status=409 if isinstance(error, Conflict) else 403)
    messages.success(request, _("%(number)s：已%(action)s。") % {"number": issue.number, "action": LINKS[action].label})
    return redirect(issue)


def _page(request: OfficerRequest, issue: Issue, action: str, form: LinkForm, *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"issue": issue, "row": LINKS[action], "form": form}
    if action in {"merge", "offer_merge"}:
        calendar = WorkCalendar.current().value()
        near = alike(issue, request.user, elsewhere=action == "offer_merge")
        context["alike"] = [{"issue": row, "clock": face_of(row, calendar)} for row in near]
        context["own"] = face_of(issue, calendar)
    return render(request, "issues/link.html", context, status=status)
