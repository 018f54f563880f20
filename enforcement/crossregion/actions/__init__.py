"""The verbs of rounds. Pages, API, tasks and commands call these."""

from .moving import Available, available, perform
from .preparing import campaign_shown, create, home_of, open_campaigns
from .releasing import targets_for, teams_of
from .underway import eligible
from .verifying import verify

__all__ = [
    "Available", "available", "campaign_shown", "create", "eligible", "home_of", "open_campaigns", "perform",
    "targets_for", "teams_of", "verify",
]  # fmt: skip
