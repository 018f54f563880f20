"""What the pages of oversight share: how a state looks, how a form takes a refusal."""

from typing import Any

from django.http import HttpRequest

from enforcement.oversight.lifecycle import State
from regions.errors import DomainError, Invalid

SIZE = 50
TONES: dict[str, str] = {
    State.PROPOSED: "leader_review", State.APPROVED: "confirmed", State.NOTICED: "issued", State.HELD: "rectifying",
    State.REPORTED: "verifying", State.VERIFIED: "verified", State.CLOSED: "closed", State.RENEWED: "reissued",
    State.VOID: "void",
}  # fmt: skip


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
