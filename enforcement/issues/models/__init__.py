from .answering import FeedbackRule, LawArticle, MeasureKind
from .documents import Handoff, NumberSeries
from .issue import Issue, IssueParty, Severity, Source
from .lookbacks import LookBack, LookBackDraw, LookBackRule
from .policies import DeadlinePolicy
from .records import Extension, Feedback, Measure, Milestone, Pause, Verification
from .recounting import Recount
from .responsibility import Responsibility, Span, Standing
from .supervision import Escalation, Reply

__all__ = [
    "DeadlinePolicy",
    "Escalation",
    "Extension",
    "Feedback",
    "FeedbackRule",
    "Handoff",
    "Issue",
    "IssueParty",
    "LawArticle",
    "LookBack",
    "LookBackDraw",
    "LookBackRule",
    "Measure",
    "MeasureKind",
    "Milestone",
    "NumberSeries",
    "Pause",
    "Recount",
    "Reply",
    "Responsibility",
    "Severity",
    "Source",
    "Span",
    "Standing",
    "Verification",
]
