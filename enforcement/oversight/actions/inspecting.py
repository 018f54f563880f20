"""Special inspections: proposing one, and `perform`, the one way it changes. It locks it, checks the table, changes, records."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from enforcement.oversight.actions import fieldwork, plans
from enforcement.oversight.actions.proposing import addressees, homes_of
from enforcement.oversight.lifecycle import ROLES, Hand, Step
from enforcement.oversight.lifecycle.specials import STEPS, TABLE, State
from enforcement.oversight.models import SpecialInspection, SpecialMember, SpecialRule
from enforcement.timeline import clock
from enforcement.timeline.actions import personal, record
from enforcement.timeline.offers import Available
from regions import words
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Bureau, Officer

MAX_DAYS = 180


def teammates(bureau: Bureau) -> list[Officer]:
    """Who may be of a team: the officers of the bureau and of its enforcement teams, certified or not."""
    held = Q(postings__bureau=bureau) | Q(postings__bureau__parent=bureau, postings__bureau__kind="enforcement_team")
    held |= Q(postings__bureau__division=bureau.division_id, postings__bureau__kind="enforcement_team")
    today = clock.today()
    current = Q(postings__since__lte=today) & (Q(postings__until=None) | Q(postings__until__gte=today))
    rows = Officer.objects.filter(held & current, is_active=True)
    return list(rows.distinct().order_by("name", "pk"))


def propose(
    *,
    by: Officer,
    bureau: Bureau,
    addressee: Bureau,
    name: str,
    scope: str,
    basis: str,
    since: date,
    until: date,
    leader: Officer,
    members: Sequence[Officer] = (),
    synthetic: bool = False,
) -> SpecialInspection:
    """A special inspection that waits for approval. Raises Refused, Invalid with a sentence for each field at fault."""
    if all(home.pk != bureau.pk for home in homes_of(by)):
        raise Refused(_("只有省、市主管部门的转办员、会商协调员、督办员可以提出专项督察。"))
    rule = SpecialRule.objects.filter(valid_from__lte=clock.today()).order_by("-valid_from").first()
    if rule is None:
        raise Invalid(_("没有生效的专项督察规则，请系统管理员先增设。"), field="since")
    team = {leader.pk: leader, **{one.pk: one for one in members}}
    made = SpecialInspection(
        bureau=bureau, division=addressee.division, addressee=addressee, rule=rule, since=since, until=until,
        proposed_by=by, proposed_at=clock.now(), synthetic=synthetic,
    )  # fmt: skip
    errors = _faults(made, team, {"name": (name, 80), "basis": (basis, 200), "scope": (scope, 2000)})
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    with transaction.atomic():
        made.save()
        SpecialMember.objects.bulk_create(
            SpecialMember(inspection=made, officer=one, leader=one.pk == leader.pk) for one in team.values()
        )
        record(
            made, "special_proposed", by=by, bureau=bureau, name=made.name, division=made.division.name, team=len(team)
        )
    return made


def _faults(
    made: SpecialInspection, team: dict[int, Officer], texts: dict[str, tuple[str, int]]
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for field, (text, most) in texts.items():
        try:
            setattr(made, field, (words.paragraph if field == "scope" else words.line)(text, field, most))
        except Invalid as error:
            errors[field] = [str(error)]
    if not addressees(made.bureau).filter(pk=made.addressee_id).exists():
        errors["addressee"] = [_("只能督察下级地区的主管部门。")]
    if made.until < made.since:
        errors["until"] = [_("结束日期不能早于开始日期。")]
    elif (made.until - made.since).days > MAX_DAYS:
        errors["until"] = [_("督察不能超过%(n)d天。") % {"n": MAX_DAYS}]
    if len(team) < made.rule.team:
        errors["members"] = [_("督察组至少%(n)d人，含组长。") % {"n": made.rule.team}]
    elif not set(team) <= {one.pk for one in teammates(made.bureau)}:
        errors["members"] = [_("督察组成员应为督察单位或其执法队的人员。")]
    return errors


# --- moving -------------------------------------------------------------------------------------------------------


def _approve(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    row.approved_by, row.approved_at = by, clock.now()
    note = words.paragraph(entered.get("note"), "note", 500, needed=False)
    return {"note": note} if note else {}


def _enter(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    if clock.today() < row.since:
        raise Conflict(_("还没有到督察开始日期。"))
    row.notice_no = words.line(entered.get("notice_no"), "notice_no", 40)
    row.entered_at = clock.now()
    return {"notice_no": row.notice_no}


def _reasoned(row: SpecialInspection, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    return {"reason": personal(words.paragraph(entered.get("reason"), "reason", 500))}


Effect = Callable[[SpecialInspection, Officer, dict[str, Any]], dict[str, Any]]
_EFFECTS: dict[str, Effect] = {
    "approve": _approve,
    "decline": _reasoned,
    "enter": _enter,
    "request": fieldwork.request,
    "supply": fieldwork.supply,
    "note": fieldwork.note,
    "tell": fieldwork.tell,
    "plan": plans.submit,
    "accept": plans.accept,
    "reject": plans.reject,
    "track": plans.track,
    "publish": plans.publish,
    "close": plans.close,
    "void": _reasoned,
}


def available(row: SpecialInspection, officer: Officer) -> list[Available]:
    """The steps of its state, each allowed or with the reason why not. One statement."""
    steps = [step for step in TABLE if row.state in step.sources]
    team = _is_member(row, officer)
    whys = [(step, _obstacle(step, row, officer, team)) for step in steps]
    return [
        Available(step.action, step.label, why is None, why or "", step.needs, step.accepts, step.primary)
        for step, why in whys
    ]


def perform(
    row: SpecialInspection, action: str, *, by: Officer, version: int | None = None, **entered: Any
) -> SpecialInspection:
    """Takes one step. Raises Absent for who may not know of the inspection, Invalid, Refused, Conflict."""
    step = STEPS.get(action)
    if step is None:
        raise Invalid(_("没有“%(action)s”这个操作。") % {"action": str(action)[:40]}, field="action")
    with transaction.atomic():
        held = _lock(row, by, version)
        if (obstacle := _obstacle(step, held, by, _is_member(held, by))) is not None:
            raise Refused(obstacle)
        if held.state not in step.sources:
            shown = {"state": State(held.state).label, "action": step.label}
            raise Conflict(_("该督察已是“%(state)s”，不能%(action)s。") % shown)
        facts = _EFFECTS[action](held, by, entered)
        held.state = step.target or held.state
        held.version += 1
        held.save()
        acting = held.addressee if step.hand is Hand.ADDRESSEE else held.bureau
        record(held, step.event, by=by, bureau=acting, **facts)
    return held


def _lock(row: SpecialInspection, by: Officer, version: int | None) -> SpecialInspection:
    rows = SpecialInspection.objects.visible_to(by).select_for_update(of=("self",))
    held = rows.select_related("bureau__division", "addressee", "division", "rule").filter(pk=row.pk).first()
    if held is None:
        raise Absent(_("没有这次专项督察。"))
    if version is not None and version != held.version:
        raise Conflict(_("该督察刚刚已被他人更新，请刷新后再操作。"))
    return held


def _is_member(row: SpecialInspection, officer: Officer) -> bool:
    return SpecialMember.objects.filter(inspection=row, officer=officer).exists()


def is_own(row: SpecialInspection, officer: Officer) -> bool:
    """Whether an officer is of the inspecting side, which reads the problems before they are told."""
    posted = any(p.bureau_id == row.bureau_id for p in officer.postings_on(clock.today()))
    return posted or _is_member(row, officer)


def _obstacle(step: Step, row: SpecialInspection, officer: Officer, member: bool) -> str | None:
    if step.hand is Hand.TEAM:
        return None if member else _("只有督察组成员可以%(action)s。") % {"action": step.label}
    home = row.addressee if step.hand is Hand.ADDRESSEE else row.bureau
    roles = ROLES[step.hand]
    if not any(p.bureau_id == home.pk and p.role in roles for p in officer.postings_on(clock.today())):
        shown = {"bureau": home.short_name, "action": step.label}
        return {
            Hand.ORGANISER: _("只有%(bureau)s的转办员、会商协调员可以%(action)s。"),
            Hand.APPROVER: _("只有%(bureau)s的督办员可以%(action)s。"),
            Hand.ADDRESSEE: _("只有%(bureau)s的承办人、转办员可以%(action)s。"),
            Hand.CHECKER: _("只有%(bureau)s的核查员、督办员可以%(action)s。"),
        }[step.hand] % shown
    if step.hand is Hand.APPROVER and row.proposed_by_id == officer.pk:
        return _("提出督察的人不能自己审批。")
    return None
