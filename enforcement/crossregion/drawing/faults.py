"""One thing that is wrong, as plain values: the rule, what happened, and the names to put in a sentence."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """`code` names a sentence of `wording`; `facts` fill it (names, numbers, lists of them)."""

    rule: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return asdict(self)
