from .documents import Handoff, NumberSeries
from .issue import Issue, IssueParty, Severity, Source
from .policies import DeadlinePolicy
from .records import Escalation, Extension, Feedback, Verification
from .responsibility import Responsibility, Span, Standing

__all__ = [
    "DeadlinePolicy",
    "Escalation",
    "Extension",
    "Feedback",
    "Handoff",
    "Issue",
    "IssueParty",
    "NumberSeries",
    "Responsibility",
    "Severity",
    "Source",
    "Span",
    "Standing",
    "Verification",
]
