"""What the pages of oversight share: how a state looks, how a form takes a refusal."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.oversight.lifecycle import State, specials
from enforcement.timeline import clock
from regions.errors import DomainError, Invalid
from regions.workdays import Calendar, workdays_between

SIZE = 50
TONES: dict[str, str] = {
    State.PROPOSED: "leader_review", State.APPROVED: "confirmed", State.NOTICED: "issued", State.HELD: "rectifying",
    State.REPORTED: "verifying", State.VERIFIED: "verified", State.CLOSED: "closed", State.RENEWED: "reissued",
    State.VOID: "void",
}  # fmt: skip


SPECIAL_TONES: dict[str, str] = {
    specials.State.PROPOSED: "leader_review", specials.State.APPROVED: "confirmed", specials.State.UNDERWAY: "issued",
    specials.State.TOLD: "acknowledged", specials.State.PLANNED: "verifying", specials.State.ACCEPTED: "verified",
    specials.State.RECTIFYING: "rectifying", specials.State.CLOSED: "closed", specials.State.VOID: "void",
}  # fmt: skip


def tabs(active: str) -> list[dict[str, Any]]:
    """The two lists of oversight; `active` is the route of the one shown."""
    kinds = (("oversight:interviews", _("约谈")), ("oversight:specials", _("专项督察")))
    return [{"label": label, "url": reverse(route), "active": route == active, "count": None} for route, label in kinds]


def late_by(day: date | None, calendar: Calendar) -> int:
    """Working days past a day; 0 while there is time."""
    return max(0, workdays_between(day, clock.today(), calendar)) if day else 0


def put_errors(form: Any, error: DomainError) -> None:
    """The sentences of a refusal beside the fields they speak of, or above the form."""
    sentences = error.errors if isinstance(error, Invalid) and error.errors else {error.field or "": [str(error)]}
    for name, several in sentences.items():
        for sentence in several:
            form.add_error(name if name in form.fields else None, sentence)


def seen_of(request: HttpRequest) -> int | None:
    """The version a form was made from."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
