"""`perform`: the one way an interview changes. It locks it, checks the row of the table, changes, records."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.oversight.actions import holding
from enforcement.oversight.lifecycle import ROLES, STEPS, TABLE, Hand, State, Step
from enforcement.oversight.models import Interview
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from enforcement.timeline.offers import Available
from regions import words
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer


def _reasoned(row: Interview, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    return {"reason": personal(words.paragraph(entered.get("reason"), "reason", 500))}


Effect = Callable[[Interview, Officer, dict[str, Any]], dict[str, Any]]
_EFFECTS: dict[str, Effect] = {
    "approve": holding.approve,
    "decline": _reasoned,
    "notify": holding.notify,
    "hold": holding.hold,
    "fulfil": holding.fulfil,
    "report": holding.report,
    "accept": holding.accept,
    "reject": holding.reject,
    "close": holding.close,
    "call_again": holding.call_again,
    "void": _reasoned,
}


def available(row: Interview, officer: Officer) -> list[Available]:
    """The steps of the interview's state, each allowed or with the reason why not."""
    steps = [step for step in TABLE if row.state in step.sources]
    whys = [(step, _obstacle(step, row, officer)) for step in steps]
    return [
        Available(step.action, step.label, why is None, why or "", step.needs, step.accepts, step.primary)
        for step, why in whys
    ]


def perform(row: Interview, action: str, *, by: Officer, version: int | None = None, **entered: Any) -> Interview:
    """Takes one step. Raises Absent for who may not know of the interview, Invalid, Refused, Conflict."""
    step = STEPS.get(action)
    if step is None:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": str(action)[:40]}, field="action")
    with transaction.atomic():
        held = _lock(row, by, version)
        if (obstacle := _obstacle(step, held, by)) is not None:
            raise Refused(obstacle)
        if held.state not in step.sources:
            shown = {"state": State(held.state).label, "action": step.label}
            raise Conflict(_("该约谈已是“%(state)s”，不能%(action)s。") % shown)
        facts = _EFFECTS[action](held, by, entered)
        held.state = step.target or held.state
        held.version += 1
        held.save()
        acting = held.addressee if step.hand is Hand.ADDRESSEE else held.bureau
        record(held, step.event, by=by, bureau=acting, **facts)
    return held


def _lock(row: Interview, by: Officer, version: int | None) -> Interview:
    rows = Interview.objects.visible_to(by).select_for_update(of=("self",))
    held = rows.select_related("bureau", "addressee", "division", "rule", "proposed_by").filter(pk=row.pk).first()
    if held is None:
        raise Absent(_("没有这次约谈。"))
    if version is not None and version != held.version:
        raise Conflict(_("该约谈刚刚已被他人更新，请刷新后再操作。"))
    return held


def _obstacle(step: Step, row: Interview, officer: Officer) -> str | None:
    home = row.addressee if step.hand is Hand.ADDRESSEE else row.bureau
    held = any(p.bureau_id == home.pk and p.role in ROLES[step.hand] for p in officer.postings_on(clock.today()))
    if not held:
        shown = {"bureau": home.short_name, "action": step.label}
        return {
            Hand.ORGANISER: _("只有%(bureau)s的转办员、会商协调员可以%(action)s。"),
            Hand.APPROVER: _("只有%(bureau)s的督办员可以%(action)s。"),
            Hand.ADDRESSEE: _("只有%(bureau)s的承办人、转办员可以%(action)s。"),
            Hand.CHECKER: _("只有%(bureau)s的核查员、督办员可以%(action)s。"),
        }[step.hand] % shown
    if step.hand is Hand.APPROVER and row.proposed_by_id == officer.pk:
        return _("提出约谈的人不能自己审批。")
    if step.hand is Hand.CHECKER and row.reported_by_id == officer.pk:
        return _("提交书面报告的人不能自己核验。")
    return None
