"""The certificate: every rule checked again, by code that shares nothing with the assignment but the register.

It counts from the teams' places alone, rule by rule, in the words of the rules; no candidate lists, no quotas, no model.
Whoever doubts the solver need only read this file and `costs`.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from enforcement.crossregion.drawing.costs import costs_m
from enforcement.crossregion.drawing.faults import Fault
from enforcement.crossregion.drawing.register import Lookup, Member, Register, Team

Places = Mapping[str, str]
Targets = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One rule: how many things were looked at, what was found. `off`: the round has switched it off."""

    rule: str
    looked_at: int
    faults: tuple[Fault, ...]
    off: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """All rules, and the objective in kilometres as an exact fraction."""

    checks: tuple[Checked, ...]
    objective: Fraction

    @property
    def faults(self) -> tuple[Fault, ...]:
        return tuple(fault for check in self.checks for fault in check.faults)

    @property
    def sound(self) -> bool:
        return not self.faults

    def plain(self) -> dict[str, Any]:
        return {
            "objective_km": f"{float(self.objective):.6f}",
            "violations": len(self.faults),
            "checks": [
                {"rule": c.rule, "looked_at": c.looked_at, "off": c.off, "faults": [f.plain() for f in c.faults]}
                for c in self.checks
            ],
        }


@dataclass(frozen=True, slots=True)
class _Case:
    """What is checked. `dealt` gives each target its team, or is None where targets aren't dealt yet; `loans` give each
    team what it takes from the pool."""

    register: Register
    look: Lookup
    targets: Targets
    places: Places
    dealt: Mapping[str, str | None] | None
    loans: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def abilities(self, team: Team) -> frozenset[str]:
        """What a team has and what it is lent."""
        return team.abilities.union(self.loans.get(team.key, ()))

    def city_of(self, county: str) -> str:
        return self.look.counties[county].city

    def names(self, team: str, county: str) -> dict[str, str]:
        return {"team": self.look.teams[team].name, "county": self.look.counties[county].name}


def certify(
    seed: bytes,
    register: Register,
    targets: Targets,
    places: Places,
    dealt: Mapping[str, str | None] | None = None,
    loans: Mapping[str, tuple[str, ...]] | None = None,
) -> Certificate:
    """Checks all rules on any assignment, whoever made it."""
    look = Lookup(register)
    known = {t: c for t, c in places.items() if t in look.teams and c in look.counties}
    case = _Case(register, look, targets, known, dealt, loans or {})
    checks = [Checked("complete", len(register.teams), tuple(_complete(case, places)))]
    for rule, (check, size) in _CHECKS.items():
        off = rule in register.rules.off
        checks.append(Checked(rule, 0 if off else size(case), () if off else tuple(check(case)), off))
    return Certificate(tuple(checks), objective(seed, register, known))


def placings(register: Register, places: Places) -> tuple[Fault, ...]:
    """What is wrong with some teams' places alone, before anything is drawn: the rules that need no other team."""
    case = _Case(register, Lookup(register), {}, places, None)
    rules = [rule for rule in _OF_PLACES if rule not in register.rules.off]
    return tuple(fault for rule in rules for fault in _CHECKS[rule][0](case))


def objective(seed: bytes, register: Register, places: Places) -> Fraction:
    """Travel and noise of all teams, plus the weighted mean travel of the city that travels furthest; kilometres."""
    costs, city_of = costs_m(seed, register), {team.key: team.city for team in register.teams}
    total = sum(costs[city_of[team]][county] for team, county in places.items())
    travel: Counter[str] = Counter()
    for team, county in places.items():
        travel[city_of[team]] += register.distances[city_of[team]][county]
    sizes = Counter(city_of.values())
    worst = max((Fraction(travel[city], size) for city, size in sizes.items()), default=Fraction(0))
    weight = Fraction(len(register.teams) * register.rules.worst_load_percent, 100)
    return (total + weight * worst) / 1000


