"""Every form of the pages with a body that would be taken. Who adds a form adds it here."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from enforcement.crossregion import actions as rounds
from enforcement.inspections import actions as inspections
from enforcement.inspections.actions import campaigns, checklists, targets
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import ChecklistVersion
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role
from tests.isolation import offers
from tests.isolation.actors import Actor
from tests.isolation.routes import Route, routes
from tests.isolation.world import World


def pages() -> dict[str, Route]:
    return {route.name: route for route in routes() if not route.is_api and route.name}


def forms(world: World) -> Iterator[tuple[str, Actor, str, dict[str, Any]]]:
    """Every form of the pages with a body that would be taken: name, who sends it, where, what."""
    plot = world.plots["tya"]
    by_role = {role: actor for actor in world.groups["杏花岭分局"] for role in actor.roles}
    inspector, leader, handler = by_role[Role.INSPECTOR], by_role[Role.TEAM_LEADER], by_role[Role.HANDLER]
    by_city = {
        role: actor for actor in world.groups["太原其他单位"] for role in actor.roles if actor.name.startswith("太原")
    }
    dispatcher = by_city[Role.DISPATCHER]
    draft, waiting, spot = plot.drafts[0], plot.waiting, plot.spots[0]
    part = plot.issue.responsibilities.order_by("pk")[0]
    lately = (clock.now() - timedelta(days=20)).astimezone(clock.BEIJING)
    plot.issue.refresh_from_db()
    act = f"/issues/{plot.issue.number}/actions/"
    common = {"version": plot.issue.version, "responsibility": part.pk}
    observed = {
        "title": "高值", "description": "", "lon": "112.58", "lat": "37.89", "system": "wgs84", "address": "", "site": "",
        "occurred_at": f"{lately:%Y-%m-%dT%H:%M}", "source": "patrol", "severity": "general", "pollution_type": "VOC",
        "new_site_name": "", "new_site_uscc": "", "new_site_industry": "",
    }  # fmt: skip
    yield (
        "feedback",
        handler,
        act + "submit_feedback/",
        {**common, "verdict": "true", "measures": "已整改", "cause": ""},
    )
    yield "start", handler, act + "start_rectification/", {**common, "plan": "更换活性炭"}
    yield "return", handler, act + "return/", {**common, "reason_code": "not_ours", "reason": "不属本单位"}
    yield "delegate", handler, act + "delegate/", {**common, "bureau": world.bureaus["tyb"].pk, "due_on": part.due_on}
    yield "extension", dispatcher, act + "grant_extension/", {**common, "reason": ""}
    yield "split", dispatcher, f"/issues/{plot.issue.number}/links/split/", {
        "version": plot.issue.version, "reason": "两处", "children-0-title": "一", "children-0-bureau": plot.answerer.pk,
        "children-0-site": "", "children-1-title": "二", "children-1-bureau": world.bureaus["tyb"].pk, "children-1-site": "",
        "children-0-due_on": "", "children-1-due_on": "",
    }  # fmt: skip
    asked = f"/issues/merge-offers/{offers.of(plot).pk}/"
    yield "withdraw offer", dispatcher, f"{asked}withdraw/", {"reason": "先核实是否同一排放口"}
    yield "refuse extension", dispatcher, act + "refuse_extension/", {**common, "reason": "理由不足"}
    yield "file", inspector, "/findings/new/", {
        **observed, "filer": plot.filer.pk, "receiver": plot.city.pk, "device_at": lately.isoformat(),
        "same_as": "", "q_peak": "", "q_wind": "", "q_facility_on": "",
    }  # fmt: skip
    yield "draft", inspector, "/findings/new/draft/", observed
    yield "correct", inspector, f"/findings/{draft.pk}/correct/", {**observed, "version": draft.version}
    yield "submit", inspector, f"/findings/{draft.pk}/actions/submit/", {"version": draft.version}
    yield (
        "dismiss",
        dispatcher,
        f"/findings/{waiting.pk}/actions/dismiss/",
        {"version": waiting.version, "reason": "重复"},
    )
    yield "join", dispatcher, f"/findings/{waiting.pk}/actions/join/", {
        "version": waiting.version, "near": "", "issue": plot.issue.number,
    }  # fmt: skip
    yield "hand off", dispatcher, "/findings/hand-off/", {
        "selected": waiting.pk, "title": "转办", "step": "issue", "i0-finding": waiting.pk, "i0-version": waiting.version,
        "i0-severity": "general", "i0-verifier": plot.team.name, "i0-bureau1": plot.answerer.name, "i0-weight1": "1",
        "i0-bureau2": "", "i0-weight2": "", "i0-bureau3": "", "i0-weight3": "",
    }  # fmt: skip
    yield "alike", inspector, "/findings/alike/", {**observed, "same_as": "", "photo_sha256": "", "photo_look": ""}
    yield "questions", inspector, "/findings/new/questions/", {**observed, "q_facility_on": ""}
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    version = {"valid_from": tomorrow, "basis": "惯例", "after": "1", "step": "publish"}
    yield "routing", dispatcher, "/findings/routing/", {
        **version, "r0-division": plot.county.name, "r0-area": "", "r0-source": "", "r0-pollution_type": "VOC",
        "r0-target": "county_office", "r0-bureau": "",
    }  # fmt: skip
    yield "letter", dispatcher, "/issues/handoffs/letter/", {
        **version, "heading": "转办单", "opening": "{承办单位}：", "item": "{编号}", "closing": "",
    }  # fmt: skip
    yield "send letters", dispatcher, "/issues/handoffs/send/", {"handoff": plot.handoff.pk, "channel": "fax"}
    yield "receipt", handler, f"/issues/handoffs/{plot.handoff.pk}/receipt/", {
        "bureau": plot.answerer.pk, "channel": "fax",
    }  # fmt: skip
    yield "hot spot", inspector, f"/patrols/hot-spots/{spot.pk}/actions/promote/", {
        "version": spot.version, "title": "高值", "severity": "general", "description": "", "receiver": plot.city.pk,
        "pollution_type": "VOC", "site": "", "back": "", "submit": "on",
    }  # fmt: skip
    yield "retrace", inspector, f"/patrols/hot-spots/{spot.pk}/trace/", {"seen": spot.tracings.count()}
    yield "cause", leader, f"/patrols/hot-spots/{spot.pk}/cause/", {
        "cause": "unregistered", "site": "", "note": "现场查看无登记企业", "seen": spot.causes.count(),
    }  # fmt: skip
    yield "void re-drive", leader, f"/patrols/redrives/{plot.redrive.pk}/void/", {"reason": "计划重复"}
    yield "propose", inspector, f"/patrols/hot-spots/{spot.pk}/actions/propose_dismissal/", {
        "version": spot.version, "reason": "加油站",
    }  # fmt: skip
    yield "trial", inspector, f"/patrols/uploads/{plot.uploads[0].pk}/", {
        "time_zone": "Asia/Shanghai", "coordinate_system": "wgs84", "time": "1", "lat": "2", "lon": "3", "speed": "4",
        "channels": "5",
    }  # fmt: skip
    yield "void", leader, f"/patrols/{plot.runs[0].pk}/void/", {"reason": "坐标系有误"}
    yield "quality", inspector, f"/patrols/{plot.runs[0].pk}/quality/", {}
    yield "run note", inspector, f"/patrols/{plot.runs[0].pk}/note/", {
        "route": plot.task.routes.get().pk, "temperature_c": "31", "sky": "clear", "source": "目测",
    }  # fmt: skip
    yield "task", leader, "/patrols/campaigns/new/", {
        "bureau": plot.filer.pk, "name": "夏季走航", "since": "2026-06-01", "until": "2026-06-30",
    }  # fmt: skip
    yield "route", leader, f"/patrols/campaigns/{plot.task.pk}/route/", {
        "name": "东线", "coordinate_system": "wgs84", "points": "112.5,37.8\n112.6,37.8",
    }  # fmt: skip
    yield "void task", leader, f"/patrols/campaigns/{plot.task.pk}/void/", {"reason": "重复"}
    register, moment = "/patrols/equipment/", f"{lately:%Y-%m-%dT%H:%M}"
    yield "instrument", leader, register + "new/instrument/", {
        "bureau": plot.filer.pk, "name": "PID", "serial": "P-1", "kind": "pid",
    }  # fmt: skip
    yield "log", inspector, f"{register}{plot.instrument.pk}/log/", {
        "kind": "span", "at": moment, "channel": "TVOC", "unit": "ppb", "expected": "500", "shown": "478",
    }  # fmt: skip
    yield "void log", inspector, f"{register}logs/{plot.log.pk}/void/", {"reason": "记错"}
    vehicle = plot.filer.vehicles.get()
    yield "vehicle", leader, f"{register}vehicles/{vehicle.pk}/correct/", {
        "version": vehicle.version, "name": "一号车", "retired_on": "",
    }  # fmt: skip
    yield "crew", leader, f"{register}crew/{plot.filer.crew_members.get().pk}/end/", {"until": f"{clock.today()}"}
    yield "read", handler, "/notices/read/", {"up_to": "1"}
    yield "sign in", world.groups["借调与外人"][-1], "/login/", {"username": "x", "password": "y", "next": "/"}
    yield "columns", handler, "/lists/issues/columns/", {"columns": "state", "next": "/issues/"}
    yield "several", handler, "/issues/several/", {
        "action": "start_rectification", "item": f"{plot.issue.number}:{plot.issue.version}:{part.pk}", "plan": "更换",
    }  # fmt: skip
    yield "view", handler, "/lists/issues/views/", {"name": "我的", "query": "clock=soon", "next": "/issues/"}
    officer = world.officer(world.bureaus["province"], Role.COORDINATOR, suffix="organiser")
    organiser = Actor("组织者", officer, "tya", {}, frozenset({Role.COORDINATOR}))
    held = rounds.create(by=officer, name="第一轮", since=date(2027, 3, 1), until=date(2027, 3, 12))
    yield "round", organiser, "/rounds/new/", {
        "name": "第二轮", "campaign": "", "campaign_id": "", "since": "2027-03-01", "until": "2027-03-12",
    }  # fmt: skip
    yield "counties", organiser, f"/rounds/{held.pk}/set_counties/", {"version": held.version, "text": "140105 1"}
    yield "void round", organiser, f"/rounds/{held.pk}/void/", {"version": held.version, "reason": "不办了"}
    yield from _checks(world, organiser)
    yield from _interviews(world)
    yield "look backs", dispatcher, "/issues/look-backs/", {
        "bureau": plot.city.pk, "first": lately.date().isoformat(), "last": clock.today().isoformat(),
    }  # fmt: skip
    yield "language", inspector, "/language/", {"language": "en", "next": "/"}


def _interviews(world: World) -> Iterator[tuple[str, Actor, str, dict[str, Any]]]:
    """One to propose, one to decline, both by 太原."""
    plot = world.plots["tya"]
    seats = {role: world.officer(plot.city, role) for role in (Role.COORDINATOR, Role.SUPERVISOR)}
    holder, chief = (Actor(role.value, one, "tya", {}, frozenset({role})) for role, one in seats.items())
    yield "interview", holder, "/oversight/interviews/new/", {
        "bureau": plot.city.pk, "addressee": plot.answerer.pk, "cause": "named", "reason": "三次挂牌",
    }  # fmt: skip
    standing = plot.interviews[0]
    yield (
        "decline",
        chief,
        f"/oversight/interviews/{standing.pk}/decline/",
        {"version": standing.version, "reason": "不必"},
    )
    today = clock.today().isoformat()
    yield "special", holder, "/oversight/inspections/new/", {
        "bureau": plot.city.pk, "addressee": plot.answerer.pk, "name": "督察", "scope": "扬尘", "basis": "方案",
        "since": today, "until": today, "leader": seats[Role.COORDINATOR].pk, "members": [seats[Role.SUPERVISOR].pk, world.officer(plot.city, Role.DISPATCHER).pk],
    }  # fmt: skip
    special = plot.specials[0]
    yield (
        "void special",
        holder,
        f"/oversight/inspections/{special.pk}/void/",
        {"version": special.version, "reason": "不必"},
    )


def _checks(world: World, organiser: Actor) -> Iterator[tuple[str, Actor, str, dict[str, Any]]]:
    """Campaigns, checklists and visits: a draft list and a running campaign of the province, a visit of 杏花岭 to approve."""
    plot, officer = world.plots["tya"], organiser.officer
    assert isinstance(officer, Officer)
    by_role = {role: actor for actor in world.groups["杏花岭分局"] for role in actor.roles}
    inspector, leader, handler = by_role[Role.INSPECTOR], by_role[Role.TEAM_LEADER], by_role[Role.HANDLER]
    yield "campaign", organiser, "/inspections/campaigns/new/", {
        "name": "行动", "legal_basis": "方案", "since": "2027-03-01", "until": "2027-03-12", "industries": "砖瓦",
        "counts": "绿化；亩；100",
    }  # fmt: skip
    today = clock.today()
    running = campaigns.create(
        by=officer, name="清理", legal_basis="方案", since=today, until=today, checklists=[],
        counts=[campaigns.Count("堆场", "个")],
    )  # fmt: skip
    running = campaigns.change_state(running, CampaignState.RUNNING, by=officer, seen=None)
    yield "amount", handler, f"/inspections/campaigns/{running.pk}/tally/", {
        "quantity": str(running.quantities.get().pk), "division": plot.county.code, "amount": "3", "unit": "个",
        "done_on": today.isoformat(), "note": "",
    }  # fmt: skip
    yield "list", organiser, "/inspections/checklists/new/", {
        "name": "加油站", "key": "petrol", "source": "惯例", "industries": "",
    }  # fmt: skip
    draft = checklists.begin(by=officer, key="hostile", name="试", source="试")
    yield "item", organiser, f"/inspections/checklists/{draft.pk}/items/new/", {
        "section": "一", "code": "1.1", "text": "正常", "kind": "number", "unit": "m", "low": "1", "high": "2", "failing": "",
        "choices": "", "asked_if": "", "asked_if_answers": "", "evidence": "none", "becomes": "advice", "severity": "general",
        "pollution_type": "", "law": "", "version": draft.version,
    }  # fmt: skip
    second = world.officer(plot.filer, Role.INSPECTOR, suffix="2")
    usual = ChecklistVersion.objects.get(checklist__key="autumn-winter")
    yield "plan check", inspector, "/inspections/new/", {
        "bureau": plot.filer.pk, "site": plot.site.name, "list_version": str(usual.pk), "campaign": "", "mode": "notified",
        "source": "special_check", "planned_on": today.isoformat(), "leader": inspector.officer.pk, "members": second.pk,
        "others": "", "approver": leader.officer.pk,
    }  # fmt: skip
    assert isinstance(inspector.officer, Officer)
    assert isinstance(leader.officer, Officer)
    visit = inspections.plan(
        by=inspector.officer, bureau=plot.filer, site=plot.site, list_version=usual, mode="notified", planned_on=today,
        approver=leader.officer, leader=inspector.officer, members=[second],
    )  # fmt: skip
    yield "void campaign", organiser, f"/inspections/campaigns/{running.pk}/void/", {
        "version": running.version, "reason": "不办了",
    }  # fmt: skip
    begun = inspections.plan(
        by=inspector.officer, bureau=plot.filer, site=plot.site, list_version=usual, mode="unannounced", planned_on=today,
        approver=leader.officer, leader=inspector.officer, members=[second],
    )  # fmt: skip
    inspections.perform(begun, "approve", by=leader.officer, approval_no="二号")
    for member in (inspector.officer, second):
        inspections.perform(begun, "declare", by=member)
    inspections.perform(begun, "check_in", by=inspector.officer)
    yield "answers", inspector, f"/inspections/visits/{begun.pk}/answers/", {
        "version": "1", "initial-a-2.1": "", "a-2.1": "正常运行", "a-5.1": "无", "n-2.1": "说明",
    }  # fmt: skip
    chosen = targets.commit(running, by=officer, wanted=3, since=today, until=today)
    yield "draw", organiser, f"/inspections/campaigns/{running.pk}/draws/", {
        "wanted": "3", "since": today.isoformat(), "until": today.isoformat(), "recusals": "",
    }  # fmt: skip
    yield "void draw", organiser, f"/inspections/draws/{chosen.pk}/void/", {"version": "1", "reason": "不抽了"}
    yield "approve check", leader, f"/inspections/visits/{visit.pk}/approve/", {
        "version": visit.version, "approval_no": "一号", "reason": "",
    }  # fmt: skip


FORMS = (
    "feedback", "start", "return", "delegate", "extension", "refuse extension", "file", "draft", "correct", "submit", "dismiss",
    "join", "hand off", "hot spot", "propose", "trial", "void", "read", "sign in", "columns", "view", "several",
    "round", "counties", "void round", "language", "campaign", "amount", "list", "item", "plan check", "approve check",
    "look backs", "answers", "void campaign", "instrument", "log", "void log", "vehicle", "crew", "quality",
    "run note", "task", "route", "void task",
    "alike", "questions", "routing", "letter", "send letters", "receipt", "retrace", "cause", "void re-drive",
    "draw", "void draw", "interview", "decline", "special", "void special", "withdraw offer",
)  # fmt: skip


#: Pages that take no form of words: they are read, or take files (test_uploads) or nothing. The forms of re-drives want a
#: closed issue with its hot spot: they are tried in tests/enforcement/patrols/test_redriving.py. What exports are asked with is
#: tried in tests/enforcement/issues/test_exports.py, ledgers in test_broken_ledgers.py beside it. Reports and clues want a
#: released round: tests/enforcement/crossregion/test_hostile_words.py. A new site wants a finding that states one:
#: tests/enforcement/findings/test_new_sites.py.
UNPOSTED = {
    "desk:workbench", "desk:components", "desk:healthz", "issues:list", "issues:board", "issues:calendar", "issues:map", "desk:change_view", "issues:handoffs", "issues:handoff",
    "issues:detail", "issues:merge_offer", "issues:add_evidence", "findings:list", "findings:sites", "findings:detail",
    "findings:add_evidence", "findings:ground", "findings:new_site", "timeline:download", "timeline:thumbnail", "patrols:list", "patrols:upload",
    "patrols:begin", "patrols:abandon",
    "patrols:hot-spots", "patrols:hot-spot", "patrols:run", "patrols:source",
    "patrols:instruments", "patrols:vehicles", "patrols:crew", "patrols:instrument", "patrols:vehicle",
    "patrols:campaigns", "patrols:campaign", "patrols:persistent", "patrols:persistent-one", "patrols:remarks",
    "patrols:upload_remarks",
    "patrols:progress", "patrols:rejudge", "patrols:report", "patrols:coverage", "patrols:coverage_csv", "patrols:heat", "patrols:heat_csv", "patrols:compare",
    "patrols:redrives", "patrols:redrive_plan", "patrols:redrive", "patrols:redrive_run", "patrols:redrive_verdict", "patrols:stop", "patrols:track", "notices:inbox", "notices:read",
    "statistics:closure", "statistics:rows", "statistics:compare", "statistics:export_csv", "statistics:export_xlsx", "logout",
    "issues:look_back_draw",
    "issues:ledgers", "issues:ledger_file", "issues:ledger_progress", "issues:ledger_stop",
    "issues:exports", "issues:export_progress", "issues:export_stop", "issues:export_file",
    "issues:urging", "issues:letter", "inspections:visits", "inspections:visit",
    "oversight:interviews", "oversight:interview", "oversight:files", "oversight:paper",
    "oversight:specials", "oversight:special", "oversight:special-files", "oversight:special-paper",
    "inspections:photos", "inspections:record", "inspections:handover", "inspections:arrive", "inspections:site",
    "inspections:site-code", "inspections:campaigns", "inspections:campaign", "inspections:draw",
    "inspections:checklists", "inspections:checklist", "inspections:move-list", "inspections:item", "crossregion:list", "crossregion:round", "crossregion:targets",
    "crossregion:commitments", "crossregion:reports", "crossregion:file_report", "crossregion:report", "crossregion:report_paper",
    "crossregion:clues", "crossregion:file_clue", "crossregion:visits", "crossregion:summary", "crossregion:summary_paper",
}  # fmt: skip
