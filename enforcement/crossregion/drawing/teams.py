"""Stage two: which teams of a city go to the counties stage one gave it. Preferences and the seed decide."""

from collections.abc import Mapping

from enforcement.crossregion.drawing.candidates import Candidates
from enforcement.crossregion.drawing.counties import Place
from enforcement.crossregion.drawing.loans import Pool
from enforcement.crossregion.drawing.register import Team
from enforcement.crossregion.drawing.seeds import below
from enforcement.crossregion.drawing.solver import INFINITY, Model, Outcome

#: One point of preference outweighs all the seed's noise on one team.
NOISE_STEPS = 1000


def solve(
    seed: bytes, candidates: Candidates, numbers: Mapping[Place, int], *, time_limit_s: float
) -> tuple[Outcome, dict[str, str]]:
    """The outcome and the county of each team. It never changes how far anyone travels: stage one has settled that."""
    model = Model()
    columns = _columns(model, seed, candidates, numbers)
    teams = candidates.lookup.teams
    ways: dict[str, list[tuple[int, float]]] = {key: [] for key in teams}
    there: dict[Place, list[int]] = {place: [] for place in numbers}
    for (key, county), column in columns.items():
        ways[key].append((column, 1.0))
        there[teams[key].city, county].append(column)
    for terms in ways.values():
        model.row(1, 1, terms)
    for place, number in numbers.items():
        model.row(number, number, [(column, 1.0) for column in there[place]])
    if candidates.holds("skill"):
        _needs_are_met(model, candidates, columns)
    outcome = model.solve(gap=0.0001, time_limit_s=time_limit_s, seed=int.from_bytes(seed[4:8], "big"))
    if not outcome.found:
        return outcome, {}
    return outcome, {key: county for (key, county), column in columns.items() if outcome.values[column] > 0.5}


def _columns(
    model: Model, seed: bytes, candidates: Candidates, numbers: Mapping[Place, int]
) -> dict[tuple[str, str], int]:
    register, counties = candidates.register, candidates.lookup.counties
    wishes: dict[tuple[str, str], int] = {}
    for row in register.preferences:
        wishes[row.team, row.county] = wishes.get((row.team, row.county), 0) + row.weight
    by_city: dict[str, list[Team]] = {}
    for team in register.teams:
        by_city.setdefault(team.city, []).append(team)
    columns = {}
    for city, county in sorted(numbers):
        for team in by_city.get(city, ()):
            if candidates.may(team, counties[county]):
                noise = below(seed, NOISE_STEPS, "team", team.key, county) / NOISE_STEPS / len(register.teams)
                columns[team.key, county] = model.column(0, 1, cost=noise - wishes.get((team.key, county), 0))
    return columns


def _needs_are_met(model: Model, candidates: Candidates, columns: Mapping[tuple[str, str], int]) -> None:
    teams, pool = candidates.lookup.teams, Pool(model, candidates.stock)
    there: dict[str, list[tuple[Team, int]]] = {}
    for (key, county), column in columns.items():
        there.setdefault(county, []).append((teams[key], column))
    for county, come in sorted(there.items()):
        for need in sorted(candidates.needs.get(county, ()), key=sorted):
            ways = [(column, 1.0) for team, column in come if need <= team.abilities]
            for team, column in come:
                if missing := pool.helps(team.abilities, need):
                    ways.append((pool.met(team.key, county, missing, column), 1.0))
            model.row(1, INFINITY, ways)
    pool.settle()