def _complete(case: _Case, places: Places) -> Iterator[Fault]:
    for team in case.register.teams:
        if team.key not in case.places:
            yield Fault("complete", "team_without_county", {"team": team.name})
    for key in sorted(set(places) - set(case.look.teams)):
        yield Fault("complete", "unknown_team", {"team": key})
    if case.dealt is not None:
        drawn = {key for sites in case.targets.values() for key in sites}
        for key in sorted(drawn ^ set(case.dealt)):
            yield Fault("complete", "targets_differ", {"site": key})


def _own_city(case: _Case) -> Iterator[Fault]:
    for team, county in case.places.items():
        if case.look.teams[team].city == case.city_of(county):
            yield Fault("own_city", "own_city", case.names(team, county))


def _pairs(case: _Case) -> set[tuple[str, str]]:
    return {(case.look.teams[team].city, case.city_of(county)) for team, county in case.places.items()}


def _mutual(case: _Case) -> Iterator[Fault]:
    pairs = _pairs(case)
    for a, b in sorted(pairs):
        if a < b and (b, a) in pairs:
            yield Fault("mutual", "mutual", {"a": case.look.cities[a].name, "b": case.look.cities[b].name})


def _repeat(case: _Case) -> Iterator[Fault]:
    pairs = _pairs(case)
    for row in case.register.previous:
        if (row.sender, row.receiver) in pairs:
            a, b = case.look.cities[row.sender].name, case.look.cities[row.receiver].name
            yield Fault("repeat", "repeat", {"a": a, "b": b, "round": row.round})


def _recusal(case: _Case) -> Iterator[Fault]:
    for row in case.register.recusals:
        for team, county in case.places.items():
            if not any(member.key == row.member for member in case.look.teams[team].members):
                continue
            if row.where in (county, case.city_of(county)):
                yield Fault("recusal", "recusal_place", case.names(team, county))
            if case.dealt is not None and case.dealt.get(row.where) == team:
                yield Fault("recusal", "recusal_site", {**case.names(team, county), "site": row.where})


def _holds_badge(member: Member, last_day: str) -> bool:
    """On every day of the round: a badge that holds on the last day held on the days before."""
    return member.badged and (member.badge_valid_to == "" or member.badge_valid_to >= last_day)


def _badge(case: _Case) -> Iterator[Fault]:
    rules = case.register.rules
    for key in case.places:
        team = case.look.teams[key]
        holders = [member.key for member in team.members if _holds_badge(member, rules.until)]
        if len(team.members) < rules.min_members:
            yield Fault(
                "badge", "too_few_members", {"team": team.name, "n": len(team.members), "least": rules.min_members}
            )
        if len(holders) < rules.min_badged:
            yield Fault("badge", "too_few_badges", {"team": team.name, "n": len(holders), "least": rules.min_badged})
        if team.leader not in holders:
            yield Fault("badge", "leader_without_badge", {"team": team.name})


def _availability(case: _Case) -> Iterator[Fault]:
    since, until = case.register.rules.since, case.register.rules.until
    for key in case.places:
        team = case.look.teams[key]
        if (team.available_since or since) > since or (team.available_until or until) < until:
            yield Fault("availability", "not_available", {"team": team.name})


def _skill(case: _Case) -> Iterator[Fault]:
    there = _by_county(case)
    for county, sites in case.targets.items():
        for key in sites if there.get(county) else ():
            needs = set(case.look.sites[key].needs)
            if needs and not any(needs <= case.abilities(team) for team in there[county]):
                yield Fault(
                    "skill", "skill_missing", {"county": case.look.counties[county].name, "needs": sorted(needs)}
                )
            team_key = case.dealt.get(key) if case.dealt is not None else None
            if team_key is not None and not needs <= case.abilities(case.look.teams[team_key]):
                yield Fault("skill", "dealt_unable", {"team": case.look.teams[team_key].name, "needs": sorted(needs)})
            if case.dealt is not None and key in case.dealt and team_key is None:
                yield Fault("skill", "nobody_for_target", {"county": case.look.counties[county].name})


