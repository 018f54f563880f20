"""Re-drives: what is planned, the plan itself, and before and after side by side for a person to decide."""

from typing import Any
from uuid import UUID

import numpy as np
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.issues.models import Issue
from enforcement.patrols import actions, curves, drawings, pictures
from enforcement.patrols.forms import PlanForm, RedriveFilter, RunChoiceForm, VerdictForm, VoidForm
from enforcement.patrols.models import Redrive
from enforcement.patrols.tracks.redrive import Pass, along_m
from enforcement.timeline import clock
from regions import keyset
from regions.errors import Conflict, DomainError, Invalid, Refused
from regions.gatekeeper import business, policy

from .visitor import officer_of

SIZE = 30


def _find(request: HttpRequest, pk: UUID) -> Redrive:
    found = (
        Redrive.objects.visible_to(officer_of(request))
        .select_related("issue", "hot_spot__run__bureau__parent", "hot_spot__run__rule", "hot_spot__rule",
                        "hot_spot__division", "bureau__parent", "vehicle", "rule", "planned_by", "decided_by",
                        "run__bureau")
        .filter(pk=pk)
        .first()
    )  # fmt: skip
    if found is None:
        raise Http404
    return found


def _asked(request: HttpRequest) -> RedriveFilter:
    """What the address asks for. An issue one may not see, and one there isn't, are the same 404."""
    form = RedriveFilter(request.GET, officer=officer_of(request))
    if not form.is_valid():
        raise Http404
    return form


@policy(business("patrols"))
@require_safe
def redrives(request: HttpRequest) -> HttpResponse:
    """All re-drives one may see, or those of one issue, newest plans first."""
    form = _asked(request)
    issue = form.found
    found = form.narrow(Redrive.objects.visible_to(officer_of(request))).select_related(
        "hot_spot__run", "hot_spot__division", "bureau"
    )
    trouble, order = "", ["-planned_at", "-id"]
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    try:
        page = keyset.page(found, order, SIZE, after=after, before=before)
    except Invalid as error:
        trouble, page = str(error), keyset.page(found, order, SIZE)
    spots = actions.spots_of(issue, officer_of(request)) if issue and issue.closed_at else []
    context = {
        "issue": issue,
        "rows": page.rows,
        "trouble": trouble,
        "today": clock.today(),
        "may_plan": any(actions.may_plan(spot, officer_of(request)) for spot in spots),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "patrols/redrives.html", context)


@policy(business("patrols"))
@require_http_methods(["GET", "HEAD", "POST"])
def redrive_plan(request: HttpRequest) -> HttpResponse:
    issue = _asked(request).found
    if issue is None:
        raise Http404
    officer = officer_of(request)
    spots = [spot for spot in actions.spots_of(issue, officer) if actions.may_plan(spot, officer)]
    form = PlanForm(spots, request.POST or None)
    status = 200 if spots else 403
    if request.method == "POST" and spots:
        status = 400
        if form.is_valid():
            sent = form.cleaned_data
            try:
                made = actions.plan_redrive(
                    issue, form.spots[sent["hot_spot"]], by=officer, due_on=sent["due_on"], vehicle=sent["vehicle"],
                    crew=sent["crew"],
                )  # fmt: skip
            except Invalid as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            except DomainError as error:
                form.add_error(None, str(error))
                status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Refused) else 400
            else:
                messages.success(request, _("已安排复测。"))
                return redirect(made)
    return render(request, "patrols/redrive_plan.html", {"issue": issue, "form": form, "spots": spots}, status=status)


