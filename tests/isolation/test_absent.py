"""Promise: what is forbidden takes as many statements as what is absent, so that not even the time of an answer tells."""

import re
from typing import Any

import pytest
from django.db import connection

from regions.roles import Role
from tests.isolation.actors import Actor
from tests.isolation.routes import Route, fill, nobodys, routes
from tests.isolation.walk import send, some
from tests.isolation.world import World

MARK = re.compile(r"^(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT)", re.IGNORECASE)
#: Pages and the API of the rows that matter, by name: all of them shall be among those tried.
TRIED = {
    "issues:detail", "issues:act", "findings:detail", "findings:correct", "patrols:run", "patrols:hot-spot",
    "timeline:download", "timeline:thumbnail", "api:issue-detail", "api:finding-detail", "api:patrol-run-detail",
    "api:hot-spot-detail", "api:issue-attachments", "api:finding-attachments", "api:issue-action", "issues:handoff",
}  # fmt: skip


def statements(actor: Actor, route: Route, address: str, method: str) -> tuple[int, list[str]]:
    """The status, and the statements asked on the way; their values, dear to write out, aren't wanted."""
    said: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        said.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        status = (
            actor.ask.get(address).status_code if method == "GET" else send(actor, "POST", route, address, {}).status
        )
    return status, [sql for sql in said if not MARK.match(sql)]


def rows_routes(actor: Actor) -> list[Route]:
    return [
        route
        for route in routes()
        if route.places and not route.is_admin and route.policy is not None and route.policy.admits(actor.roles)
    ]


@pytest.mark.parametrize("role", [Role.HANDLER, Role.INSPECTOR, Role.SUPERVISOR, Role.DISPATCHER])
def test_forbidden_and_absent_take_as_many_statements(world: World, role: Role) -> None:
    actor = next(actor for actor in world.groups["杏花岭分局"] if role in actor.roles)
    tried, wrong = set(), []
    for route in rows_routes(actor):
        nowhere: dict[tuple[str, str], tuple[int, list[str]]] = {}
        # Every action in one region; one of them in another, which only has to be another: for one role.
        for plot in ("lf", "dt") if role is Role.HANDLER else ("lf",):
            rows = fill(route, world.plots[plot]) or []
            for places in rows if plot == "lf" else some(rows, len(route.pattern)):
                absent = nobodys(route, places)
                if absent is None:
                    continue
                for method in ("GET", "POST"):
                    status, ours = statements(actor, route, route.address(places), method)
                    if status != 404:
                        continue
                    # What is absent is absent past every row: its answer is asked for once.
                    gone = (method, route.address(absent))
                    if gone not in nowhere:
                        nowhere[gone] = statements(actor, route, gone[1], method)
                    other, theirs = nowhere[gone]
                    tried.add(route.name)
                    if (other, len(theirs)) != (status, len(ours)):
                        wrong.append(f"{method} {route.name}: {len(ours)} when forbidden, {len(theirs)} when absent")
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert tried >= TRIED, TRIED - tried
