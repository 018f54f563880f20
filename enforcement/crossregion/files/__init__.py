"""The lists of cross-enforcement as files, registered with `issues.sheets.kinds`."""

from .clues import KIND as CLUES
from .commitments import KIND as COMMITMENTS
from .rounds import KIND as ROUNDS
from .visits import KIND as VISITS

KINDS = (ROUNDS, COMMITMENTS, CLUES, VISITS)

__all__ = ["KINDS"]
