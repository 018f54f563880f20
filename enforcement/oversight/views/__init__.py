"""Pages of oversight: interviews, special inspections."""

from .interviews import act, files, interview, interviews, new_interview, paper
from .specials import act_special, new_special, special, special_files, special_paper, specials

__all__ = [
    "act",
    "act_special",
    "files",
    "interview",
    "interviews",
    "new_interview",
    "new_special",
    "paper",
    "special",
    "special_files",
    "special_paper",
    "specials",
]
