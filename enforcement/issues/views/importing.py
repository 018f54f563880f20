"""Import of a ledger in three steps: the file, what was found in it, and bringing it in. Everybody's own alone."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.issues.actions import importing
from enforcement.issues.actions.jobs import waits_long
from enforcement.issues.ledger.headings import BY_KEY
from enforcement.issues.ledger_forms import LayoutForm, LedgerUploadForm
from enforcement.issues.models import Issue, LedgerImport
from regions.errors import DomainError
from regions.gatekeeper import OfficerRequest, allow, policy

OFFICE = allow(*importing.IMPORTERS, scope="own")
SHOWN = 30


@policy(OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def ledgers(request: OfficerRequest) -> HttpResponse:
    """One's own ledgers and the form for another."""
    bureaus = importing.bureaus_of(request.user)
    form = LedgerUploadForm(request.POST or None, request.FILES or None, bureaus=bureaus)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            importing.check_size(sent["file"].size)
            kept = importing.keep(
                request.user, sent["bureau"], sent["file"].name, sent["file"].read(), source=sent["source"]
            )
            return redirect("issues:ledger_file", kept.pk)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    rows = LedgerImport.objects.filter(officer=request.user).select_related("bureau")[:SHOWN]
    status = 400 if request.method == "POST" else 200
    return render(request, "issues/ledgers.html", {"form": form, "rows": rows}, status=status)


def _mine(request: OfficerRequest, pk: UUID) -> LedgerImport:
    """One's own ledger; another's and none at all are the same 404."""
    found = LedgerImport.objects.filter(pk=pk, officer=request.user).select_related("bureau").first()
    if found is None:
        raise Http404
    return found


@policy(OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def ledger_file(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """How far a ledger is; POST says what its columns mean and looks again, or brings it in."""
    ledger = _mine(request, pk)
    forms = _layouts(ledger)
    if request.method != "POST":
        return _show(request, ledger, forms)
    try:
        if "import" in request.POST:
            importing.ask(ledger, LedgerImport.Wanted.IMPORT)
            return redirect("issues:ledger_file", pk)
        form = _answered(request, forms)
        if form is None:
            return _show(request, ledger, forms, status=400)
        importing.explain_anew(ledger, form.cleaned_data["fingerprint"], form.mapping)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("issues:ledger_file", pk)


def _layouts(ledger: LedgerImport) -> list[LayoutForm]:
    """A form for each different heading of the ledger."""
    made: dict[str, LayoutForm] = {}
    for sheet in (ledger.told or {}).get("sheets", ()):
        initial = {"fingerprint": sheet["fingerprint"], **sheet["mapping"]}
        form = LayoutForm(sheet["titles"], initial=initial, prefix=f"l{len(made)}")
        made.setdefault(sheet["fingerprint"], form)
    return list(made.values())


def _answered(request: OfficerRequest, forms: list[LayoutForm]) -> LayoutForm | None:
    """The form that was sent, if it is right; put in the place of the one it answers."""
    for place, form in enumerate(forms):
        if f"{form.prefix}-fingerprint" not in request.POST:
            continue
        answered = LayoutForm(form.titles, request.POST, prefix=form.prefix)
        forms[place] = answered
        right = answered.is_valid() and answered.cleaned_data["fingerprint"] == form.initial["fingerprint"]
        return answered if right else None
    return None


def _show(request: OfficerRequest, ledger: LedgerImport, forms: list[LayoutForm], status: int = 200) -> HttpResponse:
    told = ledger.told or {}
    counts = told.get("counts", {})
    context = {
        "ledger": ledger,
        "told": told,
        "counts": counts,
        "forms": [] if ledger.imported_at or ledger.waits else forms,
        "more_faults": told.get("fault_count", 0) - len(told.get("faults", ())),
        "may_import": bool(counts.get("new")) and not counts.get("faulty"),
        "needed": [BY_KEY[key].label for key in ("title", "issued_on", "division")],
        "layouts": sorted(set(ledger.rows.values_list("layout", flat=True))) if ledger.imported_at else [],
        "issues": _brought_in(request, ledger) if ledger.imported_at else [],
        "progress": _progress(ledger),
    }
    return render(request, "issues/ledger_file.html", context, status=status)


def _brought_in(request: OfficerRequest, ledger: LedgerImport) -> list[Any]:
    return list(Issue.objects.visible_to(request.user).filter(ledger_row__ledger=ledger).order_by("pk")[:20])


def _progress(ledger: LedgerImport) -> dict[str, Any]:
    late = waits_long(ledger)
    return {
        "label": ledger.get_stage_display(),
        "value": ledger.done,
        "max": max(ledger.total, 1),
        "detail": _("后台任务暂未响应，恢复后自动继续。") if late else _("可以离开本页，稍后再回来。"),
        "poll_url": reverse("issues:ledger_progress", args=[ledger.pk]) if ledger.waits else "",
        "cancel_url": reverse("issues:ledger_stop", args=[ledger.pk]) if ledger.waits else "",
    }


@policy(OFFICE)
@require_safe
def ledger_progress(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """How far a worker is, as the piece of the page that asks for it; the page is loaded anew when it is done."""
    ledger = _mine(request, pk)
    answer = render(request, "components/progress.html", _progress(ledger))
    if not ledger.waits:
        answer["HX-Refresh"] = "true"
    return answer


@policy(OFFICE)
@require_POST
def ledger_stop(request: OfficerRequest, pk: UUID) -> HttpResponse:
    try:
        importing.DESK.stop(_mine(request, pk))
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已停止，没有导入任何数据。"))
    return redirect("issues:ledger_file", pk)
