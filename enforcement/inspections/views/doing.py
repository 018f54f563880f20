"""Doing a visit on the spot: arriving by the site's code, answering, photos, the steps."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.inspections import actions
from enforcement.inspections.forms import AnswerForm, StepForm
from enforcement.inspections.lifecycle import STEPS, State
from enforcement.inspections.models import Visit
from enforcement.issues.views.acting import take_files
from enforcement.timeline import acting, clock
from regions.errors import Conflict, Invalid, Refused
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Site

from .visits import find, show


@policy(business("visits"))
@require_safe
def arrive(request: OfficerRequest, code: str) -> HttpResponse:
    """Where a site's QR code leads: the officer's approved visits to it, today's first; one goes straight in."""
    pk = actions.site_of(code)
    mine = Visit.objects.visible_to(request.user).filter(
        site_id=pk or 0, state=State.APPROVED, officers__officer=request.user
    )
    rows = sorted(mine.select_related("site", "bureau"), key=lambda row: abs((row.planned_on - clock.today()).days))
    if len(rows) == 1:
        return redirect(f"{rows[0].get_absolute_url()}check_in/?code={code}")
    site = Site.objects.filter(pk=pk or 0).first() if rows else None
    # A made-up code and a site where one has nothing to do look the same.
    context = {"visits": rows, "site": site, "code": code}
    return render(request, "inspections/arrive.html", context, status=200 if rows else 404)


@policy(business("visits"))
@require_http_methods(["GET", "HEAD", "POST"])
def answers(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """The checklist to fill in; saved as often as one likes, all questions that are asked on one page."""
    visit = find(request, pk)
    offer = next((one for one in actions.available(visit, request.user) if one.action == "answer"), None)
    if offer is None or not offer.allowed:
        messages.warning(request, offer.why if offer else _("该检查现在不能填写检查表。"))
        return show(request, visit, status=403 if offer else 409) if request.method == "POST" else redirect(visit)
    items, given = actions.items_of(visit), actions.answers_of(visit)
    if request.method != "POST":
        return _sheet(request, visit, AnswerForm(items, given, initial={"version": visit.version}))
    form = AnswerForm(items, given, request.POST)
    if not form.is_valid():
        return _sheet(request, visit, form, status=400)
    try:
        done = actions.perform(visit, "answer", by=request.user, answers=form.answers, notes=form.notes, seen=form.seen)
    except Invalid as error:
        for code, sentences in error.errors.items():
            for sentence in sentences:
                form.add_error(f"a-{code}" if f"a-{code}" in form.fields else None, sentence)
        form.show_standing(actions.answers_of(visit))
        return _sheet(request, visit, form, status=400)
    except (Conflict, Refused) as error:
        messages.error(request, str(error))
        return show(request, find(request, pk), status=409)
    messages.success(request, _("已保存。"))
    return redirect("inspections:answers", pk=done.pk) if "stay" in request.POST else redirect(done)


def _sheet(request: OfficerRequest, visit: Visit, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    counts: dict[str, int] = {}
    for photo in actions.photos_of(visit):
        counts[photo.label] = counts.get(photo.label, 0) + 1
    sections: list[dict[str, Any]] = []
    for item in form.asked:
        if not sections or sections[-1]["name"] != item.section:
            sections.append({"name": item.section, "lines": []})
        name = f"a-{item.code}"
        line = {
            "item": item,
            "field": form[name] if name in form.fields else None,
            "note": form[f"n-{item.code}"],
            "photos": counts.get(item.code, 0),
        }
        sections[-1]["lines"].append(line)
    return render(
        request, "inspections/answers.html", {"visit": visit, "form": form, "sections": sections}, status=status
    )


@policy(business("visits"))
@require_POST
def photos(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """Photos of the visit; their label is the code of the item they belong to."""
    visit = find(request, pk)
    take_files(request, visit)
    return redirect("inspections:answers", pk=visit.pk) if "stay" in request.POST else redirect(visit)


@policy(business("visits"))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    if action not in STEPS or action == "answer":
        raise Http404
    return acting.act(request, pk, action, SHEET)


def _closed(visit: Visit, action: str) -> str:
    shown = {"state": visit.get_state_display(), "action": STEPS[action].label}
    return _("该检查现为“%(state)s”，不能%(action)s。") % shown


def _more(visit: Visit, offer: actions.Available, form: StepForm) -> dict[str, Any]:
    return {"locating": "lon" in form.fields}


SHEET = acting.Sheet(
    name="visit", template="inspections/act.html", find=find, show=show, available=actions.available,
    perform=actions.perform, form=StepForm, closed=_closed, more=_more, prefilled=("code",),
)  # fmt: skip
