"""Places by stratum: shares to whole numbers, and who of a queue takes them."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar


class Drawable(Protocol):
    """What stands in a queue: its key and its stratum."""

    @property
    def key(self) -> str: ...

    @property
    def stratum(self) -> str: ...


T = TypeVar("T", bound=Drawable)


def chosen(queue: Sequence[T], shares: Mapping[str, int], wanted: int) -> list[T]:
    """`wanted` of a queue by the shares of their strata, in the order of the queue.

    What a stratum can't fill goes to whoever comes next in the queue.
    """
    wanted = min(len(queue), wanted)
    found: list[T] = []
    for stratum, places in places_of(shares, wanted).items():
        found += [row for row in queue if row.stratum == stratum][:places]
    taken = {row.key for row in found}
    found += [row for row in queue if row.key not in taken][: wanted - len(found)]
    order = {row.key: place for place, row in enumerate(queue)}
    return sorted(found, key=lambda row: order[row.key])


def places_of(shares: Mapping[str, int], places: int) -> dict[str, int]:
    """Places by share, largest remainder first, ties by the stratum's name. Without shares all are one stratum."""
    total = sum(shares.values())
    if total <= 0:
        return {}
    exact = {name: divmod(places * share, total) for name, share in sorted(shares.items())}
    given = {name: whole for name, (whole, _) in exact.items()}
    rest = places - sum(given.values())
    for name in sorted(exact, key=lambda name: (-exact[name][1], name))[:rest]:
        given[name] += 1
    return given
