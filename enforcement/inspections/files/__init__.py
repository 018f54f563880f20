"""The lists of checks as files, registered with `issues.sheets.kinds`."""

from .campaigns import KIND as CAMPAIGNS
from .visits import KIND as VISITS

KINDS = (VISITS, CAMPAIGNS)

__all__ = ["KINDS"]
