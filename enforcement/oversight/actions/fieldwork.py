"""What a team does while it is there: papers asked for and given, problems noted, the feedback. Each problem is a finding."""

from datetime import date
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from enforcement.findings.actions import file_finding
from enforcement.issues.models import Severity, Source
from enforcement.oversight.models import EvidenceRequest, Problem, SpecialInspection
from enforcement.timeline import clock
from regions import words
from regions.errors import Conflict, Invalid, Refused
from regions.models import Bureau, Officer, WorkCalendar
from regions.roles import Role
from regions.workdays import add_workdays

MAX_REQUESTS, MAX_PROBLEMS = 200, 200


def request(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """调阅: papers by a day."""
    place = row.requests.count() + 1
    if place > MAX_REQUESTS:
        raise Conflict(_("调阅材料最多%(n)d项。") % {"n": MAX_REQUESTS})
    text = words.line(entered.get("text"), "text", 300)
    due_on = day_of(entered.get("due_on"), "due_on")
    EvidenceRequest.objects.create(
        inspection=row, place=place, text=text, due_on=due_on, asked_by=by, asked_at=clock.now()
    )
    return {"request": place, "text": text, "due_on": due_on}


def supply(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    place = whole(entered.get("request"))
    note = words.line(entered.get("note"), "note", 500)
    found = row.requests.filter(place=place, supplied_at=None).first()
    if found is None:
        raise Invalid(_("没有这项未提供的材料。"), field="request")
    found.supplied_at, found.supplied_by, found.note = clock.now(), by, note
    found.save(update_fields=["supplied_at", "supplied_by", "note"])
    return {"request": place, "text": found.text, "planned_on": found.due_on, "late": clock.today() > found.due_on}


def note(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """A problem, filed as a finding of the member's bureau and put before its leader. The timeline says its number alone:

    the inspected read it, and are told what was found by the feedback.
    """
    filer = _filer(by)
    place = row.problems.count() + 1
    if place > MAX_PROBLEMS:
        raise Conflict(_("问题最多%(n)d个。") % {"n": MAX_PROBLEMS})
    title = words.line(entered.get("title"), "title", 120)
    facts = words.paragraph(entered.get("facts"), "facts", 2000)
    severity = entered.get("severity") or Severity.GENERAL
    finding = file_finding(
        by=by,
        filer=filer,
        receiver=row.bureau,
        title=title,
        source=Source.SPECIAL_INSPECTION,
        lon=_degrees(entered.get("lon"), "lon"),
        lat=_degrees(entered.get("lat"), "lat"),
        occurred_at=clock.now(),
        severity=severity,
        description=facts,
        address=words.line(entered.get("address"), "address", 200, needed=False),
        synthetic=row.synthetic,
        origin={"special_inspection": str(row.pk), "problem": place},
        submitted=True,
    )
    Problem.objects.create(
        inspection=row, place=place, title=title, facts=facts, severity=severity, finding=finding, noted_by=by,
        noted_at=clock.now(),
    )  # fmt: skip
    return {"problem": place}


def _filer(by: Officer) -> Bureau:
    home = next((p.bureau for p in by.postings_on(clock.today()) if p.role == Role.INSPECTOR), None)
    if home is None:
        raise Refused(_("登记问题的应是督察组里的巡查员；线索由其组长确认。"))
    return home


def tell(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """反馈: what was found is told; the plan's clock starts, in working days. Its first due date stays."""
    count = row.problems.count()
    if not count:
        raise Conflict(_("还没有登记问题，不能反馈。"))
    row.report_no = words.line(entered.get("report_no"), "report_no", 40)
    row.report = words.paragraph(entered.get("report"), "report", 8000)
    row.told_at = clock.now()
    due = add_workdays(clock.today(), row.rule.plan_days, WorkCalendar.current().value()).day
    row.first_plan_due_on = row.plan_due_on = due
    return {"report_no": row.report_no, "problems": count, "plan_due_on": due}


def day_of(value: Any, field: str) -> date:
    """A day from today on. Raises Invalid for `field`."""
    day: date | None
    if isinstance(value, date):
        day = value
    else:
        try:
            day = parse_date(str(value or "").strip())
        except ValueError:
            day = None
    if day is None or not clock.today() <= day <= date(2200, 1, 1):
        raise Invalid(_("请填写日期，如 2026-06-30，不早于今天。"), field=field)
    return day


def whole(value: Any) -> int:
    try:
        return int(str(value or "0")[:9])
    except ValueError:
        return 0


def _degrees(value: Any, field: str) -> float:
    try:
        return float(str(value)[:20])
    except ValueError:
        raise Invalid(_("请填写度数，如 112.5863。"), field=field) from None
