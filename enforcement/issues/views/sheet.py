"""The page of one issue: state, clock, next step, place, facts, evidence, responsibilities, timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.issues import actions, lifecycle, turns
from enforcement.issues.actions import Available
from enforcement.issues.actions.files import responsibilities_of
from enforcement.issues.actions.link_offers import offers
from enforcement.issues.clocks import ClockFace, face_of, stage_face, stage_word
from enforcement.issues.evidence import may_attach
from enforcement.issues.models import Extension, Handoff, Issue, Responsibility
from enforcement.issues.origins import origins_of
from enforcement.issues.related import offers_about, related_of
from enforcement.timeline.models import Attachment
from enforcement.timeline.telling import events_of, tell
from regions.gatekeeper import OfficerRequest, business, policy
from regions.models import Officer, WorkCalendar
from regions.placement import place

from .closing import closing_of

IRREVERSIBLE = frozenset({"void", "accept_return"})


@dataclass(frozen=True, slots=True)
class Part:
    """One bureau's part on the page."""

    responsibility: Responsibility
    clock: ClockFace
    stage: ClockFace | None
    stage_word: str
    next_words: str
    # Whether this officer may open the handoff document.
    opens_document: bool


@dataclass(frozen=True, slots=True)
class Step:
    """An action on the page: a button, or the reason why there is none. `direct` needs no form."""

    offer: Available
    url: str
    direct: bool
    part: str = ""
    danger: bool = False


def find(request: OfficerRequest, number: str) -> Issue:
    """The issue by its number, if this officer may see it. Absent and forbidden are the same 404."""
    found = Issue.objects.none() if "\x00" in number else Issue.objects.visible_to(request.user).filter(number=number)
    issue = found.select_related(
        "division__parent", "located_in__parent", "site__division", "issuer", "verifier", "issued_by"
    ).sole()
    if issue is None:
        raise Http404
    return issue


@policy(business("issues"))
@require_safe
def detail(request: OfficerRequest, number: str) -> HttpResponse:
    return show(request, find(request, number))


