"""What people type, checked: the words of the whole house."""

from regions.words import line, paragraph

__all__ = ["line", "paragraph"]
