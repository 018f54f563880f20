"""Upload in two steps: the file with what is stated about it, then a trial read to look at before anything is imported."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.patrols import actions, pictures
from enforcement.patrols.actions import queueing
from enforcement.patrols.actions.describing import described
from enforcement.patrols.actions.importing import limits
from enforcement.patrols.forms import MappingForm, UploadForm, mapping_as_numbers
from enforcement.patrols.models import PatrolRun, Reading, TrackUpload
from enforcement.patrols.tracks.formats import format_of
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.layout import Layout
from enforcement.patrols.tracks.mapping import suggest
from enforcement.patrols.tracks.problems import REASONS, Problem, TrackRefused
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions import cartography
from regions.errors import DomainError
from regions.gatekeeper import allow, policy
from regions.models import Division
from regions.roles import Role

from .visitor import officer_of

#: As much of a file as tells its columns.
HEAD = 256 * 1024
#: Longer in the queue, and the page says that nobody seems to read.
PATIENCE = timedelta(seconds=45)
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
    made = TrackUpload.objects.create(
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
    if not queueing.at_once(made):
        queueing.ask(made, "trial")
    return made


def _mine(request: HttpRequest, pk: UUID) -> TrackUpload:
    """One's own upload; another's and none at all are the same 404."""
    kept = (
        TrackUpload.objects.filter(pk=pk, officer=officer_of(request))
        .select_related("bureau", "vehicle", "instrument", "run")
        .first()
    )
    if kept is None:
        raise Http404
    return kept


@policy(UPLOADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The trial read of one's own upload; POST changes what is stated, or imports. A large file waits for a worker."""
    kept = _mine(request, pk)
    if kept.run is not None:
        return redirect(kept.run)
    if kept.waits:
        if request.method == "POST":
            messages.warning(request, _("这个文件正在读取，请等它完成或先停止。"))
        return render(request, "patrols/reading.html", {"upload": kept, **_waiting(kept)})
    layout = _layout(kept)
    if request.method != "POST":
        return _show(request, kept, layout)
    if "import" in request.POST:
        return _import(request, kept, layout) if queueing.at_once(kept) else _asked(request, kept, "import")
    form = MappingForm(layout, request.POST)
    if not form.is_valid():
        return _show(request, kept, layout, form=form, status=400)
    kept.time_zone, kept.coordinate_system = form.cleaned_data["time_zone"], form.cleaned_data["coordinate_system"]
    kept.mapping = form.mapping
    kept.save(update_fields=["time_zone", "coordinate_system", "mapping"])
    return redirect("patrols:trial", kept.pk) if queueing.at_once(kept) else _asked(request, kept, "trial")


def _asked(request: HttpRequest, kept: TrackUpload, wanted: str) -> HttpResponse:
    try:
        queueing.ask(kept, wanted)
    except DomainError as error:
        messages.warning(request, str(error))
    return redirect("patrols:trial", kept.pk)


@policy(UPLOADERS)
@require_safe
def progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far a worker is, as the piece of the page that asks for it; the page is loaded anew when it is done."""
    kept = _mine(request, pk)
    answer = render(request, "components/progress.html", _waiting(kept))
    if kept.run is not None or not kept.waits:
        answer["HX-Refresh"] = "true"
    return answer


@policy(UPLOADERS)
@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    kept = _mine(request, pk)
    try:
        queueing.stop(kept)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已停止读取，没有导入任何数据。"))
    return redirect("patrols:trial", kept.pk)


def _waiting(kept: TrackUpload) -> dict[str, Any]:
    waited = clock.now() - (kept.asked_at or kept.uploaded_at)
    late = kept.reading == Reading.QUEUED and waited > PATIENCE
    return {
        "label": kept.get_reading_display(),
        "value": kept.progress,
        "max": 100,
        "detail": _("后台任务暂未响应。文件已保存，恢复后自动继续读取。") if late else _("可以离开本页，稍后再回来。"),
        "poll_url": reverse("patrols:progress", args=[kept.pk]) if kept.waits else "",
        "cancel_url": reverse("patrols:stop", args=[kept.pk]) if kept.waits else "",
    }


def _layout(kept: TrackUpload) -> Layout:
    """The columns, from the file's beginning: the rest of a large file says no more about them."""
    with store().open_key(kept.sha256) as stored:
        head = stored.read(HEAD)
        if head[:2] == b"PK":  # a sheet's directory stands at its end
            return format_of(whole := head + stored.read(), kept.name).open(whole, limits()).layout
    if kept.size > HEAD:
        end = head.rfind(b"\n") + 1
        # In UTF-16 a line ends with two bytes, the second of which may be the zero.
        head = head[: end + (end % 2 if head[:2] in (b"\xff\xfe", b"\xfe\xff") else 0)] or head
    return format_of(head, kept.name).open(head, limits()).layout


