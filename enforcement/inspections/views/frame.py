"""What the pages of checks share: their tabs, how a state looks."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.inspections.lifecycle import CampaignState, DrawState, ListState, State

SIZE = 50
TONES: dict[str, str] = {
    State.PLANNED: "leader_review", State.APPROVED: "confirmed", State.UNDERWAY: "verifying", State.RECORDED: "verified",
    State.HANDED_OVER: "issued", State.RECEIVED: "closed", State.VOID: "void",
    CampaignState.DRAFT: "draft", CampaignState.RUNNING: "rectifying", CampaignState.ENDED: "closed",
    DrawState.COMMITTED: "leader_review", DrawState.DRAWN: "verifying", DrawState.REVEALED: "closed",
    ListState.PUBLISHED: "confirmed", ListState.RETIRED: "struck_off",
}  # fmt: skip


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    here = request.path
    found = [
        {"label": _("检查"), "url": reverse("inspections:visits")},
        {"label": _("专项行动"), "url": reverse("inspections:campaigns")},
        {"label": _("检查表"), "url": reverse("inspections:checklists")},
    ]
    return [{**tab, "active": here == tab["url"]} for tab in found]
