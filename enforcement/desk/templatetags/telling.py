"""How events look in a timeline: an icon and a tone for each kind: ``{% load telling %}``."""

from collections.abc import Iterable
from typing import Any

from django import template

from enforcement.timeline.telling import Told

register = template.Library()

#: Kind of event -> icon of the sprite, tone of the mark.
LOOKS: dict[str, tuple[str, str]] = {
    "handed_off": ("handoff", "wait"),
    "imported": ("ledger", "wait"),
    "imported_as": ("ledger", "open"),
    "acknowledged": ("mail-open", "open"),
    "returned": ("return", "hold"),
    "return_refused": ("return", "wait"),
    "reissued": ("handoff", "wait"),
    "return_accepted": ("return", "quiet"),
    "rectification_started": ("wrench", "open"),
    "delegated": ("handoff", "open"),
    "inner_due_set": ("calendar-plus", "open"),
    "extension_requested": ("calendar-plus", "hold"),
    "extension_granted": ("calendar-plus", "soon"),
    "extension_refused": ("calendar-plus", "late"),
    "feedback_submitted": ("reply", "open"),
    "verification_started": ("verify", "open"),
    "verification_passed": ("check", "half"),
    "verification_rejected": ("return", "late"),
    "closed": ("done", "done"),
    "interim_closed": ("half", "half"),
    "struck_off": ("archive", "done"),
    "reopened": ("reopen", "late"),
    "pause_requested": ("clock", "wait"),
    "pause_granted": ("clock", "hold"),
    "pause_refused": ("clock", "hold"),
    "resumed": ("clock", "open"),
    "pause_lifted": ("clock", "open"),
    "milestones_planned": ("calendar-plus", "open"),
    "milestone_reached": ("check", "open"),
    "listed": ("escalate", "late"),
    "unlisted": ("escalate", "open"),
    "escalation_lifted": ("escalate", "open"),
    "escalation_replied": ("reply", "open"),
    "look_back_scheduled": ("check", "wait"),
    "look_back_passed": ("check", "done"),
    "look_back_failed": ("reopen", "late"),
    "recounted": ("clock", "open"),
    "due_settled": ("clock", "open"),
    "escalated": ("escalate", "late"),
    "voided": ("void", "quiet"),
    "finding_joined": ("merge", "open"),
    "merged": ("merge", "quiet"),
    "merged_in": ("merge", "open"),
    "unmerged": ("reopen", "wait"),
    "unmerged_from": ("merge", "quiet"),
    "merge_offered": ("merge", "wait"),
    "merge_declined": ("return", "hold"),
    "merge_withdrawn": ("merge", "quiet"),
    "merge_lapsed": ("merge", "quiet"),
    "due_kept": ("clock", "open"),
    "split": ("split", "open"),
    "unsplit": ("merge", "wait"),
    "split_undone": ("void", "quiet"),
    "attached": ("photo", "quiet"),
    "filed": ("clue", "open"),
    "corrected": ("pencil", "quiet"),
    "submitted": ("eye", "wait"),
    "sent_back": ("return", "hold"),
    "confirmed": ("check", "open"),
    "dismissed": ("void", "quiet"),
    "promoted": ("handoff", "done"),
    "joined": ("merge", "done"),
}


@register.simple_tag
def timeline_items(told: Iterable[Told]) -> list[dict[str, Any]]:
    """What `components/timeline.html` shows, from events already told."""
    return [
        {
            "at": event.at,
            "title": event.title,
            "actor": event.actor,
            "bureau": event.bureau,
            "text": event.text,
            "recorded_at": event.recorded_at,
            "files": event.files,
            "icon": LOOKS.get(event.kind, ("clock", "quiet"))[0],
            "tone": LOOKS.get(event.kind, ("clock", "quiet"))[1],
        }
        for event in told
    ]
