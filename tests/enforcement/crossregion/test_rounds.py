"""The life of a round: committed before drawn, one seed, one winner, secret until release, verifiable after it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from django.test import Client

from enforcement.crossregion import actions
from enforcement.crossregion.actions import drawing
from enforcement.crossregion.drawing import assignment, seeds, targets
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.models import Assignment, Round, Target
from enforcement.crossregion.wording import explained
from enforcement.inspections.actions import campaigns
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import Campaign
from enforcement.timeline import clock
from enforcement.timeline.actions import record
from enforcement.timeline.models import Event
from enforcement.timeline.verification import verify as verify_timeline
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Officer, Secondment, Site
from regions.roles import Role
from tests.enforcement.crossregion.conftest import CITIES, NOW, SINCE, UNTIL, drawn_by, teams_text
from tests.scenarios.cast import Cast

pytestmark = pytest.mark.django_db


def kinds(round_: Round) -> list[str]:
    return list(
        Event.objects.filter(subject_type="round", subject_id=str(round_.pk))
        .order_by("seq")
        .values_list("kind", flat=True)
    )


def test_the_commitment_is_on_record_before_the_draw(drawn: Round) -> None:
    told = kinds(drawn)
    assert told.index("round_committed") < told.index("round_draw_begun") < told.index("round_drawn")
    event = Event.objects.get(subject_type="round", kind="round_committed")
    assert event.payload["commitment"] == seeds.commitment(bytes(drawn.seed), bytes(drawn.register))


def test_neither_seed_nor_register_is_told_before_release(drawn: Round) -> None:
    told = json.dumps(list(Event.objects.filter(subject_type="round").values_list("payload", flat=True)))
    assert bytes(drawn.seed).hex() not in told
    assert Register.parse(bytes(drawn.register)).digest() not in told


def test_every_team_has_a_county_and_the_certificate_no_violations(drawn: Round) -> None:
    assert Assignment.objects.filter(round=drawn).count() == 8
    assert drawn.certificate["violations"] == 0
    assert {row["rule"] for row in drawn.certificate["checks"] if row["off"]} == {"mutual"}
    for row in Assignment.objects.filter(round=drawn).select_related("team", "division"):
        assert row.team.city_id != row.division.parent_id
    assert Target.objects.filter(round=drawn, team=None).count() == 0
    assert Target.objects.filter(round=drawn).count() == 24


def test_a_second_draw_changes_nothing(drawn: Round) -> None:
    assert not drawing.draw(str(drawn.pk))
    assert kinds(drawn).count("round_drawn") == 1


def test_a_round_nobody_has_begun_to_draw_isn_t_drawn(committed: Round) -> None:
    assert drawing.sweep() == 0
    assert Round.objects.get(pk=committed.pk).state == "committed"


def test_a_worker_that_died_half_way_is_followed_by_one_with_the_same_seed(
    committed: Round, organiser: Officer, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = actions.perform(committed, "draw", by=organiser)
    expected = targets.written(targets.draw(bytes(begun.seed), Register.parse(bytes(begun.register))))

    def dies(*_args: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(drawing, "_settle", dies)
        with pytest.raises(SystemExit):
            drawing.draw(str(begun.pk))
    assert drawing.sweep() == 1
    found = Round.objects.get(pk=begun.pk)
    assert bytes(found.seed) == bytes(begun.seed)
    rows: dict[str, list[str]] = {}
    for row in found.targets.select_related("division").order_by("division__code", "place"):
        rows.setdefault(row.division.code, []).append(str(row.site_id))
    assert targets.written({county: tuple(keys) for county, keys in rows.items()}) == expected


def test_a_draw_the_time_limit_ended_says_so_with_bound_and_gap(
    committed: Round, organiser: Officer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = assignment.assign

    def cut_off(*args: Any, **how: Any) -> assignment.Result:
        found = whole(*args, **how)
        return replace(found, status="feasible", bound=found.objective * 0.9)

    monkeypatch.setattr(drawing.assignment, "assign", cut_off)
    drawn = drawn_by(committed, organiser)
    assert (drawn.state, drawn.result["status"]) == ("drawn", "feasible")
    client.force_login(organiser)
    page = client.get(drawn.get_absolute_url()).content.decode()
    told = "求解到时限120秒为止，取其间最好的分派：各条规则均已核验，间隙10.00%，大于要求的1.0%。"
    assert told in page
    shown = client.get(f"/api/v1/rounds/{drawn.pk}/").json()
    assert (shown["cut_short"], shown["gap"]) == (told, "0.100000")


def test_a_target_deleted_after_the_commitment_stops_the_draw_and_the_round_goes_back(
    committed: Round, organiser: Officer
) -> None:
    chosen = targets.draw(bytes(committed.seed), Register.parse(bytes(committed.register)))
    gone = next(iter(chosen.values()))[0]
    site = Site.objects.get(pk=gone)
    name, _count = site.name, site.delete()
    failed = drawn_by(committed, organiser)
    assert (failed.state, Target.objects.count(), Assignment.objects.count()) == ("committed", 0, 0)
    assert f"封存后有点位被删除（{name} {gone}），请退回筹备后重新封存。" in explained(failed.explanation)
    again = actions.perform(failed, "reopen", by=organiser, reason="点位已删除")
    again = drawn_by(actions.perform(again, "commit", by=organiser), organiser)
    assert again.state == "drawn"
    assert gone not in {str(pk) for pk in Target.objects.values_list("site", flat=True)}


def test_an_impossible_round_says_why_in_words_and_may_go_back(
    draft: Round, organiser: Officer, people: dict[str, list[Officer]]
) -> None:
    near = actions.perform(draft, "set_rules", by=organiser, max_km=20, off=["mutual"], reason="近")
    failed = drawn_by(actions.perform(near, "commit", by=organiser), organiser)
    assert failed.state == "committed"
    told = "".join(explained(failed.explanation))
    assert "路程上限" in told
    assert "公里" in told
    again = actions.perform(failed, "reopen", by=organiser, reason="放宽路程")
    assert again.state == "draft"
    assert again.seed is None
    told_seed = Event.objects.get(subject_type="round", kind="round_reopened").payload["seed"]
    wide = actions.perform(again, "set_rules", by=organiser, max_km=900, off=["mutual"], reason="放宽路程")
    drawn = drawn_by(actions.perform(wide, "commit", by=organiser), organiser)
    assert drawn.state == "drawn"
    assert bytes(drawn.seed).hex() != told_seed


def test_a_badge_that_ends_during_the_round_stops_the_team_by_name(
    draft: Round, organiser: Officer, people: dict[str, list[Officer]]
) -> None:
    Officer.objects.filter(username=f"o{CITIES[0]}-0").update(badge_valid_to=date(2021, 9, 16))
    failed = drawn_by(actions.perform(draft, "commit", by=organiser), organiser)
    assert failed.state == "committed"
    assert f"“{CITIES[0]}一组”不能参加：证件有效" in "".join(explained(failed.explanation))


def test_an_empty_round_can_t_be_committed(organiser: Officer) -> None:
    made = actions.create(by=organiser, name="空", since=SINCE, until=UNTIL)
    with pytest.raises(Invalid, match="还没有队伍"):
        actions.perform(made, "commit", by=organiser)
    assert kinds(made) == ["round_created"]


def test_every_wrong_line_of_a_roster_is_named(draft: Round, organiser: Officer) -> None:
    text = teams_text() + "\n三组；999999；x；y\n三组；140100；nobody；nobody\n只有名字"
    with pytest.raises(Invalid) as caught:
        actions.perform(draft, "set_teams", by=organiser, text=text)
    told = caught.value.errors["text"]
    assert [sentence[:4] for sentence in told] == ["第9行：", "第10行", "第11行"]
    assert draft.teams.count() == 8


def test_release_opens_the_drawn_county_for_the_team_until_the_handover_ends(
    drawn: Round, organiser: Officer, people: dict[str, list[Officer]]
) -> None:
    assert Secondment.objects.count() == 0
    released = actions.perform(drawn, "release", by=organiser)
    opened = {(row.officer_id, row.division_id) for row in Secondment.objects.all()}
    expected = {
        (member.officer_id, row.division_id)
        for row in Assignment.objects.filter(round=drawn)
        for member in row.team.members.all()
    }
    assert opened == expected
    assert len(opened) == 20
    (since, until), *others = set(Secondment.objects.values_list("since", "until"))
    assert not others
    assert (since, until) == (clock.beijing_day(NOW), UNTIL + timedelta(days=released.rule.handover_days))


def test_anyone_can_verify_a_released_round_whatever_campaign_it_belongs_to(
    released: Round, campaign: Campaign
) -> None:
    # No part of what was committed to: a round from before campaigns were chosen is verified as one of a campaign.
    Round.objects.filter(pk=released.pk).update(part_of=campaign, campaign=campaign.name)
    out = StringIO()
    call_command("verify_draw", str(released.pk), stdout=out)
    assert "逐字节重现" in out.getvalue()
    assert out.getvalue().strip().endswith("全部相符。")


@pytest.mark.parametrize("word", ["11111111-1111-1111-1111-111111111111", "not-a-round"])
def test_an_unreleased_round_is_verified_like_none(drawn: Round, word: str) -> None:
    told = []
    for name in (str(drawn.pk), word):
        with pytest.raises(CommandError) as caught:
            call_command("verify_draw", name, stdout=StringIO())
        told.append(str(caught.value))
    assert len(set(told)) == 1


def another_seed(round_: Round) -> None:
    round_.seed = bytes(32)


def one_site_more(round_: Round) -> None:
    first = round_.targets.first()
    other = Site.objects.filter(division=first.division).exclude(pk__in=round_.targets.values("site")).first()
    Target.objects.create(round=round_, site=other, division=first.division, place=99, team=first.team)


def another_county(round_: Round) -> None:
    first, second = round_.assignments.all()[:2]
    Assignment.objects.filter(pk=first.pk).update(division=second.division)


def a_better_figure(round_: Round) -> None:
    round_.result = {**round_.result, "objective_km": "1.0"}


@pytest.mark.parametrize("tamper", [another_seed, one_site_more, another_county, a_better_figure])
def test_tampering_past_the_guards_is_found(released: Round, tamper: Callable[[Round], None]) -> None:
    assert all(found.holds for found in actions.verify(released))
    # The database would refuse some of it as the transaction ends.
    with transaction.atomic():
        tamper(released)
        assert not all(found.holds for found in actions.verify(released))
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE crossregion_round SET seed = decode(repeat('ab', 32), 'hex')",
        "UPDATE crossregion_round SET commitment = repeat('0', 64)",
        "UPDATE crossregion_round SET state = 'released'",
        "DELETE FROM crossregion_clearance",
        "INSERT INTO crossregion_roundcounty (id, air_rank, division_id, round_id)"
        " SELECT gen_random_uuid(), 1, (SELECT max(id) FROM regions_division), id FROM crossregion_round",
    ],
)
def test_the_database_refuses_what_was_committed_to(committed: Round, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_before_release_nobody_off_the_list_knows_of_it(
    drawn: Round, cast: Cast, people: dict[str, list[Officer]]
) -> None:
    strangers = [cast.officer(cast.province, Role.DISPATCHER), cast.officer(cast.province, Role.SUPERVISOR)]
    strangers += [people[CITIES[0]][0]]
    for officer in strangers:
        assert not Round.objects.visible_to(officer).exists()
        with pytest.raises(Absent):
            actions.perform(drawn, "read_targets", by=officer)


def test_who_is_cleared_reads_and_the_reading_is_logged(drawn: Round, cast: Cast, organiser: Officer) -> None:
    driver = cast.officer(cast.province, Role.SUPERVISOR)
    actions.perform(drawn, "clear", by=organiser, officer=driver.username, reason="安排车辆")
    assert Round.objects.visible_to(driver).get() == drawn
    actions.perform(drawn, "read_targets", by=driver)
    event = Event.objects.get(subject_type="round", kind="round_targets_read")
    assert (event.actor, event.payload["count"]) == (driver, 24)
    with pytest.raises(Refused):
        actions.perform(drawn, "release", by=driver)


def test_after_release_a_team_reads_its_own_targets_only(released: Round, people: dict[str, list[Officer]]) -> None:
    member = people[CITIES[0]][0]
    rows = actions.targets_for(released, member)
    assert {row.team.name for row in rows} == {f"{CITIES[0]}一组"}
    assert rows.count() == 3


def test_of_two_who_act_at_once_the_second_is_told(draft: Round, organiser: Officer) -> None:
    version = draft.version
    actions.perform(draft, "commit", by=organiser, version=version)
    with pytest.raises(Conflict):
        actions.perform(draft, "void", by=organiser, version=version, reason="晚了")


def test_a_round_belongs_to_a_campaign_its_organiser_sees_or_to_one_they_name(
    cast: Cast, organiser: Officer, campaign: Campaign
) -> None:
    days = {"by": organiser, "name": "一轮", "since": SINCE, "until": UNTIL}
    made = actions.create(**days, campaign_id=campaign.pk)
    assert (made.part_of, made.campaign) == (campaign, "秋冬防")
    named = actions.create(**days, campaign="厅里的行动")
    assert (named.part_of, named.campaign) == (None, "厅里的行动")
    with pytest.raises(Invalid, match="请不要再填行动名称"):
        actions.create(**days, campaign="秋冬防", campaign_id=campaign.pk)
    city = cast.officer(cast.taiyuan, Role.COORDINATOR)
    hidden = campaigns.create(
        by=city, name="市里筹备的", legal_basis="方案", since=SINCE, until=UNTIL, checklists=[], counts=[]
    )
    campaigns.change_state(campaign, CampaignState.ENDED, by=organiser, seen=None)
    for key in (hidden.pk, campaign.pk, made.pk):
        with pytest.raises(Invalid, match="没有这个专项行动，或者它已结束"):
            actions.create(**days, campaign_id=key)
    assert Round.objects.count() == 2


def test_only_the_province_holds_rounds(cast: Cast) -> None:
    with pytest.raises(Refused):
        actions.create(by=cast.officer(cast.taiyuan, Role.DISPATCHER), name="市里", since=SINCE, until=UNTIL)


def test_the_chain_of_a_round_is_as_long_as_its_version(released: Round) -> None:
    assert list(verify_timeline()) == []
    assert len(kinds(released)) == Round.objects.get(pk=released.pk).version
    with transaction.atomic():
        record(released, "round_closed", by=None)
    assert [fault for fault in verify_timeline() if "round" in str(fault)]
