"""Interviews: the list, a new one, the page of one, its steps, its papers."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from enforcement.issues.views.acting import take_files
from enforcement.issues.views.sheet import evidence_of, place_name
from enforcement.oversight import actions
from enforcement.oversight.evidence import interview_takes
from enforcement.oversight.forms.interviews import ProposalForm, StepForm
from enforcement.oversight.lifecycle import STEPS
from enforcement.oversight.list_forms import InterviewWords
from enforcement.oversight.models import Interview
from enforcement.oversight.papers.interviews import PAPERS
from enforcement.oversight.rules import late_by
from enforcement.papers.downloads import sent
from enforcement.timeline import acting
from enforcement.timeline.telling import events_of, tell
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import WorkCalendar
from regions.templatetags.office import date_office, time_office

from .frame import TONES, newest, proposed


def find(request: OfficerRequest, pk: UUID) -> Interview:
    """The interview, if this officer may know of it. Absent and forbidden are the same 404."""
    rows = Interview.objects.visible_to(request.user).select_related(
        "bureau", "addressee", "division__parent", "rule", "proposed_by", "approved_by", "reported_by", "checked_by",
        "previous",
    )  # fmt: skip
    found = rows.filter(pk=pk).sole()
    if found is None:
        raise Http404
    return found


@policy(business("interviews"))
@require_safe
def interviews(request: OfficerRequest) -> HttpResponse:
    words = InterviewWords(request.GET, officer=request.user)
    rows = words.narrow(Interview.objects.visible_to(request.user)).select_related("bureau", "division__parent")
    context, calendar = newest(request, rows, words, "oversight:interviews"), WorkCalendar.current().value()
    for row in context["rows"]:
        row.badge = TONES[row.state]
        row.late = late_by(row.report_owed_by, calendar)
    return render(request, "oversight/interviews.html", context)


@policy(business("interviews"))
@require_http_methods(["GET", "HEAD", "POST"])
def new_interview(request: OfficerRequest) -> HttpResponse:
    return proposed(request, "oversight/new_interview.html", ProposalForm, actions.propose)


@policy(business("interviews"))
@require_safe
def interview(request: OfficerRequest, pk: UUID) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, row: Interview, *, status: int = 200) -> HttpResponse:
    calendar = WorkCalendar.current().value()
    seen = Interview.objects.visible_to(request.user)
    context: dict[str, Any] = {
        "interview": row,
        "badge": TONES[row.state],
        "steps": [
            acting.button(one, reverse("oversight:act", args=[row.pk, one.action]))
            for one in actions.available(row, request.user)
        ],
        "facts": _facts(row),
        "late": late_by(row.report_owed_by, calendar),
        "commitments": [
            {"row": one, "late": 0 if one.done_at else late_by(one.due_on, calendar)}
            for one in row.commitments.select_related("done_by")
        ],
        "following": seen.filter(previous=row).first(),
        "previous": seen.filter(pk=row.previous_id).first() if row.previous_id else None,
        "papers": [name for name, (_make, needed) in PAPERS.items() if getattr(row, needed)],
        "evidence": evidence_of("interview", row.pk),
        "may_attach": interview_takes(row, request.user) is None,
        "told": tell(events_of("interview", row.pk), both_times=not row.synthetic),
    }
    return render(request, "oversight/interview.html", context, status=status)


def _facts(row: Interview) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": _("约谈单位"), "value": row.bureau.short_name},
        {"label": _("被约谈单位"), "value": row.addressee.short_name},
        {"label": _("被约谈地区"), "value": place_name(row.division)},
        {"label": _("情形"), "value": row.get_cause_display()},
        {"label": _("提出"), "value": row.proposed_by.name if row.proposed_by else _("按规则自动提出")},
        {"label": _("审批"), "value": row.approved_by.name if row.approved_by else ""},
        {"label": _("通知文号"), "value": row.notice_no},
        {"label": _("约谈时间"), "value": time_office(row.meets_at) if row.meets_at else ""},
        {"label": _("地点"), "value": row.place},
        {"label": _("参加人员"), "value": row.present or row.attendees},
        {
            "label": _("书面报告首次期限"),
            "value": date_office(row.first_report_due_on) if row.first_report_due_on else "",
        },
        {"label": _("书面报告期限"), "value": date_office(row.report_due_on) if row.report_due_on else ""},
        {"label": _("事由"), "value": row.reason, "wide": True},
    ]
    if row.figures:
        facts.append({"label": _("分子 / 分母"), "value": f"{row.figures['numerator']} / {row.figures['denominator']}"})
        facts.append({"label": _("阈值"), "value": row.figures["threshold"]})
    return facts


@policy(business("interviews"))
@require_http_methods(["GET", "HEAD", "POST"])
def act(request: OfficerRequest, pk: UUID, action: str) -> HttpResponse:
    if action not in STEPS:
        raise Http404
    return acting.act(request, pk, action, SHEET)


def _closed(row: Interview, action: str) -> str:
    shown = {"state": row.get_state_display(), "action": STEPS[action].label}
    return _("该约谈现为“%(state)s”，不能%(action)s。") % shown


SHEET = acting.Sheet(
    name="interview", template="oversight/act.html", find=find, show=show, available=actions.available,
    perform=actions.perform, form=StepForm, closed=_closed,
)  # fmt: skip


@policy(business("interviews"))
@require_POST
def files(request: OfficerRequest, pk: UUID) -> HttpResponse:
    """Papers of either side: the stamped report, photos of what was done."""
    row = find(request, pk)
    take_files(request, row)
    return redirect(row)


@policy(business("interviews"))
@require_safe
def paper(request: OfficerRequest, pk: UUID, name: str, kind: str) -> HttpResponse:
    row = find(request, pk)
    make, needed = PAPERS.get(name, (None, ""))
    if make is None or not getattr(row, needed):
        raise Http404
    return sent(make(row), f"interview-{name}-{str(row.pk)[:8]}", kind)