def _statement(kept: TrackUpload) -> Statement:
    return Statement(kept.time_zone, kept.coordinate_system, kept.mapping)


def _import(request: HttpRequest, kept: TrackUpload, layout: Layout) -> HttpResponse:
    facts = actions.RunFacts(kept.route, kept.crew, kept.vehicle, kept.instrument)
    try:
        run = actions.import_track(
            by=officer_of(request),
            bureau=kept.bureau,
            name=kept.name,
            data=store().take(kept.sha256),
            statement=_statement(kept),
            facts=facts,
        )
    except actions.AlreadyImported as error:
        messages.warning(request, str(error))
        return redirect(error.run)
    except DomainError as error:
        messages.error(request, str(error))
        return _show(request, kept, layout, status=400)
    kept.run = run
    kept.save(update_fields=["run"])
    messages.success(request, _("已导入走航“%(title)s”。") % {"title": run.title})
    return redirect(run)


def _show(
    request: HttpRequest,
    kept: TrackUpload,
    layout: Layout,
    *,
    form: MappingForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"upload": kept}
    told = None
    try:
        told = kept.told if kept.told is not None else _read_now(request, kept)
    except DomainError as error:
        context["refusal"] = str(error)
    if told is None:
        context.setdefault("refusal", kept.sentence or _("读取已停止，没有导入任何数据。可以调整后重新试读。"))
        initial = kept.mapping or mapping_as_numbers(layout, suggest(layout), [])
    else:
        context |= _shown(kept, told)
        initial = mapping_as_numbers(layout, told["fields"], told["columns"])
    stated = {"time_zone": kept.time_zone, "coordinate_system": kept.coordinate_system}
    context["form"] = form or MappingForm(layout, initial={**initial, **stated})
    return render(request, "patrols/trial.html", context, status=status)


def _read_now(request: HttpRequest, kept: TrackUpload) -> dict[str, Any] | None:
    """A small file is read while its officer waits; a large one has what a worker left, or nothing."""
    if not queueing.at_once(kept):
        return None
    data = store().take(kept.sha256)
    found = actions.trial_read(
        by=officer_of(request), bureau=kept.bureau, name=kept.name, data=data, statement=_statement(kept)
    )
    return described(found)


def _shown(kept: TrackUpload, told: dict[str, Any]) -> dict[str, Any]:
    """What the page says of a file that can be imported (`actions.describing` made `told`)."""
    name, unit = told["channel"] or (_("车速"), "km/h")
    box = told["box"]
    codes = {place["code"] for place in told["places"]}
    names = dict(Division.objects.filter(code__in=codes, ended_on=None).values_list("code", "name"))
    return {
        "told": told,
        "earlier": PatrolRun.objects.valid().filter(bureau=kept.bureau, source_sha256=kept.sha256).first(),
        "remarks": sum(told["counts"].values()),
        "kinds": [(code, str(REASONS[code].text), count) for code, count in told["counts"].items()],
        "problems": [Problem(*one) for one in told["problems"]],
        "started_at": datetime.fromisoformat(told["started_at"]),
        "ended_at": datetime.fromisoformat(told["ended_at"]),
        "legend": pictures.Scale(tuple(told["edges"])).labels(unit),
        "map_title": name,
        "map_data": {
            "boundaries": pictures.nearby(cartography.geojson("county"), box),
            "points": [],
            "tracks": told["tracks"],
            "view": [[box[1], box[0]], [box[3], box[2]]],
        },
        "empty": {},
        "points": [],
        "paper_tracks": told["paper"],
        "places": [
            {**place, "name": names.get(place["code"], "") if place["code"] else _("省外"),
             "day": date.fromisoformat(place["day"])}
            for place in told["places"]
        ],
    }  # fmt: skip
