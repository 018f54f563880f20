"""Every change of an issue goes through here, from pages, API, imports and tasks alike."""

from .handing_off import Item, Share, hand_off
from .joining import note_joined
from .moving import Available, available, available_for, perform

__all__ = ["Available", "Item", "Share", "available", "available_for", "hand_off", "note_joined", "perform"]
