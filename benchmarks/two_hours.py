"""A two-hour run, 7,200 rows by 30 species, from the upload form to the page with its hot spots.

    python3 run.py bench two_hours            # 7 rounds
    python3 run.py bench two_hours --quick    # 2 rounds

Each round posts another file to the upload page, lets the worker's own function read it (`queueing.work`, in this process,
under its memory ceiling), asks for the import, lets it work again and opens the run's page: what an officer and a worker do,
without the seconds somebody looks at the trial read. The file would be small enough to be read at once; the rule is set so
that a worker gets it. Everything happens in one transaction that is rolled back, its files in a folder of their own.
The track is synthetic (seeded) and crosses the districts of Taiyuan.
"""

import argparse
import json
import statistics
import tempfile
import time
from datetime import date
from typing import Any

import django
import numpy as np
import polars as pl

django.setup()

from django.conf import settings  # noqa: E402
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from enforcement.patrols.actions import queueing  # noqa: E402
from enforcement.patrols.models import HotSpot, PatrolRun, TrackUpload, UploadRule  # noqa: E402
from regions.models import Bureau, BureauKind, Division, Officer, Posting  # noqa: E402
from regions.roles import Role  # noqa: E402

ROWS, SPECIES = 7_200, 30
START_MS = 1_751_331_600_000
PAGES = {"HTTP_HOST": "localhost"}


def track(seed: int) -> bytes:
    """Two hours at 1 Hz, wind, TVOC with four plumes and 29 further species that follow it."""
    rng, number = np.random.default_rng(seed), np.arange(ROWS)
    plumes = sum(400 * np.exp(-(((number - at) / 18) ** 2)) for at in (900, 2700, 4500, 6300))
    tvoc = np.maximum(45 + 3 * rng.standard_normal(ROWS) + plumes, 0)
    columns: dict[str, Any] = {
        "time": pl.Series(START_MS + seed * 86_400_000 + number * 1000).cast(pl.Datetime("ms")),
        "lat": np.round(37.80 + number * 1.5e-5, 6),
        "lon": np.round(112.50 + 0.04 * np.sin(number / 900), 6),
        "speed(km/h)": np.round(22 + 3 * np.sin(number / 60), 1),
        "TVOC(ppb)": np.round(tvoc, 1),
        "wind_direction": np.round(180 + 40 * np.sin(number / 300), 0),
        "wind_speed(m/s)": np.round(2 + np.cos(number / 400), 1),
    }
    for one in range(1, SPECIES):
        columns[f"S{one:02d}(ppb)"] = np.round(tvoc * rng.uniform(0.01, 0.06) + rng.random(ROWS), 2)
    return pl.DataFrame(columns).write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()


def inspector() -> Officer:
    bureau = Bureau.objects.create(
        name="Benchmark team", short_name="bench", kind=BureauKind.ENFORCEMENT_TEAM,
        division=Division.objects.current().get(code="140100"),
    )  # fmt: skip
    officer = Officer.objects.create_officer("bench-two-hours", "bench", badge_no="BENCH2H")
    Posting.objects.create(officer=officer, bureau=bureau, role=Role.INSPECTOR, since=date(2020, 1, 1))
    return officer


def once(officer: Officer, data: bytes, name: str) -> dict[str, float]:
    """Seconds of each step."""
    client = Client(**PAGES)
    client.force_login(officer)
    took: dict[str, float] = {}

    def timed(step: str, work: Any) -> Any:
        began = time.perf_counter()
        answer = work()
        took[step] = time.perf_counter() - began
        return answer

    said = {"bureau": officer.postings.get().bureau_id, "time_zone": "UTC", "coordinate_system": "wgs84"}
    sent = timed("upload", lambda: client.post("/patrols/upload/", {**said, "file": SimpleUploadedFile(name, data)}))
    upload = TrackUpload.objects.latest("uploaded_at")
    timed("worker: trial", lambda: queueing.work(str(upload.pk)))
    timed("trial page", lambda: client.get(sent.url))
    timed("asked", lambda: client.post(sent.url, {"import": "1"}))
    timed("worker: import", lambda: queueing.work(str(upload.pk)))
    upload.refresh_from_db()
    assert isinstance(upload.run, PatrolRun), upload.sentence
    shown = timed("run page", lambda: client.get(upload.run.get_absolute_url()))
    assert shown.status_code == 200
    assert HotSpot.objects.filter(run=upload.run).exists()
    return took


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--seed", type=int, default=2026)
    chosen = asked.parse_args()
    rounds: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        evidence = {**settings.STORAGES["evidence"], "OPTIONS": {"location": folder}}
        with override_settings(STORAGES={**settings.STORAGES, "evidence": evidence}), transaction.atomic():
            UploadRule.objects.update(at_once_mb=0)
            officer = inspector()
            for number in range(3 if chosen.quick else 8):
                data = track(chosen.seed % 100 + number)
                rounds.append(once(officer, data, f"two-hours-{number}.csv"))
            transaction.set_rollback(True)
    rounds = rounds[1:]  # the first one loads outlines and templates
    print(f"{ROWS:,} rows by {SPECIES} species, {len(data) / 1e6:.1f} MB; median seconds of {len(rounds)} rounds")
    for step in rounds[0]:
        print(f"  {step:16} {statistics.median(one[step] for one in rounds):6.2f}")
    worker = statistics.median(one["worker: trial"] + one["worker: import"] for one in rounds)
    whole = statistics.median(sum(one.values()) for one in rounds)
    print(f"  both readings    {worker:6.2f}\n  upload to page   {whole:6.2f}")
    goals = {
        "worker": {"value": round(worker, 2), "goal": 3, "unit": "s, trial and import"},
        "visible": {"value": round(whole, 2), "goal": 60, "unit": "s of machine time, upload to hot spots on the page"},
    }
    print(json.dumps({"name": "two_hours", "goals": goals}))


if __name__ == "__main__":
    main()
