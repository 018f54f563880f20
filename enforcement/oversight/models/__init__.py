"""Oversight of governments: interviews."""

from .interviews import Commitment, Interview, TriggerRule

__all__ = ["Commitment", "Interview", "TriggerRule"]
