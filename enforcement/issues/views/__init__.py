"""Pages of issues and handoff documents. Reading writes nothing; every change goes through the actions."""

from .acting import act, add_evidence
from .board import board
from .calendar import calendar
from .exports import export_file, export_progress, export_stop, exports
from .handoffs import handoff, handoffs
from .importing import ledger_file, ledger_progress, ledger_stop, ledgers
from .ledger import ledger
from .letters import letter, letter_template, receive_letter, send_letters, urging_letter
from .linking import link
from .lookbacks import look_back_draw, look_backs
from .merge_offers import answer_merge_offer, merge_offer
from .places import places
from .several import several
from .sheet import detail

__all__ = [
    "act",
    "add_evidence",
    "answer_merge_offer",
    "board",
    "calendar",
    "detail",
    "export_file",
    "export_progress",
    "export_stop",
    "exports",
    "handoff",
    "handoffs",
    "ledger",
    "ledger_file",
    "ledger_progress",
    "ledger_stop",
    "ledgers",
    "letter",
    "letter_template",
    "link",
    "look_back_draw",
    "look_backs",
    "merge_offer",
    "places",
    "receive_letter",
    "send_letters",
    "several",
    "urging_letter",
]
