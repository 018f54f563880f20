"""P2-P4 in processor time: what a request costs in one process, beside the floor's.

    python3 run.py bench beside            # 1,000,000 issues
    python3 run.py bench beside --quick    # 20,000
    python3 run.py bench beside --only list

Requests go straight into the WSGI application (no socket, no client). Ours and the floor's take turns, each in a process
of its own that answers a block of requests when told to; a block's cost is processor time of the process and of its
database backend (Linux), so that what else the machine does isn't in it, and the cheapest of the blocks is what a request
costs. Lists ask what `api_requests` asks. Synthetic data.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.api_requests import Floor, Ours, prepared
from benchmarks.create_costs import send
from benchmarks.rig.databases import database, floor_token, on
from benchmarks.rig.setting import arguments, enter

#: Requests of a block, and those before it that warm up.
BLOCK = {"create": 50, "list_county": 100, "list_province": 100, "transition": 100}
WARM_UP = 10
GOALS = {"create": 0.6, "list_county": 0.5, "list_province": 0.5, "transition": 0.6}


def answer_blocks(side: str, told: dict[str, Any]) -> None:
    """A side's process: each line names a request; the answer is what one of its block took, in the process and the database."""
    if side == "ours":
        enter({**on(told["count"]), "HEALTH_WATCH": "0"})
        from config.wsgi import application

        mine, keys = Ours(told["ready"]), told["ready"]["tokens"]
        calls: dict[str, tuple[Callable[[], Any], str]] = {
            "create": (mine.create, ""), "list_county": (mine.list_closed, keys["handler"]),
            "list_province": (mine.list, keys["supervisor"]), "transition": (mine.transition, keys["bench-dispatcher"]),
        }  # fmt: skip
    else:
        from benchmarks.floor.wsgi import application

        floor = Floor(told["count"])
        calls = {name: (getattr(floor, name), told["token"]) for name in BLOCK}
    for line in sys.stdin:
        kind = line.strip()
        call, key = calls[kind]
        print(
            json.dumps(block(partial(lambda call, key: send(application, call(), key), call, key), BLOCK[kind])),
            flush=True,
        )


def block(once: Callable[[], None], times: int) -> tuple[float, float]:
    """Milliseconds of processor time a request, in this process and in its database backend."""
    from django.db import connection

    for _ in range(WARM_UP):
        once()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        told = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    own, backend = time.process_time(), told.read_text(encoding="ascii")
    for _ in range(times):
        once()
    own = time.process_time() - own
    nanoseconds = int(told.read_text(encoding="ascii").split()[0]) - int(backend.split()[0])
    return own * 1000 / times, nanoseconds / 1e6 / times


class Side:
    """A process that answers."""

    def __init__(self, name: str, told: dict[str, Any], **environment: str) -> None:
        command = [sys.executable, "-m", "benchmarks.beside", "--side", name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )
        self.say(json.dumps(told))

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        print(line, file=self.process.stdin, flush=True)

    def ask(self, kind: str) -> tuple[float, float]:
        self.say(kind)
        assert self.process.stdout is not None
        python, database = json.loads(self.process.stdout.readline())
        return python, database

    def leave(self) -> None:
        self.process.communicate()


def measure(options: Any) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """What each block took, by request and side."""
    kinds = [kind for kind in BLOCK if options.only in kind]
    database(options.issues)
    uses_up = max((BLOCK[kind] + WARM_UP for kind in kinds if kind in {"create", "transition"}), default=0)
    ready = prepared(options.issues, 2 * uses_up * options.rounds + 1)
    token, url = floor_token(options.issues)
    ours = Side("ours", {"count": options.issues, "ready": ready})
    floor = Side("floor", {"count": options.issues, "token": token}, FLOOR_DATABASE_URL=url)
    taken: dict[str, dict[str, list[tuple[float, float]]]] = {kind: {"floor": [], "ours": []} for kind in kinds}
    for _ in range(options.rounds):
        for kind in kinds:
            taken[kind]["floor"].append(floor.ask(kind))
            taken[kind]["ours"].append(ours.ask(kind))
    ours.leave()
    floor.leave()
    return taken


def report(taken: dict[str, dict[str, list[tuple[float, float]]]], options: Any) -> None:
    print(
        f"{'request':<16}{'side':<8}{'process':>9}{'database':>10}{'ms':>8}   load {os.getloadavg()[0]:.1f}, synthetic"
    )
    goals = {}
    for kind, sides in taken.items():
        for side, blocks in sides.items():
            python, database = min(blocks, key=sum)
            print(f"{kind:<16}{side:<8}{python:>9.2f}{database:>10.2f}{python + database:>8.2f}")
        least = {side: min(map(sum, blocks)) for side, blocks in sides.items()}
        middle = statistics.median(sum(a) / sum(b) for a, b in zip(sides["floor"], sides["ours"], strict=True))
        goals[f"{kind} in processor time"] = {
            "value": round(least["floor"] / least["ours"], 3), "goal": GOALS[kind], "unit": "x floor",
        }  # fmt: skip
        print(f"{kind:<24}{least['floor'] / least['ours']:>27.3f} x floor, median of blocks {middle:.3f}\n")
    print(json.dumps({"name": "beside", "issues": options.issues, "synthetic": True, "goals": goals}))


def main() -> None:
    options = arguments("beside", issues=1_000_000, quick=20_000, described=__doc__ or "")
    report(measure(options), options)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        answer_blocks(sys.argv[2], json.loads(sys.stdin.readline()))
    else:
        main()
