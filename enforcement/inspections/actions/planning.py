"""Planning a visit: site, list, team, approver. What an approval must know stands on the row before anyone approves."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from enforcement.inspections.actions import targets
from enforcement.inspections.lifecycle import CampaignState, ListState, State
from enforcement.inspections.models import Campaign, ChecklistVersion, Mode, Visit, VisitOfficer, VisitRule
from enforcement.issues.models import Source
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from regions import words
from regions.directory import sites_for
from regions.errors import Invalid, Refused
from regions.models import Bureau, Officer, Site
from regions.roles import Role

PLANNERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER, Role.DISPATCHER})
APPROVERS = frozenset({Role.TEAM_LEADER, Role.DISPATCHER})
#: Findings are filed by the leader: only these two roles file.
FILERS = frozenset({Role.INSPECTOR, Role.TEAM_LEADER})
MAX_TEAM = 20
SOURCES = (Source.SPECIAL_CHECK, Source.CROSS_ENFORCEMENT)


def homes_of(officer: Officer) -> list[Bureau]:
    """The bureaus for which an officer may plan visits. A contractor's people carry out no inspections
    (国办发〔2024〕54号)."""
    postings = officer.postings_on(clock.today())
    return [p.bureau for p in postings if p.role in PLANNERS and not p.bureau.is_contractor]


def plan(
    *,
    by: Officer,
    bureau: Bureau,
    site: Site,
    list_version: ChecklistVersion,
    mode: str,
    planned_on: date,
    approver: Officer,
    leader: Officer,
    members: list[Officer],
    campaign: Campaign | None = None,
    source: str = Source.SPECIAL_CHECK,
    lot: Any = None,
    synthetic: bool = False,
) -> Visit:
    """A visit that waits for approval; `lot` is the key of a drawn target it is for.

    Raises Refused, Invalid with a sentence for each field at fault, Conflict where the drawn target has a visit.
    """
    if all(home.pk != bureau.pk for home in homes_of(by)):
        raise Refused(_("只有检查单位的巡查员、组长、转办员可以安排检查。"))
    rule = VisitRule.in_force(planned_on)
    if rule is None:
        raise Invalid(_("该日期没有生效的入企检查规则，请系统管理员先增设。"), field="planned_on")
    team = {leader.pk: leader, **{member.pk: member for member in members}}
    errors = {
        **_matter_faults(by, site, list_version, mode, planned_on, campaign, source),
        **_people_faults(bureau, approver, leader, team, planned_on, rule),
    }
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    with transaction.atomic():
        visit = Visit.objects.create(
            campaign=campaign,
            source=source,
            site=site,
            division=site.division,
            bureau=bureau,
            list_version=list_version,
            mode=mode,
            planned_on=planned_on,
            rule=rule,
            planner=by,
            planned_at=clock.now(),
            approver=approver,
            synthetic=synthetic,
        )
        VisitOfficer.objects.bulk_create(
            VisitOfficer(
                visit=visit, officer=officer, leader=officer.pk == leader.pk, badge_no=_badge(officer, planned_on)
            )
            for officer in team.values()
        )
        if lot is not None:
            _fulfil(lot, visit, by, team)
        record(visit, "visit_planned", by=by, bureau=bureau, planned_on=planned_on, mode=mode, officers=len(team))
    return visit


def _fulfil(key: Any, visit: Visit, by: Officer, team: dict[int, Officer]) -> None:
    """A drawn target is checked by whom it drew: at its site, within its days, none of them left out."""
    lot = targets.take_up(key, by)
    if visit.site_id != lot.site_id or visit.campaign_id != lot.draw.campaign_id:
        raise Invalid(_("应检查抽中的点位“%(site)s”，并选所属的专项行动。") % {"site": lot.site.name}, field="site")
    if not lot.draw.since <= visit.planned_on <= lot.draw.until:
        raise Invalid(_("计划日期不在抽取确定的检查日期内。"), field="planned_on")
    missing = [row.officer.name for row in lot.team.select_related("officer") if row.officer_id not in team]
    if missing:
        raise Invalid(_("抽中的检查人员没有列入：%(names)s。") % {"names": _("、").join(missing)}, field="members")
    lot.visit = visit
    lot.save(update_fields=["visit"])


def _badge(officer: Officer, day: date) -> str:
    return officer.badge_no if officer.has_badge(day) else ""


def _matter_faults(
    by: Officer,
    site: Site,
    list_version: ChecklistVersion,
    mode: str,
    planned_on: date,
    campaign: Campaign | None,
    source: str,
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not sites_for(by).filter(pk=site.pk).exists():
        errors["site"] = [_("没有这个点位，请从点位列表中选择。")]
    if list_version.state != ListState.PUBLISHED:
        errors["list_version"] = [_("只能选用已发布的检查表。")]
    if mode not in Mode.values:
        errors["mode"] = [_("请选择检查方式。")]
    if source not in SOURCES:
        errors["source"] = [_("请选择专项检查或交叉执法。")]
    if planned_on < clock.today():
        errors["planned_on"] = [_("计划日期不能早于今天。")]
    if campaign is not None:
        errors |= _campaign_faults(by, campaign, list_version, planned_on)
    return errors


def _campaign_faults(
    by: Officer, campaign: Campaign, list_version: ChecklistVersion, planned_on: date
) -> dict[str, list[str]]:
    if not Campaign.objects.visible_to(by).filter(pk=campaign.pk, state=CampaignState.RUNNING).exists():
        return {"campaign": [_("没有这个进行中的专项行动。")]}
    if not campaign.since <= planned_on <= campaign.until:
        return {"planned_on": [_("计划日期不在该专项行动期间内。")]}
    if not campaign.checklists.filter(pk=list_version.pk).exists():
        return {"list_version": [_("该专项行动没有选用这份检查表。")]}
    return {}


def _people_faults(
    bureau: Bureau, approver: Officer, leader: Officer, team: dict[int, Officer], day: date, rule: VisitRule
) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not _posted(approver, bureau, APPROVERS):
        errors["approver"] = [_("审批人应是检查单位的组长或转办员。")]
    if approver.pk in team:
        errors["approver"] = [_("审批人不能是检查组成员。")]
    if not _posted(leader, bureau, FILERS):
        errors["leader"] = [_("组长应是检查单位的巡查员或组长。")]
    if not leader.has_badge(day):
        errors["leader"] = [_("%(name)s在检查当日没有有效的执法证，不能担任组长。") % {"name": leader.name}]
    if len(team) > MAX_TEAM:
        errors["members"] = [_("检查组最多%(n)d人。") % {"n": MAX_TEAM}]
    idle = [member.name for member in team.values() if not member.is_active or not member.postings_on(clock.today())]
    if idle:
        errors["members"] = [_("已停用或没有任职：%(names)s。") % {"names": _("、").join(idle)}]
    badged = sum(member.has_badge(day) for member in team.values())
    if badged < rule.min_badged:
        errors["members"] = [
            _("检查当日持有效执法证的只有%(n)d人，至少要%(least)d人。") % {"n": badged, "least": rule.min_badged}
        ]
    return errors


def _posted(officer: Officer, bureau: Bureau, roles: frozenset[Role]) -> bool:
    postings = officer.postings_on(clock.today())
    return officer.is_active and any(p.bureau_id == bureau.pk and p.role in roles for p in postings)


def visits_this_year(visit: Visit) -> int:
    """Visits of the site that began in the calendar year of the plan, by whomever: what the yearly cap counts."""
    begun = Visit.objects.filter(site_id=visit.site_id, begun_at__year=visit.planned_on.year)
    return begun.exclude(pk=visit.pk).exclude(state=State.VOID).count()


def approve(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """Over the yearly cap an approval needs its reason, and says so for ever."""
    visit.approval_no = words.line(entered.get("approval_no"), "approval_no", 40)
    done = visits_this_year(visit)
    reason = words.paragraph(entered.get("reason"), "reason", 500, needed=False)
    if done >= visit.rule.yearly_cap and not reason:
        raise Invalid(
            _("该企业今年已检查%(n)d次，达到年度上限%(cap)d次；确需检查的，请写明理由。")
            % {"n": done, "cap": visit.rule.yearly_cap},
            field="reason",
        )
    visit.over_cap = done >= visit.rule.yearly_cap
    visit.approved_at = clock.now()
    facts = {"approval_no": visit.approval_no, "visits_before": done}
    return {**facts, "reason": reason} if reason else facts


def notify(visit: Visit, by: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    if visit.mode == Mode.UNANNOUNCED:
        raise Invalid(_("四不两直检查不发通知。"), field="notice_no")
    visit.notice_no = words.line(entered.get("notice_no"), "notice_no", 40)
    return {"notice_no": visit.notice_no}
