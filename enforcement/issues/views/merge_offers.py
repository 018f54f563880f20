"""A merge offer's page: what was asked of whom about which two issues, and its answers. Works without script."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.issues.actions.merge_offers import ANSWERS, act, moves_of
from enforcement.issues.linking_forms import AnswerForm
from enforcement.issues.models import MergeOffer
from enforcement.issues.offered import Side, shown
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, business, policy
from regions.templatetags.office import date_office


@policy(business("issues"))
@require_safe
def merge_offer(request: OfficerRequest, pk: int) -> HttpResponse:
    return _page(request, _find(request, pk))


@policy(business("issues"))
@require_http_methods(["GET", "HEAD", "POST"])
def answer_merge_offer(request: OfficerRequest, pk: int, action: str) -> HttpResponse:
    found = _find(request, pk)
    if action not in ANSWERS:
        raise Http404
    if request.method != "POST" and not any(m.action == action and m.allowed for m in moves_of(found, request.user)):
        return _page(request, found)  # it says what may be done, or why not
    form = AnswerForm(ANSWERS[action].needs, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, found, action, form, status=400 if form.is_bound else 200)
    try:
        act(action, found.pk, by=request.user, seen_by=request.user, **form.cleaned_data)
    except Invalid as error:
        put_errors(form, error)
        return _page(request, found, action, form, status=400)
    except Absent as error:  # meanwhile
        raise Http404 from error
    except (Conflict, Refused) as error:
        form.add_error(None, str(error))
        return _page(request, _find(request, pk), action, form, status=409 if isinstance(error, Conflict) else 403)
    messages.success(request, _("合并征询：已%(action)s。") % {"action": ANSWERS[action].label})
    return redirect(found)


def _find(request: OfficerRequest, pk: int) -> MergeOffer:
    """The offer, if this officer may see it. Absent and forbidden are the same 404."""
    rows = MergeOffer.objects.visible_to(request.user).filter(pk=pk)
    found = rows.select_related("bureau", "asked", "by", "ended_by", "issue", "into", "merge__voided_by").sole()
    if found is None:
        raise Http404
    return found


def _page(
    request: OfficerRequest, found: MergeOffer, action: str = "", form: AnswerForm | None = None, *, status: int = 200
) -> HttpResponse:
    (one,) = shown([found], request.user)
    # Beside a form no other answer is offered.
    moves = [] if form else moves_of(found, request.user)
    context: dict[str, Any] = {
        "offer": found,
        "issue": _facts(one.issue),
        "into": _facts(one.into),
        "moves": [
            {"move": move, "url": reverse("issues:answer_merge_offer", args=[found.pk, move.action])} for move in moves
        ],
        "answer": ANSWERS.get(action),
        "form": form,
    }
    return render(request, "issues/merge_offer.html", context, status=status)


def _facts(side: Side | None) -> list[dict[str, Any]]:
    """What is known of one issue, for `components/facts.html`; nothing where it isn't the reader's to know."""
    if side is None:
        return []
    days = [
        (_("转办日期"), side.issued_on),
        (_("首次期限"), side.first_due_on),
        (_("当前期限"), side.due_on),
    ]
    facts: list[dict[str, Any]] = [
        {"label": _("编号"), "value": side.number, "url": side.url},
        {"label": _("标题"), "value": side.title},
        {"label": _("转办单位"), "value": side.issuer.name},
        {"label": _("地点"), "value": side.place},
        {"label": _("承办单位"), "value": _("、").join(side.bureaus)},
    ]
    facts += [{"label": label, "value": date_office(day)} for label, day in days if day]
    return [fact for fact in facts if fact["value"]]
