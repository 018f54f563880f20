"""How the places of oversight's routes are filled: interviews and special inspections, nobody else's affair until they are told."""

from collections.abc import Callable
from typing import Any

from tests.isolation.world import Plot

Filled = Callable[[Plot], list[dict[str, Any]]]


def _places(rows: str, **several: tuple[str, ...]) -> Filled:
    """The first of a plot's rows; with names, once for each combination of a word of theirs, one name at a time."""

    def filled(plot: Plot) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [{"pk": getattr(plot, rows)[0].pk}]
        for name, words in several.items():
            found = [{**row, name: word} for row in found for word in words]
        return found

    return filled


_INTERVIEW = ("approve", "notify", "report", "void")
_SPECIAL = ("approve", "enter", "plan", "void")

FILL: dict[str, Filled] = {
    "oversight:interview": _places("interviews"),
    "oversight:files": _places("interviews"),
    "oversight:paper": _places("interviews", name=("notice",), kind=("docx",)),
    "oversight:act": _places("interviews", action=_INTERVIEW),
    "oversight:special": _places("specials"),
    "oversight:special-files": _places("specials"),
    "oversight:special-paper": _places("specials", name=("feedback",), kind=("docx",)),
    "oversight:act-special": _places("specials", action=_SPECIAL),
    "api:interview-detail": _places("interviews"),
    "api:interview-attachments": _places("interviews"),
    "api:interview-paper": _places("interviews", name=("notice",), kind=("docx",)),
    "api:interview-action": _places("interviews", action=_INTERVIEW),
    "api:special-detail": _places("specials"),
    "api:special-attachments": _places("specials"),
    "api:special-paper": _places("specials", name=("feedback",), kind=("docx",)),
    "api:special-action": _places("specials", action=_SPECIAL),
}
