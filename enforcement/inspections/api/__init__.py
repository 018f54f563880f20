"""Checks under /api/v1/: visits, campaigns, checklists. Everything goes through the actions of the pages."""

from .campaigns import CampaignAction, CampaignDetail, CampaignList, CampaignTallies
from .checklists import ChecklistAction, ChecklistDetail, ChecklistItem, ChecklistItems, ChecklistList
from .draws import DrawAction, DrawDetail, DrawList
from .sites import SiteHistory
from .visits import VisitAction, VisitAttachments, VisitDetail, VisitHandover, VisitList, VisitRecord

__all__ = [
    "CampaignAction",
    "CampaignDetail",
    "CampaignList",
    "CampaignTallies",
    "ChecklistAction",
    "ChecklistDetail",
    "ChecklistItem",
    "ChecklistItems",
    "ChecklistList",
    "DrawAction",
    "DrawDetail",
    "DrawList",
    "SiteHistory",
    "VisitAction",
    "VisitAttachments",
    "VisitDetail",
    "VisitHandover",
    "VisitList",
    "VisitRecord",
]
