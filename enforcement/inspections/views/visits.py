"""The list of visits, planning one, and the page of one."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from enforcement.inspections import actions, rules
from enforcement.inspections.forms import PlanForm
from enforcement.inspections.lifecycle import ListState
from enforcement.inspections.list_forms import VisitWords
from enforcement.inspections.models import Campaign, DrawnTarget, Mode, Visit
from enforcement.issues.views.sheet import evidence_of, place_name
from enforcement.timeline import acting, clock
from enforcement.timeline.telling import events_of, tell
from regions import keyset
from regions.errors import Conflict, Invalid, Refused
from regions.forms import put_errors
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer
from regions.templatetags.office import date_office, time_office

from .frame import SIZE, TONES, tabs

#: Steps with a page of their own.
PAGES = {"answer": "inspections:answers"}


def find(request: OfficerRequest, pk: UUID) -> Visit:
    """The visit, if this officer may know of it. Absent and forbidden are the same 404."""
    rows = Visit.objects.visible_to(request.user).select_related(
        "site", "division__parent", "bureau__division", "list_version__checklist", "campaign", "rule", "planner",
        "approver", "begun_by", "receiver", "received_by",
    )  # fmt: skip
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("visits"))
@require_safe
def visits(request: OfficerRequest) -> HttpResponse:
    words = VisitWords(request.GET, officer=request.user)
    rows = words.narrow(Visit.objects.visible_to(request.user))
    rows = rows.select_related("site", "division__parent", "bureau", "campaign")
    order, trouble = ["-planned_on", "-id"], ""
    try:
        page = keyset.page(rows, order, SIZE, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    except Invalid as error:
        trouble, page = str(error), keyset.page(rows, order, SIZE)
    for row in page.rows:
        row.badge = TONES[row.state]
    context = {
        "words": words,
        "visits": page.rows,
        "trouble": trouble,
        "tabs": tabs(request),
        "may_plan": bool(actions.homes_of(request.user)),
        "previous_url": keyset.address(request, before=page.previous),
        "next_url": keyset.address(request, after=page.next),
    }
    return render(request, "inspections/visits.html", context)


@policy(business("visits"))
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: OfficerRequest) -> HttpResponse:
    if not actions.homes_of(request.user):
        return render(request, "inspections/plan.html", {"form": None}, status=403)
    form = PlanForm(request.user, request.POST if request.method == "POST" else None, initial=_drawn(request))
    if request.method != "POST" or not form.is_valid():
        return render(request, "inspections/plan.html", {"form": form}, status=400 if form.is_bound else 200)
    try:
        made = actions.plan(by=request.user, **form.entered)
    except (Invalid, Refused, Conflict) as error:
        put_errors(form, error)
        status = 409 if isinstance(error, Conflict) else 400
        return render(request, "inspections/plan.html", {"form": form}, status=status)
    return redirect(made)


def _drawn(request: OfficerRequest) -> dict[str, Any]:
    """What a drawn target (`?lot=`) says of the visit that is to be planned for it."""
    key = request.GET.get("lot", "")
    try:
        lots = DrawnTarget.objects.visible_to(request.user).filter(pk=UUID(key), team__officer=request.user)
    except ValueError:
        return {}
    lot = lots.select_related("site", "draw__campaign").prefetch_related("team").first()
    if lot is None:
        return {}
    people = list(lot.team.all())
    return {
        "lot": lot.pk,
        "site": lot.site.name,
        "campaign": str(lot.draw.campaign_id),
        "list_version": _only_list(lot.draw.campaign),
        "mode": Mode.UNANNOUNCED,
        "planned_on": max(lot.draw.since, clock.today()),
        "leader": next((str(row.officer_id) for row in people if row.leader), ""),
        "members": [str(row.officer_id) for row in people if not row.leader],
    }


def _only_list(campaign: Campaign) -> str:
    """The campaign's published list where it has one; where it has several one is chosen by hand."""
    keys = [str(pk) for pk in campaign.checklists.filter(state=ListState.PUBLISHED).values_list("pk", flat=True)]
    return keys[0] if len(keys) == 1 else ""


