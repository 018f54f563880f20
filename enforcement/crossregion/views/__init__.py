"""Pages of rounds."""

from .commitments import commitments
from .rounds import act, new, round_page, rounds, targets
from .working import (
    clues,
    file_clue,
    file_report,
    report_page,
    report_paper,
    reports,
    summary,
    summary_paper,
    visits,
)

__all__ = [
    "act",
    "clues",
    "commitments",
    "file_clue",
    "file_report",
    "new",
    "report_page",
    "report_paper",
    "reports",
    "round_page",
    "rounds",
    "summary",
    "summary_paper",
    "targets",
    "visits",
]
