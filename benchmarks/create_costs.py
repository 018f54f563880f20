"""Where a create's time goes: one process, one client, statement by statement;
and the other requests beside the floor's in processor time.

    python3 run.py bench create_costs            # 100,000 issues
    python3 run.py bench create_costs --quick    # 20,000

Requests go straight into the WSGI application (no socket, no client), in turn with the floor's, so that what is left is
Python and the database; processor time is what's compared, of both. Synthetic data.
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
from functools import partial
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
    body, seen = b"" if call.body is None else json.dumps(call.body).encode(), []
    path, _, query = call.path.partition("?")
    environ = {
        "REQUEST_METHOD": call.method, "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1",
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
    """Milliseconds of processor time a request, ours and the database's for us: what else the machine does isn't in it."""
    began = spent_so_far()
    for _ in range(REQUESTS):
        work()
    return (spent_so_far() - began) * 1000 / REQUESTS


def spent_so_far() -> float:
    """Seconds of processor time of this process and of its database backend."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    with open(f"/proc/{backend}/stat", encoding="ascii") as stat:
        ticks = stat.read().rpartition(")")[2].split()[11:13]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def floor_ms(count: int, token: str, url: str) -> dict[str, float]:
    """The same loop in a process with the floor's settings."""
    words = [sys.executable, "-m", "benchmarks.create_costs", "floor", str(count), token]
    done = subprocess.run(
        words, env={**os.environ, "FLOOR_DATABASE_URL": url}, check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


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


def main() -> None:
    options = arguments("create_costs", issues=100_000, quick=20_000, described=__doc__ or "")
    database(options.issues)
    ready = prepared(options.issues, 2 * REQUESTS * (options.rounds + 3))
    token, url = floor_token(options.issues)
    enter({**on(options.issues), "HEALTH_WATCH": "0"})
    from config.wsgi import application

    ours = Ours(ready)
    once = lambda: send(application, ours.create_at_one_desk(), "")  # noqa: E731
    timed(once)
    keys = ready["tokens"]
    others = {
        "transition": (keys["bench-dispatcher"], ours.transition), "list_county": (keys["handler"], ours.list),
        "list_province": (keys["supervisor"], ours.list),
    }  # fmt: skip
    taken: dict[str, list[float]] = defaultdict(list)
    spent: dict[str, float] = defaultdict(float)
    for _ in range(options.rounds):
        for name, ms in floor_ms(options.issues, token, url).items():
            taken[f"floor_{name}"].append(ms)
        taken["create"].append(timed(once))
        for name, (who, call) in others.items():
            taken[name].append(timed(partial(lambda who, call: send(application, call(), who), who, call)))
    with parts_counted(spent):
        began = time.perf_counter()
        timed(once)
        whole = (time.perf_counter() - began) * 1000 / REQUESTS
    for part, ms in sorted(spent.items(), key=lambda found: -found[1]):
        print(f"{part:<34}{ms:>7.2f} ms {ms / whole:>6.0%} of a create")
    python = whole - sum(spent.values())
    print(f"{'Python between the statements':<34}{python:>7.2f} ms {python / whole:>6.0%}\n")
    middle = {name: statistics.median(values) for name, values in taken.items()}
    for name, ms in middle.items():
        against = middle.get(f"floor_{name}", middle["floor_create"])
        print(f"{name:<34}{ms:>7.2f} ms {against / ms:>7.2f} x floor")
    goals = {
        f"{name} in processor time": {
            "value": round(middle[f"floor_{name}"] / middle[name], 3),
            "goal": goal,
            "unit": "x floor",
        }
        for name, goal in (("create", 0.6), ("transition", 0.6), ("list_county", 0.5), ("list_province", 0.5))
    }
    print(json.dumps({"name": "create_costs", "issues": options.issues, "synthetic": True, "goals": goals}))


def floor_side(count: int, token: str) -> None:
    from benchmarks.floor.wsgi import application

    floor, found = Floor(count), {}
    for name in ("create", "transition", "list_county", "list_province"):
        once = partial(lambda call: send(application, call(), token), getattr(floor, name))
        for _ in itertools.repeat(None, 20):
            once()
        found[name] = timed(once)
    print(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1:2] == ["floor"]:
        floor_side(int(sys.argv[2]), sys.argv[3])
    else:
        main()
