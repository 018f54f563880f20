"""Drawing items for a look-back: pure, and SHA-256 only, so that anyone can do it again in any language.

A ticket is HMAC-SHA-256 of the seed over words joined by NUL. Of each stratum the items with the lowest tickets are
drawn, share x size rounded up and never fewer than `least`; each goes to the eligible team with the lowest ticket.
"""

import hashlib
import hmac
import json
import secrets
from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

SEED_BYTES = 32
_TAG = b"liankong look-back draw 1"


class Entry(NamedTuple):
    """One item of the register: its number, its responsibility's key, its stratum, the teams that had no part in it."""

    number: str
    responsibility: int
    stratum: str
    teams: tuple[int, ...]


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


def canonical(register: Sequence[Entry]) -> bytes:
    """The register's bytes, whatever order it came in."""
    rows = sorted([e.number, e.responsibility, e.stratum, sorted(e.teams)] for e in register)
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()


def commitment(seed: bytes, register: Sequence[Entry]) -> str:
    """SHA-256 over tag, seed and register, hex: what ties the three together on the timeline of every item drawn."""
    return hashlib.sha256(_TAG + b"\0" + seed + canonical(register)).hexdigest()


def ticket(seed: bytes, *words: str) -> int:
    return int.from_bytes(hmac.digest(seed, "\0".join(words).encode(), "sha256"), "big")


def wanted(size: int, share: Decimal, least: int) -> int:
    """How many of a stratum are drawn."""
    part = int((share * size).to_integral_value(ROUND_CEILING))
    return min(size, max(part, least))


def draw(seed: bytes, register: Sequence[Entry], share: Decimal, least: int) -> list[tuple[int, int]]:
    """(responsibility, team) of the items drawn, in the order of strata and tickets."""
    strata: dict[str, list[Entry]] = defaultdict(list)
    for entry in register:
        strata[entry.stratum].append(entry)
    drawn = []
    for _name, entries in sorted(strata.items()):
        ordered = sorted(entries, key=lambda e: ticket(seed, "item", e.number, str(e.responsibility)))
        for entry in ordered[: wanted(len(entries), share, least)]:
            team = min(entry.teams, key=lambda pk: ticket(seed, "team", entry.number, str(pk)))
            drawn.append((entry.responsibility, team))
    return drawn
