"""Synchronous projections: upper apps register, so that domain code never calls upwards.

A projection runs in the transaction of its event: a counter or an outbox row is there exactly when the event is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.models import Model

from enforcement.timeline.models import Event

Projection = Callable[[Event, Model], None]
_registered: dict[str, Projection] = {}
_paused: set[str] = set()


def register(name: str, projection: Projection) -> None:
    """Adds a projection under a name (once; AppConfig.ready may run twice)."""
    _registered[name] = projection


def run(event: Event, subject: Model) -> None:
    for name, projection in _registered.items():
        if name not in _paused:
            projection(event, subject)


@contextmanager
def paused(name: str) -> Iterator[None]:
    """Leaves a projection out in this process, for a mass load that makes its rows again in the same transaction."""
    _paused.add(name)
    try:
        yield
    finally:
        _paused.discard(name)
