"""The lists of cross-enforcement as files, registered with `issues.sheets.kinds`."""

from .commitments import KIND as COMMITMENTS
from .rounds import KIND as ROUNDS

KINDS = (ROUNDS, COMMITMENTS)

__all__ = ["KINDS"]
