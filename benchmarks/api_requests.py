"""P2-P5, P7: our API beside the floor application, in turn, in one run.

    python3 run.py bench api_requests            # 1,000,000 and 100,000 issues (loads them on the first run)
    python3 run.py bench api_requests --quick    # 20,000 and 2,000

create: POST a confirmed finding's handoff (scope, placement, numbers, responsibility, parties, two events, span, outbox,
counters) against the floor's issue + event. The eight clients are dispatchers of eight bureaus, the province's and seven
cities'; "one bureau" is eight clients at one desk, whose documents wait for each other's number. list: 50 closed issues under a county's scope, and its 50 late ones
(on our side alone); 50 late ones under the province's beside the floor's 50 of a state.
transition: striking off a closed issue. Synthetic data.
"""

import itertools
import json
import os
import statistics
import subprocess
import sys
from typing import Any

from benchmarks.rig.databases import database, floor_token, on
from benchmarks.rig.serving import Call, knock, server
from benchmarks.rig.setting import arguments

CLIENTS = {"create": 8, "list": 4, "transition": 8}
SECONDS = 2.0


def prepared(count: int, wanted: int) -> dict[str, Any]:
    """Makes tokens, confirmed findings and the keys of closed issues in the data set of that size (its own process)."""
    command = [sys.executable, "-m", "benchmarks.seed.ready", str(wanted)]
    done = subprocess.run(command, env={**os.environ, **on(count)}, check=True, capture_output=True, text=True)
    ready: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return ready


class Ours:
    """The calls of our side; every create and transition takes a row nobody took before."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self.ready = ready
        self.queues = {name: iter(waiting) for name, waiting in ready["findings"].items()}
        self.desks = itertools.cycle(self.queues)
        self.closed = iter(ready["closed"])

    def create(self) -> Call:
        return self._hand_off(next(self.desks))

    def create_at_one_desk(self) -> Call:
        return self._hand_off("bench-dispatcher")

    def _hand_off(self, desk: str) -> Call:
        item = {"finding": next(self.queues[desk]), **self.ready["to"][desk]}
        return Call("POST", "/api/v1/handoffs/", {"items": [item]}, self.ready["tokens"][desk])

    def list(self) -> Call:
        return Call("GET", "/api/v1/issues/?overdue=true")

    def list_closed(self) -> Call:
        """What the floor's county list asks: closed, newest first."""
        return Call("GET", "/api/v1/issues/?state=closed")

    def deep(self) -> Call:
        return Call("GET", self.ready["deep"])

    def first(self) -> Call:
        return Call("GET", "/api/v1/issues/")

    def transition(self) -> Call:
        return Call("POST", f"/api/v1/issues/{next(self.closed)}/actions/strike_off/", {})


class Floor:
    def __init__(self, count: int) -> None:
        self.numbers = itertools.count(1)
        self.count = count

    def create(self) -> Call:
        body = {
            "title": "涂装高值", "source": "patrol", "severity": "general", "division": "140107", "lon": 112.58,
            "lat": 37.89, "due_on": "2026-12-11",
        }  # fmt: skip
        return Call("POST", "/issues/", body)

    def list_county(self) -> Call:
        # Not the county `create` writes to: there its newest rows would all have to be passed over.
        return Call("GET", "/issues/?division=140150&state=closed")

    def list_province(self) -> Call:
        return Call("GET", "/issues/?state=issued")

    def transition(self) -> Call:
        return Call("POST", f"/issues/{next(self.numbers) % self.count + 1}/state/", {"state": "struck_off"})


