"""P13: what a web worker and a background worker hold after long work: 10,000 mixed requests, 1,000 mixed tasks.

    python3 run.py bench memory_growth            # 100,000 issues, 10,000 requests, 1,000 tasks
    python3 run.py bench memory_growth --quick    # 20,000 issues, 600 requests, 60 tasks

One gunicorn worker of four threads answers everything: pages and API of a county's handler and the province's supervisor,
one request in ten writes (a handoff, or striking off). One Celery process does every task: the sweeps of the beat table
in turn, and exports of XLSX, CSV and GeoJSON. Memory is the kernel's resident size of the worker process (Linux only),
looked at after each tenth. Synthetic data.
"""

import http.client
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.api_requests import Ours, prepared
from benchmarks.rig.databases import database, on
from benchmarks.rig.serving import Call, server
from benchmarks.rig.setting import arguments, enter

CLIENTS = 4
WEB, TASKS = 250, 400
READERS = ("bench-handler-140107", "bench-supervisor", "bench-dispatcher")
PAGES = (
    "/", "/issues/", "/issues/?clock=overdue", "/issues/?q=%E6%B6%82%E8%A3%85", "/issues/board/", "/issues/calendar/",
    "/issues/map/", "/issues/{number}/", "/statistics/", "/statistics/?from=2024-01-01&to=2024-12-31", "/findings/", "/patrols/",
    "/notices/", "/issues/handoffs/", "/api/v1/issues/", "/api/v1/issues/?overdue=true", "/api/v1/issues/{number}/",
)  # fmt: skip
SWEEPS = (
    "notices.tasks.remind_and_escalate", "notices.tasks.sweep_outbox", "notices.tasks.heartbeat",
    "statistics.tasks.fold_counters", "issues.tasks.resume_exports", "issues.tasks.end_pauses",
    "patrols.tasks.resume_uploads", "timeline.tasks.forget_receipts", "oversight.tasks.propose_interviews",
)  # fmt: skip
#: One task in so many is an export.
EXPORTS = 20


