"""Patrol campaigns with their planned routes, and what is noted of a run beside its file."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.patrols import actions
from enforcement.patrols.boards import drawing_board, routes_map
from enforcement.patrols.driven import notes_of, routes_driven
from enforcement.patrols.forms import VoidForm
from enforcement.patrols.models import PatrolCampaign
from enforcement.patrols.planning_forms import CampaignForm, NoteForm, RouteForm
from enforcement.timeline import clock
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.gatekeeper import business, policy

from .equipment import tabs
from .runs import find as find_run
from .visitor import officer_of

SIZE = 40
SHOWN = 60
ENTRY = "patrols/equipment_entry.html"
Beside = Callable[[], dict[str, Any]]


def _find(request: HttpRequest, pk: UUID) -> PatrolCampaign:
    rows = PatrolCampaign.objects.visible_to(officer_of(request)).select_related("bureau__parent", "made_by")
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("equipment"))
@require_safe
def campaigns(request: HttpRequest) -> HttpResponse:
    rows = PatrolCampaign.objects.visible_to(officer_of(request)).select_related("bureau")
    rows = rows.annotate(route_count=Count("routes"))
    trouble, order = "", ["-since", "-id"]
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = keyset.page(rows, order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    context = {
        "tabs": tabs("campaigns"),
        "trouble": trouble,
        "rows": page.rows,
        "today": clock.today(),
        "may_add": bool(actions.kept_bureaus(officer_of(request))),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "patrols/campaigns.html", context)


@policy(business("equipment"))
@require_safe
def campaign(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _find(request, pk)
    counting = notes_of(row, officer_of(request))
    driven = routes_driven(list(row.routes.all()), counting)
    context = {
        "campaign": row,
        # Every run counts towards the share; the newest are listed.
        "routes": [{"route": one.route, "notes": one.notes[:SHOWN], "share": one.share} for one in driven],
        "notes": counting[:SHOWN],
        "drawn": routes_map(driven) if driven else None,
        "empty": {},
        "facts": [
            {"label": _("单位"), "value": row.bureau.name},
            {"label": _("起止"), "value": f"{row.since:%Y-%m-%d} — {row.until:%Y-%m-%d}"},
            {"label": _("方法依据"), "value": row.method_basis, "wide": True},
        ],
        "told": tell(events_of("patrolcampaign", row.pk)),
        "may_keep": row.voided_at is None and actions.may_keep(officer_of(request), row.bureau),
    }
    return render(request, "patrols/campaign.html", context)


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_new(request: HttpRequest) -> HttpResponse:
    bureaus, back = actions.kept_bureaus(officer_of(request)), reverse("patrols:campaigns")
    if not bureaus:
        return _page(request, _("设立走航专项"), None, back, status=403)
    form = CampaignForm(bureaus, request.POST or None, initial={"bureau": bureaus[0].pk})
    made: list[PatrolCampaign] = []
    act = lambda: made.append(actions.open_campaign(by=officer_of(request), **form.cleaned_data))  # noqa: E731
    return _entered(request, _("设立走航专项"), form, back, act) or redirect(made[0])


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_route(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _find(request, pk)
    if not actions.may_keep(officer_of(request), row.bureau):
        return _page(request, _("新增计划路线"), None, row.get_absolute_url(), status=403)
    form = RouteForm(request.POST or None, request.FILES or None)

    # Two tracks are read for it: only where the page is shown.
    def beside() -> dict[str, Any]:
        return {} if request.method == "HEAD" else {"drawn": drawing_board(row, officer_of(request))}

    def act() -> None:
        actions.plan_route(
            row, by=officer_of(request), name=form.cleaned_data["name"], data=form.line,
            system=form.cleaned_data["coordinate_system"],
        )  # fmt: skip

    back = row.get_absolute_url()
    return _entered(request, _("新增计划路线"), form, back, act, "patrols/route.html", beside) or redirect(row)


@policy(business("equipment"))
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_void(request: HttpRequest, pk: UUID) -> HttpResponse:
    row = _find(request, pk)
    if not actions.may_keep(officer_of(request), row.bureau):
        return _page(request, _("作废走航专项"), None, row.get_absolute_url(), status=403)
    form = VoidForm(request.POST or None)
    act = lambda: actions.void_campaign(row, by=officer_of(request), **form.cleaned_data)  # noqa: E731
    return _entered(request, _("作废走航专项"), form, row.get_absolute_url(), act) or redirect(row)


@policy(business("patrols"))
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a run was driven for and in what weather; what was noted before is filled in."""
    found = find_run(request, pk)
    if not actions.may_note(found, officer_of(request)):
        return _page(request, _("补充走航情况"), None, found.get_absolute_url(), status=403)
    names = ("temperature_c", "humidity_percent", "wind_from_deg", "wind_ms", "sky", "source", "campaign", "route")
    initial = {name: getattr(found.note, name) for name in names} if found.note else {}
    form = NoteForm(found, officer_of(request), request.POST or None, initial=initial)

    def act() -> None:
        route, campaign = form.cleaned_data["route"], form.cleaned_data["campaign"]
        actions.note_run(
            found, actions.readings_of(found), by=officer_of(request), route=route,
            campaign=campaign or (route.campaign if route else None), weather=actions.Weather(**form.weather),
        )  # fmt: skip

    return _entered(request, _("补充走航情况"), form, found.get_absolute_url(), act) or redirect(found)


def _entered(
    request: HttpRequest, title: str, form: Any, back: str, act: Any, template: str = ENTRY, beside: Beside = dict
) -> HttpResponse | None:
    """Takes the action; None when it is done, else the page with what was typed and what is wrong with it. `beside` gives
    what its template shows besides."""
    if request.method != "POST":
        return _page(request, title, form, back, template=template, beside=beside)
    status = 400
    if form.is_valid():
        try:
            act()
        except DomainError as error:
            field = "points" if error.field == "line" else error.field
            form.add_error(field if field in form.fields else None, str(error))
            status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Refused) else 400
        else:
            messages.success(request, _("已登记。"))
            return None
    return _page(request, title, form, back, status=status, template=template, beside=beside)


def _page(
    request: HttpRequest,
    title: str,
    form: Any,
    back: str,
    *,
    status: int = 200,
    template: str = ENTRY,
    beside: Beside = dict,
) -> HttpResponse:
    return render(request, template, {"title": title, "form": form, "back": back, **beside()}, status=status)
