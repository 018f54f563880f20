"""A large file begins to arrive, or is given up; the page's script sends its pieces over the API."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from enforcement.patrols import actions
from enforcement.patrols.actions import arriving
from enforcement.patrols.arrival_serializers import ArrivalSerializer
from enforcement.patrols.models import TrackArrival
from enforcement.patrols.upload_forms import ArrivalForm
from regions.errors import DomainError
from regions.gatekeeper import allow, policy
from regions.roles import Role

from .visitor import officer_of

UPLOADERS = allow(Role.INSPECTOR, Role.TEAM_LEADER, scope="patrols")


@policy(UPLOADERS)
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """A large file begins to arrive, or the same one goes on: the form without its file, answered as the API does."""
    form = ArrivalForm(request.POST, officer=officer_of(request))
    if not form.is_valid():
        sentences = [
            _("%(field)s：%(why)s") % {"field": form.fields[name].label, "why": " ".join(map(str, found))}
            for name, found in form.errors.items()
        ]
        return JsonResponse({"detail": " ".join(sentences)}, status=400)
    sent = form.cleaned_data
    try:
        arrival, _goes_on = arriving.begin(
            by=officer_of(request),
            bureau=sent["bureau"],
            name=sent["name"],
            size=sent["size"],
            mark=sent["mark"],
            stated=arriving.Stated(
                sent["time_zone"],
                sent["coordinate_system"],
                facts=actions.RunFacts(sent["route"], sent["crew"], sent["vehicle"], sent["instrument"]),
                use_remembered=True,
            ),
            drive=arriving.Drive.of(sent["drive"], sent["drive_files"] or 1),
        )
    except DomainError as error:
        return JsonResponse({"detail": str(error)}, status=400)
    return JsonResponse(ArrivalSerializer(arrival).data)


@policy(UPLOADERS)
@require_POST
def abandon(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One's own unfinished file is given up; another's and none at all are the same 404."""
    arrival = get_object_or_404(TrackArrival.objects.of(officer_of(request)), pk=pk)
    try:
        arriving.abandon(arrival, by=officer_of(request))
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已放弃，已传部分已删除。"))
    return redirect("patrols:upload")
