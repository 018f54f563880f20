"""The page of one finding."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.findings import actions, new_sites, questions, settling, turns
from enforcement.findings.duplicates import hints_for, sighting_of
from enforcement.findings.evidence import may_attach
from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.findings.tracks import limit_in_force, nearness
from enforcement.issues.models import Issue
from enforcement.issues.views.sheet import evidence_of, map_note, map_of, place_name
from enforcement.timeline.offers import Available
from enforcement.timeline.telling import events_of, tell
from regions.coordinates import distance_m
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer
from regions.templatetags.office import time_office

from .alike import same_matter

#: How far away an open issue may be the same matter, in metres and in degrees a little wider.
NEAR_M, NEAR_DEGREES = 2_000, 0.03
ICONS = {"submit": "eye", "send_back": "return", "confirm": "check", "dismiss": "void", "promote": "handoff",
         "join": "merge", "hand_off": "handoff"}  # fmt: skip


def find(request: OfficerRequest, pk: Any) -> Finding:
    """The finding, if this officer may see it. Absent and forbidden are the same 404."""
    found = Finding.objects.visible_to(request.user).filter(pk=pk)
    finding = found.select_related(
        "located_in__parent", "filer", "receiver", "site", "filed_by", "confirmed_by", "issue"
    ).sole()
    if finding is None:
        raise Http404
    return finding


@policy(business("findings"))
@require_safe
def detail(request: OfficerRequest, pk: Any) -> HttpResponse:
    return show(request, find(request, pk))


def show(request: OfficerRequest, finding: Finding, *, status: int = 200) -> HttpResponse:
    return render(request, "findings/detail.html", context_of(finding, request.user), status=status)


def context_of(finding: Finding, officer: Any) -> dict[str, Any]:
    return {
        "finding": finding,
        "steps": steps_of(finding, officer),
        "awaited": turns.awaited(finding),
        "facts": facts_of(finding, officer),
        "remarks": _remarks(finding, officer),
        "proposed": new_sites.waiting(finding),
        "settling_why": settling.obstacle(finding, officer) if finding.site_waits else None,
        "versions": finding.versions.select_related("site").order_by("-version"),
        "map": map_of(finding),
        "map_note": map_note(finding),
        "evidence": evidence_of("finding", finding.pk),
        "may_attach": may_attach(finding, officer) is None,
        "upload_url": reverse("findings:add_evidence", args=[finding.pk]),
        "told": tell(events_of("finding", finding.pk), both_times=not finding.synthetic),
        **_same_matter(finding, officer),
    }


def _same_matter(finding: Finding, officer: Any) -> dict[str, Any]:
    """What on file looks like it, while its fate is open; and for who hands off, what else is open nearby."""
    if finding.state not in (State.DRAFT, State.LEADER_REVIEW, State.CONFIRMED):
        return {"alike": [], "near": []}
    hints = hints_for(sighting_of(finding), officer, apart_from=finding)
    shown = {hint.row.pk for hint in hints if hint.is_issue}
    near = nearby(finding, officer) if finding.state == State.CONFIRMED else []
    return {"alike": same_matter(finding, hints, officer), "near": [i for i in near if i.pk not in shown]}


def steps_of(finding: Finding, officer: Officer) -> dict[str, list[dict[str, Any]]]:
    """What may be pressed, what is blocked and what is others' to do, each with its address."""
    groups: dict[str, list[dict[str, Any]]] = {"allowed": [], "blocked": [], "others": []}
    offers = actions.available(finding, officer)
    if actions.may_confirm_and_hand_off(finding, officer):
        offers.append(Available("hand_off", _("确认并转办"), True, ""))
    for offer in offers:
        step = {"offer": offer, "url": step_url(finding, offer.action), "icon": ICONS.get(offer.action, "check")}
        groups["allowed" if offer.allowed else "blocked" if offer.mine else "others"].append(step)
    first = ("submit", "confirm", "hand_off", "promote")
    groups["allowed"].sort(key=lambda step: step["offer"].action not in first)
    return groups


