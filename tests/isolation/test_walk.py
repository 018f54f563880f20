"""Promise: no byte of any answer, on any route, shows a role, region, bureau, contractor or secondment what isn't theirs."""

import re
from datetime import timedelta
from itertools import cycle

import pytest

from enforcement.timeline import clock
from tests.isolation.actors import GROUPS, Actor
from tests.isolation.routes import Route, fill, routes
from tests.isolation.walk import Round, complaints, get, lists, traces
from tests.isolation.world import World, grow, mark

#: Plots that aren't all theirs, in the order in which a group's people meet them.
FOREIGN = {
    "杏花岭分局": ("tyb", "lf", "tyk", "dt"),
    "太原其他单位": ("tya", "dt", "tyb", "lf"),
    "临汾市局": ("tya", "dt", "tyk"),
    "平城分局": ("lf", "tyb", "tyk"),
    "借调与外人": ("tyk", "tya", "tyb"),
}


#: Groups of the three regions: each role walks a whole round in one of them.
REGIONS = ("杏花岭分局", "临汾市局", "平城分局")


def _whole(actor: Actor, route: Route, group: str, turn: int) -> bool:
    if route.is_admin:  # the same for every region
        return group == REGIONS[2]
    if group in REGIONS:
        return REGIONS[turn % len(REGIONS)] == group
    return turn % 2 == 1  # one of each bureau; the secondment in force


def _holds_rows(route: Route) -> bool:
    """Whether a route shows anything of anyone: the schema, the health and the divisions are the same for all."""
    assert route.policy is not None
    return route.policy.scope not in {"none", "reference"} or "bureau" in route.name


def admitted(actor: Actor) -> list[Route]:
    return [route for route in routes() if route.policy is not None and route.policy.admits(actor.roles)]


@pytest.mark.parametrize("group", GROUPS)
def test_nobody_reads_what_is_another_regions(world: World, group: str) -> None:
    wrong: list[str] = []
    for turn, (actor, plot) in enumerate(zip(world.groups[group], cycle(FOREIGN[group]), strict=False)):
        for route in admitted(actor):
            walk = Round(world.plots[plot], turn, whole=_whole(actor, route, group, turn))
            if walk.whole or _holds_rows(route):
                wrong += complaints(actor, route, world, walk)
    assert not wrong, f"{len(wrong)} leaks:\n" + "\n".join(wrong[:80])


def test_those_who_may_read_it_do(world: World) -> None:
    """The marks are on the pages: the walk doesn't pass because nothing is shown."""
    people = [a for a in world.everybody if a.name.endswith(("inspector", "handler", "supervisor"))]
    shown = b"".join(
        get(actor, route.address(places)).content
        for actor in people
        if actor.home == "dt"
        for route in admitted(actor)
        for places in fill(route, world.plots["dt"]) or []
    )
    kinds = ("issue", "words", "finding", "draft", "file", "run", "site", "bureau", "officer", "upload")
    missing = [kind for kind in kinds if mark("dt", kind).encode() not in shown]
    assert not [kind for kind in missing if kind != "issue"]
    names = [kind for text, kind in world.plots["dt"].names.items() if text.encode() in shown]
    assert {"issue", "finding", "draft", "file", "run", "spot"} <= set(names)


def test_a_citys_own_rules_and_letters_are_there_to_leak(world: World) -> None:
    """Its dispatcher reads the basis of its routing rules and letters, and who received; a bureau reads its own receipt."""
    dispatcher = next(actor for actor in world.groups["太原其他单位"] if actor.name.endswith("dispatcher"))
    handler = next(actor for actor in world.groups["杏花岭分局"] if actor.name.endswith("handler"))
    for address in ("/findings/routing/", "/issues/handoffs/letter/"):
        assert mark("ty", "rules").encode() in get(dispatcher, address).content
    shared = world.plots["tyb"].issue.responsibilities.get().handoff
    deliveries = f"/api/v1/handoffs/{shared.pk}/deliveries/"
    assert b'"channel":"fax"' in get(dispatcher, deliveries).content
    assert b'"channel":"fax"' not in get(handler, deliveries).content


@pytest.mark.parametrize(
    ("group", "roles", "others"),
    [
        ("杏花岭分局", ("handler",), ["tyb", "tyk", "lf", "dt"]),
        ("杏花岭分局", ("coordinator",), ["tyk", "lf", "dt"]),
        ("临汾市局", ("dispatcher",), ["tya", "tyb", "tyk", "dt"]),
        ("平城分局", ("inspector", "supervisor", "auditor"), ["tya", "tyb", "tyk", "lf"]),
        ("太原其他单位", ("走航公司·inspector",), ["tya", "tyb", "lf", "dt"]),
        ("借调与外人", ("after", "未登录"), ["tya", "tyb", "tyk", "dt"]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else str(value),
)
def test_what_happens_elsewhere_changes_nothing_here(
    world: World, group: str, roles: tuple[str, ...], others: list[str]
) -> None:
    """Counts, totals, choices, numbers, marks of pages: more rows in other regions leave every list byte for byte."""
    actors = [actor for actor in world.groups[group] if actor.name.endswith(roles)]
    assert actors
    moment = clock.now() + timedelta(minutes=10)  # later than what happens meanwhile
    with clock.moved_to(moment):
        before = {actor.name: lists(actor, world, admitted(actor)) for actor in actors}
    # Two bureaus of one county share their directory.
    grow(world, others, [name for name in others if not (group == "杏花岭分局" and name == "tyb")])
    with clock.moved_to(moment):
        wrong = [
            text for actor in actors for text in traces(actor, before[actor.name], lists(actor, world, admitted(actor)))
        ]
    assert not wrong, "\n".join(wrong)


def test_a_document_for_several_is_named_after_none_of_them(world: World) -> None:
    """Its title is read by everyone who receives an item."""
    dispatcher = next(actor for actor in world.groups["太原其他单位"] if actor.name.endswith("dispatcher"))
    waiting = [world.plots[name].waiting for name in ("tya", "tyb")]
    shown = get(dispatcher, "/findings/hand-off/", {"selected": [row.pk for row in waiting]}).content.decode()
    title = re.search(r'name="title" value="([^"]*)"', shown)
    assert title
    assert title[1]
    assert not [row for row in waiting if row.title[:10] in title[1]]
