"""Rounds of cross-enforcement: what a round is, who goes, what was drawn."""

from .abilities import Ability
from .drawn import Assignment, EarlierPlace, Loan, Target
from .rounds import Clearance, DrawRule, Round, RoundCounty
from .teams import Pin, PoolItem, Recusal, Team, TeamMember, Wish
from .working import Clue, DailyReport

__all__ = [
    "Ability",
    "Assignment",
    "Clearance",
    "Clue",
    "DailyReport",
    "DrawRule",
    "EarlierPlace",
    "Loan",
    "Pin",
    "PoolItem",
    "Recusal",
    "Round",
    "RoundCounty",
    "Target",
    "Team",
    "TeamMember",
    "Wish",
]
