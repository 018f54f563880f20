"""Where an issue came from: upper apps register at start-up, so that an issue's page never imports them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from enforcement.issues.models import Issue
from regions.models import Officer


@dataclass(frozen=True, slots=True)
class Origin:
    """One thing an issue rests on, and its page. `label` says what it is: 线索, 走航高值点."""

    label: str | Promise
    text: str
    url: str


Source = Callable[[Issue, Officer], list[Origin]]
_registered: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Adds a source under a name. It gives only what the officer may see."""
    _registered[name] = source


def origins_of(issue: Issue, officer: Officer) -> list[Origin]:
    return [origin for source in _registered.values() for origin in source(issue, officer)]
