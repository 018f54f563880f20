"""The verbs of rounds. Pages, API, tasks and commands call these."""

from .moving import Available, available, perform
from .preparing import create, home_of
from .releasing import targets_for, teams_of
from .underway import eligible
from .verifying import verify

__all__ = ["Available", "available", "create", "eligible", "home_of", "perform", "targets_for", "teams_of", "verify"]
