"""The targets: drawn by stratum and risk with hashes alone, before and apart from the assignment.

A site holds as many tickets as its risk weight; the lowest ticket counts. That is weighted sampling without
replacement, in whole numbers, and comes out byte for byte from the seed and the register.
"""

from collections.abc import Iterable

from enforcement.crossregion.drawing.quotas import planned_teams
from enforcement.crossregion.drawing.register import Register, Site, dumps
from enforcement.drawing import seeds
from enforcement.drawing.strata import chosen


def draw(seed: bytes, register: Register) -> dict[str, tuple[str, ...]]:
    """The sites drawn for each county with a team planned, in the order of their tickets."""
    planned = planned_teams(seed, register)
    by_county: dict[str, list[Site]] = {}
    for site in register.sites:
        by_county.setdefault(site.county, []).append(site)
    return {
        county.code: _of_county(seed, register, by_county.get(county.code, ()), planned[county.code])
        for county in sorted(register.counties, key=lambda row: row.code)
        if planned[county.code]
    }


def written(targets: dict[str, tuple[str, ...]]) -> bytes:
    """The targets as canonical bytes."""
    return dumps({county: list(sites) for county, sites in targets.items()})


def _of_county(seed: bytes, register: Register, sites: Iterable[Site], teams: int) -> tuple[str, ...]:
    queue = sorted(sites, key=lambda site: (lowest_ticket(seed, site), site.key))
    wanted = teams * register.rules.targets_per_team
    return tuple(site.key for site in chosen(queue, register.strata, wanted))


def lowest_ticket(seed: bytes, site: Site) -> int:
    return seeds.lowest_ticket(seed, site.risk, "target", site.county, site.key)
