"""Oversight of governments: interviews, special inspections."""

from .air import AirMonth
from .interviews import Commitment, Interview, TriggerRule
from .specials import (
    EvidenceRequest,
    Plan,
    PlanTask,
    Problem,
    Progress,
    SpecialInspection,
    SpecialMember,
    SpecialRule,
)

__all__ = [
    "AirMonth",
    "Commitment",
    "EvidenceRequest",
    "Interview",
    "Plan",
    "PlanTask",
    "Problem",
    "Progress",
    "SpecialInspection",
    "SpecialMember",
    "SpecialRule",
    "TriggerRule",
]
