"""Pages of issues and handoff documents. Reading writes nothing; every change goes through the actions."""

from .acting import act, add_evidence
from .board import board
from .calendar import calendar
from .handoffs import handoff, handoffs
from .ledger import ledger
from .letters import urging_letter
from .lookbacks import look_back_draw, look_backs
from .places import places
from .several import several
from .sheet import detail

__all__ = [
    "act",
    "add_evidence",
    "board",
    "calendar",
    "detail",
    "handoff",
    "handoffs",
    "ledger",
    "look_back_draw",
    "look_backs",
    "places",
    "several",
    "urging_letter",
]
