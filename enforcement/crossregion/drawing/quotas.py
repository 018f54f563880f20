"""How many teams a county may get: worse air first, and no two counties further apart than the rules allow."""

from dataclasses import dataclass

from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.drawing.seeds import ticket


@dataclass(frozen=True, slots=True)
class Quota:
    low: int
    high: int


def planned_teams(seed: bytes, register: Register) -> dict[str, int]:
    """Teams planned for each county: an even share, what is left over to the worst air, ties by the seed."""
    among = sorted(register.counties, key=lambda row: (row.air_rank, ticket(seed, "quota", row.code)))
    if not among:
        return {}
    base, rest = divmod(len(register.teams), len(among))
    return {row.code: base + (place < rest) for place, row in enumerate(among)}


def quotas(seed: bytes, register: Register, relaxed: frozenset[str]) -> dict[str, Quota]:
    """Bounds on the number of teams of each county; exact under a spread of 1, else narrowed by rows of the model."""
    total, among = len(register.teams), len(register.counties)
    base = total // among if among else 0
    spread = register.rules.spread
    if "balance" in relaxed:
        return {row.code: Quota(0, total) for row in register.counties}
    if "air_first" in relaxed or spread != 1:
        return {row.code: Quota(max(0, base - spread + 1), base + spread) for row in register.counties}
    return {code: Quota(number, number) for code, number in planned_teams(seed, register).items()}
