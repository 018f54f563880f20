"""What an effect is given and what it gives back."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from enforcement.issues.lifecycle import Move
from enforcement.issues.models import Extension, Issue, Responsibility
from enforcement.timeline import clock
from enforcement.timeline.actions import personal
from enforcement.timeline.models import Attachment
from regions.models import Bureau, Officer

#: Entered words that may name a person: an event keeps them by erasable reference.
FREE = frozenset({"reason", "opinion", "plan", "publication", "cause", "measures", "note", "leader", "reply"})
#: What the records of an action keep; an event tells of them by their keys.
OWN_RECORDS = frozenset({"enforced", "milestones", "milestone"})
#: A fact's name where it isn't the field's.
FACT_NAMES = {"due_on": "inner_due_on"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`touched`: further responsibilities that changed or were opened (these are saved already). `facts`: for the event."""

    touched: list[Responsibility] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Act:
    """Everything an effect may need. `by` is None where the system acts on a day planned before."""

    row: Move
    issue: Issue
    chosen: Responsibility
    parts: list[Responsibility]
    by: Officer | None
    # Whom the officer acts for.
    bureau: Bureau | None
    now: datetime
    entered: dict[str, Any]
    pending: Extension | None
    latest_feedback: int | None

    @property
    def today(self) -> date:
        return clock.beijing_day(self.now)

    def record_of(self, bureau: int | None = None) -> dict[str, Any]:
        """The fields every record has; `bureau` is the key of the bureau that acts, the responsible one's if left out."""
        bureau = bureau or self.chosen.bureau_id
        return {"responsibility": self.chosen, "by": self.by, "bureau_id": bureau, "at": self.now}


def facts(act: Act) -> dict[str, Any]:
    """Entered values as an event keeps them: codes plain, free text by erasable reference."""
    kept: dict[str, Any] = {}
    for name, value in act.entered.items():
        if name in OWN_RECORDS:
            continue
        if isinstance(value, Bureau):
            kept["to"] = value.pk
        elif isinstance(value, Attachment):
            kept[name] = value.pk
        else:
            kept[FACT_NAMES.get(name, name)] = personal(value) if name in FREE else value
    return kept


def words_only(act: Act) -> Outcome:
    return Outcome(facts=facts(act))