def step_url(finding: Finding, action: str) -> str:
    if action in ("promote", "hand_off"):
        return f"{reverse('findings:hand_off')}?selected={finding.pk}&preview=1"
    return reverse("findings:act", args=[finding.pk, action])


def nearby(finding: Finding, officer: Officer) -> list[Issue]:
    """Open issues within two kilometres that this officer sees, the nearest first: perhaps the same matter."""
    box = Issue.objects.visible_to(officer).open().filter(
        lon__range=(finding.lon - NEAR_DEGREES, finding.lon + NEAR_DEGREES),
        lat__range=(finding.lat - NEAR_DEGREES, finding.lat + NEAR_DEGREES),
        located_in=finding.located_in,
    )  # fmt: skip
    measured = [(float(distance_m(finding.lon, finding.lat, i.lon, i.lat)), i.pk, i) for i in box[:100]]
    return [issue for metres, _pk, issue in sorted(measured, key=lambda m: m[:2]) if metres <= NEAR_M][:5]


def facts_of(finding: Finding, officer: Officer) -> list[dict[str, Any]]:
    place = finding.located_in
    facts: list[dict[str, Any]] = [
        {"label": _("来源"), "value": finding.get_source_display()},
        {"label": _("严重程度"), "value": finding.get_severity_display()},
        {"label": _("污染类型"), "value": finding.pollution_type},
        {"label": _("企业或点位"), "value": finding.site.name if finding.site else ""},
        {"label": _("所在区划"), "value": place_name(place) if place else _("省外或无法定位")},
        {"label": _("地址"), "value": finding.address},
        {"label": _("发现时间"), "value": time_office(finding.occurred_at)},
        {"label": _("接收时间"), "value": time_office(finding.received_at)},
        {"label": _("设备时间"), "value": _device_words(finding)},
        {"label": _("填报"), "value": f"{finding.filer.short_name} {finding.filed_by.name}"},
        {"label": _("报送"), "value": finding.receiver.name},
        {"label": _("确认人"), "value": finding.confirmed_by.name if finding.confirmed_by else ""},
    ]
    if finding.issue and Issue.objects.visible_to(officer).filter(pk=finding.issue_id).exists():
        facts.append({"label": _("问题"), "value": finding.issue.number, "url": finding.issue.get_absolute_url()})
    facts += [{"label": label, "value": answer} for label, answer in questions.told(finding.answers)]
    facts.append({"label": _("情况"), "value": finding.description, "wide": True})
    return facts


def _remarks(finding: Finding, officer: Officer) -> list[dict[str, Any]]:
    """What a reader should know of its clocks and its place: said where it is beyond the limit of the day."""
    limit = limit_in_force()
    near = nearness(finding, officer)
    said: list[dict[str, Any]] = []
    if near is not None:
        far = limit is not None and near.metres > limit.track_m
        words = _("走航车在 %(time)s 距此处 %(n)d 米") % {"time": time_office(near.at), "n": near.metres}
        if far and limit is not None:
            words += _("，超过 %(n)d 米，请核对位置和时间") % {"n": limit.track_m}
        said.append({"text": words, "run": near.run, "url": near.url, "far": far})
    if finding.device_at is not None and limit is not None:
        minutes = round(abs((finding.device_at - finding.received_at).total_seconds()) / 60)
        if minutes > limit.clock_minutes:
            words = _("填报设备的时间与服务器相差 %(n)d 分钟，超过 %(most)d 分钟，请核对发现时间") % {
                "n": minutes,
                "most": limit.clock_minutes,
            }
            said.append({"text": words, "far": True})
    return said


def _device_words(finding: Finding) -> str:
    """The device's clock and how far it was off the server's."""
    if finding.device_at is None:
        return ""
    off = round((finding.device_at - finding.received_at).total_seconds())
    if abs(off) < 60:
        return time_office(finding.device_at)
    return _("%(time)s（与服务器相差 %(n)d 分钟）") % {"time": time_office(finding.device_at), "n": round(off / 60)}
