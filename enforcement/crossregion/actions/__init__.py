"""The verbs of rounds. Pages, API, tasks and commands call these."""

from .moving import Available, available, perform
from .preparing import create, home_of
from .releasing import targets_for, teams_of
from .verifying import verify

__all__ = ["Available", "available", "create", "home_of", "perform", "targets_for", "teams_of", "verify"]
