"""Choices as the cells of a file say them."""

from collections.abc import Iterable
from typing import Any


def labels_of(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """The labels of choices in the language of the file, looked up once and not for every row."""
    return {str(value): str(label) for value, label in choices}
