"""Routes of rounds and draws: nobody in the walk may know of one, so all ask for one that isn't there.

`test_unreleased_rounds` and the draws' own test walk with real ones.
"""

import uuid
from collections.abc import Callable
from typing import Any

from tests.isolation.world import Plot

KEY = uuid.UUID("5ca1ab1e-0000-4000-8000-000000000005")
_ACTIONS = ("set_teams", "commit", "release", "replace", "void")
_PAGES = ("round", "targets", "reports", "file_report", "clues", "file_clue", "visits", "summary")
_API = (
    "api:round-reports", "api:round-clues", "api:round-visits", "api:round-summary", "api:round-detail",
    "api:round-targets",
)  # fmt: skip
_DRAWS = ("inspections:draw", "api:draw-detail")


def draw(plot: Plot) -> list[dict[str, Any]]:
    return [{"pk": KEY}]


def _with(*more: dict[str, Any]) -> Callable[[Plot], list[dict[str, Any]]]:
    return lambda plot: [{"pk": KEY, **one} for one in more]


FILL: dict[str, Callable[[Plot], list[dict[str, Any]]]] = {
    **{f"crossregion:{name}": draw for name in _PAGES},
    **dict.fromkeys((*_API, *_DRAWS), draw),
    "crossregion:report": _with({"report": KEY}),
    "crossregion:report_paper": _with({"report": KEY, "kind": "pdf"}),
    "crossregion:summary_paper": _with({"kind": "docx"}),
    **dict.fromkeys(("crossregion:act", "api:round-action"), _with(*({"action": name} for name in _ACTIONS))),
}
