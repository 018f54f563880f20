"""Why a round can't be assigned, and what would help.

First what anyone can see by hand: nothing to assign, teams without badges, teams with nowhere to go, counties nobody may
go to. Then by solving again: which rules clash (leave one out after the other, keep those that matter), and which one
or two rules, loosened, give an answer. The same numbers, so the advice is never a guess.
"""

import time
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from enforcement.crossregion.drawing.assignment import assign
from enforcement.crossregion.drawing.candidates import Candidates
from enforcement.crossregion.drawing.faults import Fault
from enforcement.crossregion.drawing.quotas import planned_teams
from enforcement.crossregion.drawing.register import LOOSENABLE, Register

#: Rules whose clash is looked for; a recusal can't be loosened and a pool only filled, but both may be part of a clash.
_GROUPS = ("recusal", "pool", *LOOSENABLE)
#: Any answer will do here: the first one found ends the search.
_ANY_GAP = 1e9
#: More pieces of one kind than this aren't tried: each trial solves again.
MORE_PIECES = 3


@dataclass(frozen=True, slots=True)
class Explanation:
    """`obvious` holds what shows without solving; `clashing` the rules that can't all hold; `helps` what to loosen:
    one or two rules, with a number where one is meant (kilometres, spread, teams). `complete`: time did not run out.
    """

    obvious: tuple[Fault, ...]
    clashing: tuple[str, ...] = ()
    helps: tuple[dict[str, Any], ...] = ()
    complete: bool = True

    def plain(self) -> dict[str, Any]:
        return {
            "obvious": [fault.plain() for fault in self.obvious],
            "clashing": list(self.clashing),
            "helps": list(self.helps),
            "complete": self.complete,
        }


def explain(
    seed: bytes, register: Register, targets: dict[str, tuple[str, ...]], *, budget_s: float = 60
) -> Explanation:
    """Explains an infeasible register within a time budget."""
    obvious = tuple(contradictions(register)) + tuple(_by_hand(seed, register, targets))
    hopeless = {"empty", "team_unfit", "nobody_able", "pinned_twice"} & {fault.code for fault in obvious}
    if hopeless:
        return Explanation(obvious)
    search = _Search(seed, register, targets, time.monotonic() + budget_s)
    clashing = search.clashing()
    helps = search.helps(clashing)
    return Explanation(obvious, clashing, helps, not search.ran_out)


def contradictions(register: Register) -> list[Fault]:
    """What can't be right in a register, whatever the seed: found before anything is committed to."""
    faults = []
    for name in ("teams", "counties", "cities"):
        if not getattr(register, name):
            faults.append(Fault("complete", "empty", {"what": name}))
    if register.rules.since > register.rules.until:
        faults.append(
            Fault("complete", "days_reversed", {"since": register.rules.since, "until": register.rules.until})
        )
    pinned = Counter(pin.team for pin in set(register.pins))
    names = {team.key: team.name for team in register.teams}
    for key, number in pinned.items():
        if number > 1:
            faults.append(Fault("pin", "pinned_twice", {"team": names.get(key, key)}))
    people = Counter(member.key for team in register.teams for member in {m.key: m for m in team.members}.values())
    for team in register.teams:
        if any(people[member.key] > 1 for member in team.members):
            faults.append(Fault("complete", "member_twice", {"team": team.name}))
    return faults


def _by_hand(seed: bytes, register: Register, targets: dict[str, tuple[str, ...]]) -> list[Fault]:
    candidates = Candidates(register, targets, frozenset())
    faults = [
        Fault(rule, "team_unfit", {"team": candidates.lookup.teams[key].name, "rule": rule})
        for key, rules in candidates.unfit.items()
        for rule in rules
    ]
    faults += _teams_without_way(register, candidates)
    faults += _counties_without_sender(planned_teams(seed, register), register, candidates)
    if candidates.holds("skill"):
        lent = {kind for kind, number in candidates.stock.items() if number}
        everything = [team.abilities for team in register.teams]
        wanted = {need for needs in candidates.needs.values() for need in needs}
        for need in sorted(wanted, key=sorted):
            if not any(need - lent <= abilities for abilities in everything):
                faults.append(Fault("skill", "nobody_able", {"needs": sorted(need)}))
    return faults


