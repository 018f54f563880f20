"""Handoff documents (转办单): the list, and the document as it is filed."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.issues import lifecycle
from enforcement.issues.clocks import face_of
from enforcement.issues.list_forms import HandoffWords
from enforcement.issues.models import Delivery, Handoff, Issue, Responsibility
from enforcement.timeline import clock
from regions import keyset
from regions.errors import Invalid
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import WorkCalendar
from regions.roles import Role

from .letters import deliveries_of, document_for, items_for

SIZE = 30
#: Documents are numbered as they are issued, so their keys are in the order of issuing.
ORDER = ["-issued_at", "-id"]


@policy(business("handoffs"))
@require_safe
def handoffs(request: OfficerRequest) -> HttpResponse:
    words = HandoffWords(request.GET, officer=request.user)
    found = words.narrow(Handoff.objects.visible_to(request.user)).select_related("bureau", "issued_by")
    trouble = ""
    try:
        page = keyset.page(found, ORDER, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(found, ORDER, SIZE)
    counts = _counts(request, page.rows)
    context = {
        "words": words,
        "trouble": trouble,
        "rows": [{"handoff": row, **counts.get(row.pk, {"items": 0, "done": 0})} for row in page.rows],
        "sends": any(p.role == Role.DISPATCHER for p in request.user.postings_on(clock.today())),
        "channels": Delivery.Channel.choices,
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "issues/handoffs.html", context)


def _counts(request: OfficerRequest, rows: list[Handoff]) -> dict[int, dict[str, Any]]:
    """Items this officer sees and how many of them are done, for a page of documents in one statement."""
    mine = Issue.objects.visible_to(request.user).values("pk")
    counted = (
        Responsibility.objects.filter(handoff__in=[row.pk for row in rows], issue__in=mine)
        .order_by()
        .values("handoff")
        .annotate(items=Count("pk"), done=Count("pk", filter=Q(state__in=sorted(lifecycle.DONE))))
    )
    return {row["handoff"]: {"items": row["items"], "done": row["done"]} for row in counted}


@policy(business("handoffs"))
@require_safe
def handoff(request: OfficerRequest, pk: int) -> HttpResponse:
    document = document_for(request.user, pk)
    calendar = WorkCalendar.current().value()
    items = list(items_for(request.user, document))
    context = {"handoff": document, "items": [{"r": r, "clock": face_of(r, calendar)} for r in items]}
    return render(request, "issues/handoff.html", context | deliveries_of(request, document, items))
