"""Special checks: checklists, campaigns, visits."""

from .campaigns import Campaign, Quantity, QuantityTarget, Tally
from .checklists import Checklist, ChecklistItem, ChecklistVersion
from .drawn import DrawnInspector, DrawnTarget, TargetDraw, TargetRule
from .monitoring import MonitoringMonth
from .visits import Answer, Guidance, Handover, Mode, Side, Signature, Visit, VisitOfficer, VisitRule

__all__ = [
    "Answer",
    "Campaign",
    "Checklist",
    "ChecklistItem",
    "ChecklistVersion",
    "DrawnInspector",
    "DrawnTarget",
    "Guidance",
    "Handover",
    "Mode",
    "MonitoringMonth",
    "Quantity",
    "QuantityTarget",
    "Side",
    "Signature",
    "Tally",
    "TargetDraw",
    "TargetRule",
    "Visit",
    "VisitOfficer",
    "VisitRule",
]
