"""The lives of what oversight does: interviews here, special inspections in `specials`."""

from .interviews import (
    ENDED,
    EVENTS,
    PROMISING,
    PROPOSERS,
    ROLES,
    STEPS,
    TABLE,
    UNTOLD,
    Cause,
    Hand,
    State,
    Step,
    row,
    state_moves,
)

__all__ = [
    "ENDED",
    "EVENTS",
    "PROMISING",
    "PROPOSERS",
    "ROLES",
    "STEPS",
    "TABLE",
    "UNTOLD",
    "Cause",
    "Hand",
    "State",
    "Step",
    "row",
    "state_moves",
]
