"""An infeasible round says which rules clash and what would help, and the advice is true."""

from dataclasses import replace

import pytest

from enforcement.crossregion.drawing import assignment, targets
from enforcement.crossregion.drawing.clashes import contradictions, explain, with_max_km
from enforcement.crossregion.drawing.register import Pin, Register
from enforcement.crossregion.synthetic import register

SEED = bytes(range(32))


def explained(frozen: Register) -> tuple[set[str], tuple[str, ...], list[list[str]]]:
    drawn = targets.draw(SEED, frozen)
    assert assignment.assign(SEED, frozen, drawn).status == "infeasible"
    found = explain(SEED, frozen, drawn, budget_s=20)
    for advice in found.helps:
        assert assignment.assign(SEED, frozen, drawn, relaxed=frozenset(advice["rules"])).found
    return {fault.code for fault in found.obvious}, found.clashing, [advice["rules"] for advice in found.helps]


def two_cities(**rules: object) -> Register:
    return replace(register(teams=4, cities=2, counties=4, sites=0, max_km=900, **rules), previous=(), recusals=())


def test_two_cities_that_inspect_each_other() -> None:
    codes, clashing, helps = explained(two_cities())
    assert codes == set()
    assert "mutual" in clashing
    assert ["mutual"] in helps


def test_a_travel_bound_too_tight_names_the_kilometres_that_do() -> None:
    frozen = two_cities(off=("mutual",))
    near = with_max_km(frozen, 20)
    found = explain(SEED, near, {}, budget_s=20)
    assert found.clashing == ("travel",)
    (advice,) = found.helps
    assert assignment.assign(SEED, with_max_km(frozen, advice["km"]), {}).found
    assert not assignment.assign(SEED, with_max_km(frozen, advice["km"] - 1), {}).found


def test_a_county_nobody_may_go_to_is_named_with_the_reasons() -> None:
    frozen = replace(register(teams=4, cities=2, counties=4, sites=0, max_km=900), previous=())
    team_city = frozen.teams[0].city
    frozen = replace(frozen, teams=tuple(row for row in frozen.teams if row.city == team_city))
    found = explain(SEED, frozen, {}, budget_s=10)
    told = [fault.facts for fault in found.obvious if fault.code == "county_no_sender"]
    assert told
    assert all(facts["against"].get("own_city") for facts in told)


def test_teams_without_badges_are_named_at_once() -> None:
    frozen = two_cities(off=("mutual",))
    bare = tuple(replace(m, badged=False) for m in frozen.teams[0].members)
    frozen = replace(frozen, teams=(replace(frozen.teams[0], members=bare), *frozen.teams[1:]))
    assert explained(frozen)[0] == {"team_unfit"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"teams": ()}, "empty"),
        ({"counties": ()}, "empty"),
        ({"pins": (Pin("T000", "140105"), Pin("T000", "140106"))}, "pinned_twice"),
    ],
)
def test_contradictions_are_found_before_anything_is_drawn(change: dict[str, object], code: str) -> None:
    assert code in {fault.code for fault in contradictions(replace(two_cities(), **change))}  # type: ignore[arg-type]


def test_a_person_can_t_be_in_two_teams() -> None:
    frozen = two_cities()
    shared = replace(frozen.teams[1], members=frozen.teams[0].members, leader=frozen.teams[0].leader)
    found = contradictions(replace(frozen, teams=(frozen.teams[0], shared, *frozen.teams[2:])))
    assert {fault.code for fault in found} == {"member_twice"}
