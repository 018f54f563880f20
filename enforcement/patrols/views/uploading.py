"""Upload in two steps: the file with what is stated about it, then a trial read to look at before anything is imported."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from enforcement.patrols import actions, pictures
from enforcement.patrols.actions.importing import TrialRead, limits
from enforcement.patrols.forms import MappingForm, UploadForm, mapping_as_numbers
from enforcement.patrols.models import TrackUpload
from enforcement.patrols.tracks.formats import format_of
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.layout import Layout
from enforcement.patrols.tracks.mapping import suggest
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions import cartography
from regions.errors import DomainError
from regions.gatekeeper import allow, policy
from regions.models import Division
from regions.roles import Role

from .visitor import officer_of

UPLOADERS = allow(Role.INSPECTOR, Role.TEAM_LEADER, scope="patrols")


@policy(UPLOADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "patrols/upload.html", {"form": UploadForm(officer=officer_of(request))})
    form = UploadForm(request.POST, request.FILES, officer=officer_of(request))
    if form.is_valid():
        kept = _keep(request, form)
        if kept is not None:
            return redirect("patrols:trial", kept.pk)
    return render(request, "patrols/upload.html", {"form": form}, status=400)


def _keep(request: HttpRequest, form: UploadForm) -> TrackUpload | None:
    """Keeps a file that is at least text with a header; else puts the sentence beside the field."""
    sent = form.cleaned_data
    file = sent["file"]
    try:
        limits().check_size(file.size)
        data = file.read()
        format_of(data, file.name).open(data, limits())
    except TrackRefused as error:
        form.add_error("file", str(error))
        return None
    return TrackUpload.objects.create(
        bureau=sent["bureau"],
        officer=officer_of(request),
        name="".join(char for char in file.name if char.isprintable())[-120:] or "track",
        sha256=store().put([data]),
        size=len(data),
        vehicle=sent["vehicle"],
        instrument=sent["instrument"],
        crew=sent["crew"],
        route=sent["route"],
        time_zone=sent["time_zone"],
        coordinate_system=sent["coordinate_system"],
        uploaded_at=clock.now(),
    )


@policy(UPLOADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The trial read of one's own upload; POST changes what is stated, or imports."""
    kept = (
        TrackUpload.objects.filter(pk=pk, officer=officer_of(request))
        .select_related("bureau", "vehicle", "instrument", "run")
        .first()
    )
    if kept is None:
        raise Http404
    if kept.run is not None:
        return redirect(kept.run)
    data = store().take(kept.sha256)
    layout = format_of(data, kept.name).open(data, limits()).layout
    if request.method != "POST":
        return _show(request, kept, data, layout)
    if "import" in request.POST:
        return _import(request, kept, data, layout)
    form = MappingForm(layout, request.POST)
    if not form.is_valid():
        return _show(request, kept, data, layout, form=form, status=400)
    kept.time_zone, kept.coordinate_system = form.cleaned_data["time_zone"], form.cleaned_data["coordinate_system"]
    kept.mapping = form.mapping
    kept.save(update_fields=["time_zone", "coordinate_system", "mapping"])
    return redirect("patrols:trial", kept.pk)


def _statement(kept: TrackUpload) -> Statement:
    return Statement(kept.time_zone, kept.coordinate_system, kept.mapping)


def _import(request: HttpRequest, kept: TrackUpload, data: bytes, layout: Layout) -> HttpResponse:
    facts = actions.RunFacts(kept.route, kept.crew, kept.vehicle, kept.instrument)
    try:
        run = actions.import_track(
            by=officer_of(request),
            bureau=kept.bureau,
            name=kept.name,
            data=data,
            statement=_statement(kept),
            facts=facts,
        )
    except actions.AlreadyImported as error:
        messages.warning(request, str(error))
        return redirect(error.run)
    except DomainError as error:
        messages.error(request, str(error))
        return _show(request, kept, data, layout, status=400)
    kept.run = run
    kept.save(update_fields=["run"])
    messages.success(request, _("已导入走航“%(title)s”。") % {"title": run.title})
    return redirect(run)


def _show(
    request: HttpRequest,
    kept: TrackUpload,
    data: bytes,
    layout: Layout,
    *,
    form: MappingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"upload": kept}
    try:
        found = actions.trial_read(
            by=officer_of(request), bureau=kept.bureau, name=kept.name, data=data, statement=_statement(kept)
        )
    except DomainError as error:
        context["refusal"] = str(error)
        initial = kept.mapping or mapping_as_numbers(layout, suggest(layout), [])
    else:
        context |= _told(found)
        mapping = found.track.mapping
        initial = mapping_as_numbers(layout, mapping.fields, [index for index, one in mapping.channels if not one.role])
    stated = {"time_zone": kept.time_zone, "coordinate_system": kept.coordinate_system}
    context["form"] = form or MappingForm(layout, initial={**initial, **stated})
    return render(request, "patrols/trial.html", context, status=status)


def _told(found: TrialRead) -> dict[str, Any]:
    """What the page says of a file that can be imported."""
    readings, rule = found.track.readings, found.rule.value()
    measured = readings.measured()
    values = readings.value(measured[0].name) if measured else readings.speed_kmh
    scale = pictures.scale_of(values)
    box = pictures.bounds(readings)
    names = dict(Division.objects.filter(code__in=found.county_codes, ended_on=None).values_list("code", "name"))
    codes = [index for index, _channel in found.track.mapping.channels] + list(found.track.mapping.fields.values())
    return {
        "trial": found,
        "km": sum(piece.km for piece in found.segments),
        "hours": sum(piece.hours for piece in found.segments),
        "problems": found.track.problems,
        "kinds": found.track.problems.summary(),
        "headers": [found.track.source.layout.columns[index].label for index in sorted(set(codes))],
        "channels": measured,
        "legend": scale.labels(measured[0].unit if measured else "km/h"),
        "map_title": measured[0].name if measured else _("车速"),
        "map_data": {
            "boundaries": pictures.nearby(cartography.geojson("county"), box),
            "points": [],
            "tracks": pictures.live_lines(readings, values, scale, rule),
            "view": [[box[1], box[0]], [box[3], box[2]]],
        },
        "empty": {},
        "paper_tracks": pictures.paper_lines(readings, values, scale, rule),
        "places": [
            {
                "name": names.get(found.county_codes[piece.place], "") if piece.place >= 0 else _("省外"),
                "day": piece.day,
                "km": piece.km,
                "readings": piece.readings,
            }
            for piece in found.segments
        ],
    }
