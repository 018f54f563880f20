"""The inbox of findings: what was filed, newest first, with the ticks from which a handoff document is made."""

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.findings import turns
from enforcement.findings.forms import FindingFilter
from enforcement.findings.models import Finding
from enforcement.issues.models import Issue
from regions import keyset
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest, business, policy

SIZE = 50
ORDER = ["-received_at", "-id"]


@policy(business("findings"))
@require_safe
def inbox(request: OfficerRequest) -> HttpResponse:
    form = FindingFilter(request.GET, officer=request.user)
    seen = Issue.objects.visible_to(request.user).filter(pk=OuterRef("issue_id")).values("number")[:1]
    rows = Finding.objects.visible_to(request.user).select_related("located_in", "filer", "site", "filed_by")
    found = form.narrow(rows.defer("bigrams").annotate(seen_issue=Subquery(seen)))
    trouble = ""
    try:
        page = keyset.page(found, ORDER, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(found, ORDER, SIZE)
    dispatches = turns.may_hand_off(request.user)
    context = {
        "form": form,
        "trouble": trouble,
        "rows": page.rows,
        "filtered": bool(form.in_use),
        "may_file": turns.may_file(request.user),
        "may_hand_off": dispatches,
        "ticks": dispatches and any(row.state == "confirmed" for row in page.rows),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "findings/list.html", context)
