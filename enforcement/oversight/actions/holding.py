"""What the steps of an interview do: the notice, the minutes with commitments, the report, its check, a second one."""

import re
from datetime import date, datetime
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _

from enforcement.oversight.actions.proposing import enter
from enforcement.oversight.models import Commitment, Interview
from enforcement.timeline import clock
from enforcement.timeline.actions import personal
from regions import words
from regions.errors import Conflict, Invalid
from regions.models import Officer, WorkCalendar
from regions.workdays import add_workdays

MAX_COMMITMENTS = 30
_PARTED = re.compile(r"\s*[;；\t]\s*")


def approve(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    row.approved_by, row.approved_at = by, clock.now()
    note = words.paragraph(entered.get("note"), "note", 500, needed=False)
    return {"note": note} if note else {}


def notify(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """约谈通知: the letter's number, when and where, who is asked to come, what will be spoken of."""
    meets_at = _moment(entered.get("meets_at"))
    if meets_at < clock.now():
        raise Invalid(_("约谈时间不能早于现在。"), field="meets_at")
    row.notice_no = words.line(entered.get("notice_no"), "notice_no", 40)
    row.place = words.line(entered.get("place"), "place", 100)
    row.agenda = words.paragraph(entered.get("agenda"), "agenda", 2000)
    row.attendees = words.line(entered.get("attendees"), "attendees", 300)
    row.meets_at = meets_at
    return {"notice_no": row.notice_no, "meets_at": meets_at, "place": row.place, "to": row.addressee_id}


def _moment(value: Any) -> datetime:
    if isinstance(value, datetime) and is_aware(value):
        return value
    try:
        moment = parse_datetime(str(value or ""))
    except ValueError:
        moment = None
    if moment is None or not 1970 <= moment.year <= 2200:
        raise Invalid(_("时间应写作 2021-07-05T10:00。"), field="meets_at")
    return moment if is_aware(moment) else moment.replace(tzinfo=clock.BEIJING)


def hold(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """It took place: who was there, the minutes, the commitments. The report's clock starts, in working days."""
    if row.meets_at and clock.now() < row.meets_at:
        raise Conflict(_("还没有到约谈时间。"))
    row.present = words.line(entered.get("present"), "present", 300)
    row.minutes = words.paragraph(entered.get("minutes"), "minutes", 8000)
    promised = commitments_of(entered.get("commitments"))
    row.held_at = clock.now()
    due = add_workdays(clock.today(), row.report_days, WorkCalendar.current().value()).day
    row.first_report_due_on = row.report_due_on = due
    Commitment.objects.bulk_create(
        Commitment(interview=row, place=place, text=text, due_on=day) for place, (text, day) in enumerate(promised, 1)
    )
    return {"commitments": len(promised), "report_due_on": due}


def commitments_of(value: Any) -> list[tuple[str, date]]:
    """One a line: the promise；its day. Or rows {text, due_on}. Raises Invalid naming the lines at fault."""
    rows = (
        value
        if isinstance(value, list)
        else [_PARTED.split(line.strip()) for line in str(value or "").splitlines() if line.strip()]
    )
    faults, found = [], []
    for number, entry in enumerate(rows, 1):
        text, day = (entry.get("text"), entry.get("due_on")) if isinstance(entry, dict) else (entry[0], entry[-1])
        try:
            found.append((words.line(text, "commitments", 300), _day(day)))
        except Invalid as error:
            faults.append(_("第%(line)d行：%(sentence)s") % {"line": number, "sentence": error})
    if len(rows) > MAX_COMMITMENTS:
        faults.insert(0, _("承诺最多%(n)d条。") % {"n": MAX_COMMITMENTS})
    if not rows:
        faults.append(_("请至少写一条承诺，每行“承诺；期限”，如“完成管网改造；2026-06-30”。"))
    if faults:
        raise Invalid(faults[0], errors={"commitments": faults[:20]})
    return found


def _day(value: Any) -> date:
    if isinstance(value, date):
        day: date | None = value
    else:
        try:
            day = parse_date(str(value or "").strip())
        except ValueError:
            day = None
    if day is None or not clock.today() <= day <= date(2200, 1, 1):
        raise Invalid(_("请写“承诺；期限”，期限如 2026-06-30，不早于今天。"), field="commitments")
    return day


def fulfil(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    try:
        place = int(str(entered.get("commitment") or "0")[:9])
    except ValueError:
        place = 0
    note = words.line(entered.get("note"), "note", 500)
    found = row.commitments.filter(place=place, done_at=None).first()
    if found is None:
        raise Invalid(_("没有这条未完成的承诺。"), field="commitment")
    found.done_at, found.done_by, found.note = clock.now(), by, note
    found.save(update_fields=["done_at", "done_by", "note"])
    return {"commitment": found.text, "planned_on": found.due_on, "note": note}


def report(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    row.report = words.paragraph(entered.get("report"), "report", 8000)
    row.reported_by, row.reported_at = by, clock.now()
    row.checked_by = row.checked_at = None
    late = row.report_due_on is not None and clock.today() > row.report_due_on
    return {"report_due_on": row.report_due_on, "late": late}


def _check(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    row.opinion = words.paragraph(entered.get("opinion"), "opinion", 2000)
    row.checked_by, row.checked_at = by, clock.now()
    return {"opinion": personal(row.opinion)}


def accept(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """A report isn't accepted while a commitment that has fallen due isn't fulfilled."""
    late = row.commitments.filter(done_at=None, due_on__lt=clock.today())
    if names := [one.text for one in late[:3]]:
        raise Conflict(_("还有到期未完成的承诺：%(names)s。") % {"names": _("、").join(names)})
    return _check(row, by, entered)


def reject(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Back to work, with a new day for the report; the first one stays on record."""
    facts = _check(row, by, entered)
    row.report_due_on = add_workdays(clock.today(), row.report_days, WorkCalendar.current().value()).day
    return {**facts, "report_due_on": row.report_due_on}


def close(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    left = row.commitments.filter(done_at=None).count()
    if left:
        raise Conflict(_("还有%(n)d条承诺没有完成，不能了结。") % {"n": left})
    row.closed_at = clock.now()
    return {"commitments": row.commitments.count()}


def call_again(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """The second interview, with the commitments that were left named in its reason; it waits for approval too."""
    why = words.paragraph(entered.get("reason"), "reason", 500)
    left = [one.text for one in row.commitments.filter(done_at=None)]
    reason = _("再次约谈：%(why)s") % {"why": why}
    if left:
        reason += "\n" + _("未完成的承诺：%(left)s") % {"left": _("、").join(left[:5])}
    row.closed_at = clock.now()
    made = Interview(
        bureau=row.bureau, division=row.division, addressee=row.addressee, cause=row.cause, reason=reason[:1000],
        figures=row.figures, report_days=row.report_days, previous=row, proposed_by=by, proposed_at=clock.now(),
        synthetic=row.synthetic,
    )  # fmt: skip
    enter(made, by)
    return {"reason": personal(why), "left": len(left)}
