"""What the page of an issue shows of its closing chapters: works, answers, checks, supervision, look-backs, photos."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.issues.actions.answering import rule_for
from enforcement.issues.clocks import ClockFace, due_face
from enforcement.issues.models import (
    Escalation,
    Feedback,
    FeedbackRule,
    Issue,
    LookBack,
    Milestone,
    Pause,
    Responsibility,
)
from enforcement.timeline import clock, likeness, subjects
from enforcement.timeline.models import Attachment
from regions.coordinates import distance_m
from regions.models import Officer
from regions.scoping import reach_of
from regions.workdays import Calendar

#: Where no rule says otherwise (models.FeedbackRule has the same defaults).
SPOT_M, ALIKE_BITS = 50, 10


@dataclass(frozen=True, slots=True)
class Twin:
    """A photo or file of this issue that was used elsewhere. `url` is there only for who may see the other one."""

    mine: Attachment
    exact: bool
    bits: int
    where: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """How far apart the before and after photos were taken, by their EXIF; `far`: farther than the rule allows."""

    metres: int
    far: bool


def closing_of(
    issue: Issue, officer: Officer, responsibilities: list[Responsibility], calendar: Calendar
) -> dict[str, Any]:
    """What `issues/_closing.html` shows. A statement for each kind of record, and two for photos where one may compare."""
    rule = rule_for(FeedbackRule.objects.all(), issue, clock.today())
    milestones = Milestone.objects.filter(responsibility__in=responsibilities, replaced_at=None)
    return {
        "pauses": list(
            Pause.objects.filter(responsibility__in=responsibilities).select_related("bureau", "by", "decided_by")
        ),
        "milestones": [_milestone(row, calendar) for row in milestones.select_related("reached_by")],
        "feedbacks": list(
            Feedback.objects.filter(responsibility__in=responsibilities)
            .select_related("bureau", "by")
            .prefetch_related("enforced__article", "verifications__by", "verifications__bureau")
            .order_by("-at", "-pk")
        ),
        "escalations": [
            _escalation(row, issue, calendar)
            for row in Escalation.objects.filter(responsibility__in=responsibilities)
            .select_related("bureau", "by")
            .prefetch_related("replies__by", "replies__bureau")
            .order_by("-at", "-pk")
        ],
        "look_backs": [
            {"row": row, "clock": due_face(row.due_on, calendar) if row.passed is None else None}
            for row in LookBack.objects.filter(issue=issue).select_related("bureau", "done_by").order_by("-at", "-pk")
        ],
        "spot": spot_of(issue, rule),
        "compares": compares(issue, officer),
        "twins": twins_of(issue, officer, rule) if compares(issue, officer) else [],
    }


def _milestone(row: Milestone, calendar: Calendar) -> dict[str, Any]:
    face: ClockFace | None = due_face(row.due_on, calendar) if row.open else None
    late = row.reached_at is not None and clock.beijing_day(row.reached_at) > row.due_on
    url = reverse("timeline:download", args=[row.evidence_id]) if row.evidence_id else ""
    return {"row": row, "clock": face, "late": late, "evidence_url": url}


def _escalation(row: Escalation, issue: Issue, calendar: Calendar) -> dict[str, Any]:
    answered = bool(row.replies.all())
    waiting = not answered and row.lifted_at is None and row.reply_by is not None and issue.closed_at is None
    return {
        "row": row,
        "clock": due_face(row.reply_by, calendar) if waiting and row.reply_by else None,
        "letters": [
            (kind.upper(), reverse("issues:urging", args=[issue.number, row.pk, kind])) for kind in ("docx", "pdf")
        ]
        if row.number
        else [],
    }


def spot_of(issue: Issue, rule: FeedbackRule | None) -> Spot | None:
    """The last before and the last after photo that know where they were taken. One statement."""
    rows = Attachment.objects.filter(
        subject_type="issue", subject_id=str(issue.pk), role__in=("before", "after"), lon__isnull=False
    )
    placed = {row.role: row for row in rows}
    if len(placed) < 2:
        return None
    one, other = placed["before"], placed["after"]
    metres = round(float(distance_m(one.lon, one.lat, other.lon, other.lat)))  # type: ignore[arg-type]
    return Spot(metres, metres > (rule.spot_m if rule else SPOT_M))


def compares(issue: Issue, officer: Officer) -> bool:
    """Who verifies, who issued and who supervises see what photos were used before; who rectifies doesn't."""
    reach = reach_of(officer, clock.today())
    return bool(reach.bureaus & {issue.verifier_id, issue.issuer_id}) or issue.division_id in reach.supervised


def twins_of(issue: Issue, officer: Officer, rule: FeedbackRule | None) -> list[Twin]:
    """Files of this issue used on others, told by name only to who may see those."""
    found = likeness.reused("issue", str(issue.pk), bits=rule.alike_bits if rule else ALIKE_BITS)
    keys: dict[str, set[str]] = {}
    for _mine, alike in found:
        keys.setdefault(alike.attachment.subject_type, set()).add(alike.attachment.subject_id)
    seen = {kind: subjects.visible_among(kind, own, officer) for kind, own in keys.items()}
    return [_twin(mine, alike, seen) for mine, alike in found]


def _twin(mine: Attachment, alike: likeness.Alike, seen: dict[str, dict[str, Any]]) -> Twin:
    other = alike.attachment
    row = seen.get(other.subject_type, {}).get(other.subject_id)
    if row is None:
        where = _("另一个问题") if other.subject_type == "issue" else _("另一条记录")
        return Twin(mine, alike.exact, alike.bits, where)
    name = row.number if other.subject_type == "issue" else _("线索：%(title)s") % {"title": getattr(row, "title", row)}
    return Twin(mine, alike.exact, alike.bits, name, row.get_absolute_url())
