"""Rounds of cross-enforcement: what a round is, who goes, what was drawn."""

from .drawn import Assignment, Target
from .rounds import Clearance, DrawRule, Round, RoundCounty
from .teams import Pin, Recusal, Team, TeamMember, Wish

__all__ = [
    "Assignment",
    "Clearance",
    "DrawRule",
    "Pin",
    "Recusal",
    "Round",
    "RoundCounty",
    "Target",
    "Team",
    "TeamMember",
    "Wish",
]
