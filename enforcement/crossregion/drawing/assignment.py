"""The assignment of a register under a seed: two stages, one time limit, and who inspects which target."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from enforcement.crossregion.drawing import counties, teams
from enforcement.crossregion.drawing.candidates import Candidates
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.drawing.seeds import ticket

#: Seconds that whatever follows stage one has at least (the time limit where that is less), however long that took: naming the
#: teams takes a fraction of one, and an answer found at the last moment must not be lost for want of it.
AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """`places` gives each team its county. `objective` and `bound` in kilometres, as the solver states them.

    `status`: optimal (within the gap asked for), feasible (the time ran out first), infeasible, unknown (neither an
    answer nor a proof in time).
    """

    status: str
    places: dict[str, str] = field(default_factory=dict)
    objective: float = 0.0
    bound: float = 0.0
    seconds: float = 0.0

    @property
    def found(self) -> bool:
        return bool(self.places)

    @property
    def gap(self) -> float:
        return abs(self.objective - self.bound) / abs(self.objective) if self.objective else 0.0


def assign(
    seed: bytes,
    register: Register,
    targets: dict[str, tuple[str, ...]],
    *,
    relaxed: frozenset[str] = frozenset(),
    time_limit_s: float | None = None,
    gap: float | None = None,
    whole_s: float = inf,
) -> Result:
    """Assigns every team a county. `relaxed` rules are left out, for `clashes`.

    When the time limit ends stage one, the best answer so far is named and given as `feasible`, with its bound and gap. All tries
    together take `whole_s` seconds at most; without an answer by then it is `unknown`.
    """
    limit = register.rules.time_limit_s if time_limit_s is None else time_limit_s
    share = register.rules.gap_permille / 1000 if gap is None else gap
    candidates = Candidates(register, targets, relaxed)
    started = time.monotonic()
    # A draw's naming gets a moment of its own beyond the limit; of a probe with a limit of its own, nothing may last longer.
    least = min(AFTER_S, limit) if time_limit_s is None else 0.1

    def left() -> float:
        return left_of(limit, least, whole_s, time.monotonic() - started)

    # First as if the pool had enough for everyone: a far smaller model, and what it can't do the whole one can't either, so
    # that its bound is one. Naming then sees to it that what is lent is there.
    tries = [(candidates, False), (candidates, True)]
    if register.pool and candidates.holds("skill"):
        tries.insert(0, (candidates.without_lending(), False))
    for tried, whole in tries:
        if not left():
            break
        outcome, numbers = counties.solve(seed, tried, time_limit_s=left(), gap=share, whole_kinds=whole)
        if not outcome.found:
            return Result(outcome.status, seconds=time.monotonic() - started)
        named, places = teams.solve(seed, candidates, numbers, time_limit_s=left())
        if named.found:
            spent = time.monotonic() - started
            return Result(outcome.status, places, outcome.objective, outcome.bound, spent)
        # The pool didn't have enough for these places: once more with what it lends in the model. Or the kinds of stage one
        # were parts of teams: once more with whole ones.
    return Result("unknown", seconds=time.monotonic() - started)


def left_of(limit: float, least: float, whole: float, spent: float) -> float:
    """Seconds the next solving has: what is left of the limit, at least `least`, never beyond the `whole`."""
    return max(0.0, min(max(least, limit - spent), whole - spent))


def deal(
    seed: bytes,
    register: Register,
    targets: dict[str, tuple[str, ...]],
    places: dict[str, str],
    loans: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, str | None]:
    """The team of each target: among those in its county that are able and free, the least loaded, ties by the seed.

    A team is able by what it has and by what it is lent. None where no team there may or can.
    """
    lent = loans or {}
    lookup = Candidates(register, targets, frozenset()).lookup
    there: dict[str, list[str]] = {}
    for team, county in places.items():
        there.setdefault(county, []).append(team)
    dealt: dict[str, str | None] = {}
    for county, sites in sorted(targets.items()):
        load = dict.fromkeys(sorted(there.get(county, ())), 0)
        # Hard ones first: a target that needs something has fewer teams to choose from.
        for key in sorted(sites, key=lambda key: (-len(lookup.sites[key].needs), sites.index(key))):
            needs = frozenset(lookup.sites[key].needs)
            able = [
                t
                for t in load
                if key not in lookup.recused[t] and needs <= lookup.teams[t].abilities.union(lent.get(t, ()))
            ]
            chosen = min(able, key=lambda t: (load[t], ticket(seed, "deal", t, key)), default=None)
            dealt[key] = chosen
            if chosen is not None:
                load[chosen] += 1
    return dealt
