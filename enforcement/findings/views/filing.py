"""Filing a finding from the field, correcting a draft, and the list of sites behind the picker."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.findings import actions, drafts, new_sites, turns
from enforcement.findings.forms import FilingForm
from enforcement.findings.models import Finding
from enforcement.issues.views.acting import take_files
from enforcement.timeline import clock
from regions.directory import sites_for
from regions.errors import Conflict, DomainError
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, business, policy

from .sheet import find, show

MOST_SITES = 20


@policy(business("findings"))
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: OfficerRequest) -> HttpResponse:
    """The filing form. Who may file nothing is told so."""
    if not turns.may_file(request.user):
        return render(request, "findings/file.html", {"form": None}, status=403)
    if request.method != "POST":
        now = clock.now().astimezone(clock.BEIJING)
        kept = drafts.kept(request.user)
        form = FilingForm(officer=request.user, initial={"occurred_at": now, **(kept.entered if kept else {})})
        return render(
            request, "findings/file.html", {"form": form, "kept": kept, "opened": int(now.timestamp() * 1000)}
        )
    form = FilingForm(request.POST, request.FILES, officer=request.user)
    if not form.is_valid():
        if request.FILES:
            messages.warning(request, _("照片还没有上传：改正后请核对照片是否仍在，没有的请重新选择。"))
        return _refused(request, form)
    try:
        finding = actions.file_finding(
            by=request.user,
            filer=form.cleaned_data["filer"],
            receiver=form.cleaned_data["receiver"],
            device_at=_device_time(form.cleaned_data.get("device_at", "")),
            same_as=form.cleaned_data["same_as"],
            new_site=form.new_site,
            **form.observation,
        )
    except DomainError as error:
        put_errors(form, error)
        return _refused(request, form)
    drafts.filed(request.user, request.POST)
    if request.FILES.getlist("photos"):
        take_files(request, finding)
    return _submitted(request, finding) if "submit" in request.POST else _drafted(request, finding)


def _refused(request: OfficerRequest, form: FilingForm) -> HttpResponse:
    return render(
        request, "findings/file.html", {"form": form, "opened": drafts.opened(request.POST) or ""}, status=400
    )


@policy(business("findings"))
@require_POST
def asked(request: OfficerRequest) -> HttpResponse:
    """The questions of the source and type that stand in the form, with what was answered: asked for as they change."""
    form = FilingForm(officer=request.user, initial=request.POST.dict())
    return render(request, "findings/_questions.html", {"form": form})


@policy(business("findings"))
@require_POST
def draft(request: OfficerRequest) -> HttpResponse:
    """Keeps what stands in the filing form, by itself while one types or by its button; or lets it go."""
    if not turns.may_file(request.user):
        return render(request, "findings/file.html", {"form": None}, status=403)
    if "discard" in request.POST:
        drafts.discard(request.user)
        messages.success(request, _("已放弃暂存的内容。"))
        return redirect("findings:file")
    by_itself = "HX-Request" in request.headers
    at = drafts.keep(request.user, request.POST, by_itself=by_itself)
    if by_itself:
        return render(request, "findings/_kept.html", {"at": at})
    if at:
        messages.success(request, _("已暂存，下次打开填报页时恢复。照片不在其中，请届时再选。"))
    else:
        messages.warning(request, _("还没有填写内容，没有暂存。"))
    return redirect("findings:file")


def _drafted(request: OfficerRequest, finding: Finding) -> HttpResponse:
    messages.success(request, _("已存为草稿，核对后请提交审核。"))
    return redirect(finding)


def _submitted(request: OfficerRequest, finding: Finding) -> HttpResponse:
    try:
        actions.perform(finding, "submit", by=request.user, version=finding.version)
        messages.success(request, _("已提交组长审核。"))
    except DomainError as error:
        messages.warning(request, _("已存为草稿，但没有提交：%(why)s") % {"why": error})
    return redirect(finding)


def _device_time(text: str) -> Any:
    """The device's own clock when it sent the form; nothing when it says nothing that can be read."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and is_aware(moment) and 2000 <= moment.year <= 2100 else None


@policy(business("findings"))
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: OfficerRequest, pk: Any) -> HttpResponse:
    """Corrects a draft; the old wording stays as a version."""
    finding = find(request, pk)
    if request.method != "POST":
        first = {name: getattr(finding, name) for name in actions.OBSERVED if hasattr(finding, name)}
        first["site"] = finding.site.name if finding.site else ""
        if (proposed := new_sites.waiting(finding)) is not None:
            first |= {f"new_site_{name}": getattr(proposed, name) for name in ("name", "uscc", "industry")}
        first["occurred_at"] = finding.occurred_at.astimezone(clock.BEIJING)
        form = FilingForm(officer=request.user, finding=finding, initial=first)
        return render(request, "findings/correct.html", {"form": form, "finding": finding})
    form = FilingForm(request.POST, officer=request.user, finding=finding)
    version = request.POST.get("version", "")
    if not form.is_valid() or not version.isascii() or not version.isdigit() or len(version) > 9:
        return render(request, "findings/correct.html", {"form": form, "finding": finding}, status=400)
    try:
        actions.correct(finding, by=request.user, version=int(version), new_site=form.new_site, **form.observation)
    except Conflict as error:
        messages.error(request, str(error))
        return show(request, find(request, pk), status=409)
    except DomainError as error:
        put_errors(form, error)
        return render(request, "findings/correct.html", {"form": form, "finding": finding}, status=400)
    messages.success(request, _("已保存修改，原内容保留在版本中。"))
    return redirect(finding)


@policy(business("findings"))
@require_safe
def sites(request: OfficerRequest) -> HttpResponse:
    """Options for the site picker: names that hold what was typed, of sites this officer may choose among."""
    said = next((request.GET[name] for name in request.GET if name.endswith("site")), "")
    text = said.replace("\x00", "").strip()[:60]
    found = sites_for(request.user).filter(name__icontains=text)[:MOST_SITES] if len(text) > 1 else []
    return render(request, "findings/_sites.html", {"sites": found})
