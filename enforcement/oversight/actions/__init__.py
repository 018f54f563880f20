"""The verbs of oversight. Pages, API and tasks call these."""

from .moving import Available, available, perform
from .proposing import homes_of, may_propose, propose, propose_by_rules

__all__ = ["Available", "available", "homes_of", "may_propose", "perform", "propose", "propose_by_rules"]
