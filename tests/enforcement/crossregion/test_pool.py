"""Promise: the round's pool is lent where the drawn targets need it, never more pieces than there are, to one team each; the
certificate counts again without the solver; and where the pool is too small the sentence says by how many pieces.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from enforcement.crossregion import actions
from enforcement.crossregion.drawing import assignment, counties, targets
from enforcement.crossregion.drawing.certificate import certify
from enforcement.crossregion.drawing.clashes import explain
from enforcement.crossregion.drawing.loans import lend
from enforcement.crossregion.drawing.register import Register, Stock
from enforcement.crossregion.models import Round
from enforcement.crossregion.synthetic import register
from enforcement.crossregion.wording import explained
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Officer, Site
from tests.enforcement.crossregion.conftest import CITIES, NOW, drawn_by, hosts, teams_text

SEED = bytes(range(32))


def needing(count: int, stock: int, seed: int = 3) -> Register:
    """A small round none of whose teams has a camera; all sites of `count` counties need one."""
    frozen = register(teams=8, cities=4, counties=8, sites=3, seed=seed, max_km=900, off=("mutual",))
    places = sorted(row.code for row in frozen.counties)[:count]
    sites = tuple(replace(row, needs=("infrared_camera",) if row.county in places else ()) for row in frozen.sites)
    teams = tuple(replace(row, equipment=()) for row in frozen.teams)
    return replace(frozen, sites=sites, teams=teams, previous=(), recusals=(), pool=(Stock("infrared_camera", stock),))


def assigned(frozen: Register, seed: bytes = SEED) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    drawn = targets.draw(seed, frozen)
    result = assignment.assign(seed, frozen, drawn)
    return result.places, lend(seed, frozen, drawn, result.places) if result.found else {}


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(0, 200))
def test_what_is_needed_is_lent_and_certified(count: int, spare: int, seed: int) -> None:
    key = seed.to_bytes(32, "big")
    frozen = needing(count, count + spare)
    places, loans = assigned(frozen, key)
    drawn = targets.draw(key, frozen)
    dealt = assignment.deal(key, frozen, drawn, places, loans)
    assert certify(key, frozen, drawn, places, dealt, loans).sound
    assert sum(map(len, loans.values())) == count  # no piece is lent for nothing
    assert not certify(key, frozen, drawn, places, dealt).sound, "without the loans the need is open"


def test_where_the_pool_is_too_small_for_the_first_places_the_teams_that_have_it_go_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Drawn first as if there were enough for everyone; with one piece for four counties those places mostly won't do."""
    frozen = needing(4, 1)
    equipped = sorted({team.city for team in frozen.teams})[2:]
    teams = (replace(t, equipment=("infrared_camera",) if t.city in equipped else ()) for t in frozen.teams)
    frozen, whole, tries = replace(frozen, teams=tuple(teams)), counties.solve, []
    monkeypatch.setattr(counties, "solve", lambda *given, **how: tries.append(1) or whole(*given, **how))
    for number in range(4):
        key = number.to_bytes(32, "big")
        places, loans = assigned(frozen, key)
        drawn = targets.draw(key, frozen)
        assert certify(key, frozen, drawn, places, assignment.deal(key, frozen, drawn, places, loans), loans).sound
        assert len(loans) <= 1
    assert len(tries) > 4


def test_a_pool_too_small_says_by_how_many_pieces() -> None:
    frozen = needing(3, 1)
    drawn = targets.draw(SEED, frozen)
    assert assignment.assign(SEED, frozen, drawn).status == "infeasible"
    found = explain(SEED, frozen, drawn, budget_s=30)
    assert {"pool", "skill"} <= set(found.clashing)
    assert {"rules": ["pool"], "kind": "infrared_camera", "more": 2} in found.helps
    assert assigned(replace(frozen, pool=(Stock("infrared_camera", 3),)))[0]


@pytest.mark.parametrize(
    ("loans", "code"),
    [
        ({"T000": ("infrared_camera",), "T001": ("infrared_camera",), "T002": ("infrared_camera",)}, "pool_short"),
        ({"T000": ("drone",)}, "pool_short"),
        ({"T999": ("infrared_camera",)}, "lent_to_stranger"),
    ],
)
def test_a_loan_that_can_t_be_is_seen_by_the_certificate(loans: dict[str, tuple[str, ...]], code: str) -> None:
    frozen = needing(2, 2)
    places, _loans = assigned(frozen)
    found = certify(SEED, frozen, targets.draw(SEED, frozen), places, None, loans)
    assert ("pool", code) in {(fault.rule, fault.code) for fault in found.faults}


