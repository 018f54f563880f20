"""Pages of rounds."""

from .commitments import commitments
from .rounds import act, new, round_page, rounds, targets

__all__ = ["act", "commitments", "new", "round_page", "rounds", "targets"]