@policy(business("patrols"))
@require_safe
def redrive(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _show(request, _find(request, pk))


@policy(business("patrols"))
@require_http_methods(["POST"])
def redrive_run(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _find(request, pk)
    form = RunChoiceForm(actions.candidates(found, officer_of(request)), request.POST)
    if not form.is_valid():
        return _show(request, found, run_form=form, status=400)
    return _done(
        request, found,
        lambda: actions.measure_redrive(
            found, form.cleaned_data["run"], by=officer_of(request), version=form.cleaned_data["version"]
        ),
        form, "run_form",
    )  # fmt: skip


@policy(business("patrols"))
@require_http_methods(["POST"])
def redrive_verdict(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _find(request, pk)
    form = VerdictForm(request.POST)
    if not form.is_valid():
        return _show(request, found, verdict_form=form, status=400)
    sent = form.cleaned_data
    return _done(
        request, found,
        lambda: actions.decide_redrive(
            found, by=officer_of(request), verdict=sent["verdict"], reason=sent["reason"], version=sent["version"]
        ),
        form, "verdict_form",
    )  # fmt: skip


@policy(business("patrols"))
@require_http_methods(["POST"])
def redrive_void(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = _find(request, pk)
    form = VoidForm(request.POST)
    if not form.is_valid():
        return _show(request, found, void_form=form, status=400)
    reason = form.cleaned_data["reason"]
    return _done(
        request, found, lambda: actions.void_redrive(found, by=officer_of(request), reason=reason), form, "void_form"
    )


def _done(request: HttpRequest, found: Redrive, act: Any, form: Any, name: str) -> HttpResponse:
    """Takes an action; what goes wrong is told on the page the officer came from."""
    try:
        act()
    except Invalid as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _show(request, found, status=400, **{name: form})
    except DomainError as error:
        messages.error(request, str(error))
        status = 409 if isinstance(error, Conflict) else 403 if isinstance(error, Refused) else 400
        return _show(request, _find(request, found.pk), status=status)
    messages.success(request, _("已登记。"))
    return redirect(found)


def _show(request: HttpRequest, found: Redrive, *, status: int = 200, **forms: Any) -> HttpResponse:
    officer = officer_of(request)
    seen = Issue.objects.visible_to(officer).filter(pk=found.issue_id).first()
    spot, open_ = found.hot_spot, found.decided_at is None and found.voided_at is None
    context: dict[str, Any] = {
        "redrive": found,
        "issue": seen,
        "facts": _facts(found, seen),
        "empty": {},
        "points": [{"lon": spot.lon, "lat": spot.lat, "label": str(spot), "tone": "late"}],
        "tracks": [{"positions": found.stretch, "step": 3}],
        "late": found.is_open and found.due_on < clock.today(),
    }
    if open_ and actions.may_plan(spot, officer):
        runs = actions.candidates(found, officer)
        context["runs"] = runs
        context["void_form"] = VoidForm()
        context["run_form"] = RunChoiceForm(runs, initial={"version": found.version})
    if open_ and found.run_id and actions.may_decide(found, officer):
        context["verdict_form"] = VerdictForm(initial={"version": found.version, "verdict": found.proposal})
    if found.run is not None:
        try:
            context |= _side_by_side(found)
        except DomainError as error:
            context["trouble"] = str(error)
    return render(request, "patrols/redrive.html", {**context, **forms}, status=status)


def _facts(found: Redrive, issue: Issue | None) -> list[dict[str, Any]]:
    spot = found.hot_spot
    return [
        {
            "label": _("问题"),
            "value": issue.number if issue else _("无权查看"),
            "url": issue.get_absolute_url() if issue else "",
        },
        {"label": _("热点"), "value": f"{spot.run.title} · {spot}", "url": spot.get_absolute_url()},
        {"label": _("走航单位"), "value": found.bureau.name},
        {"label": _("复测期限"), "value": f"{found.due_on:%Y-%m-%d}"},
        {"label": _("走航车"), "value": str(found.vehicle) if found.vehicle else ""},
        {"label": _("人员"), "value": found.crew},
        {"label": _("安排人"), "value": found.planned_by.name},
        {"label": _("比较规则"), "value": str(found.rule)},
    ]


def _side_by_side(found: Redrive) -> dict[str, Any]:
    """Before and after over the same points: two maps in one scale, the numbers, and the table of points."""
    assert found.run is not None
    before, after = actions.passes(found, found.run)
    both = np.concatenate((before.excess, after.excess))
    scale = pictures.scale_of(both)
    unit = found.hot_spot.unit
    spot = {"lon": found.hot_spot.lon, "lat": found.hot_spot.lat, "label": ""}
    sides = [(_("整改前"), found.hot_spot.run, before), (_("复测"), found.run, after)]
    named = [curves.Curve(f"{name} {run.day:%Y-%m-%d}", one.excess) for name, run, one in sides]
    return {
        "chart": curves.chart(_("沿路增量"), unit, along_m(found.stretch), named),
        "sides": [
            {
                "title": f"{name} · {run.day:%Y-%m-%d}",
                # Its only texts are names of counties, escaped.
                "picture": mark_safe(
                    drawings.track_picture(_coloured(found, one, scale), [spot], width=480, height=340)
                ),
                "share": one.share,
            }
            for name, run, one in sides
        ],
        "legend": scale.labels(unit),
        "numbers": found.numbers,
        "unit": unit,
    }


def _coloured(found: Redrive, one: Pass, scale: pictures.Scale) -> list[dict[str, Any]]:
    """The stretch in the colours of its excess; where it wasn't driven there is no line."""
    steps = scale.steps(one.excess).tolist()
    lines = []
    for number in range(len(found.stretch) - 1):
        if np.isfinite(one.excess[number]):
            lines.append({"positions": found.stretch[number : number + 2], "step": steps[number]})
    return lines
