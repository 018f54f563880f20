"""P6, P7: closure figures from the counters beside their recount in plain SQL, and the dashboards' growth.

    python3 run.py bench closure_figures            # 1,000,000 and 100,000 issues (loads them on the first run)
    python3 run.py bench closure_figures --quick    # 20,000 and 2,000

Each question is answered by the figures' own code, all figures at once, as the province's supervisor; then by one plain
SQL aggregate (benchmarks/rig/recount.py); the sums of both are compared and the run ends where they differ. Server time: the
scope checked, the statements, the figures made; no HTTP. The dashboards (statistics page with its breakdown, and the
supervisor's workbench) go through the whole of Django, at both sizes in turn. Synthetic data.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from benchmarks.rig.databases import database, on
from benchmarks.rig.setting import arguments, enter

FIRST, LAST = date(2021, 1, 4), date(2026, 11, 20)
PAGES = {"statistics page": "/statistics/", "workbench": "/"}
SEED = 437


def questions(chance: random.Random, count: int) -> list[dict[str, str]]:
    """Nothing asked; each filter on its own; and mixtures of any number of them."""
    from enforcement.issues.models import Severity, Source
    from regions.models import Division, JointControlArea

    counties = list(Division.objects.counties().values_list("code", flat=True).order_by("code"))
    cities = list(Division.objects.current().filter(level="city").values_list("code", flat=True).order_by("code"))
    kinds: list[list[dict[str, str]]] = [
        [{"division": code} for code in [*cities, *counties]],
        [{"area": key} for key in JointControlArea.objects.values_list("key", flat=True).order_by("key")],
        [{"source": source} for source in Source.values],
        [{"severity": severity} for severity in Severity.values],
        [period(chance) for _ in range(40)],
    ]
    place, area, *rest = kinds
    asked: list[dict[str, str]] = [{}]
    for kind in kinds:
        asked += chance.sample(kind, min(len(kind), count // 8))
    while len(asked) < count:
        mixed = dict(chance.choice(chance.choice([place, area])))
        for kind in rest:
            if chance.random() < 0.6:
                mixed |= chance.choice(kind)
        asked.append(mixed)
    return asked


def period(chance: random.Random) -> dict[str, str]:
    """Two days in any distance, as a page's user would type them."""
    days = sorted(FIRST + timedelta(days=chance.randrange((LAST - FIRST).days)) for _ in range(2))
    return {"from": str(days[0]), "to": str(days[1])}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds, and what came of it."""
    began = time.perf_counter()
    result = work()
    return (time.perf_counter() - began) * 1000, result


def compare(asked: dict[str, str], officer: Any) -> tuple[float, float]:
    """Milliseconds of our answer and of the recount; ends the run where a sum differs."""
    from benchmarks.rig.recount import recount
    from enforcement.statistics.counting import sums_of
    from enforcement.statistics.reports import report_on
    from enforcement.statistics.rules import items
    from enforcement.statistics.scopes import scope_for

    ours_ms, _report = timed(lambda: report_on(scope_for(officer, asked)))
    scope = scope_for(officer, asked)
    places = None if scope.places is None else sorted(scope.places)
    plain_ms, (totals, days) = timed(
        lambda: recount(
            day=scope.day, as_of=scope.as_of, since=scope.since, until=scope.until, places=places,
            source=scope.source, severity=scope.severity,
        )
    )  # fmt: skip
    sums = sums_of(scope)
    for name, total in totals.items():
        kept = items(sums.measures["findings"] if name == "findings" else sums.set(name))
        if kept != total:
            sys.exit(f"{name} of {asked}: counters say {kept}, the recount {total}")
    if {day: items(weight) for day, weight in sums.handling.items() if weight} != days:
        sys.exit(f"handling days of {asked} differ from the recount")
    return ours_ms, plain_ms


def figures(options: Any) -> dict[str, Any]:
    """P6 in this process."""
    from regions.models import Officer

    officer = Officer.objects.get(username="bench-supervisor")
    chance = random.Random(SEED)
    asked = questions(chance, 24 if options.quick else 80)
    ours: list[float] = []
    for _round in range(options.rounds):
        for question in asked:
            ours.append(answer(question, officer))
    unfiltered = [compare({}, officer) for _ in range(options.rounds)]
    for question in asked[1 :: max(1, len(asked) // 16)]:
        compare(question, officer)
    print(f"{'past cut-off':<54}{'ours ms':>10}{'recount ms':>12}{'ratio':>8}")
    past = []
    for n in range(max(options.rounds, 4)):
        question = {"as_of": str(FIRST + (LAST - FIRST) * (n + 1) // (max(options.rounds, 4) + 1))}
        for extra in ({}, {"division": "140100"}, period(chance)):
            compare(question | extra, officer)  # both sides warm
            mine, plain = compare(question | extra, officer)
            past.append(mine / plain)
            print(f"{json.dumps(question | extra):<54}{mine:>10.1f}{plain:>12.1f}{mine / plain:>8.2f}")
    ratio = statistics.median(mine / plain for mine, plain in unfiltered)
    percentiles = statistics.quantiles(ours, n=20)
    print(f"as of now, {len(asked)} filters x {options.rounds}: median {statistics.median(ours):.1f} ms, "
          f"p95 {percentiles[-1]:.1f} ms, worst {max(ours):.1f} ms; sums of {len(asked[1 :: max(1, len(asked) // 16)]) + 1} "
          "of them and of all past ones equal their recount")  # fmt: skip
    return {
        "P6 any filter p95": {"value": round(percentiles[-1], 1), "goal": 50, "unit": "ms"},
        "P6 unfiltered": {"value": round(ratio, 5), "goal": 0.01, "unit": "x the recount"},
        "P6 past cut-offs, worst": {"value": round(max(past), 3), "goal": 1.2, "unit": "x the recount"},
    }


def answer(asked: dict[str, str], officer: Any) -> float:
    """Milliseconds one question takes, all figures of it."""
    from enforcement.statistics.reports import report_on
    from enforcement.statistics.scopes import scope_for

    return timed(lambda: report_on(scope_for(officer, asked)))[0]


def pages(count: int, rounds: int) -> dict[str, float]:
    """Median milliseconds of each dashboard on the data set of that size, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.seed.dashboards", str(rounds), *PAGES.values()]
    environment = {**os.environ, **on(count)}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def growth(options: Any) -> dict[str, Any]:
    """P7 of the dashboards: both sizes in turn."""
    small = max(1, options.issues // 10)
    database(small)
    ratios: dict[str, list[float]] = {name: [] for name in PAGES}
    print(f"{'dashboard':<20}{options.issues:>14,}{small:>14,}   ms")
    for _round in range(max(3, options.rounds)):
        big, little = pages(options.issues, 7), pages(small, 7)
        for name, url in PAGES.items():
            ratios[name].append(big[url] / little[url])
            print(f"{name:<20}{big[url]:>14.1f}{little[url]:>14.1f}")
    return {
        f"P7 {name}": {
            "value": round(statistics.median(values), 3),
            "goal": 1.2,
            "unit": "x cost at a tenth of the size",
        }
        for name, values in ratios.items()
    }


def main() -> None:
    options = arguments("closure_figures", issues=1_000_000, quick=20_000, described=__doc__ or "")
    database(options.issues)
    enter(on(options.issues))
    goals = figures(options) | growth(options)
    for name, goal in goals.items():
        print(f"{name:<28}{goal['value']:>10} {goal['unit']} (goal {goal['goal']})")
    print(json.dumps({"name": "closure_figures", "issues": options.issues, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    main()
