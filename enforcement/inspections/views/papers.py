"""Downloads: the record, the list of evidence handed over, a site's QR code."""

import io
from uuid import UUID

import segno
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from enforcement.inspections import actions, records
from enforcement.papers.downloads import sent
from regions.directory import sites_for
from regions.gatekeeper import OfficerRequest, business, policy

from .visits import find


@policy(business("visits"))
@require_safe
def record(request: OfficerRequest, pk: UUID, kind: str) -> HttpResponse:
    visit = find(request, pk)
    return sent(records.record_of(visit), f"record-{visit.planned_on:%Y%m%d}", kind)


@policy(business("visits"))
@require_safe
def handover(request: OfficerRequest, pk: UUID, kind: str) -> HttpResponse:
    visit = find(request, pk)
    if visit.handed_over_at is None:
        raise Http404
    return sent(records.handover_of(visit), f"handover-{visit.planned_on:%Y%m%d}", kind)


@policy(business("sites"))
@require_safe
def site_code(request: OfficerRequest, pk: int) -> HttpResponse:
    """The QR code a site hangs at its gate (扫码入企): an address with the site's key, signed."""
    site = sites_for(request.user).filter(pk=pk).first()
    if site is None:
        raise Http404
    address = request.build_absolute_uri(reverse("inspections:arrive", args=[actions.code_of(site)]))
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=6, border=3, xmldecl=True)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")