def _teams_without_way(register: Register, candidates: Candidates) -> list[Fault]:
    faults = []
    for team in register.teams:
        against = Counter(candidates.against_team(team, county) for county in register.counties)
        if team.key not in candidates.unfit and not against[None]:
            faults.append(Fault("complete", "team_nowhere", {"team": team.name, "against": _told(against)}))
    return faults


def _counties_without_sender(planned: dict[str, int], register: Register, candidates: Candidates) -> list[Fault]:
    """Counties that are to get a team and that no fit team may go to."""
    faults = []
    fit = [team for team in register.teams if team.key not in candidates.unfit]
    for county in register.counties:
        against = Counter(candidates.against_team(team, county) for team in fit)
        if planned[county.code] and fit and not against[None]:
            faults.append(Fault("complete", "county_no_sender", {"county": county.name, "against": _told(against)}))
    return faults


def _told(against: Counter[str | None]) -> dict[str, int]:
    return {rule: number for rule, number in sorted(against.items(), key=str) if rule is not None}


class _Search:
    """Solves again and again with rules left out, until `deadline` (monotonic seconds)."""

    def __init__(self, seed: bytes, register: Register, targets: dict[str, tuple[str, ...]], deadline: float) -> None:
        self.seed, self.register, self.targets, self.deadline = seed, register, targets, deadline
        self.groups = tuple(rule for rule in _GROUPS if rule not in register.rules.off)
        self.ran_out = False

    def works(self, relaxed: frozenset[str], register: Register | None = None) -> bool:
        """Whether an answer exists; an unproven one counts as none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            self.ran_out = True
            return False
        tried = register or self.register
        result = assign(self.seed, tried, self.targets, relaxed=relaxed, time_limit_s=min(left, 20), gap=_ANY_GAP)
        self.ran_out |= result.status == "unknown"
        return result.found

    def clashing(self) -> tuple[str, ...]:
        """A smallest set of rules that can't all hold: a rule is left out for good if there's still no answer."""
        relaxed: frozenset[str] = frozenset()
        for rule in self.groups:
            if not self.works(relaxed | {rule}) and not self.ran_out:
                relaxed |= {rule}
        return tuple(rule for rule in self.groups if rule not in relaxed)

    def helps(self, clashing: tuple[str, ...]) -> tuple[dict[str, Any], ...]:
        """The single rules whose loosening gives an answer, else the pairs."""
        free = [rule for rule in clashing if rule in LOOSENABLE]
        found = [self._advice((rule,)) for rule in free if self.works(frozenset({rule}))]
        if "pool" in clashing:
            found += self._more_pieces()
        if not found:
            loosenable = [rule for rule in self.groups if rule in LOOSENABLE]
            pairs = sorted(combinations(loosenable, 2), key=lambda pair: -len(set(pair) & set(clashing)))
            for pair in pairs:
                if set(pair) & set(clashing) and self.works(frozenset(pair)):
                    found.append(self._advice(pair))
                if len(found) == 3 or self.ran_out:
                    break
        return tuple(found)

    def _advice(self, rules: tuple[str, ...]) -> dict[str, Any]:
        advice: dict[str, Any] = {"rules": list(rules)}
        if rules == ("travel",):
            advice["km"] = self._least_km()
        return advice

    def _more_pieces(self) -> list[dict[str, Any]]:
        """How many more pieces of one kind would do, up to MORE_PIECES."""
        found: list[dict[str, Any]] = []
        for stock in self.register.pool:
            for more in range(1, MORE_PIECES + 1):
                rows = tuple(replace(row, number=row.number + more * (row == stock)) for row in self.register.pool)
                if self.works(frozenset(), replace(self.register, pool=rows)):
                    found.append({"rules": ["pool"], "kind": stock.kind, "more": more})
                    break
        return found

    def _least_km(self) -> int | None:
        """The smallest travel bound that gives an answer, by halving among the distances there are."""
        limit = self.register.rules.max_km
        ways = {-(-metres // 1000) for row in self.register.distances.values() for metres in row.values()}
        steps = sorted(km for km in ways if km > limit)
        low, high = 0, len(steps) - 1
        while low < high and not self.ran_out:
            middle = (low + high) // 2
            if self.works(frozenset(), with_max_km(self.register, steps[middle])):
                high = middle
            else:
                low = middle + 1
        return steps[high] if steps and not self.ran_out else None


def with_max_km(register: Register, km: int) -> Register:
    return replace(register, rules=replace(register.rules, max_km=km))
