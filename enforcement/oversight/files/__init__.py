"""The lists of oversight as files, registered with `issues.sheets.kinds`."""

from .interviews import KIND as INTERVIEWS
from .specials import KIND as SPECIALS

KINDS = (INTERVIEWS, SPECIALS)

__all__ = ["KINDS"]
