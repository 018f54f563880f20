"""Promise: with and without an unannounced visit that hasn't begun, and the draw that chose it, the whole site answers
everyone else byte for byte the same: its own addresses, lists, exports, counts, notices, and what is published of the day.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from enforcement.inspections import actions
from enforcement.inspections.actions import targets
from enforcement.inspections.models import ChecklistVersion, Mode, TargetDraw, Visit
from enforcement.notices.models import Delivery, Notice, Outbox
from enforcement.timeline import anchors, clock
from enforcement.timeline.models import Pledge
from regions.models import Bureau, Division, Officer
from regions.roles import Role
from tests.isolation import published
from tests.isolation.actors import Actor
from tests.isolation.routes import Route, fill, queries, routes
from tests.isolation.walk import Seen, get, send
from tests.isolation.world import World

WORD = "zqsecretxvisitz"
OF_VISITS = frozenset(
    {"inspections:draw", "inspections:move-draw", "api:draw-detail", "api:draw-action"}
    | {f"inspections:{name}" for name in ("visit", "answers", "photos", "act", "record", "handover")}
    | {f"api:visit-{name}" for name in ("detail", "action", "attachments", "record", "handover")}
)


def draw(world: World) -> TargetDraw:
    """Drawn for the campaign of 太原 that 杏花岭's plot holds, from its two inspectors alone."""
    plot = world.plots["tya"]
    holder = world.officer(plot.city, Role.COORDINATOR)
    pool = {f"{one.username} 140100" for one in Officer.objects.all() if one.badge_no}
    kept = {
        world.officer(plot.filer, Role.INSPECTOR).username,
        world.officer(plot.filer, Role.INSPECTOR, suffix="2").username,
    }
    recused = "\n".join(sorted(line for line in pool if line.split()[0] not in kept))
    today = clock.today()
    made = targets.commit(plot.campaign, by=holder, wanted=50, since=today, until=today, recusals=recused)
    made = targets.perform(made, "draw", by=holder)
    assert targets.draw(str(made.pk))
    return TargetDraw.objects.get(pk=made.pk)


def plan(world: World) -> Visit:
    """A visit of 杏花岭 to its own site, planned and approved."""
    plot = world.plots["tya"]
    leader, approver = world.officer(plot.filer, Role.INSPECTOR), world.officer(plot.filer, Role.TEAM_LEADER)
    visit = actions.plan(
        by=leader,
        bureau=plot.filer,
        site=plot.site,
        list_version=ChecklistVersion.objects.get(checklist__key="voc-enterprise"),
        mode=Mode.UNANNOUNCED,
        planned_on=clock.today(),
        approver=approver,
        leader=leader,
        members=[world.officer(plot.filer, Role.INSPECTOR, suffix="2")],
    )
    return actions.perform(visit, "approve", by=approver, approval_no=WORD)


@pytest.fixture
def curious(world: World) -> list[Actor]:
    """A colleague at the next desk, the site's county, supervisors up to the province, another city's inspector."""
    province = Bureau.objects.get(division=Division.objects.current().get(code="140000"), answers_for_division=True)
    seats = [
        (world.bureaus["tya"], Role.INSPECTOR, "9"),
        (world.bureaus["tya"], Role.SUPERVISOR, ""),
        (world.bureaus["ty"], Role.DISPATCHER, ""),
        (province, Role.SUPERVISOR, ""),
        (world.bureaus["dt"], Role.INSPECTOR, ""),
    ]
    made = [
        Actor(f"{bureau.short_name}·{role.value}{suffix}", world.officer(bureau, role, suffix=suffix), "tya", {},
              frozenset({role}))
        for bureau, role, suffix in seats
    ]  # fmt: skip
    for actor in made:
        assert actor.ask  # signed in before the worlds part
    return made


OF_DRAWS = frozenset(name for name in OF_VISITS if "draw" in name)


def asked(actor: Actor, route: Route, world: World, keys: tuple[Any, Any]) -> Iterator[Seen]:
    plot = world.plots["tya"]
    places = fill(route, plot) or []
    if route.name in OF_VISITS:
        places = [{**place, "pk": keys[route.name in OF_DRAWS]} for place in places]
    for place in places:
        address = route.address(place)
        yield get(actor, address)
        if route.name in OF_VISITS:
            yield send(actor, "POST", route, address, {})
        for query in queries(route, plot)[:1]:
            yield get(actor, address, query)


def answers(world: World, curious: list[Actor], keys: tuple[Any, Any]) -> dict[tuple[str, str], bytes]:
    return {
        (actor.name, seen.asked): published.plain(route, seen.status, f"{seen.status}\n".encode() + seen.plain)
        for actor in curious
        for route in routes()
        if route.policy is not None and route.policy.admits(actor.roles)
        for seen in asked(actor, route, world, keys)
    }


def test_two_worlds_are_one_to_everyone_but_its_people(
    world: World, curious: list[Actor], tmp_path: Path, settings: Any
) -> None:
    settings.ANCHOR_FOLDER, settings.ANCHOR_RECIPIENTS = tmp_path, ["office@example.org"]
    leader = world.officer(world.plots["tya"].filer, Role.INSPECTOR)
    team = Actor("组长", leader, "tya", {}, frozenset({Role.INSPECTOR}))
    assert team.ask
    written = [model.objects.count() for model in (Notice, Outbox, Delivery)]
    with clock.moved_to(clock.now()):
        with transaction.atomic():
            key, chosen = plan(world).pk, draw(world)
            assert chosen.lots.filter(team__officer=leader).exists()
            assert chosen.commitment.encode() in get(team, f"/inspections/draws/{chosen.pk}/").content
            keys = (key, chosen.pk)
            # The test can fail: its people do see it.
            assert WORD.encode() in get(team, f"/inspections/visits/{key}/").content
            assert WORD.encode() in get(team, f"/api/v1/visits/{key}/").content
            anchors.write()
            assert Pledge.objects.get(commitment=bytes.fromhex(chosen.commitment)).anchor is not None
            assert written == [model.objects.count() for model in (Notice, Outbox, Delivery)]
            with_it = answers(world, curious, keys)
            transaction.set_rollback(True)
        # The other world publishes the same day, and has nothing to publish.
        (tmp_path / f"{clock.today()}.jsonl").unlink()
        anchors.write()
        titles = json.loads(mail.outbox[-1].body), json.loads(mail.outbox[-2].body)
        without = answers(world, curious, keys)
    assert published.shape_of(titles[0]) == published.shape_of(titles[1])
    assert titles[0]["commitments"] != titles[1]["commitments"]
    assert len(with_it) > 500
    assert with_it.keys() == without.keys()
    differing = [f"{actor}: {what}" for actor, what in with_it if with_it[actor, what] != without[actor, what]]
    assert not differing, f"{len(differing)} traces:\n" + "\n".join(differing[:40])
    assert not [what for what, text in with_it.items() if WORD.encode() in text]
