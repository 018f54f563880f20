"""Synchronous projections: upper apps register, so that domain code never calls upwards.

A projection runs in the transaction of its event: a counter or an outbox row is there exactly when the event is.
"""

from collections.abc import Callable

from django.db.models import Model

from enforcement.timeline.models import Event

Projection = Callable[[Event, Model], None]
_registered: dict[str, Projection] = {}


def register(name: str, projection: Projection) -> None:
    """Adds a projection under a name (once; AppConfig.ready may run twice)."""
    _registered[name] = projection


def run(event: Event, subject: Model) -> None:
    for projection in _registered.values():
        projection(event, subject)
