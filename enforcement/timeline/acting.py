"""Taking a step from a page: a form that works without script, and a sentence whatever goes wrong. What was typed stays."""

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from enforcement.timeline.offers import Available
from regions.errors import Conflict, Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest

#: Steps that turn something down or end it.
DANGEROUS = frozenset({"void", "decline", "reject"})


def button(one: Available, url: str, *, primary: bool | None = None, plain: bool | None = None) -> dict[str, Any]:
    """A step as `components/steps.html` shows it. `plain`: one press takes it, without a page of its own."""
    return {
        "label": one.label,
        "allowed": one.allowed,
        "why": one.why,
        "url": url,
        "primary": one.primary if primary is None else primary,
        "danger": one.action in DANGEROUS,
        "plain": one.plain if plain is None else plain,
    }


class Sheet(NamedTuple):
    """How one kind of subject is found, shown and moved.

    `find` raises Http404 for who may not know of it; `form` is made of (action, row, data) and has the row's `version`
    and `entered`; `name` is what the template calls the row; `closed` says that a step isn't offered in its state; `more` is
    what else the form's page shows; `prefilled` are the fields a link may fill in.
    """

    name: str
    template: str
    find: Callable[[Any, UUID], Any]
    show: Callable[..., HttpResponse]
    available: Callable[[Any, Any], list[Available]]
    perform: Callable[..., Any]
    form: Callable[..., Any]
    closed: Callable[[Any, str], str]
    more: Callable[[Any, Available, Any], dict[str, Any]] = lambda _row, _offer, _form: {}
    prefilled: tuple[str, ...] = ()


def act(request: OfficerRequest, pk: UUID, action: str, sheet: Sheet) -> HttpResponse:
    """The form of a step, or the step taken. Answers 409 where another was first, 403 and 400 with the reason."""
    row = sheet.find(request, pk)
    offer = next((one for one in sheet.available(row, request.user) if one.action == action), None)
    if offer is None:
        messages.warning(request, sheet.closed(row, action))
        return sheet.show(request, row, status=409) if request.method == "POST" else redirect(row)
    if request.method != "POST":
        first = {name: request.GET.get(name, "")[:200] for name in sheet.prefilled} | {"version": row.version}
        status = 200 if offer.allowed else 403
        return _page(request, row, offer, sheet.form(action, row, initial=first), sheet, status=status)
    form = sheet.form(action, row, request.POST)
    if not form.is_valid():
        return _page(request, row, offer, form, sheet, status=400)
    try:
        done = sheet.perform(row, action, by=request.user, version=form.cleaned_data["version"], **form.entered)
    except (Invalid, Refused, Conflict) as error:
        return _turned_down(request, row, offer, form, sheet, error)
    messages.success(request, _("已%(action)s。") % {"action": offer.label})
    return redirect(done)


def _turned_down(
    request: OfficerRequest, row: Any, offer: Available, form: Any, sheet: Sheet, error: Invalid | Refused | Conflict
) -> HttpResponse:
    """The sentence beside what was typed; where nothing was typed, on the subject's page as it now stands."""
    status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Refused) else 400
    if not form.visible_fields() or not offer.allowed:
        messages.error(request, str(error))
        return sheet.show(request, sheet.find(request, row.pk), status=status)
    if isinstance(error, Conflict):
        # Sent again, the form stands on the row as it now is: its sender has been told.
        row = sheet.find(request, row.pk)
        form = sheet.form(offer.action, row, {**request.POST.dict(), "version": row.version})
        form.is_valid()
    put_errors(form, error)
    return _page(request, row, offer, form, sheet, status=status)


def _page(request: OfficerRequest, row: Any, offer: Available, form: Any, sheet: Sheet, *, status: int) -> HttpResponse:
    context = {sheet.name: row, "offer": offer, "form": form, "bare": not form.visible_fields()}
    return render(request, sheet.template, context | sheet.more(row, offer, form), status=status)
