"""The rectification plan of a special inspection: submitted, checked, turned into issues, its progress published.

A task is tracked as the issue its problem's finding becomes; nothing here says how far it is, the issue does.
"""

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from enforcement.findings.actions import Handing, hand_off_findings, whole
from enforcement.findings.lifecycle import State as FindingState
from enforcement.issues.lifecycle import DONE
from enforcement.issues.lifecycle import ENDED as ISSUE_ENDED
from enforcement.issues.lifecycle import State as IssueState
from enforcement.oversight.actions.fieldwork import day_of
from enforcement.oversight.models import Plan, PlanTask, Problem, Progress, SpecialInspection
from enforcement.timeline import clock
from enforcement.timeline.actions import personal
from regions import words
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer, WorkCalendar
from regions.workdays import add_workdays

_PARTED = re.compile(r"\s*[;；\t]\s*")


@dataclass(frozen=True, slots=True)
class Figures:
    """How many tasks there are and how far they are; closed counts what is struck off too. `ended`: void, withdrawn."""

    tasks: int
    closed: int
    struck_off: int
    overdue: int
    ended: int


def responsible(row: SpecialInspection) -> dict[str, Bureau]:
    """Who may be given a task: the bureaus of the inspected division and below, by full and by short name."""
    rows = Bureau.objects.filter(ended_on=None).exclude(kind="contractor").select_related("division")
    own = [one for one in rows if row.division_id in {one.division_id, one.division.parent_id}]
    return {name: one for one in own for name in (one.short_name, one.name)}


