"""What is published every day, with and without a round: the root of the day's commitments and the anchor's digest."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.timeline.models import Anchor
from regions import keyset
from regions.errors import Invalid
from regions.gatekeeper import business, policy

SIZE = 40


@policy(business("rounds"))
@require_safe
def commitments(request: HttpRequest) -> HttpResponse:
    rows, order, trouble = Anchor.objects.filter(commitments__isnull=False), ["-day"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    context = {
        "days": [(row.day, bytes(row.commitments or b"").hex(), bytes(row.digest).hex()) for row in page.rows],
        "trouble": trouble,
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "crossregion/commitments.html", context)
