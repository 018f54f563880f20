"""Pages of checks: visits, campaigns, checklists, a site's history."""

from .campaigns import campaign, campaigns, move_campaign, new_campaign, tally
from .checklists import checklist, checklists, item, move_list, new_list
from .doing import act, answers, arrive, photos
from .draws import draw, move_draw, new_draw
from .papers import handover, record, site_code
from .sites import site
from .visits import plan, visit, visits

__all__ = [
    "act",
    "answers",
    "arrive",
    "campaign",
    "campaigns",
    "checklist",
    "checklists",
    "draw",
    "handover",
    "item",
    "move_campaign",
    "move_draw",
    "move_list",
    "new_campaign",
    "new_draw",
    "new_list",
    "photos",
    "plan",
    "record",
    "site",
    "site_code",
    "tally",
    "visit",
    "visits",
]
