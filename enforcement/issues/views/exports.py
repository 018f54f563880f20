"""Exports: the lists one asked for as files, how far each is, and the files themselves. Everybody's own alone."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.issues.actions import exporting
from enforcement.issues.actions.jobs import waits_long
from enforcement.issues.export_files import file_of
from enforcement.issues.models import Export
from enforcement.issues.sheets.kinds import ListKind, kind_of
from enforcement.issues.sheets.papers import paper_kind_of
from regions.errors import DomainError, Invalid
from regions.gatekeeper import OfficerRequest, business, policy

SHOWN = 50
MAX_QUERY = 2000


@policy(business("own"))
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: OfficerRequest) -> HttpResponse:
    """One's own exports, newest first; POST asks for one and comes back here, or to the list with a sentence."""
    if request.method == "POST":
        return _ask(request)
    rows = [_row(export) for export in Export.objects.filter(officer=request.user)[:SHOWN]]
    return render(request, "issues/exports.html", {"rows": rows, "waits": any(row["export"].waits for row in rows)})


def _ask(request: OfficerRequest) -> HttpResponse:
    kind = kind_of(request.POST.get("kind", ""))
    words: dict[str, str] = {}
    try:
        words = _words(request.POST.get("query", ""))
        exporting.ask(request.user, request.POST.get("kind", ""), request.POST.get("format", ""), words)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(_page(kind, words))
    messages.success(request, _("已排队导出，完成后可在此下载。"))
    return redirect("issues:exports")


def _page(kind: ListKind | None, query: dict[str, str]) -> str:
    """Where one asked for a file, as it was filtered; one's exports if that can't be told."""
    try:
        return kind.page(query) if kind else reverse("issues:exports")
    except NoReverseMatch:
        return reverse("issues:exports")


def _words(query: str) -> dict[str, str]:
    """The words of a list's address; of one said twice, the last. Raises Invalid for what can't be read whole: a word left
    out would make a file of more than was meant."""
    if len(query) <= MAX_QUERY:
        with suppress(ValueError):
            return {name: str(value) for name, value in QueryDict(query).items()}
    raise Invalid(_("筛选条件太长或无法识别，请减少条件后再导出。"), field="filter")


def _row(export: Export) -> dict[str, Any]:
    kind = kind_of(export.kind) or paper_kind_of(export.kind)
    return {
        "export": export,
        "title": kind.title if kind else export.kind,
        "words": _("；").join(
            _("%(label)s：%(value)s") % {"label": label, "value": value} for label, value in export.words
        ),
        **progress_of(export),
    }


def progress_of(export: Export) -> dict[str, Any]:
    late = waits_long(export)
    return {
        "label": export.get_stage_display(),
        "value": export.done,
        "max": max(export.total, 1),
        "detail": _("后台任务暂未响应，恢复后自动继续。") if late else _("可以离开本页，稍后再回来。"),
        "poll_url": reverse("issues:export_progress", args=[export.pk]) if export.waits else "",
        "cancel_url": reverse("issues:export_stop", args=[export.pk]) if export.waits else "",
        "progress_id": f"progress-{export.pk}",
    }


def _mine(request: OfficerRequest, pk: UUID) -> Export:
    """One's own export; another's and none at all are the same 404."""
    found = Export.objects.filter(pk=pk, officer=request.user).first()
    if found is None:
        raise Http404
    return found


@policy(business("own"))
@require_safe
def export_progress(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """How far a worker is, as the piece of the page that asks for it; the page is loaded anew when it is done."""
    export = _mine(request, pk)
    if request.GET.get("here"):
        return here(request, export)
    answer = render(request, "components/progress.html", progress_of(export))
    if not export.waits:
        answer["HX-Refresh"] = "true"
    return answer


def here(request: HttpRequest, export: Export) -> HttpResponse:
    """An export's progress and then its file as a piece of whatever page it was asked for on."""
    shown = progress_of(export)
    shown["poll_url"] = f"{shown['poll_url']}?here=1" if export.waits else ""
    return render(request, "issues/_export_here.html", {"export": export, **shown})


@policy(business("own"))
@require_POST
def export_stop(request: OfficerRequest, pk: UUID) -> HttpResponse:
    try:
        exporting.DESK.stop(_mine(request, pk))
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已停止导出。"))
    return redirect("issues:exports")


@policy(business("own"))
@require_safe
def export_file(request: OfficerRequest, pk: UUID) -> HttpResponseBase:
    return file_of(_mine(request, pk))
