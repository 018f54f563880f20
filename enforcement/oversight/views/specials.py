"""Special inspections: the list, a new one, the page of one, its steps, its papers."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.findings.models import Finding
from enforcement.issues.lifecycle import DONE
from enforcement.issues.lifecycle import ENDED as ISSUE_ENDED
from enforcement.issues.models import Issue
from enforcement.issues.views.acting import take_files
from enforcement.issues.views.sheet import evidence_of, place_name
from enforcement.oversight import actions
from enforcement.oversight.actions import inspecting, plans
from enforcement.oversight.evidence import special_takes
from enforcement.oversight.forms.specials import SpecialForm, SpecialStepForm
from enforcement.oversight.lifecycle.specials import STEPS, UNREAD
from enforcement.oversight.list_forms import SpecialWords
from enforcement.oversight.models import SpecialInspection
from enforcement.oversight.papers.specials import PAPERS, there
from enforcement.oversight.rules import late_by
from enforcement.papers.downloads import sent
from enforcement.timeline import acting, clock
from enforcement.timeline.telling import events_of, tell
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import WorkCalendar
from regions.templatetags.office import date_office, time_office

from .frame import SPECIAL_TONES, newest, proposed


def find(request: OfficerRequest, pk: UUID) -> SpecialInspection:
    """The inspection, if this officer may know of it. Absent and forbidden are the same 404."""
    rows = SpecialInspection.objects.visible_to(request.user).select_related(
        "bureau__division", "addressee", "division__parent", "rule", "proposed_by", "approved_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@policy(business("specials"))
@require_safe
def specials(request: OfficerRequest) -> HttpResponse:
    words = SpecialWords(request.GET, officer=request.user)
    rows = words.narrow(SpecialInspection.objects.visible_to(request.user)).select_related("bureau", "division__parent")
    context, calendar = newest(request, rows, words, "oversight:specials"), WorkCalendar.current().value()
    for row in context["rows"]:
        row.badge = SPECIAL_TONES[row.state]
        row.late = late_by(row.plan_owed_by, calendar)
    return render(request, "oversight/specials.html", context)


@policy(business("specials"))
@require_http_methods(["GET", "HEAD", "POST"])
def new_special(request: OfficerRequest) -> HttpResponse:
    return proposed(request, "oversight/new_special.html", SpecialForm, inspecting.propose)


@policy(business("specials"))
@require_safe
def special(request: OfficerRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, row: SpecialInspection, *, status: int = 200) -> HttpResponse:
    calendar = WorkCalendar.current().value()
    own = inspecting.is_own(row, request.user)
    tasks = plans.tasks_now(row) if row.told_at else []
    figures = plans.figures_of(tasks, clock.today()) if row.state in {"rectifying", "closed"} else None
    context: dict[str, Any] = {
        "special": row,
        "badge": SPECIAL_TONES[row.state],
        "steps": [
            acting.button(one, reverse("oversight:act-special", args=[row.pk, one.action]))
            for one in inspecting.available(row, request.user)
        ],
        "facts": _facts(row),
        "late": late_by(row.plan_owed_by, calendar),
        "requests": [
            {"row": one, "late": 0 if one.supplied_at else late_by(one.due_on, calendar)} for one in row.requests.all()
        ],
        "problems": _problems(request, row, tasks, calendar) if own or row.state not in UNREAD else [],
        "plan": row.plans.select_related("submitted_by", "checked_by").first(),
        "figures": figures,
        "as_of": clock.now(),
        "published": list(row.published.select_related("published_by")),
        "papers": [name for name in PAPERS if there(row, name)],
        "evidence": evidence_of("specialinspection", row.pk),
        "may_attach": special_takes(row, request.user) is None,
        "told": tell(events_of("specialinspection", row.pk), both_times=not row.synthetic),
    }
    return render(request, "oversight/special.html", context, status=status)


def _problems(request: OfficerRequest, row: SpecialInspection, tasks: list[Any], calendar: Any) -> list[dict[str, Any]]:
    """Each problem with its task and how far it is; finding and issue are linked for who may read them."""
    problems = list(row.problems.select_related("finding__issue"))
    by_problem = {task.problem_id: task for task in tasks}
    findings = set(
        Finding.objects.visible_to(request.user).filter(special_problem__inspection=row).values_list("pk", flat=True)
    )
    keys = [one.finding.issue_id for one in problems if one.finding.issue_id]
    issues = (
        set(Issue.objects.visible_to(request.user).filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()
    )
    rows = []
    for one in problems:
        task, issue = by_problem.get(one.pk), one.finding.issue
        over = issue is not None and issue.state in DONE | ISSUE_ENDED
        rows.append(
            {
                "row": one,
                "task": task,
                "issue": issue,
                "url": issue.get_absolute_url() if issue and issue.pk in issues else "",
                "finding_url": one.finding.get_absolute_url() if one.finding_id in findings else "",
                "late": late_by(task.due_on, calendar) if task and row.state == "rectifying" and not over else 0,
            }
        )
    return rows


def _facts(row: SpecialInspection) -> list[dict[str, Any]]:
    team = row.members.select_related("officer")
    names = [_("%(name)s（组长）") % {"name": one.officer.name} if one.leader else one.officer.name for one in team]
    return [
        {"label": _("督察单位"), "value": row.bureau.short_name},
        {"label": _("被督察单位"), "value": row.addressee.short_name},
        {"label": _("被督察地区"), "value": place_name(row.division)},
        {"label": _("督察日期"), "value": f"{date_office(row.since)} – {date_office(row.until)}"},
        {"label": _("督察组"), "value": _("、").join(names)},
        {"label": _("提出"), "value": row.proposed_by.name},
        {"label": _("审批"), "value": row.approved_by.name if row.approved_by else ""},
        {"label": _("督察通知文号"), "value": row.notice_no},
        {"label": _("进驻时间"), "value": time_office(row.entered_at) if row.entered_at else ""},
        {"label": _("反馈意见文号"), "value": row.report_no},
        {
            "label": _("整改方案首次期限"),
            "value": date_office(row.first_plan_due_on) if row.first_plan_due_on else "",
        },
        {"label": _("整改方案期限"), "value": date_office(row.plan_due_on) if row.plan_due_on else ""},
        {"label": _("依据"), "value": row.basis},
        {"label": _("督察内容"), "value": row.scope, "wide": True},
    ]


@policy(business("specials"))
@require_http_methods(["GET", "HEAD", "POST"])
def act_special(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    if action not in STEPS:
        raise Http404
    return acting.act(request, pk, action, SHEET)


def _closed(row: SpecialInspection, action: str) -> str:
    shown = {"state": row.get_state_display(), "action": STEPS[action].label}
    return _("该督察现为“%(state)s”，不能%(action)s。") % shown


def _more(row: SpecialInspection, offer: actions.Available, form: SpecialStepForm) -> dict[str, Any]:
    return {"problems": list(row.problems.all())} if offer.action == "plan" else {}


SHEET = acting.Sheet(
    name="special", template="oversight/act_special.html", find=find, show=show, available=inspecting.available,
    perform=inspecting.perform, form=SpecialStepForm, closed=_closed, more=_more,
)  # fmt: skip


@policy(business("specials"))
@require_POST
def special_files(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """Papers of either side: what was asked for, stamped letters, photos."""
    row = find(request, pk)
    take_files(request, row)
    return redirect(row)


@policy(business("specials"))
@require_safe
def special_paper(request: OfficerRequest, pk: UUID, name: str, kind: str) -> HttpResponse:
    row = find(request, pk)
    if name not in PAPERS or not there(row, name):
        raise Http404
    return sent(PAPERS[name](row), f"inspection-{name}-{str(row.pk)[:8]}", kind)
