"""How long the garbage collector holds a web process up: what its callbacks tell of each collection.

    python3 run.py bench pauses            # 100,000 issues, 1,500 requests, with and without what is set aside
    python3 run.py bench pauses --quick    # 2,000 issues, 300 requests

Pages and the API's lists, asked for in turn by a county's handler and the province's supervisor, through the web entrance
itself (`config.wsgi`) in a process of its own each time. A pause is processor time of the thread; memory is the kernel's
(Linux). Synthetic data.
"""

import gc
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks.memory_growth import PAGES, READERS, resident
from benchmarks.rig.databases import database, on
from benchmarks.rig.setting import arguments, enter

#: Of a generation, the milliseconds of each of its collections.
Pauses = dict[int, list[float]]


def watched() -> Pauses:
    """From now on every collection is timed."""
    pauses: Pauses = {0: [], 1: [], 2: []}
    began = [0.0]

    def tell(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            began[0] = time.thread_time()
        else:
            pauses[info["generation"]].append((time.thread_time() - began[0]) * 1000)

    gc.callbacks.append(tell)
    return pauses


def once(count: int, frozen: bool) -> dict[str, Any]:
    if not frozen:
        gc.freeze = lambda: None
    from django.test import Client

    from config.wsgi import application  # noqa: F401  (as a web server loads it)
    from enforcement.issues.models import Issue
    from regions.models import Officer

    clients = []
    for username in READERS[:2]:
        client = Client(SERVER_NAME="localhost")
        client.force_login(Officer.objects.get(username=username))
        clients.append(client)
    seen = Issue.objects.visible_to(Officer.objects.get(username=READERS[0]))
    number = seen.order_by("-id")[7].number
    pauses, pages, readers = watched(), itertools.cycle(PAGES), itertools.cycle(clients)
    began = time.process_time()
    for _request in range(count):
        answer = next(readers).get(next(pages).format(number=number))
        if answer.status_code >= 300:
            sys.exit(f"{answer.request['PATH_INFO']}: {answer.status_code}")
    spent = (time.process_time() - began) * 1000
    return {"pauses": pauses, "spent": spent, "held": resident(os.getpid()), "frozen": gc.get_freeze_count()}


def apart(issues: int, count: int, frozen: bool) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.pauses", "--at", str(issues), str(count), str(int(frozen))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def report(name: str, found: dict[str, Any]) -> None:
    full, every = found["pauses"]["2"], [ms for pauses in found["pauses"].values() for ms in pauses]
    middle = statistics.median(full) if full else 0
    print(
        f"{name:<22}{len(full):>6} full collections, median {middle:6.1f} ms, longest {max(full, default=0):6.1f} ms; "
        f"all {sum(every):8.0f} of {found['spent']:8.0f} ms; {found['held']:.0f} MB; {found['frozen']:,} objects set aside"
    )


def main() -> None:
    options = arguments("pauses", issues=100_000, quick=2_000, described=__doc__ or "")
    count = 300 if options.quick else 1_500
    database(options.issues)
    left, aside = (apart(options.issues, count, frozen) for frozen in (False, True))
    report("everything looked at", left)
    report("set aside", aside)
    goals = {
        "longest pause": {"value": round(max(ms for told in aside["pauses"].values() for ms in told), 1), "unit": "ms"},
        "held": {"value": round(aside["held"]), "goal": 250, "unit": "MB"},
    }
    print(json.dumps({"name": "pauses", "issues": options.issues, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--at"]:
        size, many, aside = map(int, sys.argv[2:5])
        enter(on(size))
        print(json.dumps(once(many, bool(aside))))
    else:
        main()
