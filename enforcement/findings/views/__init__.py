"""Pages of findings: the inbox, filing, one finding, handing several off as one document."""

from .acting import act, add_evidence
from .alike import alike
from .filing import asked, correct, draft, file, sites
from .ground import ground
from .handing import hand_off
from .inbox import inbox
from .routing import routing
from .settling import new_site
from .sheet import detail

__all__ = [
    "act",
    "add_evidence",
    "alike",
    "asked",
    "correct",
    "detail",
    "draft",
    "file",
    "ground",
    "hand_off",
    "inbox",
    "new_site",
    "routing",
    "sites",
]
