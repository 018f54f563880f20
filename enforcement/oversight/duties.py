"""What is owed by a day in oversight: reports and promises of interviews; papers, plans and tasks of special inspections."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.issues.lifecycle import DONE
from enforcement.issues.lifecycle import ENDED as ISSUE_ENDED
from enforcement.issues.models import Issue
from enforcement.oversight.lifecycle import PROMISING, ROLES, Hand, State, specials
from enforcement.oversight.models import Commitment, EvidenceRequest, Interview, PlanTask, SpecialInspection
from enforcement.timeline.duties import Duty, DutySource, columns
from regions.models import Officer
from regions.roles import Role

REPORT, COMMITMENT, EVIDENCE, PLAN, TASK = "report", "commitment", "evidence", "plan", "task"
KINDS = (REPORT, COMMITMENT, EVIDENCE, PLAN, TASK)
#: Kind of subject -> its page.
PAGES = {"interview": "oversight:interview", "specialinspection": "oversight:special"}


def text_of(duty: Duty) -> str:
    told = {
        REPORT: _("%(name)s 约谈书面报告"),
        COMMITMENT: _("%(name)s 约谈承诺：%(words)s"),
        EVIDENCE: _("%(name)s 督察调阅：%(words)s"),
        PLAN: _("%(name)s 督察整改方案"),
        TASK: _("%(name)s 督察整改任务：%(words)s"),
    }
    return told[duty.kind] % {"name": duty.name, "words": duty.words}


def owed(officer: Officer | None = None) -> dict[str, QuerySet[Any]]:
    """What is owed today, by kind, of what an officer may know (of everything without one): rows of `due` and `what`."""
    known = Interview.objects.visible_to(officer) if officer else Interview.objects.all()
    reports = known.filter(state=State.HELD, report_due_on__isnull=False)
    promises = Commitment.objects.filter(done_at=None, interview__state__in=sorted(PROMISING))
    if officer:
        promises = promises.filter(interview__in=known.order_by().values("pk"))
    return {
        **_of_specials(officer),
        REPORT: _columns(reports, "interview", REPORT, "report_due_on", since="held_at"),
        COMMITMENT: _columns(
            promises, "interview", COMMITMENT, "due_on", path="interview", since="interview__held_at", words="text"
        ),
    }


def _of_specials(officer: Officer | None) -> dict[str, QuerySet[Any]]:
    """A task is owed until its issue is done, whoever holds it now; papers as long as a team may ask for them."""
    subject = "specialinspection"
    known = SpecialInspection.objects.visible_to(officer) if officer else SpecialInspection.objects.all()
    papers = EvidenceRequest.objects.filter(
        supplied_at=None, inspection__state__in=[specials.State.UNDERWAY, specials.State.TOLD]
    )
    tasks = PlanTask.objects.filter(plan__accepted=True, plan__inspection__state=specials.State.RECTIFYING)
    tasks = tasks.exclude(problem__finding__issue__state__in=sorted(DONE | ISSUE_ENDED))
    if officer:
        papers = papers.filter(inspection__in=known.order_by().values("pk"))
        tasks = tasks.filter(plan__inspection__in=known.order_by().values("pk"))
    plans = known.filter(state=specials.State.TOLD, plan_due_on__isnull=False)
    return {
        EVIDENCE: _columns(papers, subject, EVIDENCE, "due_on", path="inspection", since="asked_at", words="text"),
        PLAN: _columns(plans, subject, PLAN, "plan_due_on", since="told_at"),
        TASK: _columns(
            tasks, subject, TASK, "due_on", path="plan__inspection", since="plan__checked_at", words="measure",
            bureau="bureau_id",
        ),
    }  # fmt: skip


def _columns(
    rows: QuerySet[Any],
    subject: str,
    kind: str,
    due: str,
    *,
    since: str,
    path: str = "",
    words: str = "",
    bureau: str = "",
) -> QuerySet[Any]:
    """Of the subject at the end of a path: the addressee's, in its division."""
    at = f"{path}__" if path else ""
    return columns(
        rows, subject, kind, due, since=since, subject=f"{at}pk", bureau=bureau or f"{at}addressee_id",
        division=f"{at}division", words=words,
    )  # fmt: skip


def lock(duty: Duty) -> None:
    """Locks its subject, and a task's issue. One statement, for a task two."""
    subjects = (Interview if duty.subject_type == "interview" else SpecialInspection).objects
    subjects.select_for_update(no_key=True).get(pk=duty.subject)
    if duty.kind == TASK:
        Issue.objects.select_for_update(no_key=True).filter(findings__special_problem__tasks=duty.key).first()


SOURCE = DutySource(
    kinds=KINDS,
    owed=owed,
    lock=lock,
    text=text_of,
    url=lambda duty: reverse(PAGES[duty.subject_type], args=[duty.subject]),
    seats=(Role.HANDLER,),
    keepers=ROLES[Hand.ADDRESSEE],
)
