"""Every change of a finding: file, correct, review, confirm, dismiss, hand off, join."""

from .filing import correct, file_finding
from .handing_off import Handing, hand_off_findings, whole
from .moving import available, may_confirm_and_hand_off, perform
from .wording import OBSERVED

__all__ = [
    "OBSERVED",
    "Handing",
    "available",
    "correct",
    "file_finding",
    "hand_off_findings",
    "may_confirm_and_hand_off",
    "perform",
    "whole",
]
