"""Promise: whom a campaign checks, and who checks them, is drawn by lots anyone can draw again: nobody chooses, nobody is
told before their time, what went away after the commitment is named, and a killed worker changes nothing."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enforcement.inspections import actions, lots
from enforcement.inspections.actions import campaigns, targets, verifying
from enforcement.inspections.lifecycle import CampaignState, DrawState
from enforcement.inspections.models import Campaign, Checklist, DrawnTarget, Mode, TargetDraw, Visit, VisitRule
from enforcement.timeline import anchors, clock
from enforcement.timeline.models import Anchor, Event
from regions.errors import Absent, Conflict, Invalid, Refused
from regions.models import Division, Officer, Posting, Site
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.api.test_statements import at_most
from tests.enforcement.inspections.conftest import TODAY
from tests.enforcement.inspections.test_pages import client_of
from tests.scenarios import cast as casting

UNTIL = TODAY + timedelta(days=20)
SEED = bytes(range(32))


def register(**changes: Any) -> lots.Register:
    sites = tuple(lots.Site(str(n), "140107", "CD"[n % 2], 1 + n % 5) for n in range(40))
    people = tuple(lots.Inspector(f"p{n}", "b1" if n < 4 else "b2", "140107") for n in range(8))
    usual: dict[str, Any] = {
        "draw": "d", "wanted": 10, "team": 2, "until": "2026-03-20", "strata": {"C": 30, "D": 10}, "sites": sites,
        "inspectors": people, "above": {"140107": ["140100", "140000"]},
    }  # fmt: skip
    return lots.Register(**{**usual, **changes})


class TestLots:
    def test_the_same_seed_and_register_give_the_same_bytes_in_any_order(self) -> None:
        first = register()
        shuffled = register(sites=first.sites[::-1], inspectors=first.inspectors[::-1])
        assert shuffled.canonical() == first.canonical() == lots.Register.parse(first.canonical()).canonical()
        assert lots.written(lots.draw(SEED, shuffled)) == lots.written(lots.draw(SEED, first))
        assert lots.commitment(SEED, first.canonical()) != lots.commitment(SEED[::-1], first.canonical())

    def test_strata_get_their_shares_and_nobody_is_drawn_twice(self) -> None:
        drawn = lots.draw(SEED, register(wanted=12))
        # 30 : 10 of twelve places.
        assert [sum(lot.stratum == name for lot in drawn) for name in "CD"] == [9, 3]
        assert len({lot.site for lot in drawn}) == 12

    def test_work_is_even_a_team_is_of_one_bureau_and_recusal_and_badges_hold(self) -> None:
        recusals = (lots.Recusal("p0", "140100"), lots.Recusal("p4", "3"))
        people = tuple(
            lots.Inspector(f"p{n}", "b1" if n < 4 else "b2", "140107", "2026-03-19" if n == 7 else "") for n in range(8)
        )
        drawn = lots.draw(SEED, register(recusals=recusals, inspectors=people, wanted=36))
        loads = {f"p{n}": sum(f"p{n}" in lot.team for lot in drawn) for n in range(8)}
        assert (loads["p0"], loads["p7"]) == (0, 0)
        assert max(loads.values()) - min(load for load in loads.values() if load) <= 2
        assert all({key in {"p0", "p1", "p2", "p3"} for key in lot.team} in ({True}, {False}) for lot in drawn)
        assert not any("p4" in lot.team for lot in drawn if lot.site == "3")

    def test_twice_the_risk_is_about_twice_the_chance(self) -> None:
        sites = tuple(lots.Site(str(n), "140107", "", 1 + n % 2) for n in range(200))
        counts = [0, 0]
        for n in range(40):
            for lot in lots.draw(n.to_bytes(32, "big"), register(sites=sites, strata={}, wanted=10)):
                counts[int(lot.site) % 2] += 1
        assert 1.5 < counts[1] / counts[0] < 2.6


@pytest.fixture
def organiser(cast: casting.Cast) -> Officer:
    return cast.officer(cast.taiyuan, Role.COORDINATOR)


@pytest.fixture
def sites(kiln: Site) -> list[Site]:
    county = Division.objects.current().get(code="140107")
    return [kiln, *(
        Site.objects.create(name=f"砖厂{n}", industry="砖瓦", grade="CD"[n % 2], division=county, lon=112.5, lat=37.8)
        for n in range(9)
    )]  # fmt: skip


@pytest.fixture
def campaign(organiser: Officer) -> Campaign:
    made = campaigns.create(
        by=organiser, name="砖瓦窑双随机抽查", legal_basis="年度计划", since=TODAY, until=UNTIL,
        checklists=[Checklist.objects.get(key="brick-kiln").versions.get()], counts=[], industries=["砖瓦"],
    )  # fmt: skip
    return campaigns.change_state(made, CampaignState.RUNNING, by=organiser, seen=None)


@pytest.fixture
def committed(campaign, organiser, sites, leader, second) -> TargetDraw:
    return targets.commit(campaign, by=organiser, wanted=4, since=TODAY, until=TODAY + timedelta(days=10))


@pytest.fixture
def drawn(committed: TargetDraw, organiser: Officer) -> TargetDraw:
    begun = targets.perform(committed, "draw", by=organiser)
    assert targets.draw(str(begun.pk))
    return TargetDraw.objects.get(pk=begun.pk)


def plan_for(lot: DrawnTarget, approver: Officer, **changes: Any) -> Visit:
    people = [row.officer for row in lot.team.all()]
    usual = {
        "by": people[0], "bureau": people[0].postings_on(TODAY)[0].bureau, "site": lot.site, "campaign": lot.draw.campaign,
        "list_version": lot.draw.campaign.checklists.get(), "mode": Mode.UNANNOUNCED, "planned_on": TODAY,
        "approver": approver, "leader": people[0], "members": people[1:], "lot": lot.pk,
    }  # fmt: skip
    return actions.plan(**{**usual, **changes})


class TestCommitting:
    def test_the_commitment_stands_on_a_chain_of_its_own_and_the_campaigns_says_nothing(self, committed) -> None:
        told = Event.objects.get(subject_type="targetdraw", subject_id=str(committed.pk))
        assert told.payload["commitment"] == committed.commitment
        assert not Event.objects.filter(subject_type="campaign", kind__startswith="targets").exists()

    def test_sites_at_the_yearly_cap_are_left_out_and_named(self, campaign, organiser, sites, begun) -> None:
        VisitRule.objects.create(
            valid_from=TODAY, min_badged=2, yearly_cap=1, check_in_metres=500, clock_minutes=5, basis="测试"
        )
        made = targets.commit(campaign, by=organiser, wanted=4, since=TODAY, until=UNTIL)
        held = lots.Register.parse(bytes(made.register))
        assert (held.capped, len(held.sites)) == ((str(sites[0].pk),), 9)

    def test_what_cannot_be_drawn_is_refused_with_a_sentence(self, campaign, organiser, sites, leader, cast) -> None:
        how = {"by": organiser, "wanted": 4, "since": TODAY, "until": UNTIL}
        with pytest.raises(Invalid, match="巡查员只有1人"):
            targets.commit(campaign, **how)
        for change, field in (({"wanted": 0}, "wanted"), ({"since": date(2025, 1, 1)}, "since"),
                              ({"until": date(2025, 1, 1)}, "until")):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                targets.commit(campaign, **{**how, **change})
            assert field in refused.value.errors
        with pytest.raises(Refused):
            targets.commit(campaign, **{**how, "by": cast.officer(cast.linfen, Role.DISPATCHER)})
        Posting.objects.create(
            officer=Officer.objects.create_officer("third", "第三人", badge_no="B3"), bureau=cast.taiyuan_team,
            role=Role.INSPECTOR, since=casting.SINCE,
        )  # fmt: skip
        with pytest.raises(Invalid) as refused:
            targets.commit(campaign, **how, recusals="third 140107\nnobody 140107\nthird 没有的厂")
        assert [sentence[:3] for sentence in refused.value.errors["recusals"]] == ["第2行", "第3行"]
        assert not TargetDraw.objects.exists()
        Site.objects.all().update(industry="化工")
        with pytest.raises(Invalid, match="没有可抽取的点位"):
            targets.commit(campaign, **how)


class TestDrawing:
    def test_lots_are_the_seeds_and_stay_when_a_worker_comes_again(self, drawn: TargetDraw) -> None:
        again = lots.draw(bytes(drawn.seed), lots.Register.parse(bytes(drawn.register)))
        assert [lot.site for lot in again] == [str(row.site_id) for row in drawn.lots.order_by("place")]
        assert all(row.team.count() == 2 for row in drawn.lots.all())
        assert not targets.draw(str(drawn.pk))
        assert targets.sweep() == 0

    def test_a_worker_killed_before_its_end_leaves_the_same_lots_to_the_next(self, committed, organiser) -> None:
        begun = targets.perform(committed, "draw", by=organiser)
        seed = bytes(begun.seed)
        with transaction.atomic():
            assert targets.draw(str(begun.pk))
            transaction.set_rollback(True)  # what kill -9 leaves: the connection is gone, and its transaction
        assert (TargetDraw.objects.get(pk=begun.pk).state, DrawnTarget.objects.count()) == (DrawState.COMMITTED, 0)
        assert targets.sweep() == 1
        done = TargetDraw.objects.get(pk=begun.pk)
        assert bytes(done.seed) == seed
        assert [str(row.site_id) for row in done.lots.all()] == [
            lot.site for lot in lots.draw(seed, lots.Register.parse(bytes(done.register)))
        ]

    def test_a_site_deleted_after_the_commitment_is_named_and_others_take_its_place(self, committed, organiser) -> None:
        first = lots.draw(bytes(committed.seed), lots.Register.parse(bytes(committed.register)))[0]
        name = Site.objects.get(pk=int(first.site)).name
        Site.objects.filter(pk=int(first.site)).delete()
        targets.perform(committed, "draw", by=organiser)
        targets.draw(str(committed.pk))
        done = TargetDraw.objects.get(pk=committed.pk)
        assert (done.result["gone"], done.lots.count()) == ([first.site], 4)
        with clock.moved_to(clock.now() + timedelta(days=11)):
            told = targets.perform(done, "reveal", by=organiser)
        assert all(finding.holds for finding in verifying.verify(told))
        assert any(f"{name} {first.site}" in finding.text for finding in verifying.verify(told))
        with CaptureQueriesContext(connection) as said:
            page = client_of(organiser).get(told.get_absolute_url()).content.decode()
        assert sum("regions_siteevent" in query["sql"] for query in said) == 1, (
            "the notice and the check say the same names"
        )
        assert f"1 个点位从名录中删除，没有参加抽取，已记入时间线：{name} {first.site}。" in page

    def test_two_makers_and_a_void_tell_the_seed(self, committed, organiser) -> None:
        done = targets.perform(committed, "void", by=organiser, reason="方案有变")
        told = Event.objects.get(subject_id=str(done.pk), kind="targets_draw_voided")
        assert told.payload["seed"] == bytes(done.seed).hex()
        with pytest.raises(Conflict):
            targets.perform(done, "draw", by=organiser)

    def test_the_database_keeps_what_was_committed_to_and_drawn(self, drawn: TargetDraw) -> None:
        lot = drawn.lots.first()
        for change in (
            lambda: TargetDraw.objects.filter(pk=drawn.pk).update(seed=SEED),
            lambda: TargetDraw.objects.filter(pk=drawn.pk).update(state="committed"),
            lambda: TargetDraw.objects.filter(pk=drawn.pk).update(result={}),
            lambda: DrawnTarget.objects.filter(pk=lot.pk).update(place=99),
            lambda: DrawnTarget.objects.filter(pk=lot.pk).delete(),
            lambda: lot.team.all().update(place=9),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()


class TestWhoKnows:
    def test_its_maker_knows_all_the_drawn_their_own_and_nobody_else_anything(
        self, drawn, organiser, cast, leader
    ) -> None:
        colleague = Officer.objects.create_officer("desk", "同事")
        Posting.objects.create(officer=colleague, bureau=cast.taiyuan, role=Role.COORDINATOR, since=casting.SINCE)
        strangers = [
            colleague,
            cast.officer(cast.province, Role.SUPERVISOR),
            cast.officer(cast.xinghualing, Role.HANDLER),
        ]
        for stranger in strangers:
            assert not TargetDraw.objects.visible_to(stranger).exists()
            assert client_of(stranger).get(drawn.get_absolute_url()).status_code == 404
            with pytest.raises(Absent):
                targets.perform(drawn, "void", by=stranger, reason="看看")
        assert DrawnTarget.objects.visible_to(organiser).count() == 4
        mine = DrawnTarget.objects.visible_to(leader).filter(draw=drawn)
        assert mine.count() == drawn.lots.filter(team__officer=leader).count()

    def test_it_is_revealed_when_all_were_entered_and_then_anyone_checks_it(
        self, drawn, organiser, cast, tmp_path, settings
    ) -> None:
        settings.ANCHOR_FOLDER = tmp_path
        assert "将随下一次每日锚定" in client_of(organiser).get(drawn.get_absolute_url()).content.decode()
        with pytest.raises(Refused, match="4个点位没有入企"):
            targets.perform(drawn, "reveal", by=organiser)
        with clock.moved_to(clock.now() + timedelta(days=11)):
            anchors.write()
            told = targets.perform(drawn, "reveal", by=organiser)
        root = bytes(Anchor.objects.get().commitments).hex()
        (published,) = [one for one in verifying.verify(told) if "锚定公布" in one.text]
        assert (published.holds, root in published.text) == (True, True)
        handler = cast.officer(cast.xinghualing, Role.HANDLER)
        page = client_of(handler).get(told.get_absolute_url()).content.decode()
        assert bytes(told.seed).hex() in page
        assert root in page
        assert "逐字节重现" in page
        out = StringIO()
        call_command("verify_draw", str(told.pk), stdout=out)
        assert "全部相符" in out.getvalue()

    def test_the_check_catches_what_was_slipped_in(self, drawn, organiser, sites) -> None:
        with pytest.raises(CommandError, match="没有这个已公布"):
            call_command("verify_draw", str(drawn.pk))
        with clock.moved_to(clock.now() + timedelta(days=11)):
            told = targets.perform(drawn, "reveal", by=organiser)
        free = next(site for site in sites if not told.lots.filter(site=site).exists())
        extra = DrawnTarget.objects.create(draw=told, site=free, place=99)
        with pytest.raises(CommandError, match="有1项不符"):
            call_command("verify_draw", str(told.pk), stdout=StringIO())
        assert extra.pk


class TestVisits:
    def test_the_drawn_plan_their_visit_and_nobody_is_left_out(self, drawn, approver, sites, cast) -> None:
        lot = drawn.lots.first()
        people = [row.officer for row in lot.team.all()]
        page = client_of(people[0]).get(reverse("inspections:plan"), {"lot": lot.pk}).content.decode()
        assert lot.site.name in page
        assert f'name="planned_on" value="{TODAY:%Y-%m-%d}"' in page
        assert f'<option value="{drawn.campaign.checklists.get().pk}" selected' in page
        other = next(site for site in sites if site.pk != lot.site_id)
        for change, field in (({"site": other}, "site"), ({"planned_on": UNTIL}, "planned_on"),
                              ({"members": [cast.officer(cast.taiyuan_team, Role.VERIFIER)]}, "members")):  # fmt: skip
            with pytest.raises(Invalid) as refused:
                plan_for(lot, approver, **change)
            assert field in refused.value.errors
        visit = plan_for(lot, approver)
        assert DrawnTarget.objects.get(pk=lot.pk).visit == visit
        with pytest.raises(Conflict):
            plan_for(lot, approver)
        assert Visit.objects.count() == 1

    def test_over_the_api_from_the_commitment_to_the_lots(self, campaign, organiser, sites, leader, second) -> None:
        who = caller(organiser)
        body = {
            "wanted": 3,
            "since": TODAY.isoformat(),
            "until": UNTIL.isoformat(),
            "recusals": f"{second.username} 砖厂1",
        }
        with at_most(15):
            made = who.post(f"campaigns/{campaign.pk}/draws/", body, key="draw-1")
        assert made.status_code == 201, made.content.decode()
        key = made.json()["id"]
        assert who.post(f"campaigns/{campaign.pk}/draws/", body, key="draw-1").json()["id"] == key
        with at_most(12):
            assert who.post(f"draws/{key}/actions/draw/", {"version": 1}).json()["drawing"] is True
        targets.draw(key)
        shown = who.get(f"draws/{key}/").json()
        assert (shown["state"], len(shown["lots"]), shown["seed"]) == ("drawn", 3, "")
        inspector = caller(leader)
        assert all(leader.name in lot["team"] for lot in inspector.get(f"draws/{key}/").json()["lots"])
        assert who.post(f"draws/{key}/actions/reveal/").status_code == 403
        assert who.post(f"draws/{key}/actions/void/").status_code == 400
        with at_most(8):
            assert [row["id"] for row in who.get(f"campaigns/{campaign.pk}/draws/").json()["results"]] == [key]
        page = client_of(organiser).get(campaign.get_absolute_url()).content.decode()
        assert f"/inspections/draws/{key}/" in page
