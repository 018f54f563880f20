"""Pages of rounds."""

from .rounds import act, new, round_page, rounds, targets

__all__ = ["act", "new", "round_page", "rounds", "targets"]
