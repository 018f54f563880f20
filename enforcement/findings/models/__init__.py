from .finding import FilingDraft, Finding, FindingParty, FindingVersion, Observation
from .questions import FieldLimit, FilingQuestion, PollutionType
from .routing import RoutingRule, RoutingTable
from .rules import DuplicateRule
from .sites import ProposedSite

__all__ = [
    "DuplicateRule",
    "FieldLimit",
    "FilingDraft",
    "FilingQuestion",
    "Finding",
    "FindingParty",
    "FindingVersion",
    "Observation",
    "PollutionType",
    "ProposedSite",
    "RoutingRule",
    "RoutingTable",
]
