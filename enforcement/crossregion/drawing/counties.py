"""Stage one: how many teams of each city go to each county. Here lies the objective, and nearly all of the work.

The measured trap: a pair of cities is opened by (city, county), not by team, or the model grows ten times as large.
Teams of a city that differ in what the rules look at are told apart by kind, so that stage two can always name them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from enforcement.crossregion.drawing.candidates import Candidates, Kind
from enforcement.crossregion.drawing.costs import costs_m
from enforcement.crossregion.drawing.loans import Pool
from enforcement.crossregion.drawing.quotas import quotas
from enforcement.crossregion.drawing.solver import INFINITY, Model, Outcome

#: Metres to the model's unit, kilometres: factors near one keep the solver exact.
KM = 1000.0
Place = tuple[str, str]


@dataclass(slots=True)
class Stage:
    """The model and the meaning of its columns: numbers[city, county] and by_kind[kind, county]."""

    model: Model
    numbers: dict[Place, int] = field(default_factory=dict)
    by_kind: dict[tuple[int, str], int] = field(default_factory=dict)
    kinds: list[Kind] = field(default_factory=list)


def solve(
    seed: bytes, candidates: Candidates, *, time_limit_s: float, gap: float, whole_kinds: bool = False
) -> tuple[Outcome, dict[Place, int]]:
    """The outcome and the number of teams of each city in each county (only those above 0)."""
    stage = build(seed, candidates, whole_kinds=whole_kinds)
    outcome = stage.model.solve(gap=gap, time_limit_s=time_limit_s, seed=int.from_bytes(seed[:4], "big"))
    return outcome, counted(stage, outcome)


def counted(stage: Stage, outcome: Outcome) -> dict[Place, int]:
    if not outcome.found:
        return {}
    return {place: n for place, column in stage.numbers.items() if (n := round(outcome.values[column]))}


def build(seed: bytes, candidates: Candidates, *, whole_kinds: bool = False) -> Stage:
    stage = Stage(Model(), kinds=candidates.kinds())
    _teams_go_once(stage, seed, candidates, whole_kinds)
    _counties_get_their_number(stage, seed, candidates)
    if candidates.holds("mutual"):
        _no_mutual_pairs(stage, candidates)
    if candidates.holds("skill"):
        _needs_are_met(stage, candidates)
    _worst_load(stage, candidates)
    return stage


def _teams_go_once(stage: Stage, seed: bytes, candidates: Candidates, whole_kinds: bool) -> None:
    rules, model = candidates.register.rules, stage.model
    costs = costs_m(seed, candidates.register)
    by_city: dict[str, list[int]] = {}
    for number, kind in enumerate(stage.kinds):
        by_city.setdefault(kind.city, []).append(number)
    for city, numbers in sorted(by_city.items()):
        kinds = [stage.kinds[number] for number in numbers]
        for county in sorted(frozenset().union(*(kind.counties for kind in kinds))):
            most = sum(len(kind.teams) for kind in kinds if county in kind.counties)
            most = min(most, rules.per_city) if candidates.holds("one_per_city") else most
            stage.numbers[city, county] = model.column(0, most, cost=costs[city][county] / KM)
        for number in numbers:
            _kind_goes_once(stage, number, alone=len(numbers) == 1, whole=whole_kinds)
        if len(numbers) > 1:
            for county in sorted(c for s, c in stage.numbers if s == city):
                parts = [(stage.by_kind[n, county], 1.0) for n in numbers if (n, county) in stage.by_kind]
                model.row(0, 0, [(stage.numbers[city, county], -1.0), *parts])


def _kind_goes_once(stage: Stage, number: int, *, alone: bool, whole: bool) -> None:
    """All teams of a kind go somewhere. A city of one kind needs no columns beside the city's own."""
    kind = stage.kinds[number]
    for county in sorted(kind.counties):
        own = stage.numbers[kind.city, county]
        column = own if alone else stage.model.column(0, len(kind.teams), whole=whole)
        stage.by_kind[number, county] = column
    size = len(kind.teams)
    stage.model.row(size, size, [(stage.by_kind[number, county], 1.0) for county in sorted(kind.counties)])


