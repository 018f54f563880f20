"""Choices and moments as the cells of a file say them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from enforcement.timeline import clock


def labels_of(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """The labels of choices in the language of the file, looked up once and not for every row."""
    return {str(value): str(label) for value, label in choices}


def minute(moment: datetime | None) -> str:
    """A moment in Beijing time, to the minute; nothing for none."""
    return f"{moment.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}" if moment else ""
