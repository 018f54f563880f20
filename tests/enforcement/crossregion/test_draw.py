"""The draw: the same bytes from the same seed, no weight lost, and every assignment of every random round is sound."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.crossregion.drawing import assignment, loans, seeds, targets
from enforcement.crossregion.drawing.certificate import certify
from enforcement.crossregion.drawing.clashes import explain
from enforcement.crossregion.drawing.quotas import planned_teams
from enforcement.crossregion.drawing.register import Register, Site
from enforcement.crossregion.drawing.solver import Model
from enforcement.crossregion.synthetic import register, with_pool

SEED = bytes(range(32))


def test_canonical_bytes_don_t_depend_on_the_order_of_entry() -> None:
    frozen = register(teams=8, cities=4, counties=8)
    turned = replace(
        frozen, teams=frozen.teams[::-1], sites=frozen.sites[::-1], strata=dict(reversed(frozen.strata.items()))
    )
    assert turned.canonical() == frozen.canonical()
    assert Register.parse(frozen.canonical()).canonical() == frozen.canonical()
    assert targets.written(targets.draw(SEED, turned)) == targets.written(targets.draw(SEED, frozen))


@pytest.mark.parametrize(("limit", "least", "whole"), [(400, 60, 500), (120, 60, 500), (5, 5, 500), (400, 60, 0)])
def test_all_tries_of_a_draw_end_before_the_worker_does(limit: int, least: int, whole: int) -> None:
    """Each solving uses all it is given, and none comes to anything: three tries of two stages each."""
    spent = 0.0
    for _solving in range(6):
        spent += assignment.left_of(limit, least, whole, spent)
    assert spent == min(limit + 5 * least, whole)


def test_a_draw_without_time_says_so_and_solves_nothing() -> None:
    frozen = register(teams=8, cities=4, counties=8)
    result = assignment.assign(SEED, frozen, targets.draw(SEED, frozen), whole_s=0)
    assert (result.status, result.found) == ("unknown", False)


def test_these_bytes_never_change() -> None:
    """A draw of this year must come out of this code in ten years."""
    frozen = register(teams=8, cities=4, counties=8)
    drawn = targets.written(targets.draw(SEED, frozen))
    assert hashlib.sha256(drawn).hexdigest() == "d629a385919365eefaec2c865a47d2d9375774451a249c14c2d7f079a2a7145e"
    assert seeds.commitment(SEED, b"register") == "c8665118e5236f7c9b05bf650a465f1ed4949e44457c1bc8d4857723cad546d9"


def test_bytes_that_are_no_register_are_refused() -> None:
    with pytest.raises(ValueError, match="layout"):
        Register.parse(b'{"layout": 99}')


def test_the_commitment_binds_seed_and_register() -> None:
    frozen = register(teams=8, cities=4, counties=8)
    other = replace(frozen, sites=frozen.sites[1:])
    made = {seeds.commitment(seed, row.canonical()) for seed in (SEED, SEED[::-1]) for row in (frozen, other)}
    assert len(made) == 4


def test_twice_the_risk_twice_the_chance() -> None:
    frozen = register(teams=1, cities=2, counties=1, sites=0, targets_per_team=1)
    county = frozen.counties[0].code
    sites = (Site("plain", county, "", 1), Site("risky", county, "", 2), Site("riskiest", county, "", 3))
    frozen = replace(frozen, sites=sites, strata={})
    drawn = Counter(targets.draw(n.to_bytes(32, "big"), frozen)[county][0] for n in range(3000))
    assert [round(drawn[key] / 500) for key in ("plain", "risky", "riskiest")] == [1, 2, 3]


def test_strata_get_their_share_and_leave_what_they_cannot_fill() -> None:
    frozen = register(teams=1, cities=2, counties=1, sites=0, targets_per_team=6)
    county = frozen.counties[0].code
    sites = tuple(Site(f"{s}{n}", county, s) for s, most in (("a", 9), ("b", 1), ("c", 9)) for n in range(most))
    frozen = replace(frozen, sites=sites, strata={"a": 50, "b": 34, "c": 16})
    drawn = Counter(key[0] for key in targets.draw(SEED, frozen)[county])
    assert drawn["b"] == 1
    assert drawn["a"] >= 3
    assert drawn.total() == 6


def test_what_is_left_over_goes_to_the_worst_air() -> None:
    frozen = register(teams=10, cities=4, counties=8)
    planned = planned_teams(SEED, frozen)
    worst = sorted(frozen.counties, key=lambda row: row.air_rank)[:2]
    assert [planned[row.code] for row in worst] == [2, 2]
    assert sum(planned.values()) == 10


def test_another_seed_gives_another_assignment() -> None:
    frozen = register(teams=16, cities=5, counties=12, sites=0, max_km=600)
    places = [assignment.assign(n.to_bytes(32, "big"), frozen, {}).places for n in range(4)]
    assert len({json.dumps(found, sort_keys=True) for found in places}) > 1


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    teams=st.integers(1, 20),
    cities=st.integers(4, 9),
    counties=st.integers(1, 12),
    spread=st.integers(1, 3),
    max_km=st.integers(350, 900),
    off=st.sets(
        st.sampled_from(["mutual", "repeat", "travel", "air_first", "balance", "skill", "one_per_city"]), max_size=3
    ),
)
def test_every_assignment_is_sound_or_there_is_none(
    seed: int, teams: int, cities: int, counties: int, spread: int, max_km: int, off: set[str]
) -> None:
    frozen = register(
        teams=teams, cities=cities, counties=counties, sites=4, seed=seed, spread=spread, max_km=max_km,
        off=tuple(sorted(off)), time_limit_s=20,
    )  # fmt: skip
    key = seed.to_bytes(32, "big")
    drawn = targets.draw(key, frozen)
    result = assignment.assign(key, frozen, drawn)
    if result.found:
        dealt = assignment.deal(key, frozen, drawn, result.places)
        found = certify(key, frozen, drawn, result.places, dealt)
        assert found.faults == ()
        assert float(found.objective) == pytest.approx(result.objective, rel=1e-6)
        assert result.bound <= result.objective * (1 + 1e-6)
        assert result.gap <= 0.0101
    else:
        assert result.status == "infeasible"


def test_an_answer_cut_off_half_way_has_its_bound_and_is_certified(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the time limit does, done by the solver's own option: it stops at its first answer, wider than the gap asked for."""
    whole = Model.solver

    def first_answer(model: Model, **how: Any) -> Any:
        solver = whole(model, **how)
        solver.setOptionValue("mip_max_improving_sols", 1)
        return solver

    frozen = with_pool(register(teams=24, cities=8, counties=16, sites=6, max_km=700), 4)
    drawn = targets.draw(SEED, frozen)
    monkeypatch.setattr(Model, "solver", first_answer)
    found = assignment.assign(SEED, frozen, drawn, gap=0.0)
    assert found.status == "feasible"
    assert found.bound < found.objective
    lent = loans.lend(SEED, frozen, drawn, found.places)
    certificate = certify(
        SEED, frozen, drawn, found.places, assignment.deal(SEED, frozen, drawn, found.places, lent), lent
    )
    assert certificate.sound
    assert float(certificate.objective) == pytest.approx(found.objective, rel=1e-6)
    assert found.gap == pytest.approx((found.objective - found.bound) / found.objective)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_round_that_can_t_be_assigned_is_explained(seed: int) -> None:
    frozen = register(teams=9, cities=3, counties=6, sites=2, seed=seed, max_km=60)
    key = seed.to_bytes(32, "big")
    drawn = targets.draw(key, frozen)
    if not assignment.assign(key, frozen, drawn).found:
        found = explain(key, frozen, drawn, budget_s=20)
        assert found.obvious or found.clashing
