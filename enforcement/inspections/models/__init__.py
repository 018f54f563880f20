"""Special checks: checklists, campaigns, visits."""

from .campaigns import Campaign, Quantity, QuantityTarget, Tally
from .checklists import Checklist, ChecklistItem, ChecklistVersion
from .visits import Answer, Guidance, Handover, Mode, Side, Signature, Visit, VisitOfficer, VisitRule

__all__ = [
    "Answer",
    "Campaign",
    "Checklist",
    "ChecklistItem",
    "ChecklistVersion",
    "Guidance",
    "Handover",
    "Mode",
    "Quantity",
    "QuantityTarget",
    "Side",
    "Signature",
    "Tally",
    "Visit",
    "VisitOfficer",
    "VisitRule",
]
