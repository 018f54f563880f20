"""The targets: drawn by stratum and risk with hashes alone, before and apart from the assignment.

A site holds as many tickets as its risk weight; the lowest ticket counts. That is weighted sampling without
replacement, in whole numbers, and comes out byte for byte from the seed and the register.
"""

from collections.abc import Iterable

from enforcement.crossregion.drawing.quotas import planned_teams
from enforcement.crossregion.drawing.register import Register, Site, dumps
from enforcement.crossregion.drawing.seeds import ticket


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
    wanted = min(len(queue), teams * register.rules.targets_per_team)
    quotas = _shares(register.strata, wanted)
    chosen: list[Site] = []
    for stratum, places in quotas.items():
        chosen += [site for site in queue if site.stratum == stratum][:places]
    # A stratum with too few sites leaves its places to whoever comes next in the queue.
    taken = {site.key for site in chosen}
    chosen += [site for site in queue if site.key not in taken][: wanted - len(chosen)]
    order = {site.key: place for place, site in enumerate(queue)}
    return tuple(site.key for site in sorted(chosen, key=lambda site: order[site.key]))


def lowest_ticket(seed: bytes, site: Site) -> int:
    return min(ticket(seed, "target", site.county, site.key, str(n)) for n in range(max(1, site.risk)))


def _shares(strata: dict[str, int], places: int) -> dict[str, int]:
    """Places by share, largest remainder first, ties by the stratum's name. Without shares all sites are one stratum."""
    total = sum(strata.values())
    if total <= 0:
        return {}
    exact = {name: divmod(places * share, total) for name, share in sorted(strata.items())}
    given = {name: whole for name, (whole, _) in exact.items()}
    rest = places - sum(given.values())
    for name in sorted(exact, key=lambda name: (-exact[name][1], name))[:rest]:
        given[name] += 1
    return given
