"""Taking an action from a page: a form that works without script, and a sentence whatever goes wrong."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from enforcement.issues import actions
from enforcement.issues.action_forms import FILES, ActionForm, action_form
from enforcement.issues.actions import Available
from enforcement.issues.lifecycle import FIELDS, MOVES, State
from enforcement.issues.models import Issue
from enforcement.timeline import attachments
from enforcement.timeline.models import Attachment
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, business, policy

from .sheet import IRREVERSIBLE, find, show


@policy(business("issues"))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: OfficerRequest, number: str, action: str) -> HttpResponse:
    issue = find(request, number)
    if action not in MOVES:
        raise Http404
    offer = _offer(request, issue, action)
    if request.method == "POST":
        return _perform(request, issue, action, offer)
    if offer is None:
        messages.warning(request, _not_offered(issue, action))
        return redirect(issue)
    form = action_form(action, _responsibility(issue, offer), issue)
    return _form_page(request, issue, offer, form, status=200 if offer.allowed else 403)


def _perform(request: OfficerRequest, issue: Issue, action: str, offer: Available | None) -> HttpResponse:
    if offer is None:
        messages.error(request, _not_offered(issue, action))
        return show(request, issue, status=409, unsent=_typed(request, action))
    data = request.POST.copy()
    data["responsibility"] = str(offer.responsibility)
    form = action_form(action, _responsibility(issue, offer), issue, data)
    if not form.is_valid():
        return _form_page(request, issue, offer, form, status=400)
    entered = {**form.entered}
    # Files first: an action that asks for photos finds them, and what was sent isn't lost when it can't happen.
    kept = take_files_of(request, issue, action) if offer.allowed else []
    if kept and "evidence" in entered:
        entered["evidence"] = kept[0]
    try:
        done = actions.perform(
            issue,
            action,
            by=request.user,
            responsibility=offer.responsibility,
            version=form.cleaned_data["version"],
            **entered,
        )
    except Invalid as error:
        put_errors(form, error)
        return _form_page(request, issue, offer, form, status=400)
    except Conflict as error:
        return _outrun(request, issue, action, form, error)
    except Refused as error:
        messages.error(request, str(error))
        return show(request, issue, status=403, unsent=_typed(request, action))
    messages.success(request, _("%(number)s：已%(action)s。") % {"number": done.number, "action": offer.label})
    return (
        redirect(done)
        if Issue.objects.visible_to(request.user).filter(pk=done.pk).exists()
        else redirect("issues:list")
    )


def _outrun(request: OfficerRequest, issue: Issue, action: str, form: ActionForm, error: DomainError) -> HttpResponse:
    """Someone was first: the sentence, the page as it now stands, and what was typed."""
    messages.error(request, str(error))
    fresh = find(request, issue.number)
    offer = _offer(request, fresh, action)
    if offer is None or not offer.allowed:
        return show(request, fresh, status=409, unsent=_typed(request, action))
    data = request.POST.copy()
    data["version"] = str(fresh.version)
    again = action_form(action, _responsibility(fresh, offer), fresh, data)
    return _form_page(request, fresh, offer, again, status=409)


def _form_page(
    request: OfficerRequest, issue: Issue, offer: Available, form: ActionForm, *, status: int
) -> HttpResponse:
    context = {
        "issue": issue,
        "offer": offer,
        "form": form,
        "responsibility": _responsibility(issue, offer),
        "danger": offer.action in IRREVERSIBLE,
        "fields": bool(offer.needs or offer.accepts),
    }
    return render(request, "issues/act.html", context, status=status)


def _offer(request: OfficerRequest, issue: Issue, action: str) -> Available | None:
    """The offer the page speaks of: of the responsibility named, or the one this officer may take."""
    offers = [offer for offer in actions.available(issue, request.user) if offer.action == action]
    wanted = request.POST.get("responsibility") or request.GET.get("responsibility")
    if wanted:
        return next((offer for offer in offers if str(offer.responsibility) == wanted), None)
    return next((offer for offer in offers if offer.allowed), offers[0] if offers else None)


def _responsibility(issue: Issue, offer: Available) -> Any:
    return issue.responsibilities.select_related("bureau", "policy", "parent__bureau__division").get(
        pk=offer.responsibility
    )


def _not_offered(issue: Issue, action: str) -> str:
    return _("该问题现为“%(state)s”，不能%(action)s。") % {
        "state": State(issue.state).label,
        "action": MOVES[action].label,
    }


def _typed(request: OfficerRequest, action: str) -> dict[str, Any]:
    return {name: request.POST.get(name, "")[:4000] for name in FIELDS if name in request.POST}


@policy(business("issues"))
@require_POST
def add_evidence(request: OfficerRequest, number: str) -> HttpResponse:
    """Adds files to the evidence of an issue; each is told of by itself."""
    issue = find(request, number)
    take_files(request, issue)
    return redirect(issue.get_absolute_url() + "#evidence")


def take_files(request: OfficerRequest, subject: Any) -> None:
    """Attaches the request's files to a subject, and puts a sentence for each that can't be taken."""
    role = request.POST.get("role", "")
    files = [(upload, role) for name in ("files", "photos") for upload in request.FILES.getlist(name)]
    if not files:
        messages.error(request, _("请先选择要上传的照片或文件。"))
    _take(request, subject, files)


def take_files_of(request: OfficerRequest, subject: Any, action: str) -> list[Attachment]:
    """The same for the file inputs of an action's form, each with what its files are to show. None is fine."""
    files = [(upload, role) for name, _label, role in FILES.get(action, ()) for upload in request.FILES.getlist(name)]
    return _take(request, subject, files)


def _take(request: OfficerRequest, subject: Any, files: Sequence[tuple[Any, str]]) -> list[Attachment]:
    if len(files) > attachments.MAX_AT_ONCE:
        messages.error(request, _("一次最多上传%(n)d个文件，请分批上传。") % {"n": attachments.MAX_AT_ONCE})
        return []
    kept, label = [], request.POST.get("label", "")[:20]
    for upload, role in files:
        try:
            kept.append(attachments.attach(subject, upload, by=request.user, label=label, role=role))
        except DomainError as error:
            messages.error(request, _("“%(name)s”没有上传：%(why)s") % {"name": str(upload.name)[:60], "why": error})
    if kept:
        messages.success(request, _("已上传%(n)d个文件。") % {"n": len(kept)})
    return kept