@policy(business("visits"))
@require_safe
def visit(request: OfficerRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, row: Visit, *, status: int = 200) -> HttpResponse:
    answers = actions.answers_of(row)
    items = actions.items_of(row)
    asked = rules.asked(items, {code: one.value for code, one in answers.items()})
    seen = actions.findings_seen(row, request.user)
    context: dict[str, Any] = {
        "visit": row,
        "badge": TONES[row.state],
        "steps": [_step(row, one) for one in actions.available(row, request.user)],
        "facts": _facts(row, request.user),
        "flags": [actions.FLAGS[flag] for flag in row.check_in_flags],
        "team": list(row.officers.select_related("officer")),
        "lines": [_line(item, answers.get(item.code), seen) for item in asked],
        "answered": sum(1 for item in asked if item.code in answers and answers[item.code].value),
        "asked": sum(1 for item in asked if item.kind != rules.Kind.PHOTO),
        "guidance": list(row.guidance.select_related("item", "by")),
        "signatures": list(row.signatures.all()),
        "evidence": evidence_of("visit", row.pk),
        "handovers": row.handovers.count(),
        "told": tell(events_of("visit", row.pk), both_times=not row.synthetic),
    }
    return render(request, "inspections/visit.html", context, status=status)


def _step(row: Visit, one: actions.Available) -> dict[str, Any]:
    route = PAGES.get(one.action)
    return acting.button(
        one, reverse(route, args=[row.pk]) if route else reverse("inspections:act", args=[row.pk, one.action])
    )


def _line(item: Any, answer: Any, seen: set[Any]) -> dict[str, Any]:
    finding = answer.finding if answer and answer.finding_id in seen else None
    return {
        "item": item,
        "value": rules.shown(item, answer.value) if answer else "",
        "failed": bool(answer and answer.failed),
        "becomes": rules.Becomes(item.becomes).label,
        "note": answer.note if answer else "",
        "finding": finding,
    }


def _facts(row: Visit, officer: Officer) -> list[dict[str, Any]]:
    begun = time_office(row.begun_at) if row.begun_at else ""
    facts: list[dict[str, Any]] = [
        {"label": _("点位"), "value": row.site.name, "url": reverse("inspections:site", args=[row.site_id])},
        {"label": _("属地"), "value": place_name(row.division)},
        {"label": _("检查单位"), "value": row.bureau.short_name},
        {"label": _("性质"), "value": row.get_source_display()},
        {"label": _("方式"), "value": row.get_mode_display()},
        {"label": _("计划日期"), "value": date_office(row.planned_on)},
        {"label": _("检查表"), "value": row.list_version, "url": row.list_version.get_absolute_url()},
        {"label": _("安排人"), "value": row.planner.name},
        {"label": _("审批人"), "value": row.approver.name},
        {"label": _("审批单号"), "value": row.approval_no},
        {"label": _("检查通知书"), "value": row.notice_no},
        {"label": _("入企时间"), "value": begun},
        {"label": _("结束时间"), "value": time_office(row.ended_at) if row.ended_at else ""},
        {
            "label": _("今年已检查"),
            "value": _("%(n)d 次，上限 %(cap)d 次") % {"n": actions.visits_this_year(row), "cap": row.rule.yearly_cap},
        },
    ]
    if row.campaign and type(row.campaign).objects.visible_to(officer).filter(pk=row.campaign_id).exists():
        facts.insert(3, {"label": _("专项行动"), "value": row.campaign.name, "url": row.campaign.get_absolute_url()})
    if row.receiver:
        received = time_office(row.received_at) if row.received_at else _("待签收")
        facts.append({"label": _("移交"), "value": f"{row.receiver.short_name} {received}"})
    if row.summary:
        facts.append({"label": _("小结"), "value": row.summary, "wide": True})
    return facts
