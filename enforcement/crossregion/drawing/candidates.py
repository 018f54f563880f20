"""Which team may go to which county, and the rules that say no. Read by the assignment and by its explanations."""

from copy import copy
from dataclasses import dataclass

from enforcement.crossregion.drawing.register import County, Lookup, Register, Team
from enforcement.crossregion.drawing.solver import INFINITY

Relaxed = frozenset[str]


@dataclass(frozen=True, slots=True)
class Kind:
    """Teams of one city that differ in nothing the rules look at: interchangeable until they get their names."""

    city: str
    abilities: frozenset[str]
    counties: frozenset[str]
    teams: tuple[str, ...]


class Candidates:
    """The eligible (team, county) pairs of a register under a set of relaxed rules, with drawn targets' needs."""

    def __init__(self, register: Register, targets: dict[str, tuple[str, ...]], relaxed: Relaxed) -> None:
        self.register, self.targets = register, targets
        self.relaxed = relaxed | frozenset(register.rules.off)
        self.lookup = Lookup(register)
        self._repeats = {(row.sender, row.receiver) for row in register.previous}
        self._pins: dict[str, set[str]] = {}
        for pin in register.pins:
            self._pins.setdefault(pin.team, set()).add(pin.county)
        # What the pool lends at most, by kind; without the rule as much as anyone wants.
        self.stock = {row.kind: row.number if self.holds("pool") else INFINITY for row in register.pool}
        self.needs = {county: self._needs(sites) for county, sites in targets.items()}
        self.unfit = {team.key: faults for team in register.teams if (faults := self._unfit(team))}

    def holds(self, rule: str) -> bool:
        return rule not in self.relaxed

    def against_city(self, city: str, county: County) -> str | None:
        """The rule that keeps every team of a city out of a county, if one does."""
        if city == county.city:
            return "own_city"
        if self.holds("repeat") and (city, county.city) in self._repeats:
            return "repeat"
        if self.holds("travel") and self.register.distances[city][county.code] > self.register.rules.max_km * 1000:
            return "travel"
        return None

    def against_team(self, team: Team, county: County) -> str | None:
        """The rule that keeps this team out of a county, if one does."""
        if (rule := self.against_city(team.city, county)) is not None:
            return rule
        barred = self.lookup.recused[team.key]
        if self.holds("recusal") and (
            not barred.isdisjoint((county.code, county.city))
            or not barred.isdisjoint(self.targets.get(county.code, ()))
        ):
            return "recusal"
        if self.holds("pin") and self._pins.get(team.key, {county.code}) != {county.code}:
            return "pin"
        return None

    def without_lending(self) -> "Candidates":
        """The same with only those needs that no piece of the pool could meet: what must be in a team itself."""
        found = copy(self)
        own = {county: (need.difference(self.stock) for need in needs) for county, needs in self.needs.items()}
        found.needs = {county: frozenset(need for need in needs if need) for county, needs in own.items()}
        return found

    def kinds(self) -> list[Kind]:
        """The teams, grouped; a team that can't go at all has no counties. Sorted, so that every run builds the same."""
        needed = self.needs.values() if self.holds("skill") else ()
        wanted = frozenset(ability for needs in needed for need in needs for ability in need)
        groups: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for team in self.register.teams:
            open_ = tuple(sorted(row.code for row in self.register.counties if self.may(team, row)))
            key = (team.city, tuple(sorted(team.abilities & wanted)), open_)
            groups.setdefault(key, []).append(team.key)
        return [
            Kind(city, frozenset(abilities), frozenset(open_), tuple(sorted(teams)))
            for (city, abilities, open_), teams in sorted(groups.items())
        ]

    def may(self, team: Team, county: County) -> bool:
        return team.key not in self.unfit and self.against_team(team, county) is None

    def _needs(self, sites: tuple[str, ...]) -> frozenset[frozenset[str]]:
        """What one team must bring at once, for each kind of target there."""
        return frozenset(frozenset(needs) for key in sites if (needs := self.lookup.sites[key].needs))

    def _unfit(self, team: Team) -> tuple[str, ...]:
        rules, faults = self.register.rules, []
        last = rules.until
        badged = {m.key for m in team.members if m.badged and (not m.badge_valid_to or m.badge_valid_to >= last)}
        enough = len(team.members) >= rules.min_members and len(badged) >= rules.min_badged
        if self.holds("badge") and not (enough and team.leader in badged):
            faults.append("badge")
        away = (team.available_since and team.available_since > rules.since) or (
            team.available_until and team.available_until < last
        )
        if self.holds("availability") and away:
            faults.append("availability")
        return tuple(faults)
