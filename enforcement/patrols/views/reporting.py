"""The report of a run as a file to keep and to send: asked for here, made by a worker, found again among one's exports."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enforcement.issues.actions import exporting
from enforcement.issues.views.exports import here
from enforcement.patrols.report_kind import KIND
from regions.errors import DomainError
from regions.gatekeeper import business, policy

from .runs import find
from .visitor import officer_of


@policy(business("patrols"))
@require_POST
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Asks for the report. With script its progress and file come into the run's page; without, into one's exports."""
    run = find(request, pk)
    in_place = request.headers.get("HX-Request") == "true"
    try:
        made = exporting.ask(officer_of(request), KIND.name, request.POST.get("format", ""), {"run": str(run.pk)})
    except DomainError as error:
        messages.error(request, str(error))
        if in_place:
            return HttpResponse(headers={"HX-Redirect": run.get_absolute_url()})
        return redirect(run)
    if in_place:
        return here(request, made)
    messages.success(request, _("报告已排队生成，完成后可在此下载。"))
    return redirect("issues:exports")
