"""P1, P5, P7: finding things at a million issues, each way of finding on its own, under the narrowest and the widest scope.

    python3 run.py bench lists            # 1,000,000 and 100,000 issues (loads them on the first run)
    python3 run.py bench lists --quick    # 20,000 and 2,000
    python3 run.py bench lists --only board

Every filter of the list's page, some pairs, words, board, calendar, map, pages and the API's list, asked for by a county's
handler and by the province's supervisor: whole pages through the whole of Django, templates included. Server time is processor
time, the process's own and its database backend's (Linux; wall time elsewhere), so that what else the machine does
isn't in it. Both sizes in turn, each in a process of its own, whose transaction is rolled back. A ratio marked * compares
answers that show different numbers of rows; the worst ratio is of the others. Synthetic data.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.rig.databases import database, on
from benchmarks.rig.setting import arguments, enter

READERS = {"county": "bench-handler-140107", "province": "bench-supervisor"}
#: Times an answer is asked for in one process, after one that warms it up.
ASKED = 4
LIST, BOARD, CALENDAR, MAP, API = "/issues/", "/issues/board/", "/issues/calendar/", "/issues/map/", "/api/v1/issues/"
#: What stands for a row, a card, a day or a cluster in an answer.
SIGNS = (b'class="row__link"', b'class="month__due', b'class="place-count', b'"number":')
Way = tuple[str, dict[str, Any]]

#: Ways that are the same for every reader and size.
ALIKE: dict[str, Way] = {
    "newest first": (LIST, {}),
    "by due date": (LIST, {"sort": "due"}),
    "state open": (LIST, {"state": "open"}),
    "state closed": (LIST, {"state": "closed"}),
    "state returned": (LIST, {"state": "returned"}),
    "stage rectify": (LIST, {"stage": "rectify"}),
    "stage close": (LIST, {"stage": "close"}),
    "my turn": (LIST, {"turn": "mine"}),
    "overdue": (LIST, {"clock": "overdue"}),
    "due today": (LIST, {"clock": "today"}),
    "due soon": (LIST, {"clock": "soon"}),
    "stage late": (LIST, {"clock": "stage"}),
    "ever overdue": (LIST, {"clock": "ever"}),
    "extended": (LIST, {"clock": "extended"}),
    "paused": (LIST, {"clock": "paused"}),
    "provisional": (LIST, {"clock": "provisional"}),
    "listed": (LIST, {"pressed": "listed"}),
    "rung of a city": (LIST, {"pressed": "city"}),
    "ever pressed": (LIST, {"pressed": "any"}),
    "reply awaited": (LIST, {"pressed": "unanswered"}),
    "look-back awaited": (LIST, {"pressed": "look_back"}),
    "county": (LIST, {"division": "140107"}),
    "city": (LIST, {"division": "140100"}),
    "source, common": (LIST, {"source": "patrol"}),
    "source, none": (LIST, {"source": "emergency"}),
    "severity": (LIST, {"severity": "major"}),
    "pollution": (LIST, {"pollution": "粉尘"}),
    "starred": (LIST, {"mark": "starred"}),
    "shared": (LIST, {"mark": "shared"}),
    "imported": (LIST, {"mark": "imported"}),
    "issued in a month": (LIST, {"issued_from": "2023-03-01", "issued_to": "2023-03-31"}),
    "due in a month": (LIST, {"due_from": "2023-03-01", "due_to": "2023-03-31"}),
    "first due in a month": (LIST, {"first_from": "2023-03-01", "first_to": "2023-03-31"}),
    "closed in a month": (LIST, {"closed_from": "2023-03-01", "closed_to": "2023-03-31"}),
    "closed, severe, newest": (LIST, {"state": "closed", "severity": "major"}),
    "county and source": (LIST, {"division": "140107", "source": "cross_enforcement"}),
    "county, by due date": (LIST, {"division": "140107", "sort": "due"}),
    "city, overdue": (LIST, {"division": "140100", "clock": "overdue"}),
    "two characters, common": (LIST, {"q": "涂装"}),
    "two words": (LIST, {"q": "涂装 异味"}),
    "two characters, none": (LIST, {"q": "龘龘"}),
    "word of a place": (LIST, {"q": "杏花岭"}),
    "word of every issue": (LIST, {"q": "SX"}),
    "word of every issue, closed": (LIST, {"q": "SX", "state": "closed"}),
    "API word of every issue": (API, {"q": "SX"}),
    "word of every bureau": (LIST, {"q": "分局"}),
    "API word of every bureau": (API, {"q": "分局"}),
    "word and open": (LIST, {"q": "焦化", "state": "open"}),
    "board": (BOARD, {}),
    "board, a source": (BOARD, {"source": "patrol"}),
    "board, city": (BOARD, {"division": "140100"}),
    "calendar, this month": (CALENDAR, {}),
    "calendar, a past month": (CALENDAR, {"month": "2023-03"}),
    "map, all": (MAP, {}),
    "map, city": (MAP, {"division": "140100"}),
    "map, a box": (MAP, {"box": "112.3,37.6,112.8,38.1"}),
    "map, a small box": (MAP, {"box": "112.55,37.85,112.60,37.90"}),
    "map, closed": (MAP, {"state": "closed"}),
    "figure's rows": (LIST, {"figure": "overdue_now"}),
    "closed, by due date": (LIST, {"state": "closed", "sort": "due"}),
    "synthetic": (LIST, {"mark": "synthetic"}),
    "API newest first": (API, {}),
    "API by due date": (API, {"ordering": "due_on"}),
    "API overdue": (API, {"overdue": "true"}),
    "API not overdue": (API, {"overdue": "false"}),
    "API several states": (API, {"state": "verifying,verified"}),
    "API a bureau": (API, {"bureau": "{bureau}"}),
}


def ways(officer: Any) -> dict[str, Way]:
    """Every way of finding for a reader, with the marks and keys of this data set."""
    from enforcement.issues.models import Issue
    from enforcement.issues.models.issue import NEWEST
    from regions import keyset
    from regions.models import Bureau

    names = [name.lstrip("-") for name in NEWEST]
    seen = Issue.objects.visible_to(officer)
    deep = keyset.mark_of(Issue, seen.order_by(*names)[60], names)
    office = str(Bureau.objects.get(name__startswith="基准", division__code="140107", answers_for_division=True).pk)
    found = {
        name: (url, {key: value.format(bureau=office) for key, value in query.items()})
        for name, (url, query) in ALIKE.items()
    }
    return found | {
        "bureau": (LIST, {"bureau": office}),
        "bureau, overdue": (LIST, {"bureau": office, "clock": "overdue"}),
        "one number": (LIST, {"q": seen.order_by(*names)[40].number}),
        "deepest page": (LIST, {"after": deep}),
        "deepest page, counted": (LIST, {"after": deep, "severity": "general"}),
        "saved view, shared": (LIST, {"source": "patrol", "severity": "major", "state": "open", "sort": "due"}),
        "API deepest page": (API, {"cursor": f"newest.after.{deep}"}),
    }


def spent(backend: int) -> float:
    """Milliseconds of processor time of this process and of its database backend so far; wall time where none is told."""
    try:
        nanoseconds = int(Path(f"/proc/{backend}/schedstat").read_text(encoding="ascii").split()[0])
    except OSError:
        return time.perf_counter() * 1000
    return time.process_time() * 1000 + nanoseconds / 1e6


def once(only: str) -> dict[str, dict[str, Any]]:
    """Each way in this process: milliseconds of each answer, statements, rows shown."""
    from django.db import connection, transaction
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from enforcement.desk import saving
    from regions.models import Officer

    told: dict[str, dict[str, Any]] = {}
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A worker's time wouldn't be seen.
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        for reader, username in READERS.items():
            officer, client = Officer.objects.get(username=username), Client(SERVER_NAME="localhost")
            client.force_login(officer)
            for number in range(5):  # above every list
                saving.save(
                    "issues", f"view {number}", "source=patrol&severity=major", by=officer, shared=number % 2 > 0
                )
            client.get(LIST)  # calendars and the like are read once
            for name, (url, query) in ways(officer).items():
                if only not in name:
                    continue
                address = f"{url}?{urlencode(query)}" if query else url
                with CaptureQueriesContext(connection) as said:
                    answer = client.get(address)
                    statements = len(said)  # the next request empties the list
                if answer.status_code != 200:
                    sys.exit(f"{address}: {answer.status_code}")
                times = []
                for _ in range(ASKED):
                    began = spent(backend)
                    client.get(address)
                    times.append(spent(backend) - began)
                rows = sum(answer.content.count(sign) for sign in SIGNS)
                told[f"{reader}: {name}"] = {"times": times, "statements": statements, "rows": rows}
        transaction.set_rollback(True)
    return told


def apart(count: int, only: str) -> dict[str, dict[str, Any]]:
    command = [sys.executable, "-m", "benchmarks.lists", "--at", str(count), only]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every way at both sizes; the times of all rounds together."""
    sizes = (options.issues, max(1, options.issues // 10))
    for count in sizes:
        database(count)
    kept: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for number in range(options.rounds):
        for count, found in zip(sizes, kept, strict=True):
            for name, told in apart(count, options.only).items():
                found.setdefault(name, {**told, "times": []})["times"] += told["times"]
        print(f"round {number + 1} of {options.rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    return kept


def report(big: dict[str, Any], small: dict[str, Any], options: Any) -> None:
    heads = f"{options.issues:,}", f"{max(1, options.issues // 10):,}"
    print(
        f"{'way of finding':<38}{'statements':>11}{'rows':>6}{heads[0]:>12}{heads[1]:>12}   ms   ratio   {date.today()}"
    )
    ratios, middles = {}, []
    for name, told in big.items():
        middle, little = statistics.median(told["times"]), statistics.median(small[name]["times"])
        same = told["rows"] <= small[name]["rows"] * 1.1
        middles.append(middle)
        if same:
            ratios[name] = middle / little
        mark = "" if same else "*"
        print(
            f"{name:<38}{told['statements']:>11}{told['rows']:>6}{middle:>12.1f}{little:>12.1f}{middle / little:>10.2f}{mark}"
        )
    every = [value for told in big.values() for value in told["times"]]
    p95 = statistics.quantiles(every, n=20)[-1]
    slow = max(big, key=lambda name: statistics.median(big[name]["times"]))
    worst = max(ratios, key=lambda name: ratios[name])
    print(
        f"{len(big)} ways: median {statistics.median(middles):.1f} ms, p95 of all answers {p95:.1f} ms, slowest {slow} "
        f"{max(middles):.1f} ms; worst ratio {worst} {ratios[worst]:.2f}"
    )
    goals = {
        "P1": {"value": max(told["statements"] for told in big.values()), "goal": 8, "unit": "statements"},
        "p95": {"value": round(p95, 1), "goal": 150, "unit": "ms"},
        "slowest": {"value": round(max(middles), 1), "goal": 150, "unit": "ms"},
        "P7": {"value": round(ratios[worst], 2), "goal": 1.2, "unit": "x cost at a tenth of the size, worst"},
        "P7 median": {
            "value": round(statistics.median(ratios.values()), 2), "goal": 1.2, "unit": "x cost at a tenth of the size",
        },
    }  # fmt: skip
    for reader in READERS:
        first, deep = f"{reader}: newest first", f"{reader}: deepest page"
        if {first, deep} <= big.keys():
            ratio = statistics.median(big[deep]["times"]) / statistics.median(big[first]["times"])
            goals[f"P5 {reader}"] = {"value": round(ratio, 2), "goal": 1.3, "unit": "x first page"}
    for name, goal in goals.items():
        print(f"{name:<14}{goal['value']:>8} {goal['unit']} (goal {goal['goal']})")
    print(json.dumps({"name": "lists", "issues": options.issues, "synthetic": True, "goals": goals}))


def main() -> None:
    options = arguments("lists", issues=1_000_000, quick=20_000, described=__doc__ or "")
    report(*measure(options), options)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--at"]:
        size, wanted = sys.argv[2:4]
        enter(on(int(size)))
        print(json.dumps(once(wanted)))
    else:
        main()
