"""Promise: every route says who may use it, everyone else is turned away on every method, and the walk knows it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from regions.gatekeeper import DeclaredPolicy, GatekeeperMiddleware
from regions.roles import Role
from tests.isolation.actors import KEPT, Actor
from tests.isolation.routes import Route, fill, routes
from tests.isolation.walk import REFUSED, faults, send
from tests.isolation.world import World


def test_every_route_declares_its_policy() -> None:
    silent = [str(route) for route in routes() if route.policy is None]
    assert not silent, "declare a policy (regions.gatekeeper) for these routes"


def test_every_route_can_be_walked(world: World) -> None:
    unknown = [str(route) for route in routes() if fill(route, world.plots["tya"]) is None]
    assert not unknown, "say in tests/isolation/routes.py how their places are filled"


def test_no_line_of_the_tables_is_left_over() -> None:
    from tests.isolation import bodies
    from tests.isolation import routes as tables

    known = {route.name for route in routes()}
    assert not (set(tables.FILL) | set(tables.PAGE_QUERIES) | set(bodies.BODIES)) - known


@pytest.mark.parametrize("role", [*Role, "disabled", "stranger"], ids=str)
def test_a_role_the_policy_doesnt_name_is_turned_away_on_every_method(world: World, role: str) -> None:
    actor = _stranger(world, role) if role in {"disabled", "stranger"} else _of(world, Role(role))
    wrong = [text for route in routes() if not _admits(route, actor) for text in _refusals(actor, route, world)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [Role.HANDLER, Role.DISPATCHER, Role.INSPECTOR, *KEPT], ids=str)
def test_reading_writes_nothing(world: World, role: Role) -> None:
    """Asking for a page, an export, a file or an endpoint changes no row; a session may be touched."""
    actor = _of(world, role)
    wrong = []
    for route in routes():
        if not _admits(route, actor):
            continue
        for places in fill(route, world.plots["dt"]) or []:
            seen = send(actor, "GET", route, route.address(places), {})
            if b"wrote: nothing" not in seen.content:
                wrong.append(f"{seen.asked}: {seen.content.rpartition(b'wrote: ')[2].decode()}")
    assert not wrong, "\n".join(wrong)


def _admits(route: Route, actor: Actor) -> bool:
    assert route.policy is not None
    return route.policy.admits(actor.roles)


def _of(world: World, role: Role) -> Actor:
    return next(actor for actor in world.groups["平城分局"] if role in actor.roles)


def _stranger(world: World, which: str) -> Actor:
    *_others, disabled, stranger = world.groups["借调与外人"]
    return disabled if which == "disabled" else stranger


def _refusals(actor: Actor, route: Route, world: World) -> list[str]:
    """By the gate itself on every method, and end to end: every page and endpoint, the lists of the admin site."""
    wrong = [f"{actor}: {method} {route} passes the gate" for method in METHODS if _passes(actor, route, method)]
    if route.is_admin and not route.name.endswith(("_changelist", "index")):
        return wrong
    address = route.address((fill(route, world.plots["dt"]) or [{}])[0])
    for method in ("GET", "POST", "DELETE") if route.is_api else ("GET", "POST"):
        seen = send(actor, method, route, address, {})
        wrong += faults(actor, route, world, seen, address)
        if seen.status not in REFUSED:
            wrong.append(f"{actor}: {seen.asked} -> {seen.status}, though the policy names no such role")
        if b"wrote: nothing" not in seen.content:
            wrong.append(f"{actor}: {seen.asked} was refused and wrote all the same")
    return wrong


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _passes(actor: Actor, route: Route, method: str) -> bool:
    """What Django asks before a view runs: the middleware for pages, the permission for the API."""
    request = actor.ask_for(method, "/")
    if route.is_api:
        return DeclaredPolicy().has_permission(request, route.view.cls)
    try:
        return GatekeeperMiddleware(lambda _: HttpResponse()).process_view(request, route.view, (), {}) is None
    except PermissionDenied:
        return False
