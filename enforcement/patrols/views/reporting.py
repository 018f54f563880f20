"""The report of a run as a file to keep and to send."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from enforcement.patrols.report_files import KINDS, file_of
from regions.gatekeeper import business, policy

from .runs import find
from .visitor import officer_of


@policy(business("patrols"))
@require_safe
def report(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    run = find(request, pk)
    if kind not in KINDS:
        raise Http404
    return file_of(run, officer_of(request), kind)
