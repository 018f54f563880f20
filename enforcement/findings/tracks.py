"""Where the vehicle was: whoever holds tracks registers at start-up, so that a finding's page never imports them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from enforcement.findings.models import FieldLimit, Finding
from enforcement.timeline import clock
from regions.models import Officer


@dataclass(frozen=True, slots=True)
class Nearness:
    """The reading of the filer's run nearest in time to a finding: how far its place lies from the finding's."""

    metres: int
    at: datetime
    run: str
    url: str


Track = Callable[[Finding, Officer], Nearness | None]
_registered: list[Track] = []


def register(track: Track) -> None:
    """Adds a holder of tracks. It gives only what the officer may see."""
    _registered.append(track)


def nearness(finding: Finding, officer: Officer) -> Nearness | None:
    """How near the vehicle was when it was found; None where no track of that time is there to be seen."""
    found = (track(finding, officer) for track in _registered)
    return next((near for near in found if near is not None), None)


def limit_in_force() -> FieldLimit | None:
    """Beyond what a page remarks on clocks and places today. One statement."""
    today = clock.today()
    rows = FieldLimit.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
    return rows.order_by("-valid_from", "-pk").first()
