"""What a POST of a route may say that names rows of a plot. Keyed by route name, like the places of `routes`."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from enforcement.inspections.models import ChecklistVersion
from enforcement.timeline import clock
from tests.isolation.routes import Route
from tests.isolation.world import Plot


def _lately() -> str:
    return (clock.now() - timedelta(days=20)).astimezone(clock.BEIJING).isoformat()


def special_of(plot: Plot) -> dict[str, Any]:
    """A special inspection like the plot's own."""
    leader, *others = (row.officer.username for row in plot.specials[0].members.select_related("officer"))
    today = clock.today().isoformat()
    return {
        "addressee": plot.specials[0].addressee_id, "name": "督察", "scope": "扬尘", "basis": "方案", "since": today,
        "until": today, "leader": leader, "members": others,
    }  # fmt: skip


def bodies(route: Route, plot: Plot) -> list[dict[str, Any]]:
    """Plausible bodies of a POST that name rows of a plot; an empty one is always sent."""
    return [{}, *(BODIES[route.name](plot) if route.name in BODIES else [])]


BODIES: dict[str, Callable[[Plot], list[dict[str, Any]]]] = {
    "issues:act": lambda plot: [
        {"version": plot.issue.version, "responsibility": plot.issue.responsibilities.first().pk, "reason": "理由"}
    ],
    "issues:several": lambda plot: [
        {"action": "acknowledge", "item": f"{plot.issue.number}:{plot.issue.version}:"},
        {"action": "escalate", "item": f"{plot.issue.number}::", "reason": "理由"},
    ],
    "api:issue-several": lambda plot: [
        {"action": "acknowledge", "items": [{"number": issue.number} for issue in plot.issues[:2]]},
        {"action": "acknowledge", "items": [{"number": plot.issue.number}], "preview": True},
    ],
    "desk:save_view": lambda plot: [{"name": plot.name, "query": f"division={plot.county.code}", "shared": "1"}],
    "api:view-list": lambda plot: [{"list": "issues", "name": plot.name, "query": f"q={plot.issue.number}"}],
    "api:issue-action": lambda plot: [{"reason": "理由"}, {"responsibility": plot.issue.responsibilities.first().pk}],
    "issues:link": lambda plot: [{"version": plot.issue.version, "into": plot.issues[-1].number, "reason": "理由"}],
    "issues:answer_merge_offer": lambda plot: [{"reason": "理由"}],
    "api:merge-offer-action": lambda plot: [{"reason": "理由"}, {}],
    "api:issue-link": lambda plot: [{"into": plot.issues[-1].number, "reason": "理由"}, {"into": plot.issue.number, "reason": "理由"}],
    "findings:act": lambda plot: [{"version": plot.waiting.version, "reason": "理由", "issue": plot.issue.number}],
    "api:finding-action": lambda plot: [{"reason": "理由"}, {"issue": plot.issue.number}],
    "findings:new_site": lambda plot: [{"version": plot.waiting.version, "fate": "entered", "name": "新点位"}],
    "api:finding-new-site": lambda plot: [{"fate": "known", "site": plot.site.pk}, {"fate": "refused", "reason": "理由"}],
    "api:finding-correction": lambda plot: [{"version": plot.drafts[0].version, "site": plot.site.pk}],
    "api:finding-list": lambda plot: [
        {
            "title": "高值",
            "source": "patrol",
            "lon": plot.county.lon,
            "lat": plot.county.lat,
            "receiver": plot.city.pk,
            "filer": plot.filer.pk,
            "site": plot.site.pk,
            "occurred_at": _lately(),
        }
    ],
    "api:handoff-list": lambda plot: [
        {"items": [{"finding": str(plot.waiting.pk), "bureau": plot.answerer.pk, "verifier": plot.team.pk}]}
    ],
    "api:hot-spot-action": lambda plot: [{"title": "高值", "receiver": plot.city.pk, "site": plot.site.pk},
                                         {"issue": plot.issue.number}],
    "patrols:act": lambda plot: [
        {"version": "1", "title": "高值", "reason": "理由", "receiver": plot.city.pk, "issue": plot.issue.number}
    ],
    "patrols:redrive_void": lambda plot: [{"reason": "理由"}],
    "api:redrive-list": lambda plot: [
        {"issue": plot.issue.number, "hot_spot": str(plot.spots[0].pk), "due_on": _lately()[:10]}
    ],
    "api:redrive-action": lambda plot: [
        {"run": str(plot.runs[0].pk)}, {"verdict": "improved"}, {"reason": "理由"}
    ],
    "patrols:retrace": lambda plot: [{"seen": "1"}],
    "patrols:cause": lambda plot: [{"cause": str(plot.site.pk), "note": "现场查实", "seen": "0"}],
    "api:hot-spot-sources": lambda plot: [{"seen": 1}],
    "api:hot-spot-cause": lambda plot: [{"kind": "site", "site": plot.site.pk}],
    "patrols:trial": lambda plot: [{"import": "1"}, {"refuse": "1"}],
    "patrols:begin": lambda plot: [
        {"name": "a.csv", "size": "10", "bureau": plot.filer.pk, "time_zone": "UTC", "coordinate_system": "wgs84"}
    ],
    "api:track-upload-list": lambda plot: [{"name": "a.csv", "size": 10, "bureau": plot.filer.pk}],
    "api:track-upload-action": lambda plot: [{"chain": "0" * 64}],
    "patrols:void": lambda plot: [{"reason": "重复"}],
    "patrols:log_void": lambda plot: [{"reason": "记错"}],
    "patrols:note": lambda plot: [{"campaign": plot.task.pk, "temperature_c": "31", "source": "目测"}],
    "patrols:campaign_route": lambda plot: [{"name": "东", "coordinate_system": "wgs84", "points": "112.5,37.8\n112.6,37.8"}],
    "patrols:campaign_void": lambda plot: [{"reason": "重复"}],
    "api:patrol-campaign-routes": lambda plot: [{"name": "东", "line": [[112.5, 37.8], [112.6, 37.8]]}],
    "api:patrol-run-notes": lambda plot: [{"campaign": str(plot.task.pk)}],
    "api:patrol-campaign-list": lambda plot: [
        {"bureau": plot.filer.pk, "name": "夏季", "since": "2026-06-01", "until": "2026-06-30"}
    ],
    "patrols:instrument_act": lambda plot: [{"kind": "power_on", "at": _lately()[:16]}],
    "patrols:equipment_new": lambda plot: [{"bureau": plot.filer.pk, "name": "型号", "serial": "S1", "kind": "pid"}],
    "api:instrument-logs": lambda plot: [{"kind": "power_on", "at": _lately()}],
    "api:instrument-log-void": lambda plot: [{"reason": "记错"}],
    "notices:read_all": lambda plot: [{"up_to": "999999999"}],
    "api:notice-read-all": lambda plot: [{"up_to": 999999999}],
    "api:patrol-run-void": lambda plot: [{"reason": "重复"}],
    "findings:hand_off": lambda plot: [{"selected": str(plot.waiting.pk), "title": "转办"}],
    "api:handoff-deliveries": lambda plot: [{"channel": "fax"}],
    "api:handoff-receipt": lambda plot: [{"channel": "fax", "bureau": plot.answerer.pk}],
    "issues:send_letters": lambda plot: [{"handoff": plot.handoff.pk, "channel": "fax"}],
    "issues:receive_letter": lambda plot: [{"bureau": plot.answerer.pk, "channel": "fax"}],
    "issues:letter_template": lambda plot: [
        {"heading": "转办单", "opening": "{承办单位}：", "valid_from": "2199-01-01", "basis": "试", "after": 0}
    ],
    "findings:routing": lambda plot: [
        {"after": 0, "basis": "试", "valid_from": "2199-01-01", "r0-target": "county_office", "r0-division": plot.county.name}
    ],
    "findings:questions": lambda plot: [{"source": "patrol", "pollution_type": "VOC"}],
    "findings:alike": lambda plot: [
        {"title": plot.waiting.title, "lon": plot.waiting.lon, "lat": plot.waiting.lat, "source": "patrol"}
    ],
    "findings:draft": lambda plot: [{"title": "高值"}, {"discard": "1"}],
    "findings:file": lambda plot: [
        {"title": "高值", "filer": plot.filer.pk, "receiver": plot.city.pk, "site": plot.site.name, "lon": "112.5",
         "lat": "37.8", "occurred_at": _lately()[:16], "source": "patrol", "severity": "general"}
    ],
    "crossregion:new": lambda plot: [{"name": "一轮", "since": "2021-09-06", "until": "2021-09-17"}],
    "crossregion:act": lambda plot: [{"version": "1", "reason": "理由"}],
    "api:round-list": lambda plot: [{"name": "一轮", "since": "2021-09-06", "until": "2021-09-17"}],
    "api:round-reports": lambda plot: [{"work": "检查2家"}],
    "api:round-clues": lambda plot: [{"title": "设施未运行", "site": plot.site.pk}],
    "api:round-action": lambda plot: [{"reason": "理由"}],
    "api:visit-list": lambda plot: [
        {
            "site": plot.site.pk,
            "checklist": str(ChecklistVersion.objects.get(checklist__key="autumn-winter", number=1).pk),
            "mode": "notified",
            "planned_on": clock.today().isoformat(),
            "bureau": plot.answerer.pk,
            "approver": plot.visit.approver.username,
            "leader": plot.visit.planner.username,
            "members": [plot.visit.planner.username],
            "campaign": str(plot.campaign.pk),
        }
    ],
    "api:visit-action": lambda plot: [{"approval_no": "一号", "reason": "理由"}],
    "api:campaign-list": lambda plot: [
        {"name": "行动", "legal_basis": "依据", "since": "2021-09-06", "until": "2021-09-17"}
    ],
    "api:campaign-tallies": lambda plot: [
        {"quantity": str(plot.campaign.pk), "division": plot.county.code, "amount": "1", "unit": "亩", "done_on": "2021-09-06"}
    ],
    "api:interview-list": lambda plot: [{"addressee": plot.answerer.pk, "cause": "other", "reason": "理由"}],
    "api:special-list": lambda plot: [special_of(plot)],
    "api:draw-list": lambda plot: [{"wanted": 1, "since": clock.today().isoformat(), "until": clock.today().isoformat()}],
    "api:checklist-list": lambda plot: [{"key": "walked", "name": "检查表", "source": "惯例"}],
    "desk:columns": lambda plot: [{"columns": "state", "next": "/issues/"}, {"reset": "1"}],
    "issues:ledger_file": lambda plot: [{"import": "1"}],
    "issues:exports": lambda plot: [{"kind": "issues", "format": "csv", "query": f"q={plot.marked('issue')[:20]}"}],
    "api:export-list": lambda plot: [{"kind": "findings", "format": "csv", "filter": {"q": plot.marked("finding")}}],
    "api:ledger-mapping": lambda plot: [{"fingerprint": "0" * 64, "mapping": {"title": 0, "issued_on": 1}}],
    "set_language": lambda plot: [{"language": "en", "next": "/"}],
}  # fmt: skip