def measure(options: Any) -> dict[str, list[float]]:
    """Rates per request kind, one value a round; ours at both sizes and the floor, in turn."""
    sizes = {"": options.issues, "_small": max(1, options.issues // 10)}
    wanted = int((options.rounds + 1) * SECONDS * 2 * 200) + 100 if options.only in ("", "create", "transition") else 1
    for count in sizes.values():
        database(count)
    ready = {suffix: prepared(count, wanted) for suffix, count in sizes.items()}
    ours = {suffix: Ours(made) for suffix, made in ready.items()}
    floor, token, floor_url = Floor(options.issues), *floor_token(options.issues)
    rates: dict[str, list[float]] = {}
    #: The floor's calls, and who knocks with which of ours.
    kinds: dict[str, tuple[Any, tuple[str, str]]] = {
        "create": (floor.create, ("", "create")),
        "create_one_bureau": (None, ("", "create_at_one_desk")),
        "list_county": (floor.list_county, ("handler", "list_closed")),
        "list_county_late": (None, ("handler", "list")),
        "list_province": (floor.list_province, ("supervisor", "list")),
        "transition": (floor.transition, ("bench-dispatcher", "transition")),
        "first": (None, ("supervisor", "first")),
        "deep": (None, ("supervisor", "deep")),
    }

    def take(name: str, port: int, key: str, calls: Any, clients: int) -> None:
        rate, median = knock(port, key, calls, clients, SECONDS)
        rates.setdefault(name, []).append(rate)
        rates.setdefault(name + "_ms", []).append(median)

    with (
        server("config.wsgi:application", **on(sizes[""])) as big,
        server("config.wsgi:application", **on(sizes["_small"])) as small,
        server("benchmarks.floor.wsgi:application", FLOOR_DATABASE_URL=floor_url) as low,
    ):
        ports = {"": big, "_small": small}
        for turn in range(options.rounds + 1):
            if turn == 1:
                rates.clear()  # the first turn warms up
            # Each of ours right after the floor's: what else the machine does changes from minute to minute.
            for kind, (floors, mine) in kinds.items():
                if options.only not in kind:
                    continue
                if floors:
                    take(f"floor_{kind}", low, token, floors, CLIENTS.get(kind.partition("_")[0], 1))
                for suffix, port in ports.items():
                    who, name = mine
                    key = ready[suffix]["tokens"][who] if who else ""
                    take(
                        f"{kind}{suffix}",
                        port,
                        key,
                        getattr(ours[suffix], name),
                        CLIENTS.get(kind.partition("_")[0], 1),
                    )
    return rates


def report(rates: dict[str, list[float]], options: Any) -> None:
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print(
        f"\n{'request':<24}{'r/s':>10}{'median ms':>12}   (synthetic data, {options.issues:,} issues, {options.rounds} rounds)"
    )
    for name in sorted(n for n in middle if not n.endswith("_ms")):
        print(f"{name:<24}{middle[name]:>10.1f}{middle[name + '_ms']:>12.1f}")

    def ratio(ours: str, floor: str) -> float:
        return round(statistics.median(a / b for a, b in zip(rates[ours], rates[floor], strict=True)), 3)

    pairs: list[tuple[str, str, str, float, str]] = [
        ("P2", "create", "floor_create", 0.6, "x floor"),
        ("P2 one bureau", "create_one_bureau", "floor_create", 0.6, "x floor"),
        ("P3 county", "list_county", "floor_list_county", 0.5, "x floor"),
        ("P3 province", "list_province", "floor_list_province", 0.5, "x floor"),
        ("P4", "transition", "floor_transition", 0.6, "x floor"),
        ("P5", "deep_ms", "first_ms", 1.3, "x first page"),
    ]
    for name in ("create", "transition", "list_county", "list_province"):
        pairs.append((f"P7 {name}", f"{name}_small", name, 1.2, "x cost at a tenth of the size"))
    goals: dict[str, dict[str, Any]] = {
        goal: {"value": ratio(ours, other), "goal": wanted, "unit": unit}
        for goal, ours, other, wanted, unit in pairs
        if ours in rates and other in rates
    }
    for name, goal in goals.items():
        print(f"{name:<20}{goal['value']:>8} {goal['unit']} (goal {goal['goal']})")
    print(json.dumps({"name": "api_requests", "issues": options.issues, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    chosen = arguments("api_requests", issues=1_000_000, quick=20_000, described=__doc__ or "")
    report(measure(chosen), chosen)