def show(
    request: OfficerRequest, issue: Issue, *, status: int = 200, unsent: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The page; `unsent` is what was typed into an action that didn't happen."""
    return render(request, "issues/detail.html", context_of(issue, request.user, unsent or {}), status=status)


def context_of(issue: Issue, officer: Any, unsent: Mapping[str, Any]) -> dict[str, Any]:
    calendar = WorkCalendar.current().value()
    responsibilities = list(
        issue.responsibilities.select_related("bureau", "parent__bureau", "handoff", "division", "calendar", "policy")
    )
    # A document may hold other bureaus' items: the link is there only for who may open it.
    documents = set(
        Handoff.objects.visible_to(officer)
        .filter(pk__in={r.handoff_id for r in responsibilities})
        .values_list("pk", flat=True)
    )
    parts = [_part(issue, r, r.handoff_id in documents) for r in responsibilities]
    events = events_of("issue", issue.pk)
    return {
        "issue": issue,
        "clock": face_of(issue, calendar),
        "parts": parts,
        "shared": sum(p.responsibility.live for p in parts) > 1,
        "next_words": [p.next_words for p in parts if p.next_words],
        "steps": steps_of(issue, officer, responsibilities),
        "facts": facts_of(issue, officer, responsibilities, documents),
        "map": map_of(issue),
        "evidence": evidence_of("issue", issue.pk),
        "may_attach": may_attach(issue, officer) is None,
        "roles": Attachment.Role.choices,
        "upload_url": reverse("issues:add_evidence", args=[issue.number]),
        "map_note": map_note(issue),
        "told": tell(events, {r.pk: r.bureau.short_name for r in responsibilities}, both_times=not issue.synthetic),
        "related": related_of(issue, officer),
        "merge_offers": offers_about(issue, officer),
        "closing": closing_of(issue, officer, responsibilities, calendar),
        "paused": [r for r in responsibilities if r.live and r.paused_on],
        "extension": _pending_extension(responsibilities),
        "unsent": [{"label": lifecycle.FIELDS.get(k, k), "value": v} for k, v in unsent.items() if v],
    }


def steps_of(issue: Issue, officer: Officer, responsibilities: list[Responsibility]) -> dict[str, list[Step]]:
    """What this officer may press (`allowed`, the primary ones first), what is blocked, and what is others' to do."""
    names = {r.pk: r.bureau.short_name for r in responsibilities}
    several = sum(r.live for r in responsibilities) > 1
    groups: dict[str, list[Step]] = {"allowed": [], "blocked": [], "others": []}
    for offer in actions.available(issue, officer):
        url = reverse("issues:act", args=[issue.number, offer.action]) + f"?responsibility={offer.responsibility}"
        direct = not offer.needs and not offer.accepts
        part = names.get(offer.responsibility, "") if several else ""
        step = Step(offer, url, direct, part, offer.action in IRREVERSIBLE)
        groups["allowed" if offer.allowed else "blocked" if offer.mine else "others"].append(step)
    for offer in offers(issue, officer, responsibilities_of(issue)):
        step = Step(offer, reverse("issues:link", args=[issue.number, offer.action]), direct=False)
        groups["allowed" if offer.allowed else "blocked"].append(step)
    groups["allowed"].sort(key=lambda step: not step.offer.primary)
    return groups


def _part(issue: Issue, responsibility: Responsibility, opens: bool) -> Part:
    responsibility.issue = issue
    calendar = responsibility.calendar.value()
    return Part(
        responsibility,
        face_of(responsibility, calendar),
        stage_face(responsibility, calendar),
        stage_word(responsibility.state),
        turns.next_words(issue, responsibility) if responsibility.live else "",
        opens,
    )


def _pending_extension(responsibilities: list[Responsibility]) -> Any:
    return (
        Extension.objects.filter(responsibility__in=responsibilities, granted=None)
        .select_related("by", "bureau")
        .first()
    )


def facts_of(
    issue: Issue, officer: Officer, responsibilities: list[Responsibility], documents: set[int]
) -> list[dict[str, Any]]:
    handoffs = {r.handoff_id: r.handoff for r in responsibilities}
    first = handoffs[min(handoffs)] if handoffs else None
    facts: list[dict[str, Any]] = [
        {"label": _("来源"), "value": issue.get_source_display()},
        {"label": _("严重程度"), "value": issue.get_severity_display()},
        {"label": _("污染类型"), "value": issue.pollution_type},
        {"label": _("点位"), "value": issue.site.name if issue.site else ""},
        {"label": _("所在区划"), "value": place_name(issue.located_in)},
        {"label": _("责任区划"), "value": place_name(issue.division)},
        {"label": _("地址"), "value": issue.address},
        {"label": _("经纬度（WGS-84）"), "value": f"{issue.lon:.5f}, {issue.lat:.5f}"},
        {"label": _("转办单位"), "value": issue.issuer.name},
        {"label": _("核查单位"), "value": issue.verifier.name},
    ]
    if first:
        url = reverse("issues:handoff", args=[first.pk]) if first.pk in documents else ""
        facts.append({"label": _("转办单"), "value": first.number, "url": url})
    facts += [{"label": o.label, "value": o.text, "url": o.url} for o in origins_of(issue, officer)]
    facts.append({"label": _("情况"), "value": issue.description, "wide": True})
    return facts


def place_name(division: Any) -> str:
    """A county with its city, as the language writes it; a city or the province by itself."""
    above = division.parent
    if above is None or above.level != "city":
        return str(division)
    return _("%(city)s%(county)s") % {"city": above, "county": division}


def map_of(row: Any) -> dict[str, Any]:
    """What `county_map` needs to show where something lies: its county with what borders on it, and one point."""
    code = place(row.lon, row.lat)
    return {
        "areas": {code: {"tone": "here"}} if code else {},
        "points": [{"lon": row.lon, "lat": row.lat, "label": row.title, "tone": "late"}],
        "within": code or "points",
    }


def map_note(row: Any) -> str:
    return _("经度 %(lon).5f，纬度 %(lat).5f（WGS-84）") % {"lon": row.lon, "lat": row.lat}


def evidence_of(kind: str, pk: Any) -> list[dict[str, Any]]:
    """The evidence grid's items. One statement."""
    rows = Attachment.objects.filter(subject_type=kind, subject_id=str(pk)).select_related("uploaded_by")
    return [
        {
            "name": row.name,
            "url": reverse("timeline:download", args=[row.pk]),
            "thumb_url": reverse("timeline:thumbnail", args=[row.pk]) if row.thumbnail else "",
            "kind": _kind(row.media_type),
            "role": row.get_role_display(),
            "size": row.size,
            "taken_at": row.captured_at or row.received_at,
            "place": f"{row.lon:.4f}, {row.lat:.4f}" if row.lon is not None and row.lat is not None else "",
            "by": row.uploaded_by.name,
            "sha256": row.sha256,
        }
        for row in rows
    ]


def _kind(media_type: str) -> str:
    family = media_type.split("/", 1)[0]
    return {"image": "photo", "video": "video"}.get(family, "document")
