"""Promise: what the organiser sets by hand is re-checked at once by code that knows nothing of the solver. What breaks a rule
isn't made and the sentence names the rule; what is made is on record with its reason and is replayed when verified.
"""

from collections.abc import Iterator
from itertools import combinations

import pytest

from enforcement.crossregion import actions
from enforcement.crossregion.models import Assignment, Pin, Round
from enforcement.timeline.models import Event
from enforcement.timeline.telling import events_of, tell
from regions.errors import Invalid
from regions.models import Officer
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.crossregion.conftest import CITIES, MOVED, drawn_by, hosts

pytestmark = pytest.mark.django_db
TEAM = f"{CITIES[0]}一组"


def told_of(round_: Round) -> list[tuple[str, str]]:
    return [(one.title, one.text) for one in tell(events_of("round", round_.pk))]


def test_a_pin_that_breaks_a_rule_is_refused_by_the_rule_s_name(draft: Round, organiser: Officer) -> None:
    own, other, third, *_rest = (hosts()[n] for n in (0, 2, 4, 6))
    with pytest.raises(Invalid, match=f"违反“不查本市”：“{TEAM}”被派往本市的{own.name}"):
        actions.perform(draft, "pin", by=organiser, team=TEAM, county=own.code, reason="试")
    text = f"o{CITIES[0]}-1；{other.code}；近亲属"
    draft = actions.perform(draft, "set_recusals", by=organiser, text=text)
    with pytest.raises(Invalid, match="违反“回避”"):
        actions.perform(draft, "pin", by=organiser, team=TEAM, county=other.code, reason="试")
    draft = actions.perform(draft, "set_rules", by=organiser, max_km=900, reason="恢复互查限制")
    draft = actions.perform(draft, "pin", by=organiser, team=TEAM, county=third.code, reason="熟悉臭氧")
    back = f"{CITIES[2]}一组"
    with pytest.raises(Invalid, match="违反“不互查”"):
        actions.perform(draft, "pin", by=organiser, team=back, county=own.code, reason="试")
    assert [(row.team.name, row.division) for row in Pin.objects.filter(round=draft)] == [(TEAM, third)]
    assert told_of(draft)[0] == (f"指定“{TEAM}”去{third.name}", "熟悉臭氧")
    # A transition's twelve, the key's receipt among them; so with the commitment, which reads all there is.
    who, again = caller(organiser), {"team": TEAM, "county": hosts()[5].code, "reason": "换一个"}
    with at_most(12 + MOVED):
        assert who.post(f"rounds/{draft.pk}/actions/pin/", again, key="pin-1").status_code == 200
    assert Pin.objects.get(round=draft).division == hosts()[5]
    with at_most(12 + MOVED):
        assert who.post(f"rounds/{draft.pk}/actions/commit/", {}, key="commit-1").status_code == 200


def test_a_pin_made_good_that_turned_bad_stops_the_commitment(draft: Round, organiser: Officer) -> None:
    there = hosts()[2]
    draft = actions.perform(draft, "pin", by=organiser, team=TEAM, county=there.code, reason="熟悉臭氧")
    draft = actions.perform(draft, "set_recusals", by=organiser, text=f"o{CITIES[0]}-0；{there.parent.code}；近亲属")
    with pytest.raises(Invalid, match=f"须回避{there.name}"):
        actions.perform(draft, "commit", by=organiser)
    assert Round.objects.get(pk=draft.pk).commitment == ""


def swaps(round_: Round) -> Iterator[tuple[str, str]]:
    return combinations(round_.teams.values_list("name", flat=True), 2)


def test_a_swap_is_certified_at_once_logged_and_replayed(drawn: Round, organiser: Officer) -> None:
    before = {row.team.name: row.division_id for row in drawn.assignments.select_related("team")}
    for one, other in swaps(drawn):
        try:
            swapped = actions.perform(drawn, "swap", by=organiser, team=one, other=other, reason="车辆故障")
        except Invalid:
            continue
        after = {row.team.name: row.division_id for row in swapped.assignments.select_related("team")}
        assert (after[one], after[other]) == (before[other], before[one])
        assert swapped.certificate["violations"] == 0
        break
    else:
        pytest.fail("no swap was possible")
    released = actions.perform(swapped, "release", by=organiser)
    assert all(found.holds for found in actions.verify(released)), [f for f in actions.verify(released) if not f.holds]


def test_a_swap_that_sends_a_team_home_is_refused_and_nothing_has_moved(drawn: Round, organiser: Officer) -> None:
    rows = list(drawn.assignments.select_related("team", "division"))
    one, other = next((a, b) for a, b in combinations(rows, 2) if b.division.parent_id == a.team.city_id)
    with pytest.raises(Invalid, match="违反“不查本市”"):
        actions.perform(drawn, "swap", by=organiser, team=one.team.name, other=other.team.name, reason="试")
    assert not Event.objects.filter(subject_type="round", kind="round_swapped").exists()
    assert {(row.team_id, row.division_id) for row in Assignment.objects.filter(round=drawn)} == {
        (row.team_id, row.division_id) for row in rows
    }


def test_one_team_is_reassigned_only_where_the_numbers_still_hold(draft: Round, organiser: Officer) -> None:
    """With balance and air switched off a county may stay without a team; else the certificate names the balance."""
    off = ["mutual", "balance", "air_first", "repeat", "one_per_city"]
    loose = actions.perform(draft, "set_rules", by=organiser, max_km=900, off=off, reason="应急")
    drawn = drawn_by(actions.perform(loose, "commit", by=organiser), organiser)
    row = drawn.assignments.select_related("team", "division").first()
    own = next(host for host in hosts() if host.parent_id == row.team.city_id)
    with pytest.raises(Invalid, match="违反“不查本市”"):
        actions.perform(drawn, "move", by=organiser, team=row.team.name, county=own.code, reason="试")
    with pytest.raises(Invalid, match="本来就在"):
        actions.perform(drawn, "move", by=organiser, team=row.team.name, county=row.division.code, reason="试")
    moved, there = drawn, None
    for host in hosts():
        if host.parent_id == row.team.city_id or host == row.division:
            continue
        try:
            moved = actions.perform(drawn, "move", by=organiser, team=row.team.name, county=host.code, reason="桥断")
        except Invalid:  # the kiln's team is missed where it was
            continue
        there = host
        break
    assert there is not None
    assert Assignment.objects.get(team=row.team).division == there
    assert told_of(moved)[0] == (f"“{row.team.name}”由{row.division.name}改派到{there.name}", "桥断")
    released = actions.perform(moved, "release", by=organiser)
    assert all(found.holds for found in actions.verify(released))
    Assignment.objects.filter(team=row.team).update(division=row.division)
    assert not all(found.holds for found in actions.verify(released))


def test_a_move_that_leaves_a_county_empty_names_the_balance(drawn: Round, organiser: Officer) -> None:
    row = drawn.assignments.select_related("team", "division").order_by("division__code").last()
    there = next(host for host in hosts() if host.parent_id not in (row.team.city_id, row.division.parent_id))
    aside = {"county": there.code, "waived": ["balance"]}
    with pytest.raises(Invalid, match="公布以前不能放宽"):
        actions.perform(drawn, "move", by=organiser, team=row.team.name, reason="试", **aside)
    with pytest.raises(Invalid) as caught:
        actions.perform(drawn, "move", by=organiser, team=row.team.name, county=there.code, reason="试")
    assert any("违反“队数均衡”" in sentence for sentence in caught.value.errors["county"])