def _counties_get_their_number(stage: Stage, seed: bytes, candidates: Candidates) -> None:
    register, model = candidates.register, stage.model
    bounds = quotas(seed, register, candidates.relaxed)
    there: dict[str, list[tuple[int, float]]] = {row.code: [] for row in register.counties}
    for (_city, county), column in stage.numbers.items():
        there[county].append((column, 1.0))
    for code, quota in bounds.items():
        model.row(quota.low, quota.high, there[code])
    if all(quota.low == quota.high for quota in bounds.values()):
        return
    if candidates.holds("balance"):
        spread = register.rules.spread
        least = model.column(0, INFINITY)
        for terms in there.values():
            model.row(0, spread, [*terms, (least, -1.0)])
    if candidates.holds("air_first"):
        _worse_air_first(stage, candidates, there)


def _worse_air_first(stage: Stage, candidates: Candidates, there: Mapping[str, list[tuple[int, float]]]) -> None:
    """Between two neighbouring ranks lies a number: the worse have at least that many teams, the better at most."""
    ranks: dict[int, list[str]] = {}
    for row in candidates.register.counties:
        ranks.setdefault(row.air_rank, []).append(row.code)
    ordered = [ranks[rank] for rank in sorted(ranks)]
    for worse, better in pairwise(ordered):
        between = stage.model.column(0, INFINITY, whole=False)
        for code in worse:
            stage.model.row(0, INFINITY, [*there[code], (between, -1.0)])
        for code in better:
            stage.model.row(-INFINITY, 0, [*there[code], (between, -1.0)])


def _no_mutual_pairs(stage: Stage, candidates: Candidates) -> None:
    model, city_of = stage.model, {row.code: row.city for row in candidates.register.counties}
    pairs = {(sender, city_of[county]) for sender, county in stage.numbers}
    opened = {pair: model.column(0, 1) for pair in sorted(pairs) if pair[::-1] in pairs}
    for (sender, county), column in stage.numbers.items():
        pair = opened.get((sender, city_of[county]))
        if pair is not None:
            model.row(-INFINITY, 0, [(column, 1.0), (pair, -model.high[column])])
    for (sender, receiver), pair in opened.items():
        if sender < receiver:
            model.row(-INFINITY, 1, [(pair, 1.0), (opened[receiver, sender], 1.0)])


def _needs_are_met(stage: Stage, candidates: Candidates) -> None:
    """What the drawn targets of a county need comes with at least one team, its own or lent, where a team comes at all."""
    pool = Pool(stage.model, candidates.stock)
    total = len(candidates.register.teams)
    there: dict[str, list[int]] = {}
    for (_city, county), column in stage.numbers.items():
        there.setdefault(county, []).append(column)
    kinds: dict[str, list[tuple[int, Kind, int]]] = {}
    for (number, county), column in stage.by_kind.items():
        kinds.setdefault(county, []).append((number, stage.kinds[number], column))
    for county, needs in sorted(candidates.needs.items()):
        for need in sorted(needs, key=sorted):
            terms = {column: 1.0 for _n, kind, column in kinds.get(county, ()) if need <= kind.abilities}
            for number, kind, column in kinds.get(county, ()):
                if missing := pool.helps(kind.abilities, need):
                    terms[pool.met(number, county, missing, column)] = 1.0
            for column in there.get(county, ()):
                terms[column] = terms.get(column, 0.0) - 1.0 / total
            stage.model.row(0, INFINITY, terms.items())
    pool.settle()


def _worst_load(stage: Stage, candidates: Candidates) -> None:
    """The mean travel of the city that travels furthest, weighted against the sum of all travel."""
    register, model = candidates.register, stage.model
    sizes: dict[str, int] = {}
    for team in register.teams:
        sizes[team.city] = sizes.get(team.city, 0) + 1
    weight = len(register.teams) * register.rules.worst_load_percent / 100
    worst = model.column(0, INFINITY, cost=weight, whole=False)
    travel: dict[str, list[tuple[int, float]]] = {city: [] for city in sizes}
    for (city, county), column in stage.numbers.items():
        travel[city].append((column, register.distances[city][county] / KM / sizes[city]))
    for terms in travel.values():
        model.row(-INFINITY, 0, [*terms, (worst, -1.0)])
