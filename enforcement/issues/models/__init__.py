from .answering import FeedbackRule, LawArticle, MeasureKind
from .documents import Handoff, NumberSeries
from .exports import Export
from .issue import Issue, IssueParty, Severity, Source
from .jobs import OWED, LedgerRule, Stage
from .ledgers import LedgerImport, LedgerLayout, LedgerRow
from .letters import Delivery, LetterTemplate
from .links import Merge, MergeOffer, Split
from .lookbacks import LookBack, LookBackDraw, LookBackRule
from .policies import DeadlinePolicy
from .records import Extension, Feedback, Measure, Milestone, Pause, Verification
from .recounting import Recount
from .renaming import Renaming
from .responsibility import Responsibility, Span, Standing
from .supervision import Escalation, Reply

__all__ = [
    "OWED",
    "DeadlinePolicy",
    "Delivery",
    "Escalation",
    "Export",
    "Extension",
    "Feedback",
    "FeedbackRule",
    "Handoff",
    "Issue",
    "IssueParty",
    "LawArticle",
    "LedgerImport",
    "LedgerLayout",
    "LedgerRow",
    "LedgerRule",
    "LetterTemplate",
    "LookBack",
    "LookBackDraw",
    "LookBackRule",
    "Measure",
    "MeasureKind",
    "Merge",
    "MergeOffer",
    "Milestone",
    "NumberSeries",
    "Pause",
    "Recount",
    "Renaming",
    "Reply",
    "Responsibility",
    "Severity",
    "Source",
    "Span",
    "Split",
    "Stage",
    "Standing",
    "Verification",
]
