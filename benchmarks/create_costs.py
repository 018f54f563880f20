"""Where a create's time goes: one process, one client, statement by statement, and with parts left out.

    python3 run.py bench create_costs            # 100,000 issues
    python3 run.py bench create_costs --quick    # 20,000

Requests go straight into the WSGI application (no socket, no client), in turn with the floor's, so that what is left is
Python and the database. "Without" leaves a part out that no request may leave out, to see what it costs. Synthetic data.
"""

import contextlib
import io
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from benchmarks.api_requests import Floor, Ours, prepared
from benchmarks.rig.databases import database, floor_token, on
from benchmarks.rig.serving import Call
from benchmarks.rig.setting import arguments, enter

REQUESTS = 100
#: A statement's first words, and what it is for.
PARTS = {
    "SELECT token": "who asks, and from where", 'SELECT "regions_bureau"': "bureaus named", 'SELECT "findings_': "lock, scope",
    'SELECT "issues_deadline': "policy, calendar, numbers", 'INSERT INTO "issues_issue"': "issue",
    'INSERT INTO "issues_resp': "responsibility", 'INSERT INTO "issues_issuep': "parties", "WITH drawn": "document",
    'INSERT INTO "issues_span': "span", 'UPDATE "findings': "finding", 'INSERT INTO "timeline': "two chained events",
    'INSERT INTO "notices': "outbox", "WITH standing": "counters of issues", "WITH fresh": "counters of findings",
}  # fmt: skip


def send(application: Any, call: Call, token: str) -> None:
    body, seen = json.dumps(call.body).encode(), []
    environ = {
        "REQUEST_METHOD": call.method, "PATH_INFO": call.path, "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": f"Token {call.token or token}", "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }  # fmt: skip
    answer = application(environ, lambda status, headers, info=None: seen.append(status))
    content = b"".join(answer)
    answer.close()
    if not seen[0].startswith("2"):
        raise RuntimeError(f"{call.path}: {seen[0]} {content[:300]!r}")


def timed(work: Callable[[], None]) -> float:
    """Milliseconds a request, of REQUESTS."""
    began = time.perf_counter()
    for _ in range(REQUESTS):
        work()
    return (time.perf_counter() - began) * 1000 / REQUESTS


def floor_ms(count: int, token: str, url: str) -> float:
    """The same loop in a process with the floor's settings."""
    words = [sys.executable, "-m", "benchmarks.create_costs", "floor", str(count), token]
    done = subprocess.run(
        words, env={**os.environ, "FLOOR_DATABASE_URL": url}, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


@contextlib.contextmanager
def parts_counted(spent: dict[str, float]) -> Iterator[None]:
    from django.db import connection

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            part = next((name for words, name in PARTS.items() if sql.lstrip().startswith(words)), "other")
            spent[part] += (time.perf_counter() - began) * 1000 / REQUESTS

    committed = connection._commit  # type: ignore[attr-defined]

    def commit() -> None:
        began = time.perf_counter()
        committed()
        spent["commit, with 40 keys checked"] += (time.perf_counter() - began) * 1000 / REQUESTS

    with connection.execute_wrapper(watch), mock.patch.object(connection, "_commit", commit):
        yield


def without() -> dict[str, Any]:
    """Contexts that leave a part out."""
    from enforcement.timeline import projections

    def both() -> contextlib.ExitStack:
        stack = contextlib.ExitStack()
        for name in list(projections._registered):
            stack.enter_context(projections.paused(name))
        stack.enter_context(mock.patch("enforcement.issues.actions.handing_off.write_span"))
        return stack

    made = {f"without {name}": projections.paused(name) for name in projections._registered}
    made["without spans"] = mock.patch("enforcement.issues.actions.handing_off.write_span")
    return {**made, "without all of these": both()}


def main() -> None:
    options = arguments("create_costs", issues=100_000, quick=20_000, described=__doc__ or "")
    database(options.issues)
    ready = prepared(options.issues, 2 * REQUESTS * (6 * options.rounds + 3))
    token, url = floor_token(options.issues)
    enter({**on(options.issues), "HEALTH_WATCH": "0"})
    from config.wsgi import application

    ours = Ours(ready)
    once = lambda: send(application, ours.create_at_one_desk(), "")  # noqa: E731
    timed(once)
    taken: dict[str, list[float]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    for _ in range(options.rounds):
        taken["floor"].append(floor_ms(options.issues, token, url))
        taken["ours"].append(timed(once))
        for name, left_out in without().items():
            with left_out:
                taken[name].append(timed(once))
    with parts_counted(spent):
        whole = timed(once)
    for part, ms in sorted(spent.items(), key=lambda found: -found[1]):
        print(f"{part:<34}{ms:>7.2f} ms")
    print(f"{'Python between the statements':<34}{whole - sum(spent.values()):>7.2f} ms\n")
    floor = statistics.median(taken["floor"])
    for name, values in taken.items():
        print(f"{name:<34}{statistics.median(values):>7.2f} ms {floor / statistics.median(values):>7.2f} x floor")
    ratio = round(floor / statistics.median(taken["ours"]), 3)
    goals = {"P2 one client, no socket": {"value": ratio, "goal": 0.6, "unit": "x floor"}}
    print(json.dumps({"name": "create_costs", "issues": options.issues, "synthetic": True, "goals": goals}))


def floor_side(count: int, token: str) -> None:
    from benchmarks.floor.wsgi import application

    floor = Floor(count)
    once = lambda: send(application, floor.create(), token)  # noqa: E731
    for _ in itertools.repeat(None, 20):
        once()
    print(timed(once))


if __name__ == "__main__":
    if sys.argv[1:2] == ["floor"]:
        floor_side(int(sys.argv[2]), sys.argv[3])
    else:
        main()
