"""The certificate catches what is planted: one violation per rule, in an assignment that was sound before."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from enforcement.crossregion.drawing import assignment, targets
from enforcement.crossregion.drawing.certificate import Certificate, certify
from enforcement.crossregion.drawing.register import RULES, Pair, Pin, Recusal, Register
from enforcement.crossregion.synthetic import register

SEED = bytes(range(32))


@dataclass(frozen=True)
class Drawn:
    register: Register
    targets: dict[str, tuple[str, ...]]
    places: dict[str, str]
    dealt: dict[str, str | None]
    loans: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def certified(self) -> Certificate:
        return certify(SEED, self.register, self.targets, self.places, self.dealt, self.loans)

    def place_of(self, team: str) -> str:
        return self.places[team]

    def moved(self, team: str, county: str) -> "Drawn":
        return replace(self, places={**self.places, team: county})


@cache
def drawn() -> Drawn:
    frozen = register(teams=24, cities=8, counties=16, sites=6, max_km=700)
    chosen = targets.draw(SEED, frozen)
    result = assignment.assign(SEED, frozen, chosen)
    assert result.found, result
    return Drawn(frozen, chosen, result.places, assignment.deal(SEED, frozen, chosen, result.places))


def city_of(case: Drawn, county: str) -> str:
    return next(row.city for row in case.register.counties if row.code == county)


def with_team(case: Drawn, key: str, **changes: object) -> Drawn:
    teams = tuple(replace(row, **changes) if row.key == key else row for row in case.register.teams)
    return replace(case, register=replace(case.register, teams=teams))


def to_its_own_city(case: Drawn) -> Drawn:
    team = case.register.teams[0]
    return case.moved(team.key, next(row.code for row in case.register.counties if row.city == team.city))


def back_where_they_come_from(case: Drawn) -> Drawn:
    team = case.register.teams[0]
    host = city_of(case, case.places[team.key])
    guest = next(row for row in case.register.teams if row.city == host)
    return case.moved(guest.key, next(row.code for row in case.register.counties if row.city == team.city))


def where_they_were_last_time(case: Drawn) -> Drawn:
    team = case.register.teams[0]
    pair = Pair(team.city, city_of(case, case.places[team.key]), "上一轮")
    return replace(case, register=replace(case.register, previous=(pair,)))


def where_they_have_kin(case: Drawn) -> Drawn:
    team = case.register.teams[0]
    row = Recusal(team.members[1].key, case.places[team.key])
    return replace(case, register=replace(case.register, recusals=(row,)))


def to_a_site_they_are_recused_from(case: Drawn) -> Drawn:
    site, key = next((site, key) for site, key in sorted(case.dealt.items()) if key)
    team = next(row for row in case.register.teams if row.key == key)
    row = Recusal(team.members[0].key, site)
    return replace(case, register=replace(case.register, recusals=(row,)))


def badge_ends_a_day_early(case: Drawn) -> Drawn:
    team = case.register.teams[0]
    members = tuple(replace(m, badge_valid_to="2021-09-16") if m.badged else m for m in team.members)
    return with_team(case, team.key, members=members)


def leader_without_badge(case: Drawn) -> Drawn:
    return with_team(case, "T000", leader="T000-x")


def alone(case: Drawn) -> Drawn:
    return with_team(case, "T000", members=case.register.teams[0].members[:1])


def nobody_with_the_skill(case: Drawn) -> Drawn:
    site = next(row for row in case.register.sites if row.key in case.dealt)
    sites = tuple(replace(row, needs=("radiation",)) if row == site else row for row in case.register.sites)
    return replace(case, register=replace(case.register, sites=sites))


def clean_air_first(case: Drawn) -> Drawn:
    numbers = {row.code: list(case.places.values()).count(row.code) for row in case.register.counties}
    worst = max(numbers, key=numbers.__getitem__)
    counties = tuple(replace(row, air_rank=1000) if row.code == worst else row for row in case.register.counties)
    return replace(case, register=replace(case.register, counties=counties))


def all_in_one_county(case: Drawn) -> Drawn:
    county = case.places["T000"]
    return replace(case, places={**case.places, "T001": county, "T002": county, "T003": county})


def too_far(case: Drawn) -> Drawn:
    rules = replace(case.register.rules, max_km=1)
    return replace(case, register=replace(case.register, rules=rules))


def two_of_one_city(case: Drawn) -> Drawn:
    first, second = [row.key for row in case.register.teams if row.city == case.register.teams[0].city][:2]
    return case.moved(second, case.places[first])


def against_the_pin(case: Drawn) -> Drawn:
    other = next(row.code for row in case.register.counties if row.code != case.places["T000"])
    return replace(case, register=replace(case.register, pins=(Pin("T000", other),)))


def on_leave(case: Drawn) -> Drawn:
    return with_team(case, "T000", available_until="2021-09-10")


def lent_what_there_is_not(case: Drawn) -> Drawn:
    return replace(case, loans={"T000": ("drone",)})


PLANTED: list[tuple[str, str, Callable[[Drawn], Drawn]]] = [
    ("own_city", "own_city", to_its_own_city),
    ("mutual", "mutual", back_where_they_come_from),
    ("repeat", "repeat", where_they_were_last_time),
    ("recusal", "recusal_place", where_they_have_kin),
    ("recusal", "recusal_site", to_a_site_they_are_recused_from),
    ("badge", "too_few_badges", badge_ends_a_day_early),
    ("badge", "leader_without_badge", leader_without_badge),
    ("badge", "too_few_members", alone),
    ("skill", "skill_missing", nobody_with_the_skill),
    ("air_first", "air_first", clean_air_first),
    ("balance", "balance", all_in_one_county),
    ("travel", "travel", too_far),
    ("one_per_city", "one_per_city", two_of_one_city),
    ("pin", "pin", against_the_pin),
    ("availability", "not_available", on_leave),
    ("pool", "pool_short", lent_what_there_is_not),
]


def test_the_drawn_assignment_is_sound() -> None:
    found = drawn().certified()
    assert found.faults == ()
    assert {check.rule for check in found.checks} == {"complete", *RULES}


@pytest.mark.parametrize(("rule", "code", "plant"), PLANTED, ids=[plant.__name__ for _r, _c, plant in PLANTED])
def test_it_catches(rule: str, code: str, plant: Callable[[Drawn], Drawn]) -> None:
    faults = plant(drawn()).certified().faults
    assert (rule, code) in {(fault.rule, fault.code) for fault in faults}


def test_every_rule_has_a_planted_violation() -> None:
    assert {rule for rule, _code, _plant in PLANTED} == set(RULES)


def test_a_team_left_at_home_and_a_stranger_are_seen() -> None:
    case = drawn()
    places = {key: county for key, county in case.places.items() if key != "T000"} | {"T999": "140105"}
    faults = replace(case, places=places).certified().faults
    assert {"team_without_county", "unknown_team"} <= {fault.code for fault in faults}


def test_a_target_left_out_or_slipped_in_is_seen() -> None:
    case = drawn()
    dealt = dict(case.dealt)
    dealt.pop(next(iter(dealt)))
    assert "targets_differ" in {fault.code for fault in replace(case, dealt=dealt).certified().faults}


def test_a_rule_switched_off_says_so_and_is_not_judged() -> None:
    case = too_far(drawn())
    rules = replace(case.register.rules, off=("travel",))
    found = replace(case, register=replace(case.register, rules=rules)).certified()
    assert found.sound
    assert [check.rule for check in found.checks if check.off] == ["travel"]
