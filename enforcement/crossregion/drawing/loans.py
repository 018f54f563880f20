"""What the round's pool lends (机动设备): who takes which piece along, so that the drawn targets' needs are met.

A piece goes with one team for the whole round. Both stages of the assignment count pieces with `Pool`, so that no county is
given to teams the pool can't equip; `lend` then says, for any places whoever made them, who takes what.
"""

from collections.abc import Mapping

from enforcement.crossregion.drawing.candidates import Candidates
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.drawing.seeds import below
from enforcement.crossregion.drawing.solver import INFINITY, Model

#: A need nobody meets outweighs any number of pieces: the certificate names it.
_UNMET = 10_000.0
_NOISE_STEPS = 1000
#: Seconds to find who takes what: a swap waits for it with the round locked.
LEND_S = 30.0
Loans = dict[str, tuple[str, ...]]


class Pool:
    """The pieces a model may lend, kind by kind. A holder is whoever takes one to a county: a team, a kind of teams."""

    def __init__(self, model: Model, stock: Mapping[str, float]) -> None:
        self.model, self.stock = model, stock
        self.pieces: dict[tuple[object, str, str], int] = {}

    def helps(self, abilities: frozenset[str], need: frozenset[str]) -> frozenset[str]:
        """What must be lent for these abilities to meet a need; empty where lending can't or needn't."""
        missing = need - abilities
        return missing if missing <= self.stock.keys() else frozenset()

    def met(self, holder: object, county: str, missing: frozenset[str], going: int | None, noise: float = 0.0) -> int:
        """A column that is 1 only if the holder goes there (column `going`; None: it does) with all that is missing."""
        column = self.model.column(0, 1)
        if going is not None:
            self.model.row(-INFINITY, 0, [(column, 1.0), (going, -1.0)])
        for kind in sorted(missing):
            piece = self._piece(holder, county, kind, noise)
            self.model.row(-INFINITY, 0, [(column, 1.0), (piece, -1.0)])
        return column

    def settle(self) -> None:
        """No more pieces of a kind than there are."""
        for kind, number in sorted(self.stock.items()):
            mine = [(column, 1.0) for (_holder, _county, other), column in self.pieces.items() if other == kind]
            if mine and number != INFINITY:
                self.model.row(0, number, mine)

    def _piece(self, holder: object, county: str, kind: str, noise: float) -> int:
        key = (holder, county, kind)
        if key not in self.pieces:
            self.pieces[key] = self.model.column(0, 1, cost=noise)
        return self.pieces[key]


def lend(seed: bytes, register: Register, targets: dict[str, tuple[str, ...]], places: Mapping[str, str]) -> Loans:
    """Team -> the kinds it is lent: as few pieces as will do, ties by the seed. What can't be met is left unmet."""
    candidates = Candidates(register, targets, frozenset())
    if not register.pool or not candidates.holds("skill"):
        return {}
    model = Model()
    pool = Pool(model, candidates.stock)
    there: dict[str, list[str]] = {}
    for key, county in sorted(places.items()):
        there.setdefault(county, []).append(key)
    teams = candidates.lookup.teams
    for county, keys in sorted(there.items()):
        for need in sorted(candidates.needs.get(county, ()), key=sorted):
            if any(need <= teams[key].abilities for key in keys):
                continue
            ways = [(model.column(0, 1, cost=_UNMET), 1.0)]
            for key in keys:
                if missing := pool.helps(teams[key].abilities, need):
                    noise = 1 + below(seed, _NOISE_STEPS, "loan", key, *sorted(missing)) / _NOISE_STEPS / len(teams)
                    ways.append((pool.met(key, county, missing, None, noise), 1.0))
            model.row(1, INFINITY, ways)
    pool.settle()
    limit = min(LEND_S, register.rules.time_limit_s)
    outcome = model.solve(gap=0.0, time_limit_s=limit, seed=int.from_bytes(seed[8:12], "big"))
    found: dict[str, list[str]] = {}
    for (holder, _county, kind), column in pool.pieces.items():
        if outcome.found and outcome.values[column] > 0.5:
            found.setdefault(str(holder), []).append(kind)
    return {key: tuple(sorted(kinds)) for key, kinds in sorted(found.items())}
