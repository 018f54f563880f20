"""What the pages of oversight share: their lists, a new row, how a state looks."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.oversight import actions
from enforcement.oversight.lifecycle import State, specials
from regions import keyset
from regions.errors import Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest
from regions.narrowing import ListWords

SIZE = 50
TONES: dict[str, str] = {
    State.PROPOSED: "leader_review", State.APPROVED: "confirmed", State.NOTICED: "issued", State.HELD: "rectifying",
    State.REPORTED: "verifying", State.VERIFIED: "verified", State.CLOSED: "closed", State.RENEWED: "reissued",
    State.VOID: "void",
}  # fmt: skip
SPECIAL_TONES: dict[str, str] = {
    specials.State.PROPOSED: "leader_review", specials.State.APPROVED: "confirmed", specials.State.UNDERWAY: "issued",
    specials.State.TOLD: "acknowledged", specials.State.PLANNED: "verifying", specials.State.ACCEPTED: "verified",
    specials.State.RECTIFYING: "rectifying", specials.State.CLOSED: "closed", specials.State.VOID: "void",
}  # fmt: skip


def tabs(active: str) -> list[dict[str, Any]]:
    """The two lists of oversight; `active` is the route of the one shown."""
    kinds = (("oversight:interviews", _("约谈")), ("oversight:specials", _("专项督察")))
    return [{"label": label, "url": reverse(route), "active": route == active, "count": None} for route, label in kinds]


def newest(request: OfficerRequest, rows: QuerySet[Any], words: ListWords, route: str) -> dict[str, Any]:
    """What the list at `route` shows of the rows that `words` narrowed, the newest proposal first.

    A key of no page gives the first and says so.
    """
    order, trouble = ["-proposed_at", "-id"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    return {
        "words": words,
        "rows": page.rows,
        "trouble": trouble,
        "tabs": tabs(route),
        "may_propose": actions.may_propose(request.user),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }


def proposed(request: OfficerRequest, template: str, form_of: type[Any], propose: Callable[..., Any]) -> HttpResponse:
    """The page of a new one, for those who may propose; what is entered right is proposed and shown."""
    if not actions.may_propose(request.user):
        return render(request, template, {"form": None}, status=403)
    form = form_of(request.user, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, template, {"form": form}, status=400 if form.is_bound else 200)
    try:
        made = propose(by=request.user, **form.entered)
    except (Invalid, Refused) as error:
        put_errors(form, error)
        return render(request, template, {"form": form}, status=400)
    return redirect(made)
