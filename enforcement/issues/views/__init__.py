"""Pages of issues and handoff documents. Reading writes nothing; every change goes through the actions."""

from .acting import act, add_evidence
from .handoffs import handoff, handoffs
from .ledger import ledger
from .sheet import detail

__all__ = ["act", "add_evidence", "detail", "handoff", "handoffs", "ledger"]