def test_a_register_committed_to_before_there_were_pools_is_still_read() -> None:
    frozen = replace(needing(1, 1), pool=())
    old = frozen.canonical().replace(b'"pool":[],', b"")
    assert b"pool" not in old
    assert Register.parse(old) == Register.parse(frozen.canonical())


# --- through the actions ----------------------------------------------------------------------------------------------


def chemical(counties: int) -> None:
    """All sites of the first counties are chemical works: by the rule they need an FID."""
    codes = [host.code for host in hosts()[:counties]]
    Site.objects.filter(division__code__in=codes).update(industry="化工")


def without_fid(draft: Round, organiser: Officer, stock: str) -> Round:
    text = teams_text().replace("；fid", "；无人机")
    draft = actions.perform(draft, "set_teams", by=organiser, text=text)
    return actions.perform(draft, "set_pool", by=organiser, text=stock)


@pytest.mark.django_db
def test_a_round_lends_says_so_and_is_verified_after_a_swap(draft: Round, organiser: Officer, client: Client) -> None:
    chemical(2)
    draft = without_fid(draft, organiser, "FID检测仪；2\n红外热像仪;1")
    drawn = drawn_by(actions.perform(draft, "commit", by=organiser), organiser)
    assert drawn.state == "drawn", explained(drawn.explanation)
    lent = {row.team_id: row.kind for row in drawn.loans.all()}
    assert set(lent.values()) == {"fid"}
    assert len(lent) == 2
    assert {row.division for row in drawn.assignments.filter(team__in=lent)} == set(hosts()[:2])
    client.force_login(organiser)
    shown = client.get(drawn.get_absolute_url()).content.decode()
    assert "借用FID检测仪" in shown
    assert "FID检测仪 2 件" in shown
    (team, *_rest) = [row for row in client.get(f"/api/v1/rounds/{drawn.pk}/").json()["teams"] if row["loans"]]
    assert team["loans"] == ["fid"]
    for one, other in combinations(drawn.teams.order_by("name").values_list("name", flat=True), 2):
        try:
            drawn = actions.perform(drawn, "swap", by=organiser, team=one, other=other, reason="车辆故障")
        except Invalid:
            continue
        if {row.team_id for row in drawn.loans.all()} != set(lent):
            break
    else:
        pytest.fail("no swap moved a loan")
    with transaction.atomic():
        drawn.loans.first().delete()
        short = actions.perform(drawn, "release", by=organiser)
        assert any("需要FID检测仪" in found.text for found in actions.verify(short) if not found.holds)
        transaction.set_rollback(True)
    released = actions.perform(drawn, "release", by=organiser)
    assert all(found.holds for found in actions.verify(released)), [f for f in actions.verify(released) if not f.holds]
    # While teams are out a move takes its loans along, and what is missing is found; once it is over nothing moves.
    with transaction.atomic():
        released.loans.all().delete()
        assert any("需要FID检测仪" in found.text for found in actions.verify(released) if not found.holds)
        transaction.set_rollback(True)
    with clock.moved_to(NOW + timedelta(days=30)):
        closed = actions.perform(released, "close", by=organiser)
    with pytest.raises(DatabaseError), transaction.atomic():
        closed.loans.all().delete()


@pytest.mark.django_db
def test_a_pool_too_small_is_told_by_name_and_number(draft: Round, organiser: Officer) -> None:
    chemical(8)
    draft = without_fid(draft, organiser, "fid;7")
    told = explained(drawn_by(actions.perform(draft, "commit", by=organiser), organiser).explanation)
    assert "机动设备再增加1件FID检测仪即可分派。" in told


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "text", "why"),
    [
        ("set_pool", "红外热像仪；2\n望远镜；1", "第2行：没有“望远镜”这种设备，可填：无人机、FID检测仪、红外热像仪"),
        ("set_pool", "红外热像仪", "数量为1至200"),
        ("set_pool", "无人机；1\ndrone；2", "填了两次"),
        ("set_teams", f"一组；{CITIES[0]}；o{CITIES[0]}-0；o{CITIES[0]}-1:开车；无人机", "没有“开车”这种专长"),
        ("set_teams", f"一组；{CITIES[0]}；o{CITIES[0]}-0；o{CITIES[0]}-1:臭氧；臭氧", "没有“臭氧”这种设备"),
    ],
)
def test_a_word_nobody_registered_is_refused_with_those_there_are(
    draft: Round, organiser: Officer, action: str, text: str, why: str
) -> None:
    with pytest.raises(Invalid) as caught:
        actions.perform(draft, action, by=organiser, text=text)
    assert why in caught.value.errors["text"][0]
    assert (draft.pool.count(), draft.teams.count()) == (0, 8)
