"""双随机: random targets by stratum and risk, random inspectors for each. Pure; a register goes in, lots come out.

The targets need SHA-256 alone: for each site min over n < risk of HMAC-SHA-256(seed, "target" county site n), NUL between
the words. Inspectors: whoever has drawn fewest so far, ties by HMAC-SHA-256(seed, "inspector" site officer); a team is of
one bureau, its first is the leader.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Self

from enforcement.drawing import seeds
from enforcement.drawing.strata import chosen

LAYOUT = 1
_TAG = b"liankong campaign draw 1"


@dataclass(frozen=True, slots=True)
class Site:
    """A possible target. `stratum` is its grade; twice the risk, twice the chance."""

    key: str
    county: str
    stratum: str
    risk: int


@dataclass(frozen=True, slots=True)
class Inspector:
    """A possible member of a team. `division` is their bureau's: they go to it and below it."""

    key: str
    bureau: str
    division: str
    badge_until: str = ""  # ISO day; empty: no end known


@dataclass(frozen=True, slots=True)
class Recusal:
    """An inspector doesn't go to a site, a county or a city."""

    inspector: str
    where: str


@dataclass(frozen=True)
class Register:
    """All a draw may look at, with one canonical form in bytes. Whole numbers and strings only."""

    draw: str
    wanted: int
    team: int
    until: str
    strata: dict[str, int]
    sites: tuple[Site, ...]
    inspectors: tuple[Inspector, ...]
    recusals: tuple[Recusal, ...] = ()
    #: County -> the codes of what lies above it.
    above: dict[str, list[str]] = field(default_factory=dict)
    #: Left out of `sites`: checked as often this year as the rule allows.
    capped: tuple[str, ...] = ()

    def canonical(self) -> bytes:
        plain = asdict(self)
        for name in ("sites", "inspectors", "recusals"):
            plain[name] = sorted([list(row.values()) for row in plain[name]])
        return dumps({**plain, "layout": LAYOUT, "capped": sorted(self.capped)})

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The register from its bytes. Raises ValueError, TypeError or KeyError for anything else."""
        plain = json.loads(data)
        if plain.pop("layout") != LAYOUT:
            raise ValueError("a register of another layout")
        kinds: dict[str, type] = {"sites": Site, "inspectors": Inspector, "recusals": Recusal}
        rows: dict[str, Any] = {name: tuple(kind(*row) for row in plain.pop(name)) for name, kind in kinds.items()}
        return cls(capped=tuple(plain.pop("capped")), **rows, **plain)

    @cached_property
    def recused(self) -> frozenset[tuple[str, str]]:
        return frozenset((row.inspector, row.where) for row in self.recusals)


@dataclass(frozen=True, slots=True)
class Lot:
    """A target and who checks it, the leader first; nobody where no team could be found."""

    site: str
    stratum: str
    team: tuple[str, ...] = ()


def dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def commitment(seed: bytes, register: bytes) -> str:
    return seeds.commitment(_TAG, seed, register)


def draw(seed: bytes, register: Register, gone: Collection[str] = ()) -> list[Lot]:
    """The lots, in the order of their tickets. `gone`: sites that left the books after the commitment."""
    queue = sorted(
        (site for site in register.sites if site.key not in gone),
        key=lambda site: (seeds.lowest_ticket(seed, site.risk, "target", site.county, site.key), site.key),
    )
    loads: dict[str, int] = {}
    lots = []
    for site in chosen(queue, register.strata, register.wanted):
        team = _team(seed, register, site, loads)
        for key in team:
            loads[key] = loads.get(key, 0) + 1
        lots.append(Lot(site.key, site.stratum, team))
    return lots


def _team(seed: bytes, register: Register, site: Site, loads: dict[str, int]) -> tuple[str, ...]:
    order = sorted(
        _eligible(register, site),
        key=lambda one: (loads.get(one.key, 0), seeds.ticket(seed, "inspector", site.key, one.key), one.key),
    )
    for leader in order:
        team = [one.key for one in order if one.bureau == leader.bureau][: register.team]
        if len(team) == register.team:
            return tuple(team)
    return ()


def _eligible(register: Register, site: Site) -> Iterable[Inspector]:
    places = [site.county, *register.above.get(site.county, [])]
    for one in register.inspectors:
        if one.division not in places or (one.badge_until and one.badge_until < register.until):
            continue
        if not any((one.key, where) in register.recused for where in (site.key, *places)):
            yield one


def written(lots: Iterable[Lot]) -> bytes:
    """The lots as canonical bytes."""
    return dumps([[lot.site, list(lot.team)] for lot in lots])
