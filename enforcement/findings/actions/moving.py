"""The steps of a finding's table: who may take one now, and taking it."""

from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from enforcement.findings import questions
from enforcement.findings.actions.wording import name_site
from enforcement.findings.lifecycle import MOVES, TABLE, Hand, Move, State
from enforcement.findings.models import Finding
from enforcement.findings.new_sites import KEEP
from enforcement.issues.actions import note_joined
from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.actions import Tail, personal, record, with_tail
from enforcement.timeline.models import Event
from enforcement.timeline.offers import Available
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Officer
from regions.roles import TABLE as ROLES
from regions.roles import Role
from regions.statements import update


def available(finding: Finding, officer: Officer) -> list[Available]:
    """For every action the finding's state offers: allowed, or the reason why not."""
    rows = [row for row in TABLE if finding.state in row.sources]
    whys = [(row, _obstacle(row, finding, officer)) for row in rows]
    return [
        Available(
            row.action,
            row.label,
            why is None,
            str(why or ""),
            row.needs,
            mine=why is None or _wrong_hands(row, finding, officer) is None,
        )
        for row, why in whys
    ]


def may_confirm_and_hand_off(finding: Finding, officer: Officer) -> bool:
    """Whether an officer may confirm a finding that waits for its review and hand it off by the same act."""
    rows = MOVES["confirm"], MOVES["promote"]
    return finding.state == State.LEADER_REVIEW and not any(_obstacle(row, finding, officer) for row in rows)


def perform(
    finding: Finding,
    action: str,
    *,
    by: Officer,
    version: int | None = None,
    reason: str = "",
    issue: Any = None,
    site: Any = KEEP,
) -> Finding:
    """Takes an action of the table, `promote` excepted (see `hand_off_findings`). `issue` is an Issue to join; `site` the one
    that who confirms says it is of (None for none), left out where it stays as filed."""
    row = MOVES.get(action)
    if row is None or action == "promote":
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": action}, field="action")
    with transaction.atomic():
        locked = lock(finding, version)
        check_move(row, locked, by)
        reason = (reason or "").strip()
        if "reason" in row.needs and not reason:
            raise Invalid(_("请填写理由。"), field="reason")
        if len(reason) > 2000 or "\x00" in reason:
            raise Invalid(_("理由不能超过2000字，且不能含无法识别的字符。"), field="reason")
        facts: dict[str, Any] = {"reason": personal(reason)} if reason else {}
        if row.action == "join":
            if not isinstance(issue, Issue):
                raise Invalid(_("请选择要并入的问题。"), field="issue")
            words = [locked.title, locked.description, locked.address]
            locked.issue = note_joined(issue, by=by, bureau=locked.receiver, finding=locked.pk, words=words)
            facts["issue"] = issue.number
        if row.action == "submit" and (
            lacking := questions.missing(locked.source, locked.pollution_type, locked.answers)
        ):
            raise Invalid(_("提交前请填写：%(labels)s。") % {"labels": _("、").join(lacking)}, field="answers")
        if site is not KEEP and row.action != "confirm":
            raise Invalid(_("只有确认线索时可以指明点位。"), field="site")
        if row.action == "confirm":
            facts |= confirm(locked, by, site)
        settle(row, locked, by, facts)
    return locked


def confirm(finding: Finding, by: Officer, site: Any = KEEP) -> dict[str, str]:
    """Says on a locked finding who confirms it and of which site it is; unsaved. Gives the facts for its timeline."""
    finding.confirmed_by = by
    return name_site(finding, site, by)


def settle(row: Move, finding: Finding, by: Officer, facts: dict[str, Any], tail: Tail | None = None) -> Event:
    """Writes a checked step of a locked finding, what the step set on it included, and tells of it."""
    before, finding.state = finding.state, row.target
    finding.version += 1
    update(finding)
    bureau = _hands(row, finding)[0]
    return record(finding, row.event, by=by, bureau=bureau, tail=tail, before=before, after=row.target, **facts)


def lock(finding: Finding, version: int | None) -> Finding:
    """The finding under its row lock, with the end of its chain. Raises Absent, Conflict for a stale version."""
    rows = Finding.objects.select_for_update(of=("self",)).select_related(
        "filer", "receiver__division", "site", "located_in"
    )
    try:
        locked: Finding = with_tail(rows, "finding").get(pk=finding.pk)
    except Finding.DoesNotExist:
        raise Absent(_("没有这条线索。")) from None
    if version is not None and version != locked.version:
        raise Conflict(_("该线索刚刚已被他人更新，请刷新后再操作。"))
    return locked


def check_move(row: Move, finding: Finding, by: Officer) -> None:
    """Raises Refused where the step isn't theirs or lacks something, Conflict where the finding stands elsewhere by now."""
    hands = _wrong_hands(row, finding, by)
    if hands is not None:
        raise Refused(hands)
    if finding.state not in row.sources:
        raise Conflict(
            _("该线索现为“%(state)s”，不能%(action)s，请刷新后再操作。")
            % {"state": State(finding.state).label, "action": row.label}
        )
    obstacle = _obstacle(row, finding, by)
    if obstacle is not None:
        raise Refused(obstacle)


def _obstacle(row: Move, finding: Finding, by: Officer) -> str | Promise | None:
    hands = _wrong_hands(row, finding, by)
    if hands is not None:
        return hands
    if row.action == "confirm":
        if not by.has_badge(clock.today()):
            return _("确认线索须持有效执法证。")
        if by.pk == finding.filed_by_id:
            return _("填报人不能确认自己填报的线索。")
    if row.action == "promote" and finding.site_waits:
        return _("线索提出的新点位还没有审核，请先审核，再转办。")
    return None


def _wrong_hands(row: Move, finding: Finding, by: Officer) -> str | Promise | None:
    bureau, roles = _hands(row, finding)
    if any(p.bureau_id == bureau.pk and p.role in roles for p in by.postings_on(clock.today())):
        return None
    names = _("、").join(str(ROLES[role].name) for role in sorted(roles))
    return _("只有%(bureau)s的%(roles)s可以%(action)s。") % {
        "bureau": bureau.short_name,
        "roles": names,
        "action": row.label,
    }


def _hands(row: Move, finding: Finding) -> tuple[Bureau, frozenset[Role]]:
    """The bureau whose step it is, and the roles that take it there.

    Contractors may not establish facts: the receiving department's leader or dispatcher confirms for them.
    """
    if row.action in {"confirm", "send_back"} and finding.filer.is_contractor:
        return finding.receiver, frozenset({Role.TEAM_LEADER, Role.DISPATCHER})
    return (finding.filer if row.hand is Hand.FILER else finding.receiver), row.roles
