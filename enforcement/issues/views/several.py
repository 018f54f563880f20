"""Several issues at once: tick, look at what would happen to each, confirm, read how each came out."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from enforcement.issues import bulk
from enforcement.issues.action_forms import ActionForm
from enforcement.issues.bulk import Chosen, Line
from enforcement.issues.lifecycle import MOVES
from enforcement.issues.models import Issue
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest, business, policy

LIST, LONGEST_ADDRESS = "issues:list", 2000


class SharedForm(ActionForm):
    """The fields of an action, the same for all; which version and part is each line's own."""

    def __init__(self, line: Line, action: str, *args: Any, **kwargs: Any) -> None:
        assert line.part is not None
        super().__init__(MOVES[action], line.part, line.issue, *args, **kwargs)
        for name in ("version", "responsibility"):
            del self.fields[name]


@policy(business("issues"))
@require_http_methods(["GET", "HEAD", "POST"])
def several(request: OfficerRequest) -> HttpResponse:
    """GET shows what would happen; POST with the lines confirmed does it."""
    source = request.POST if request.method == "POST" else request.GET
    action = source.get("action", "")
    chosen = [_read(token) for token in source.getlist("item")]
    numbers = [one.number for one in chosen] if request.method == "POST" else source.getlist("selected")
    try:
        lines = bulk.preview(numbers, action, request.user)
    except Invalid as error:
        messages.error(request, str(error))
        return redirect(_back(source.get("back", "")))
    ready = [line for line in lines if line.part]
    if request.method == "POST":
        return _confirmed(request, action, chosen, lines, ready)
    form = SharedForm(ready[0], action) if ready else None
    return _page(request, action, lines, form, missing=len(set(numbers)) - len({line.issue.pk for line in lines}))


def _confirmed(
    request: OfficerRequest, action: str, chosen: list[Chosen], lines: list[Line], ready: list[Line]
) -> HttpResponse:
    entered: dict[str, Any] = {}
    if ready:
        form = SharedForm(ready[0], action, request.POST)
        if not form.is_valid():
            return _page(request, action, lines, form, status=400)
        entered = form.entered
    outcomes = bulk.perform_each(chosen, action, request.user, entered)
    titles = dict(
        Issue.objects.visible_to(request.user)
        .filter(number__in=[outcome.number for outcome in outcomes])
        .values_list("number", "title")
    )
    done = sum(outcome.done for outcome in outcomes)
    context = {
        "verb": MOVES[action].label,
        "outcomes": [{"outcome": outcome, "title": titles.get(outcome.number)} for outcome in outcomes],
        "done": done,
        "left": len(outcomes) - done,
        "back": _back(request.POST.get("back", "")),
    }
    return render(request, "issues/several_done.html", context)


def _page(
    request: OfficerRequest,
    action: str,
    lines: list[Line],
    form: SharedForm | None,
    *,
    missing: int = 0,
    status: int = 200,
) -> HttpResponse:
    ready = [line for line in lines if line.part]
    context = {
        "action": action,
        "verb": MOVES[action].label,
        "ready": ready,
        "kept": [line for line in lines if not line.part],
        "missing": missing,
        "form": form,
        "back": _back((request.POST if request.method == "POST" else request.GET).get("back", "")),
        "several_parts": len(ready) > len({line.issue.pk for line in ready}),
    }
    return render(request, "issues/several.html", context, status=status)


def _back(address: str) -> str:
    """The list as it was filtered, where the form says so; otherwise the whole list."""
    whole = reverse(LIST)
    own = address.partition("?")[0] == whole and len(address) <= LONGEST_ADDRESS
    return address if own and url_has_allowed_host_and_scheme(address, allowed_hosts=None) else whole


def _read(token: str) -> Chosen:
    """What a form kept of a line; a token that is none of ours names nothing."""
    number, _colon, rest = token[:80].partition(":")
    version, _colon, part = rest.partition(":")
    return Chosen(number.replace("\x00", ""), _whole(version), _whole(part))


def _whole(text: str) -> int | None:
    """A small whole number; anything else is 0, which no version and no part is."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
