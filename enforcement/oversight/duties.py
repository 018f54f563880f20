"""What is owed by a day in oversight: reports and promises of interviews; papers, plans and tasks of special inspections.

Read by reminders and the workbench.

A duty is a date somebody has to keep, whose row has no clock of its own; it ends with the row that owes it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, JSONObject, TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.issues.lifecycle import DONE
from enforcement.issues.lifecycle import ENDED as ISSUE_ENDED
from enforcement.issues.models import Issue
from enforcement.oversight.lifecycle import PROMISING, State, specials
from enforcement.oversight.models import Commitment, EvidenceRequest, Interview, PlanTask, SpecialInspection
from enforcement.timeline import clock
from regions.models import Officer

REPORT, COMMITMENT, EVIDENCE, PLAN, TASK = "report", "commitment", "evidence", "plan", "task"
KINDS = (REPORT, COMMITMENT, EVIDENCE, PLAN, TASK)
#: Rows of one kind a reader is shown at most.
MOST = 50


@dataclass(frozen=True, slots=True)
class Duty:
    """One date: whose it is (a bureau's key), where (a division's), since which day, on what page it is kept."""

    kind: str
    key: UUID
    subject_type: str
    subject: UUID
    bureau: int
    division: int
    name: str
    words: str
    due_on: date
    since: date

    @property
    def url(self) -> str:
        return reverse(PAGES[self.subject_type], args=[self.subject])

    @property
    def text(self) -> str:
        told = {
            REPORT: _("%(name)s 约谈书面报告"),
            COMMITMENT: _("%(name)s 约谈承诺：%(words)s"),
            EVIDENCE: _("%(name)s 督察调阅：%(words)s"),
            PLAN: _("%(name)s 督察整改方案"),
            TASK: _("%(name)s 督察整改任务：%(words)s"),
        }
        return told[self.kind] % {"name": self.name, "words": self.words}


#: Kind of subject -> its page.
PAGES = {"interview": "oversight:interview", "specialinspection": "oversight:special"}


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
    """Rows as (due, what): `what` is a Duty's facts as JSON text, so that rows of several tables make one union."""
    at = f"{path}__" if path else ""
    facts = JSONObject(
        kind=Value(kind, CharField()),
        key="pk",
        subject_type=Value(subject, CharField()),
        subject=f"{at}pk",
        bureau=bureau or f"{at}addressee_id",
        division=f"{at}division_id",
        name=f"{at}division__name",
        words=F(words) if words else Value("", CharField()),
        since=TruncDate(since, tzinfo=clock.BEIJING),
    )
    return rows.order_by().annotate(
        due=Cast(F(due), DateField(null=True)), what=Cast(facts, TextField(db_collation="default"))
    )


def duty_of(due_on: date, what: str) -> Duty:
    facts = json.loads(what)
    return Duty(
        **{**facts, "key": UUID(facts["key"]), "subject": UUID(facts["subject"])}
        | {"due_on": due_on, "since": date.fromisoformat(facts["since"])}
    )


def still_owed(duty: Duty) -> bool:
    """Whether it is owed yet, by the same day. Locks its subject, and a task's issue: it can't be kept before the caller's
    transaction ends. Two statements, for a task three.
    """
    subjects = (Interview if duty.subject_type == "interview" else SpecialInspection).objects
    subjects.select_for_update(no_key=True).get(pk=duty.subject)
    if duty.kind == TASK:
        Issue.objects.select_for_update(no_key=True).filter(findings__special_problem__tasks=duty.key).first()
    return owed()[duty.kind].filter(pk=duty.key, due=duty.due_on).exists()


def between(first: date, last: date) -> Sequence[Duty]:
    """Every duty that falls due within some days, both included. One statement."""
    some, *others = (rows.filter(due__gte=first, due__lte=last).values_list("due", "what") for rows in owed().values())
    return [duty_of(due, what) for due, what in some.union(*others, all=True).order_by("due", "what")]
