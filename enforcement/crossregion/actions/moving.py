"""`perform`: the one way a round changes. It locks the round, checks the row of the table, changes, records."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from enforcement.crossregion.actions import clues, drawing, placing, preparing, releasing, reporting, underway
from enforcement.crossregion.lifecycle import OF_HOLDERS, OF_MEMBERS, ORGANISERS, STEPS, TABLE, State, Step
from enforcement.crossregion.models import Clearance, Round, TeamMember
from enforcement.timeline import clock, pledges
from enforcement.timeline.actions import record, tail_of, together, with_tail
from enforcement.timeline.offers import Available
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer

Effect = Callable[[Round, Officer, dict[str, Any]], dict[str, Any]]
_EFFECTS: dict[str, Effect] = {
    "set_campaign": preparing.set_campaign,
    "set_counties": preparing.set_counties,
    "set_teams": preparing.set_teams,
    "set_pool": preparing.set_pool,
    "set_recusals": preparing.set_recusals,
    "set_rules": preparing.set_rules,
    "set_wishes": preparing.set_wishes,
    "pin": placing.pin,
    "unpin": placing.unpin,
    "clear": preparing.clear,
    "commit": drawing.commit,
    "draw": drawing.begin,
    "reopen": drawing.reopen,
    "swap": placing.swap,
    "move": placing.move,
    "replace": underway.replace_member,
    "read_targets": releasing.note_read,
    "file_clue": clues.file_clue,
    "report": reporting.report,
    "release": releasing.release,
    "close": releasing.close,
    "void": releasing.void,
}


def available(round_: Round, officer: Officer) -> list[Available]:
    """The steps of the round's state, each allowed or with the reason why not."""
    # A step just taken has read along whether its officer is on the list, or of a team.
    cleared, member = getattr(round_, "cleared", None), getattr(round_, "member", None)
    if cleared is None:
        cleared = round_.clearances.filter(officer=officer).exists()
    rows = [row for row in TABLE if round_.state in row.sources]
    if member is None:
        out = any(row.action in OF_MEMBERS for row in rows)
        member = out and _membership(officer).filter(team__round=round_).exists()
    whys = [(row, _obstacle(row, round_, officer, cleared=cleared, member=member)) for row in rows]
    return [
        Available(row.action, row.label, why is None, why or "", row.needs, row.accepts)
        for row, why in whys
        if why is None
        or not ((row.action in OF_MEMBERS and not member) or (row.action in OF_HOLDERS and not round_.is_secret))
    ]


def perform(round_: Round, action: str, *, by: Officer, version: int | None = None, **entered: Any) -> Round:
    """Takes one step. Raises Absent for who may not know of the round, Invalid, Refused, Conflict."""
    row = STEPS.get(action)
    if row is None:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": str(action)[:40]}, field="action")
    with transaction.atomic(), together():
        # Members' steps look for their team under the lock and read the tail then: many come at once, and none is sent away.
        locked = _lock(round_, by, version, tail=row.action not in OF_MEMBERS | {"read_targets"})
        if locked.state not in row.sources:
            raise Conflict(
                _("该轮次已是“%(state)s”，不能%(action)s。") % {"state": State(locked.state).label, "action": row.label}
            )
        # A member's steps look for the member's team themselves.
        if (
            row.action not in OF_MEMBERS
            and (obstacle := _obstacle(row, locked, by, cleared=locked.cleared)) is not None
        ):
            raise Refused(obstacle)
        facts = _EFFECTS[action](locked, by, entered)
        locked.state = row.target or locked.state
        locked.version += 1
        # What a member does changes nothing of the round, whose register is long.
        locked.save(update_fields=["version"] if row.action in OF_MEMBERS else None)
        # What a member does is their own bureau's doing, not the holder's.
        bureau = by.postings_on(clock.today())[0].bureau if row.action in OF_MEMBERS else locked.bureau
        record(locked, row.event, by=by, bureau=bureau, tail=locked.tail, **facts)
    return locked


def _lock(round_: Round, by: Officer, version: int | None, *, tail: bool) -> Any:
    """The round under its row lock; `cleared` says whether the officer is on its need-to-know list, `member` whether they are of a
    team. One statement.

    With its `tail` whoever has to wait for the lock and names no version is told of a Conflict by `record`.
    """
    listed = Clearance.objects.filter(round=OuterRef("pk"), officer=by)
    of_it = _membership(by).filter(team__round=OuterRef("pk"))
    known = Round.objects.visible_to(by).select_for_update(of=("self",))
    rows = known.annotate(cleared=Exists(listed), member=Exists(of_it))
    if tail:
        rows = with_tail(rows, "round")
    locked = rows.select_related("bureau__division", "rule").filter(pk=round_.pk).first()
    if locked is None:
        raise Absent(_("没有这个轮次。"))
    if version is not None and version != locked.version:
        raise Conflict(_("该轮次刚刚已被他人改动，请刷新后再操作。"))
    if tail:
        locked.tail = tail_of(locked)
    return locked


def _membership(officer: Officer) -> QuerySet[TeamMember]:
    """Where an officer is with a team now."""
    return TeamMember.objects.filter(officer=officer, left_on=None)


def _obstacle(row: Step, round_: Round, officer: Officer, *, cleared: bool, member: bool = False) -> str | None:
    if row.action == "read_targets" and not round_.is_secret:
        return None
    if row.action in OF_MEMBERS:
        if not member:
            return _("只有本轮各队的队员可以填报。")
        return clues.not_a_filer() if row.action == "file_clue" and clues.filing_post(officer) is None else None
    seated = any(p.bureau_id == round_.bureau_id and p.role in ORGANISERS for p in officer.postings_on(clock.today()))
    if not (seated and cleared):
        if row.action == "read_targets" and cleared:
            return None
        return _("只有%(bureau)s知情名单上的转办员、会商协调员可以%(action)s。") % {
            "bureau": round_.bureau.short_name,
            "action": row.label,
        }
    if row.action in {"draw", "reopen"} and round_.draw_begun_at is not None:
        return _("正在抽取，请等结果出来。")
    if row.action == "draw" and round_.rule.publish_first and not pledges.is_published(round_.commitment):
        return _("抽取规则要求先公布承诺。承诺将随下一次每日锚定（零时后）公布，此后即可抽取。")
    return None
