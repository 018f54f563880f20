"""Promise: a round that isn't released leaves no trace for anyone off its list. Two worlds, with and without it, answer
every route byte for byte alike: pages, API, exports, counts, identifiers, refusals; no letter and no notice is written; and
what the day's anchor publishes has the same form, its hashes aside.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import transaction

from enforcement.crossregion import actions
from enforcement.crossregion.actions import drawing
from enforcement.crossregion.models import Round
from enforcement.notices.models import Delivery, Notice, Outbox
from enforcement.timeline import anchors, clock
from regions.models import Division, Officer, Site
from regions.roles import Role
from tests.isolation import published
from tests.isolation.actors import Actor
from tests.isolation.bodies import bodies
from tests.isolation.routes import Places, Route, fill, queries, routes
from tests.isolation.walk import Seen, get, send
from tests.isolation.world import World

_KEY = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CITIES = {"ty": "140100", "lfc": "141000", "dtc": "140200"}


@pytest.fixture
def crew(world: World) -> dict[str, list[Officer]]:
    """Four officers of each city's team, there in both worlds."""
    return {
        city: [world.officer(world.bureaus[f"{city}-team"], Role.INSPECTOR, suffix=f"crew{n}") for n in range(4)]
        for city in CITIES
    }


@pytest.fixture
def organiser(world: World) -> Officer:
    return world.officer(world.bureaus["province"], Role.COORDINATOR, suffix="organiser")


@pytest.fixture
def curious(world: World, crew: dict[str, list[Officer]]) -> list[Actor]:
    """People of a county to be inspected, of the province, the three administrators, a team's member, the signed out."""
    chosen = ("inspector", "supervisor", "auditor", "system_administrator", "security_administrator")
    own = [actor for actor in world.groups["平城分局"] if actor.name.endswith(chosen)]
    outside = [actor for actor in world.groups["借调与外人"] if actor.name.endswith("未登录")]
    province = [
        Actor(f"省·{role.value}", world.officer(world.bureaus["province"], role), "dt", {}, frozenset({role}))
        for role in (Role.DISPATCHER, Role.SUPERVISOR)
    ]
    member = Actor("队员", crew["ty"][0], "dt", {}, frozenset({Role.INSPECTOR}))
    return [*own, *outside, *province, member]


def hosts() -> list[Division]:
    return [
        county
        for city in CITIES.values()
        for county in Division.objects.counties().filter(parent__code=city).order_by("code")[:2]
    ]


def make(organiser: Officer, crew: dict[str, list[Officer]], until: str) -> Round:
    """A round, up to a state: committed or drawn. Its name, campaign and teams are words nothing else carries."""
    day = clock.today() + timedelta(days=7)
    made = actions.create(by=organiser, name="zqsecretxroundz", since=day, until=day + timedelta(days=9))
    lines = [
        f"zqsecretx{city}{n}z;{CITIES[city]};{people[2 * n].username};{people[2 * n + 1].username}"
        for city, people in crew.items()
        for n in range(2)
    ]
    off = ["mutual", "repeat", "one_per_city"]
    ranks = "\n".join(f"{county.code} {rank}" for rank, county in enumerate(hosts(), 1))
    for action, entered in (
        ("set_rules", {"max_km": 2000, "off": off, "reason": "三市"}),
        ("set_counties", {"text": ranks}),
        ("set_teams", {"text": "\n".join(lines)}),
        ("commit", {}),
    ):
        made = actions.perform(made, action, by=organiser, **entered)
    if until == "drawn":
        made = actions.perform(made, "draw", by=organiser)
        drawing.draw(str(made.pk))
        made.refresh_from_db()
        assert made.state == "drawn", made.explanation
    return made


def _of_rounds(route: Route) -> bool:
    return route.name.startswith(("crossregion:", "api:round"))


def asked(actor: Actor, route: Route, world: World, key: Any) -> Iterator[Seen]:
    """Everything an actor can ask of a route: their own rows, the round's address, every list's filters, every POST."""
    plot = world.plots[actor.home]
    places: list[Places] = fill(route, plot) or []
    if _of_rounds(route) and route.places:
        places = [{**place, "pk": key} for place in places]
    for place in places:
        address = route.address(place)
        yield get(actor, address)
        if _of_rounds(route):
            for body in bodies(route, plot)[-1:]:
                seen = send(actor, "POST", route, address, body)
                # A round one makes oneself has a random key, another one each time.
                yield replace(seen, content=_KEY.sub(b"-", seen.content)) if not route.places else seen
        for query in queries(route, plot)[:1]:
            yield get(actor, address, query)


def answers(world: World, curious: list[Actor], key: Any, walked: list[Route]) -> dict[tuple[str, str], bytes]:
    found = {}
    for actor in curious:
        for route in walked:
            # What this role is refused at the gate, it is refused everywhere alike; the admin site asks who is let in.
            if route.policy is not None and (route.policy.admits(actor.roles) or _of_rounds(route)):
                for seen in asked(actor, route, world, key):
                    answer = f"{seen.status}\n".encode() + seen.plain
                    found[actor.name, seen.asked] = published.plain(route, seen.status, answer)
    return found


@pytest.mark.parametrize("state", ["committed", "drawn"])
def test_two_worlds_are_one_to_everyone_off_the_list(
    world: World,
    organiser: Officer,
    crew: dict[str, list[Officer]],
    curious: list[Actor],
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    settings: Any,
) -> None:
    settings.ANCHOR_FOLDER, settings.ANCHOR_RECIPIENTS = tmp_path, ["office@example.org"]
    # The banner about worker and broker follows the wall clock.
    monkeypatch.setattr("enforcement.desk.health.degraded", lambda: False)
    Site.objects.bulk_create(
        Site(name=f"{county.code}-{n}", division=county, lon=county.lon, lat=county.lat, grade="D")
        for county in hosts()
        for n in range(4)
    )
    # A drawn round has all there is to hide; a committed one differs from it on the rounds' own routes only.
    walked = [route for route in routes() if state == "drawn" or _of_rounds(route)]
    moment = clock.now()
    listed = Actor("知情人", organiser, "dt", {}, frozenset({Role.COORDINATOR}))
    for actor in (*curious, listed):
        assert actor.ask  # signed in before the worlds part
    written = [model.objects.count() for model in (Notice, Outbox, Delivery)]
    with clock.moved_to(moment):
        with transaction.atomic():
            key = make(organiser, crew, state).pk
            # The test can fail: who is on the list does see it.
            assert b"zqsecretxroundz" in get(listed, "/rounds/").content
            anchors.write()
            assert written == [model.objects.count() for model in (Notice, Outbox, Delivery)]
            with_it = answers(world, curious, key, walked)
            transaction.set_rollback(True)
        # The other world publishes the same day, and has nothing to publish.
        (tmp_path / f"{clock.today()}.jsonl").unlink()
        anchors.write()
        titles = json.loads(mail.outbox[-1].body), json.loads(mail.outbox[-2].body)
        without = answers(world, curious, key, walked)
    assert published.shape_of(titles[0]) == published.shape_of(titles[1])
    assert titles[0]["commitments"] != titles[1]["commitments"]
    assert len(with_it) > (900 if state == "drawn" else 50)
    assert with_it.keys() == without.keys()
    differing = [f"{actor}: {what}" for actor, what in with_it if with_it[actor, what] != without[actor, what]]
    assert not differing, f"{len(differing)} traces:\n" + "\n".join(differing[:40])
    assert not [what for what, text in with_it.items() if b"zqsecret" in text]
