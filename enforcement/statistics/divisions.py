"""The division tree as a value: subtrees, and the fewest nodes whose counters cover a set of divisions."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from regions.models import Division


@dataclass(frozen=True)
class Place:
    """One division, current or ended."""

    pk: int
    parent: int | None
    code: str
    level: str
    name: str
    current: bool


class Tree:
    """All divisions. `read` takes one statement; nothing is kept between requests, so an edit counts at once."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.places = {place.pk: place for place in places}
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for place in self.places.values():
            self.children[place.parent].append(place.pk)

    @classmethod
    def read(cls, english: bool = False) -> "Tree":
        rows = Division.objects.order_by("code", "key").values_list(
            "pk", "parent_id", "code", "level", "english" if english else "name", "ended_on"
        )
        return cls(Place(pk, parent, code, level, name, ended is None) for pk, parent, code, level, name, ended in rows)

    @cached_property
    def roots(self) -> list[int]:
        return self.children[None]

    @cached_property
    def fingerprint(self) -> str:
        """Changes when a division gets another parent: counters summed under the old one are then no use."""
        pairs = sorted((place.pk, place.parent or 0) for place in self.places.values())
        return hashlib.sha256(repr(pairs).encode()).hexdigest()

    def below(self, pk: int) -> frozenset[int]:
        """A division and all under it."""
        found, open_ = set(), [pk]
        while open_:
            here = open_.pop()
            found.add(here)
            open_ += self.children.get(here, [])
        return frozenset(found)

    def coded(self, code: str) -> Place | None:
        """The division that carries a code now, else the ended one that carried it last."""
        found = [place for place in self.places.values() if place.code == code]
        return max(found, key=lambda place: place.current, default=None)

    def cover(self, wanted: frozenset[int]) -> tuple[int, ...] | None:
        """The fewest divisions whose subtrees make up exactly `wanted`; None where no subtrees do."""
        nodes: list[int] = []
        open_ = list(self.roots)
        while open_:
            here = open_.pop()
            below = self.below(here)
            if below <= wanted:
                nodes.append(here)
            elif below & wanted:
                if here in wanted:  # its own rows without all of those under it
                    return None
                open_ += self.children[here]
        return tuple(sorted(nodes))
