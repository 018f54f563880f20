"""Default rules and checklists of checks: dated, marked with their source, editable; never constants in code."""

from enforcement.inspections.reference.loading import load

__all__ = ["load"]
