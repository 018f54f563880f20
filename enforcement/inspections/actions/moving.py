"""`perform`: the one way a visit changes. It locks the visit, checks the row of the table, changes, records."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.inspections.actions import entering, handing, planning, recording
from enforcement.inspections.lifecycle import STEPS, TABLE, Hand, State, Step
from enforcement.inspections.models import Visit
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from enforcement.timeline.offers import Available
from regions import words
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer
from regions.roles import Role


def _void(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    return {"reason": personal(words.paragraph(entered.get("reason"), "reason", 500))}


Effect = Callable[[Visit, Officer, dict[str, Any]], dict[str, Any]]
_EFFECTS: dict[str, Effect] = {
    "approve": planning.approve,
    "notify": planning.notify,
    "declare": entering.declare,
    "check_in": entering.check_in,
    "answer": recording.answer,
    "guide": recording.guide,
    "sign": recording.sign,
    "finish": recording.finish,
    "hand_over": handing.hand_over,
    "receive": handing.receive,
    "void": _void,
}
RECEIVERS = frozenset({Role.HANDLER, Role.DISPATCHER})


def available(visit: Visit, officer: Officer) -> list[Available]:
    """The steps of the visit's state, each allowed or with the reason why not."""
    seats = _seats(visit, officer)
    rows = [row for row in TABLE if visit.state in row.sources]
    whys = [(row, _obstacle(row, visit, seats)) for row in rows]
    return [
        Available(row.action, row.label, why is None, why or "", row.needs, row.accepts, row.primary)
        for row, why in whys
    ]


def perform(visit: Visit, action: str, *, by: Officer, version: int | None = None, **entered: Any) -> Visit:
    """Takes one step. Raises Absent for who may not know of the visit, Invalid, Refused, Conflict."""
    row = STEPS.get(action)
    if row is None:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": str(action)[:40]}, field="action")
    with transaction.atomic():
        locked = _lock(visit, by, version)
        if (obstacle := _obstacle(row, locked, _seats(locked, by))) is not None:
            raise Refused(obstacle)
        if locked.state not in row.sources:
            raise Conflict(
                _("该检查已是“%(state)s”，不能%(action)s。") % {"state": State(locked.state).label, "action": row.label}
            )
        facts = _EFFECTS[action](locked, by, entered)
        locked.state = row.target or locked.state
        locked.version += 1
        locked.save()
        acting = locked.receiver if row.hand is Hand.RECEIVER else locked.bureau
        record(locked, row.event, by=by, bureau=acting, **facts)
    return locked


def _lock(visit: Visit, by: Officer, version: int | None) -> Visit:
    locked = (
        Visit.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("bureau__division", "site", "division__parent", "rule", "list_version__checklist", "receiver")
        .filter(pk=visit.pk)
        .first()
    )
    if locked is None:
        raise Absent(_("没有这次检查。"))
    if version is not None and version != locked.version:
        raise Conflict(_("该检查刚刚已被他人更新，请刷新后再操作。"))
    return locked


def _seats(visit: Visit, officer: Officer) -> frozenset[Hand]:
    """The parts this officer plays in the visit today."""
    seats = set()
    postings = officer.postings_on(clock.today())
    posted = any(p.bureau_id == visit.bureau_id for p in postings)
    if posted and visit.approver_id == officer.pk:
        seats.add(Hand.APPROVER)
    if posted and visit.planner_id == officer.pk:
        seats.add(Hand.PLANNER)
    member = visit.officers.filter(officer=officer).first() if postings else None
    if member is not None:
        seats |= {Hand.MEMBER, Hand.LEADER} if member.leader else {Hand.MEMBER}
    if visit.receiver_id and any(p.bureau_id == visit.receiver_id and p.role in RECEIVERS for p in postings):
        seats.add(Hand.RECEIVER)
    return frozenset(seats)


def _obstacle(row: Step, visit: Visit, seats: frozenset[Hand]) -> str | None:
    if row.hand in seats:
        return None
    sentences = {
        Hand.APPROVER: _("只有审批人%(name)s可以审批。") % {"name": visit.approver.name},
        Hand.PLANNER: _("只有安排检查的%(name)s可以作废。") % {"name": visit.planner.name},
        Hand.MEMBER: _("只有检查组成员可以%(action)s。") % {"action": row.label},
        Hand.LEADER: _("只有检查组组长可以%(action)s。") % {"action": row.label},
        Hand.RECEIVER: _("只有接收单位的承办人、转办员可以签收。"),
    }
    return sentences[row.hand]
