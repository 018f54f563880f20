"""Checklists: the list, one version, its items, its moves."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.inspections import rules
from enforcement.inspections.actions import checklists as actions
from enforcement.inspections.forms import ItemForm, ListForm
from enforcement.inspections.lifecycle import ListState
from enforcement.inspections.models import ChecklistItem, ChecklistVersion
from enforcement.inspections.querysets import ListQuerySet
from enforcement.timeline.telling import events_of, tell
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.forms import put_errors, seen_of
from regions.gatekeeper import OfficerRequest, business, policy

from .frame import TONES, tabs


def find(request: OfficerRequest, pk: UUID) -> ChecklistVersion:
    rows = ListQuerySet(ChecklistVersion).visible_to(request.user).select_related("checklist")
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("checklists"))
@require_safe
def checklists(request: OfficerRequest) -> HttpResponse:
    rows = ListQuerySet(ChecklistVersion).visible_to(request.user).select_related("checklist")
    versions = list(rows.annotate(size=Count("items")))
    for row in versions:
        row.badge = TONES[row.state]
    context = {"versions": versions, "tabs": tabs(request), "may_keep": actions.may_keep(request.user)}
    return render(request, "inspections/checklists.html", context)


@policy(business("checklists"))
@require_http_methods(["GET", "HEAD", "POST"])
def new_list(request: OfficerRequest) -> HttpResponse:
    if not actions.may_keep(request.user):
        return render(request, "inspections/new_list.html", {"form": None}, status=403)
    form = ListForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "inspections/new_list.html", {"form": form}, status=400 if form.is_bound else 200)
    try:
        made = actions.begin(by=request.user, **form.cleaned_data)
    except (Invalid, Refused) as error:
        put_errors(form, error)
        return render(request, "inspections/new_list.html", {"form": form}, status=400)
    return redirect(made)


@policy(business("checklists"))
@require_safe
def checklist(request: OfficerRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, row: ChecklistVersion, *, status: int = 200, faults: Any = ()) -> HttpResponse:
    keeper = actions.may_keep(request.user)
    items = list(row.items.all())
    context = {
        "version": row,
        "badge": TONES[row.state],
        "items": [
            {"item": item, "becomes": rules.Becomes(item.becomes).label, "answers": _answers(item)} for item in items
        ],
        "editing": keeper and row.state == ListState.DRAFT,
        "keeper": keeper,
        "faults": faults,
        "others": list(row.checklist.versions.exclude(pk=row.pk).order_by("-number")),
        "told": tell(events_of("checklistversion", row.pk)),
    }
    return render(request, "inspections/checklist.html", context, status=status)


def _answers(item: ChecklistItem) -> str:
    if item.kind == rules.Kind.NUMBER:
        low = f"≥ {item.low.normalize():f}" if item.low is not None else ""
        high = f"≤ {item.high.normalize():f}" if item.high is not None else ""
        return f"{item.unit} {low} {high}".strip()
    if item.kind == rules.Kind.CHOICE:
        return str(_("、")).join(item.choices)
    return str(rules.Kind(item.kind).label)


@policy(business("checklists"))
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: OfficerRequest, pk: UUID, item: UUID | None = None) -> HttpResponse:
    """A new item of a draft, or one that stands: changed, moved or taken out."""
    row = find(request, pk)
    if not actions.may_keep(request.user) or row.state != ListState.DRAFT:
        messages.warning(request, _("只有省、市单位的转办员、会商协调员可以修改检查表的草稿。"))
        return show(request, row, status=403) if request.method == "POST" else redirect(row)
    standing = row.items.filter(pk=item).first() if item else None
    if item and standing is None:
        raise Http404
    if request.method != "POST":
        form = ItemForm(instance=standing, initial={"version": row.version})
        return render(request, "inspections/item.html", {"version": row, "form": form, "standing": standing})
    return _changed(request, row, standing)


def _changed(request: OfficerRequest, row: ChecklistVersion, standing: ChecklistItem | None) -> HttpResponse:
    how: dict[str, Any] = {"by": request.user, "seen": seen_of(request)}
    try:
        if standing is not None and "drop" in request.POST:
            actions.drop_item(row, item=standing, **how)
            return redirect(row)
        if standing is not None and ("up" in request.POST or "down" in request.POST):
            actions.move_item(row, item=standing, up="up" in request.POST, **how)
            return redirect(row)
    except Conflict as error:
        messages.error(request, str(error))
        return show(request, find(request, row.pk), status=409)
    form = ItemForm(request.POST, instance=standing)
    context = {"version": row, "form": form, "standing": standing}
    if not form.is_valid():
        return render(request, "inspections/item.html", context, status=400)
    try:
        actions.put_item(row, item=standing, **how, **form.entered)
    except Invalid as error:
        put_errors(form, error)
        return render(request, "inspections/item.html", context, status=400)
    except Conflict as error:
        # What was typed stays on the page; a second sending goes on top of what the other one wrote.
        put_errors(form, error)
        form.data = {**request.POST.dict(), "version": str(find(request, row.pk).version)}
        return render(request, "inspections/item.html", context, status=409)
    return redirect(row)


@policy(business("checklists"))
@require_POST
def move_list(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    row = find(request, pk)
    try:
        if action == "publish":
            actions.publish(row, by=request.user, seen=seen_of(request))
        elif action == "retire":
            actions.retire(row, by=request.user, seen=seen_of(request))
        elif action == "clone":
            return redirect(actions.clone(row, by=request.user))
        else:
            raise Http404
    except Invalid as error:
        return show(request, row, status=400, faults=error.errors.get("items", [str(error)]))
    except DomainError as error:
        messages.error(request, str(error))
        return show(request, find(request, pk), status=409 if isinstance(error, Conflict) else 403)
    return redirect(row)
