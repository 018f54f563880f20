from .finding import FilingDraft, Finding, FindingParty, FindingVersion, Observation
from .routing import RoutingRule, RoutingTable
from .rules import DuplicateRule

__all__ = [
    "DuplicateRule",
    "FilingDraft",
    "Finding",
    "FindingParty",
    "FindingVersion",
    "Observation",
    "RoutingRule",
    "RoutingTable",
]
