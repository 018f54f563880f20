"""The pages of one long run, 1,000,000 rows by 30 species, and its report: processor seconds and memory of each.

    python3 run.py bench long_run            # 1M rows
    python3 run.py bench long_run --quick    # 100k rows

The run is kept by the very action an import ends with, then its page, the seconds behind it, one hot spot's page and the
comparison with another are asked for, and its report from a worker's own function (`exporting.DESK.work`, in this process), each
twice: the first loads outlines, templates and fonts, the second is told. Memory is the kernel's highest during the answer less what the process held before it (Linux with glibc only). Everything
happens in one transaction that is rolled back, its files in a folder of their own. The track is synthetic (seeded).
"""

import argparse
import ctypes
import gc
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django
import numpy as np

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from benchmarks.two_hours import PAGES, inspector  # noqa: E402
from enforcement.issues.actions import exporting  # noqa: E402
from enforcement.patrols import actions  # noqa: E402
from enforcement.patrols.models import PatrolRun  # noqa: E402
from enforcement.patrols.tracks.readings import WIND_FROM, WIND_SPEED, Channel, Readings  # noqa: E402
from regions.models import Officer  # noqa: E402

SPECIES = 30
START_MS = 1_751_331_600_000
#: A silence of an hour after so many rows.
PIECE = 7_200


def drive(rows: int, seed: int) -> Readings:
    """1 Hz with an hour of silence every two, a plume every half an hour, wind, TVOC and 29 species that follow it."""
    rng, number = np.random.default_rng(seed), np.arange(rows)
    plumes = 900 * np.exp(-(((number % 1900) - 950) ** 2) / 200)
    tvoc = np.round(np.maximum(45 + 3 * rng.standard_normal(rows) + plumes, 0), 1)
    species = [np.round(tvoc * rng.uniform(0.01, 0.06) + rng.random(rows), 2) for _one in range(1, SPECIES)]
    channels = (
        Channel("wind_direction", "°", WIND_FROM),
        Channel("wind_speed", "m/s", WIND_SPEED),
        Channel("TVOC", "ppb"),
        *(Channel(f"S{one:02d}", "ppb") for one in range(1, SPECIES)),
    )
    return Readings(
        START_MS + number * 1000 + number // PIECE * 3_600_000,
        np.round(37.87 + 0.05 * np.sin(number / 4000), 6),
        np.round(112.55 + 0.05 * np.cos(number / 4000), 6),
        np.round(20 + 3 * np.sin(number / 60), 1),
        np.zeros(rows, dtype=np.uint16),
        number + 2,
        channels,
        (np.round(180 + 40 * np.sin(number / 300)), np.round(2 + np.cos(number / 400), 1), tvoc, *species),
    )


def keep(officer: Officer, readings: Readings) -> PatrolRun:
    bureau = officer.postings.get().bureau
    return actions.record_synthetic(by=officer, bureau=bureau, readings=readings, name="long", facts=actions.RunFacts())


def memory_mb(name: str) -> float:
    """A line of the kernel's account of this process, in MB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) / 1024


def measured(do: Callable[[], None]) -> tuple[float, float]:
    """Processor seconds of something done, and the MB it took at its highest."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the answer before kept in hand
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the highest begins anew
    held, began = memory_mb("VmRSS"), time.process_time()
    do()
    return time.process_time() - began, memory_mb("VmHWM") - held


def answered(client: Client, address: str) -> None:
    answer = client.get(address)
    size = len(answer.getvalue() if answer.streaming else answer.content)
    assert (answer.status_code, size > 0) == (200, True), address


def reported(officer: Officer, run: PatrolRun, kind: str) -> None:
    """The report as asked for on the run's page and made by a worker."""
    asked = exporting.ask(officer, "patrol-report", kind, {"run": str(run.pk)})
    exporting.DESK.work(str(asked.pk))
    asked.refresh_from_db()
    assert asked.ready, asked.sentence


def pages(run: PatrolRun, other: PatrolRun) -> dict[str, str]:
    """What is asked for, by the name it is told under."""
    at = run.get_absolute_url()
    spot = run.hot_spots.order_by("number")[1]
    return {
        "run page": at,
        "its seconds": f"{at}track/",
        "hot spot page": spot.get_absolute_url(),
        "comparison": f"/patrols/compare/?run={run.pk}&run={other.pk}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=2026)
    chosen = parser.parse_args()
    rows = 100_000 if chosen.quick else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        own = {name: {**settings.STORAGES[name], "OPTIONS": {"location": folder}} for name in ("evidence", "exports")}
        with override_settings(STORAGES={**settings.STORAGES, **own}), transaction.atomic():
            officer = inspector()
            run, other = (keep(officer, drive(rows, chosen.seed + number)) for number in range(2))
            client = Client(**PAGES)
            client.force_login(officer)
            print(f"{rows:,} rows by {SPECIES} species, {run.hot_spots.count()} hot spots; the second answer of each")
            told = {}
            todo = {name: partial(answered, client, address) for name, address in pages(run, other).items()}
            todo |= {f"report, {kind.upper()}": partial(reported, officer, run, kind) for kind in ("docx", "pdf")}
            for name, do in todo.items():
                measured(do)
                told[name] = seconds, megabytes = measured(do)
                print(f"  {name:14} {seconds:6.2f} s of processor time {megabytes:7.0f} MB")
            transaction.set_rollback(True)
    goals = {name: {"value": round(seconds, 2), "unit": "s of processor time"} for name, (seconds, _mb) in told.items()}
    print(json.dumps({"name": "long_run", "rows": rows, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    main()
