"""Every change of an issue goes through here, from pages, API, imports and tasks alike."""

from .handing_off import Item, Share, hand_off
from .joining import note_joined
from .moving import Available, available, available_for, perform
from .resuming import end_pauses

__all__ = [
    "Available",
    "Item",
    "Share",
    "available",
    "available_for",
    "end_pauses",
    "hand_off",
    "note_joined",
    "perform",
]
