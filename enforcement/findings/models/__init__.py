from .finding import FilingDraft, Finding, FindingParty, FindingVersion, Observation
from .questions import FieldLimit, FilingQuestion, PollutionType
from .routing import RoutingRule, RoutingTable
from .rules import DuplicateRule

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
    "RoutingRule",
    "RoutingTable",
]