def resident(pid: int) -> float:
    """MB of memory a process holds; nought when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def holding(word: str) -> int:
    """The process of ours whose command holds a word."""
    for child in children(os.getpid()):
        if word in Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8"):
            return child
    raise LookupError(word)


# --- requests ---------------------------------------------------------------------------------------------------


def signed_in() -> dict[str, Any]:
    """A session of each reader, and a number both see; committed, in this process."""
    from django.conf import settings
    from django.test import Client

    from enforcement.issues.models import Issue
    from regions.models import Officer

    cookies = []
    for username in READERS:
        client = Client(SERVER_NAME="localhost")
        client.force_login(Officer.objects.get(username=username))
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
    seen = Issue.objects.visible_to(Officer.objects.get(username=READERS[0]))
    return {"cookies": cookies, "number": seen.order_by("-id")[7].number}


def requests(ours: Ours, ready: dict[str, Any]) -> Iterator[tuple[Call, dict[str, str]]]:
    """Endless: nine readings, one writing."""
    pages, cookies = itertools.cycle(PAGES), itertools.cycle(ready["cookies"])
    writes = itertools.cycle([ours.create_at_one_desk, ours.transition])
    for number in itertools.count(1):
        if number % 10:
            call = Call("GET", next(pages).format(number=ready["number"]))
            yield call, {"Cookie": next(cookies)}
        else:
            call = next(writes)()
            yield call, {"Authorization": f"Token {call.token or ours.ready['tokens']['bench-dispatcher']}"}


def send(port: int, asked: Iterator[tuple[Call, dict[str, str]]], count: int) -> None:
    """Lets the clients send `count` requests. Raises RuntimeError for any answer that isn't 2xx."""
    lock, left, faults = threading.Lock(), itertools.count(1), []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not faults:
            with lock:
                if next(left) > count:
                    break
                call, headers = next(asked)
            body = json.dumps(call.body) if call.body is not None else None
            connection.request(call.method, call.path, body, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            content = answer.read()
            if answer.status >= 300:
                faults.append(f"{call.method} {call.path}: {answer.status} {content[:300].decode(errors='replace')}")
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(faults[0])


def web(issues: int, count: int) -> list[float]:
    """Resident MB of the worker after the first request of each kind and after each tenth of all."""
    ready = prepared(issues, count // 10 + 40)
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory_growth", "--signed-in", str(issues)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    asked = requests(Ours(ready), json.loads(told.stdout.splitlines()[-1]))
    with server("config.wsgi:application", workers=1, **on(issues)) as port:
        send(port, asked, len(PAGES) * 3)
        (worker,) = children(holding("gunicorn"))
        held = [resident(worker)]
        for _tenth in range(10):
            send(port, asked, count // 10)
            held.append(resident(worker))
        if children(holding("gunicorn")) != [worker]:
            raise RuntimeError("the worker was replaced meanwhile")
    return held


# --- tasks ------------------------------------------------------------------------------------------------------


@contextmanager
def celery(issues: int) -> Iterator[int]:
    """A worker of one process; gives the launcher's process number."""
    command = [
        sys.executable, "-m", "celery", "-A", "config.celery", "worker", "--concurrency", "1", "--without-gossip",
        "--without-mingle", "--loglevel", "ERROR",
    ]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **on(issues)})
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def done_so_far() -> int:
    """Tasks the worker has taken up, by its own word; nought while it isn't there."""
    from config.celery import app

    stats = app.control.inspect(timeout=2).stats() or {}
    return sum(sum(worker["total"].values()) for worker in stats.values())


def ring(number: int) -> None:
    """The next task of the mixture."""
    from config.celery import app
    from enforcement.issues.actions import exporting
    from regions.models import Officer

    if number % EXPORTS:
        app.send_task(f"enforcement.{SWEEPS[number % len(SWEEPS)]}")
        return
    form = ("xlsx", "csv", "geojson")[number // EXPORTS % 3]
    exporting.ask(Officer.objects.get(username="bench-supervisor"), "issues", form, {"division": "140107"})


def room() -> bool:
    """Whether the reader may ask for another export: an officer has some waiting at once, not any number."""
    from enforcement.issues.models import OWED, Export, LedgerRule
    from enforcement.timeline import clock

    waiting = Export.objects.filter(officer__username="bench-supervisor", stage__in=OWED).count()
    return waiting < int(LedgerRule.in_force(clock.today()).export_waiting)


def until(reached: Callable[[], bool], look: Callable[[], None]) -> None:
    """Waits, looking on."""
    deadline = time.monotonic() + 600
    while not reached():
        if time.monotonic() > deadline:
            raise RuntimeError("the worker doesn't get on")
        look()
        time.sleep(0.2)


def tasks(issues: int, count: int) -> tuple[list[float], float]:
    """Resident MB of the process that does the tasks after each tenth, and the highest seen on the way."""
    held: list[float] = []
    with celery(issues) as launcher:
        until(lambda: done_so_far() > 0 or bool(children(launcher)), lambda: None)
        highest = 0.0

        def look() -> None:
            nonlocal highest
            highest = max([highest, *map(resident, children(launcher))])

        for tenth in range(1, 11):
            for number in range((tenth - 1) * count // 10, tenth * count // 10):
                if number % EXPORTS == 0:
                    until(room, look)
                ring(number)
                look()
            until(lambda tenth=tenth: done_so_far() >= tenth * count // 10, look)  # type: ignore[misc]
            look()
            held.append(max(map(resident, children(launcher))))
    return held, highest


def main() -> None:
    options = arguments("memory_growth", issues=100_000, quick=20_000, described=__doc__ or "")
    requested, rung = (600, 60) if options.quick else (10_000, 1_000)
    database(options.issues)
    goals: dict[str, Any] = {}
    if options.only in ("", "web"):
        held = web(options.issues, requested)
        print(
            f"web worker, MB at first and after each tenth of {requested:,} requests: "
            + " ".join(f"{mb:.0f}" for mb in held)
        )
        goals["P13 web"] = {"value": round(max(held)), "goal": WEB, "unit": "MB"}
        goals["P13 web growth"] = {"value": round(held[-1] - held[len(held) // 2]), "unit": "MB in the second half"}
    if options.only in ("", "tasks"):
        enter(on(options.issues))
        held, highest = tasks(options.issues, rung)
        print(
            f"Celery process, MB after each tenth of {rung:,} tasks: "
            + " ".join(f"{mb:.0f}" for mb in held)
            + f"; highest {highest:.0f}"
        )
        goals["P13 tasks"] = {"value": round(highest), "goal": TASKS, "unit": "MB"}
    print(json.dumps({"name": "memory_growth", "issues": options.issues, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--signed-in"]:
        enter(on(int(sys.argv[2])))
        print(json.dumps(signed_in()))
    else:
        main()