def _pool(case: _Case) -> Iterator[Fault]:
    """Nothing is lent twice, nor to a team that isn't there, nor by more pieces than the round has."""
    stock = {row.kind: row.number for row in case.register.pool}
    lent = Counter(kind for kinds in case.loans.values() for kind in kinds)
    for kind, number in sorted(lent.items()):
        if number > stock.get(kind, 0):
            yield Fault("pool", "pool_short", {"kind": kind, "n": number, "most": stock.get(kind, 0)})
    for key in sorted(set(case.loans) - set(case.places)):
        yield Fault("pool", "lent_to_stranger", {"team": key})


def _by_county(case: _Case) -> dict[str, list[Team]]:
    there: dict[str, list[Team]] = {}
    for team, county in case.places.items():
        there.setdefault(county, []).append(case.look.teams[team])
    return there


def _numbers(case: _Case) -> Counter[str]:
    numbers = Counter({row.code: 0 for row in case.register.counties})
    numbers.update(case.places.values())
    return numbers


def _air_first(case: _Case) -> Iterator[Fault]:
    numbers = _numbers(case)
    ordered = sorted(case.register.counties, key=lambda row: (row.air_rank, row.code))
    for place, worse in enumerate(ordered):
        for better in ordered[place + 1 :]:
            if worse.air_rank < better.air_rank and numbers[worse.code] < numbers[better.code]:
                facts = {
                    "worse": worse.name,
                    "n": numbers[worse.code],
                    "better": better.name,
                    "m": numbers[better.code],
                }
                yield Fault("air_first", "air_first", facts)


def _balance(case: _Case) -> Iterator[Fault]:
    numbers = _numbers(case)
    if numbers and max(numbers.values()) - min(numbers.values()) > case.register.rules.spread:
        most, least = (pick(sorted(numbers), key=numbers.__getitem__) for pick in (max, min))
        names = {"most": case.look.counties[most].name, "least": case.look.counties[least].name}
        yield Fault("balance", "balance", {**names, "n": numbers[most], "m": numbers[least]})


def _travel(case: _Case) -> Iterator[Fault]:
    limit = case.register.rules.max_km
    for team, county in case.places.items():
        metres = case.register.distances[case.look.teams[team].city][county]
        if metres > limit * 1000:
            yield Fault("travel", "travel", {**case.names(team, county), "km": -(-metres // 1000), "limit": limit})


def _one_per_city(case: _Case) -> Iterator[Fault]:
    numbers = Counter((case.look.teams[team].city, county) for team, county in case.places.items())
    for (city, county), number in sorted(numbers.items()):
        if number > case.register.rules.per_city:
            names = {"city": case.look.cities[city].name, "county": case.look.counties[county].name}
            yield Fault("one_per_city", "one_per_city", {**names, "n": number, "most": case.register.rules.per_city})


def _pin(case: _Case) -> Iterator[Fault]:
    for pin in case.register.pins:
        if case.places.get(pin.team) != pin.county:
            yield Fault("pin", "pin", case.names(pin.team, pin.county))


def _teams(case: _Case) -> int:
    return len(case.places)


#: Rule -> its check and how many things it looks at.
_CHECKS: dict[str, tuple[Callable[[_Case], Iterator[Fault]], Callable[[_Case], int]]] = {
    "own_city": (_own_city, _teams),
    "recusal": (_recusal, lambda case: len(case.register.recusals)),
    "badge": (_badge, _teams),
    "availability": (_availability, _teams),
    "pool": (_pool, lambda case: sum(map(len, case.loans.values()))),
    "mutual": (_mutual, lambda case: len(_pairs(case))),
    "repeat": (_repeat, lambda case: len(case.register.previous)),
    "skill": (_skill, lambda case: sum(map(len, case.targets.values()))),
    "air_first": (_air_first, lambda case: len(case.register.counties)),
    "balance": (_balance, lambda case: len(case.register.counties)),
    "travel": (_travel, _teams),
    "one_per_city": (_one_per_city, _teams),
    "pin": (_pin, lambda case: len(case.register.pins)),
}

#: Rules that a place breaks or keeps whatever is drawn, and wherever the other teams go.
_OF_PLACES = ("own_city", "recusal", "badge", "availability", "mutual", "repeat", "travel", "one_per_city")
