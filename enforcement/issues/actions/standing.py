"""Writing how a responsibility stands: the live row, its span, and the issue's derived row, together."""

from collections.abc import Iterable
from typing import Any

from enforcement.issues import lifecycle
from enforcement.issues.actions.ladder import highest
from enforcement.issues.lifecycle import State
from enforcement.issues.models import Issue, Responsibility, Span, Standing
from enforcement.timeline.models import Event
from regions.statements import insert

#: The fields of an issue's row that `derived` tells.
DERIVED = ("state", "closed_at", "due_on", "provisional", "paused", "listed", "rung")
STANDING = [field.name for field in Standing._meta.get_fields()]


def write_span(responsibilities: Iterable[Responsibility], event: Event) -> None:
    """Adds a span for each responsibility as it stands now, dated by the event."""
    insert(spans(responsibilities, event))


def spans(responsibilities: Iterable[Responsibility], event: Event) -> list[Span]:
    """The same, not saved yet."""
    return [
        Span(
            responsibility=r,
            issue_id=r.issue_id,
            seq=event.seq,
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
            **{name: getattr(r, name) for name in STANDING},
        )
        for r in responsibilities
    ]


def derived(issue: Issue, responsibilities: list[Responsibility]) -> dict[str, Any]:
    """What the issue's row says of its responsibilities. The issue's first due date is never moved.

    While a clock runs the due date is the earliest of the running ones; once all is done, the latest.
    """
    live = [r for r in responsibilities if r.live]
    running = [r for r in live if r.state in lifecycle.OPEN]
    state = lifecycle.derive(State(r.state) for r in responsibilities)
    values: dict[str, Any] = {"state": state, "closed_at": None}
    if running:
        values["due_on"] = min(r.due_on for r in running)
    elif live:
        values["due_on"] = max(r.due_on for r in live)
        values["closed_at"] = max(r.closed_at for r in live if r.closed_at)
    values["provisional"] = any(r.provisional for r in running)
    # Work passed on below doesn't run above: an issue stands still when none of its parts at work runs.
    at_work = [r for r in running if not any(child.parent_id == r.pk for child in running)]
    values["paused"] = bool(at_work) and all(r.paused_on is not None for r in at_work)
    # What is done waits for no supervisor; reopened, it is under them again.
    values["rung"] = highest(r.rung for r in running)
    values["listed"] = any(r.listed_on is not None for r in live)
    return values
