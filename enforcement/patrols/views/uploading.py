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
from enforcement.patrols.actions import arriving, queueing
from enforcement.patrols.actions.describing import described
from enforcement.patrols.actions.importing import earlier_run, limits
from enforcement.patrols.actions.receiving import layouts_of, received
from enforcement.patrols.actions.remembering import fill_in
from enforcement.patrols.actions.stating import facts_of, statement_of
from enforcement.patrols.models import PatrolRun, Reading, TrackArrival, TrackUpload, UploadRule
from enforcement.patrols.tracks.problems import REASONS, Problem, TrackRefused
from enforcement.patrols.upload_forms import MappingForm, UploadForm
from enforcement.timeline import clock
from enforcement.timeline.evidence import store
from regions import cartography
from regions.errors import Conflict, DomainError
from regions.gatekeeper import allow, policy
from regions.models import Division
from regions.roles import Role

from .mapping import Sheet, forms_of, sheets_of, state
from .visitor import officer_of

#: Longer in the queue, and the page says that nobody seems to read.
PATIENCE = timedelta(seconds=45)
UPLOADERS = allow(Role.INSPECTOR, Role.TEAM_LEADER, scope="patrols")


@policy(UPLOADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _form(request, UploadForm(officer=officer_of(request)))
    form = UploadForm(request.POST, request.FILES, officer=officer_of(request))
    if form.is_valid():
        kept = _keep(request, form)
        if kept is not None:
            return redirect("patrols:trial", kept.pk)
    return _form(request, form, status=400)


def _form(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    on_their_way = TrackArrival.objects.of(officer_of(request)).on_their_way()[:20]
    shown = {"form": form, "on_their_way": on_their_way, "piece_bytes": arriving.PIECE, "bounds": _bounds()}
    return render(request, "patrols/upload.html", shown, status=status)


def _bounds() -> str:
    """How large which kind of file may be, by the day's rule and the deployment's limits, said before anybody sends one."""
    rule, at_once = UploadRule.in_force(clock.today()), limits()
    return _(
        "文件大小：CSV 等文本不超过 %(text)d MB；XLSX 不超过 %(sheet)d MB，解压后不超过 %(unpacked)d MB；"
        "GPX、UTF-16 编码等须整体读取的不超过 %(whole)d MB。一次走航的几个文件合计不超过 %(text)d MB，"
        "浏览器不能分段上传时合计不超过 %(plain)d MB。"
    ) % {
        "text": rule.max_mb,
        "sheet": at_once.max_bytes >> 20,
        "unpacked": at_once.unpacked_bytes >> 20,
        "whole": rule.whole_mb,
        "plain": at_once.max_bytes >> 20,
    }


def _keep(request: HttpRequest, form: UploadForm) -> TrackUpload | None:
    """Keeps a file that is at least text with a header; else puts the sentence beside the field."""
    sent = form.cleaned_data
    try:
        name, data = received(sent["file"])
    except TrackRefused as error:
        form.add_error("file", str(error))
        return None
    made = TrackUpload(
        bureau=sent["bureau"],
        officer=officer_of(request),
        name=name,
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
    usual = UploadForm.base_fields
    fill_in(
        made,
        layouts_of(data, name),
        stated=any(sent[word] != usual[word].initial for word in ("time_zone", "coordinate_system")),
    )
    made.save()
    if not queueing.at_once(made):
        queueing.ask(made, "trial")
    return made


def mine(request: HttpRequest, pk: UUID) -> TrackUpload:
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
    kept = mine(request, pk)
    if kept.run is not None:
        return redirect(kept.run)
    if kept.waits:
        if request.method == "POST":
            messages.warning(request, _("这个文件正在读取，请等它完成或先停止。"))
        return render(request, "patrols/reading.html", {"upload": kept, **_waiting(kept)})
    sheets = sheets_of(kept)
    if request.method != "POST":
        return _show(request, kept, sheets)
    if "refuse" in request.POST:
        return _refused(request, kept)
    if "import" in request.POST and kept.reading == Reading.REFUSED:
        messages.warning(request, _("您已选择不导入这个文件。改变主意请先重新试读。"))
        return redirect("patrols:trial", kept.pk)
    if "import" in request.POST:
        return _import(request, kept, sheets) if queueing.at_once(kept) else _asked(request, kept, "import")
    forms = forms_of(kept, sheets, None, request.POST)
    if not all(form.is_valid() for form in forms):
        return _show(request, kept, sheets, forms=forms, status=400)
    state(kept, sheets, forms)
    kept.reading = Reading.KEPT
    kept.save(update_fields=["time_zone", "coordinate_system", "mapping", "reading"])
    return redirect("patrols:trial", kept.pk) if queueing.at_once(kept) else _asked(request, kept, "trial")


def _refused(request: HttpRequest, kept: TrackUpload) -> HttpResponse:
    """The officer takes nothing: the remarks stay to be handed to who recorded the file, until it is forgotten."""
    try:
        queueing.refuse(kept)
    except DomainError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("已选择不导入，没有保存任何数据。可以下载逐行问题清单交给走航人员。"))
    return redirect("patrols:trial", kept.pk)


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
    kept = mine(request, pk)
    answer = render(request, "components/progress.html", _waiting(kept))
    if kept.run is not None or not kept.waits:
        answer["HX-Refresh"] = "true"
    return answer


@policy(UPLOADERS)
@require_POST
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    kept = mine(request, pk)
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
        "detail": _("后台任务暂未响应。文件已保存，恢复后自动继续读取。") if late else _how_far(kept),
        "poll_url": reverse("patrols:progress", args=[kept.pk]) if kept.waits else "",
        "cancel_url": reverse("patrols:stop", args=[kept.pk]) if kept.waits else "",
    }


def _how_far(kept: TrackUpload) -> str:
    if not kept.rows_read:
        return _("可以离开本页，稍后再回来。")
    return _("已读%(rows)s行。可以离开本页，稍后再回来。") % {"rows": f"{kept.rows_read:,}"}


def _import(request: HttpRequest, kept: TrackUpload, sheets: list[Sheet]) -> HttpResponse:
    try:
        run = actions.import_track(
            by=officer_of(request),
            bureau=kept.bureau,
            name=kept.name,
            data=store().take(kept.sha256),
            statement=statement_of(kept),
            facts=facts_of(kept),
            sealing=lambda run: _seal(kept, run),
        )
    except actions.AlreadyImported as error:
        messages.warning(request, str(error))
        return redirect(error.run)
    except DomainError as error:
        messages.error(request, str(error))
        return _show(request, kept, sheets, status=400)
    messages.success(request, _("已导入走航“%(title)s”。") % {"title": run.title})
    return redirect(run)


def _seal(kept: TrackUpload, run: PatrolRun) -> None:
    """The upload names its run in the transaction that writes it, unless it was refused in another tab meanwhile."""
    if not TrackUpload.objects.filter(pk=kept.pk, run=None).exclude(reading=Reading.REFUSED).update(run=run):
        raise Conflict(_("这个文件已被选择不导入或已经导入，请刷新页面。"))


def _show(
    request: HttpRequest,
    kept: TrackUpload,
    sheets: list[Sheet],
    *,
    forms: list[MappingForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"upload": kept, "refused": kept.reading == Reading.REFUSED}
    told = None
    try:
        told = kept.told if kept.told is not None else _read_now(request, kept)
    except DomainError as error:
        context["refusal"] = str(error)
    if told is None:
        context.setdefault("refusal", kept.sentence or _("读取已停止，没有导入任何数据。可以调整后重新试读。"))
    else:
        context |= _shown(kept, told)
    context["forms"] = forms or forms_of(kept, sheets, told)
    return render(request, "patrols/trial.html", context, status=status)


def _read_now(request: HttpRequest, kept: TrackUpload) -> dict[str, Any] | None:
    """A small file is read while its officer waits; a large one has what a worker left, or nothing."""
    if not queueing.at_once(kept):
        return None
    data = store().take(kept.sha256)
    found = actions.trial_read(
        by=officer_of(request), bureau=kept.bureau, name=kept.name, data=data, statement=statement_of(kept),
        facts=facts_of(kept),
    )  # fmt: skip
    return described(found)


def _shown(kept: TrackUpload, told: dict[str, Any]) -> dict[str, Any]:
    """What the page says of a file that can be imported (`actions.describing` made `told`)."""
    name, unit = told["channel"] or (_("车速"), "km/h")
    box = told["box"]
    codes = {place["code"] for place in told["places"]}
    names = dict(Division.objects.filter(code__in=codes, ended_on=None).values_list("code", "name"))
    return {
        "told": told,
        "earlier": earlier_run(kept.bureau, kept.sha256, [one["sha256"] for one in told.get("files", []) if one["channels"]]),
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
