"""Which sites a finding is likely of: whoever traces sources registers at start-up, so that no arrow turns."""

from collections.abc import Callable
from dataclasses import dataclass

from enforcement.findings.models import Finding
from regions.models import Officer, Site


@dataclass(frozen=True, slots=True)
class Likely:
    """A site and why it is likely, in a sentence's words."""

    site: Site
    why: str


Tracer = Callable[[Finding, Officer], list[Likely]]
_registered: list[Tracer] = []


def register(tracer: Tracer) -> None:
    """Adds a tracer of sources. It gives only what the officer may see, the likeliest first."""
    _registered.append(tracer)


def likely_sites(finding: Finding, officer: Officer) -> list[Likely]:
    """The sites to offer to whoever says which one a finding is of."""
    return [one for tracer in _registered for one in tracer(finding, officer)]
