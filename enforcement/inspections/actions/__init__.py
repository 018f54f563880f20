"""The verbs of checks. Pages, API and commands call these."""

from .entering import FLAGS, code_of, site_of
from .handing import receivers
from .moving import Available, available, perform
from .planning import SOURCES, homes_of, plan, visits_this_year
from .recording import answers_of, findings_seen, items_of, photos_of

__all__ = [
    "FLAGS",
    "SOURCES",
    "Available",
    "answers_of",
    "available",
    "code_of",
    "findings_seen",
    "homes_of",
    "items_of",
    "perform",
    "photos_of",
    "plan",
    "receivers",
    "site_of",
    "visits_this_year",
]
