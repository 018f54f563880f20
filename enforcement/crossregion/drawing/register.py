"""The register: all that a draw may look at, as plain values with one canonical form in bytes.

Whole numbers and strings only (metres, per cent, ISO days), so that every machine writes the same bytes. Distances are
entered once, when the register is frozen: nobody who verifies needs the same mathematics library.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from typing import Any, Self

#: Rules a round may switch off or an office may loosen. The others follow from law (own city, recusal, badge)
#: or are a fact (how many pieces the pool has).
LOOSENABLE = ("mutual", "repeat", "skill", "air_first", "balance", "travel", "one_per_city", "pin", "availability")
RULES = ("own_city", "recusal", "badge", "pool", *LOOSENABLE)
LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of a round. They come from dated reference data and are frozen with the register."""

    since: str
    until: str
    min_members: int = 2
    min_badged: int = 2
    max_km: int = 400
    spread: int = 1  # most by which two counties' numbers of teams may differ
    per_city: int = 1  # most teams of one city in one county
    noise_percent: int = 20  # of the middle distance: what the seed adds to a cost, at most
    worst_load_percent: int = 30  # weight of the city that travels furthest, against the sum of all travel
    gap_permille: int = 10
    time_limit_s: int = 120
    targets_per_team: int = 3
    off: tuple[str, ...] = ()  # of LOOSENABLE


@dataclass(frozen=True, slots=True)
class County:
    """A receiving county. `air_rank` 1 is the worst air; equal ranks may come in either order."""

    code: str
    city: str
    name: str
    air_rank: int


@dataclass(frozen=True, slots=True)
class City:
    """A city that sends or receives."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a team. An expert or technician without enforcement power has no badge."""

    key: str
    badged: bool
    badge_valid_to: str = ""  # ISO day; empty: no end known
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    key: str
    name: str
    city: str
    leader: str  # a member's key
    members: tuple[Member, ...]
    equipment: tuple[str, ...] = ()
    available_since: str = ""
    available_until: str = ""

    @property
    def abilities(self) -> frozenset[str]:
        """What the team brings: its members' skills and its equipment."""
        return frozenset(self.equipment).union(*(member.skills for member in self.members))


@dataclass(frozen=True, slots=True)
class Site:
    """A possible target. `risk` is a whole weight of 1 to 100: twice the risk, twice the chance."""

    key: str
    county: str
    stratum: str
    risk: int = 1
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recusal:
    """A member may not inspect a county, a city or a site (party or near kin, direct interest, other relation)."""

    member: str
    where: str  # the code of a county or city, or the key of a site


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of cities of an earlier round that may not come again."""

    sender: str
    receiver: str
    round: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """Set by hand before the draw: this team goes to this county."""

    team: str
    county: str


@dataclass(frozen=True, slots=True)
class Stock:
    """How many pieces of a kind of equipment the round can lend to teams."""

    kind: str
    number: int


@dataclass(frozen=True, slots=True)
class Preference:
    """A soft wish for a team in a county; the weight may be negative. It never costs travel, see `teams`."""

    team: str
    county: str
    weight: int


@dataclass(frozen=True, slots=True)
class Register:
    """Everything. `distances[city][county]` in metres of road-like travel; strata shares are per cent."""

    round: str
    rules: Rules
    cities: tuple[City, ...]
    counties: tuple[County, ...]
    teams: tuple[Team, ...]
    distances: dict[str, dict[str, int]]
    sites: tuple[Site, ...] = ()
    strata: dict[str, int] = field(default_factory=dict)
    previous: tuple[Pair, ...] = ()
    recusals: tuple[Recusal, ...] = ()
    pins: tuple[Pin, ...] = ()
    preferences: tuple[Preference, ...] = ()
    pool: tuple[Stock, ...] = ()

    def canonical(self) -> bytes:
        """The bytes that are committed to: JSON with sorted keys and rows, UTF-8, no blanks."""
        return dumps({"layout": LAYOUT, **_sorted(asdict(self))})

    def digest(self) -> str:
        """SHA-256 of the canonical bytes, hex."""
        return hashlib.sha256(self.canonical()).hexdigest()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The register of canonical bytes. Raises ValueError for bytes that aren't any."""
        raw = json.loads(data)
        if not isinstance(raw, dict) or raw.pop("layout", None) != LAYOUT:
            raise ValueError("not a register of a known layout")
        parts: dict[str, Any] = {
            name: tuple(kind(**_tuples(row)) for row in (raw.pop(name, ()) if name in _LATER else raw.pop(name)))
            for name, kind in _ROWS.items()
            if name != "teams"
        }
        parts["teams"] = tuple(
            Team(**_tuples({**row, "members": [Member(**_tuples(member)) for member in row["members"]]}))
            for row in raw.pop("teams")
        )
        return cls(rules=Rules(**_tuples(raw.pop("rules"))), **parts, **raw)


_ROWS: dict[str, Any] = {
    "cities": City, "counties": County, "teams": Team, "sites": Site, "previous": Pair, "recusals": Recusal,
    "pins": Pin, "preferences": Preference, "pool": Stock,
}  # fmt: skip
#: Rows that registers committed to in earlier versions don't have.
_LATER = frozenset({"pool"})


def dumps(value: Any) -> bytes:
    """Canonical JSON: the same value gives the same bytes everywhere."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def _sorted(parts: dict[str, Any]) -> dict[str, Any]:
    """Rows and lists have no order of their own: what was entered first must not matter."""
    found: dict[str, Any] = {}
    for name, value in parts.items():
        if isinstance(value, tuple | list):
            found[name] = sorted((_sorted(v) if isinstance(v, dict) else v for v in value), key=dumps)
        else:
            found[name] = _sorted(value) if isinstance(value, dict) else value
    return found


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


class Lookup:
    """Rows of a register by key, for whoever walks it often."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.counties = {row.code: row for row in register.counties}
        self.cities = {row.code: row for row in register.cities}
        self.teams = {row.key: row for row in register.teams}
        self.sites = {row.key: row for row in register.sites}

    @cached_property
    def recused(self) -> dict[str, frozenset[str]]:
        """What each team is recused from: a team is as free as its least free member."""
        by_member: dict[str, set[str]] = {}
        for row in self.register.recusals:
            by_member.setdefault(row.member, set()).add(row.where)
        return {
            team.key: frozenset().union(*(by_member.get(member.key, set()) for member in team.members))
            for team in self.register.teams
        }


assert {f.name for f in fields(Register)} >= set(_ROWS)