def submit(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """One task for each problem; what is wrong is said line by line and nothing is kept."""
    text = words.paragraph(entered.get("plan"), "plan", 8000)
    tasks = tasks_of(row, entered.get("tasks"))
    plan = Plan.objects.create(
        inspection=row, number=row.plans.count() + 1, text=text, submitted_by=by, submitted_at=clock.now()
    )
    for task in tasks:
        task.plan = plan
    PlanTask.objects.bulk_create(tasks)
    late = row.plan_due_on is not None and clock.today() > row.plan_due_on
    return {"plan_number": plan.number, "tasks": len(tasks), "plan_due_on": row.plan_due_on, "late": late}


def tasks_of(row: SpecialInspection, value: Any) -> list[PlanTask]:
    """“序号；措施；责任单位；期限” a line, or rows {problem, measure, bureau, due_on}. Raises Invalid naming the lines."""
    entries = value if isinstance(value, list) else [
        dict(zip(("problem", "measure", "bureau", "due_on"), _PARTED.split(line.strip(), 3), strict=False))
        for line in str(value or "").splitlines()
        if line.strip()
    ]  # fmt: skip
    problems = {one.place: one for one in row.problems.all()}
    bureaus = responsible(row)
    found: dict[int, PlanTask] = {}
    faults: list[str] = []
    for number, entry in enumerate(entries[: 2 * len(problems) + 20], 1):
        try:
            task = _task(entry, problems, bureaus)
            if task.problem.place in found:
                raise Invalid(_("问题%(n)d重复。") % {"n": task.problem.place})
            found[task.problem.place] = task
        except Invalid as error:
            faults.append(_("第%(line)d行：%(sentence)s") % {"line": number, "sentence": error})
    if not faults and (missing := sorted(set(problems) - set(found))):
        names = _("、").join(str(place) for place in missing)
        faults.append(_("还没有安排整改的问题：%(names)s。") % {"names": names})
    if faults:
        raise Invalid(faults[0], errors={"tasks": faults[:20]})
    return list(found.values())


def _task(entry: dict[str, Any], problems: dict[int, Problem], bureaus: dict[str, Bureau]) -> PlanTask:
    place = str(entry.get("problem") or "")[:9]
    problem = problems.get(int(place)) if place.isascii() and place.isdigit() else None
    if problem is None:
        raise Invalid(_("请写“序号；措施；责任单位；期限”，序号是反馈意见中问题的序号。"), field="tasks")
    bureau = bureaus.get(str(entry.get("bureau") or "").strip())
    if bureau is None:
        raise Invalid(
            _("没有“%(name)s”这个单位，请写被督察地区内单位的全称或简称。")
            % {"name": str(entry.get("bureau") or "")[:40]},
            field="tasks",
        )
    measure = words.line(entry.get("measure"), "tasks", 300)
    return PlanTask(problem=problem, measure=measure, bureau=bureau, due_on=day_of(entry.get("due_on"), "tasks"))


def accept(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    return _check(row, by, entered, accepted=True)


def reject(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Back to be written again, with a new day; the first one stays on record."""
    facts = _check(row, by, entered, accepted=False)
    row.plan_due_on = add_workdays(clock.today(), row.rule.plan_days, WorkCalendar.current().value()).day
    return {**facts, "plan_due_on": row.plan_due_on}


def _check(row: SpecialInspection, by: Officer, entered: dict[str, Any], *, accepted: bool) -> dict[str, Any]:
    plan = row.plans.first()
    assert plan is not None  # the state says that one was submitted
    if plan.submitted_by_id == by.pk:
        raise Refused(_("报送整改方案的人不能自己审核。"))
    plan.opinion = words.paragraph(entered.get("opinion"), "opinion", 2000)
    plan.accepted, plan.checked_by, plan.checked_at = accepted, by, clock.now()
    plan.save(update_fields=["opinion", "accepted", "checked_by", "checked_at"])
    return {"plan_number": plan.number, "opinion": personal(plan.opinion)}


def track(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Every problem's finding is handed off to the bureau of its task, as one document: from here on the issues tell."""
    tasks = tasks_now(row)
    waiting = [task for task in tasks if task.problem.finding.issue_id is None]
    unready = [str(task.problem.place) for task in waiting if task.problem.finding.state != FindingState.CONFIRMED]
    if unready:
        raise Conflict(_("问题%(places)s的线索还没有确认，请组长先确认。") % {"places": _("、").join(unready)})
    verifier = entered.get("verifier")
    if not isinstance(verifier, Bureau) or verifier.pk not in {one.pk for one in verifiers(row)}:
        raise Invalid(_("请选择核查单位。"), field="verifier")
    if not waiting:
        return {"issues": 0}
    handings = [Handing(task.problem.finding, whole(task.bureau), verifier=verifier) for task in waiting]
    title = _("%(name)s整改任务") % {"name": row.name[:100]}
    handoff = hand_off_findings(handings, issuer=row.bureau, by=by, title=title, synthetic=row.synthetic)
    return {"handoff": handoff.number, "issues": len(waiting)}


def verifiers(row: SpecialInspection) -> list[Bureau]:
    """The inspecting bureau and its enforcement teams; the team first, it has who verifies."""
    rows = Bureau.objects.filter(division=row.bureau.division_id, ended_on=None)
    return [*rows.filter(kind="enforcement_team").order_by("pk"), row.bureau]


def tasks_now(row: SpecialInspection) -> list[PlanTask]:
    """The tasks of the newest plan with their problems, findings and issues. One statement."""
    newest = Plan.objects.filter(inspection=row).order_by("-number").values("pk")[:1]
    rows = PlanTask.objects.filter(plan__in=newest).select_related("problem__finding__issue", "bureau__division")
    return list(rows.order_by("problem__place"))


def figures_of(tasks: list[PlanTask], day: date) -> Figures:
    """How far the tasks are, by the states of their issues now; overdue by the plan's own days."""
    states = [(task, task.problem.finding.issue.state if task.problem.finding.issue else "") for task in tasks]
    return Figures(
        tasks=len(tasks),
        closed=sum(state in DONE for _task, state in states),
        struck_off=sum(state == IssueState.STRUCK_OFF for _task, state in states),
        overdue=sum(state not in DONE | ISSUE_ENDED and task.due_on < day for task, state in states),
        ended=sum(state in ISSUE_ENDED for _task, state in states),
    )


def publish(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The figures of this moment, kept as they are published."""
    figures = asdict(figures_of(tasks_now(row), clock.today()))
    note = words.line(entered.get("note"), "note", 500, needed=False)
    Progress.objects.create(inspection=row, as_of=clock.now(), figures=figures, note=note, published_by=by)
    return {**figures, **({"note": note} if note else {})}


def close(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Over once every task is struck off, one by one, or its issue ended."""
    figures = figures_of(tasks_now(row), clock.today())
    left = figures.tasks - figures.struck_off - figures.ended
    if left:
        raise Conflict(_("还有%(n)d项整改任务没有销号，不能了结。") % {"n": left})
    row.closed_at = clock.now()
    return {"tasks": figures.tasks, "struck_off": figures.struck_off}
