from .finding import FilingDraft, Finding, FindingParty, FindingVersion, Observation
from .rules import DuplicateRule

__all__ = ["DuplicateRule", "FilingDraft", "Finding", "FindingParty", "FindingVersion", "Observation"]
