"""P8: a long track from CSV to stored hot spots, beside the bare read of the same file and a plain pandas program.

    python3 run.py bench tracks            # 1M and 10M rows, medians of five rounds of every way in turn
    python3 run.py bench tracks --quick    # 100k and 1M rows

Bare is Polars reading the same bytes, dates left as text, and its own decode of the date column. Plain is pandas with the
same steps as one would write them first: read_csv with dates, lag by a merge on time, a rolling 5th percentile in a time
window, stretches above ratio and floor, kilometres a day, a compressed pickle. Ours is `read_track`, which hashes the file too,
`measure`, `segments`, `hotspots.find` and meanwhile `codec.encoding`: the very functions a worker's import calls, in its order and
with its columns in a file, without the database. Each runs in a process of its own, in turn; the kernel says how much memory
each took at its highest, file included. The track is synthetic (seeded).
"""

import argparse
import gc
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from statistics import median

import django
import numpy as np
import pandas as pd
import polars as pl

django.setup()

from enforcement.patrols.reference import SINCE, TVOC_RULES  # noqa: E402
from enforcement.patrols.tracks import codec, hotspots  # noqa: E402
from enforcement.patrols.tracks.importing import Statement, Surroundings, read_track  # noqa: E402
from enforcement.patrols.tracks.limits import ImportLimits  # noqa: E402
from enforcement.patrols.tracks.quality import measure, steps  # noqa: E402
from enforcement.patrols.tracks.rules import ChannelResponse, TrackRule  # noqa: E402
from enforcement.patrols.tracks.segments import segments  # noqa: E402

RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)
#: The plain rule, whose steps pandas can follow one by one.
SPOTS = TVOC_RULES[SINCE]
LAG_S = 6.0
START_MS = 1_625_101_200_000
NOW_MS = 1_900_000_000_000
#: A silence of an hour after so many rows.
PIECE = 7_200


def write(path: Path, rows: int, seed: int) -> None:
    """The file: 1 Hz, an hour of silence every two hours, a plume every half an hour or so."""
    rng = np.random.default_rng(seed)
    number = np.arange(rows)
    time_ms = START_MS + number * 1000 + number // PIECE * 3_600_000
    angle = np.cumsum(rng.normal(0, 0.01, rows))
    tvoc = 45 + 8 * rng.standard_normal(rows) + 900 * np.exp(-(((number % 1900) - 950) ** 2) / 200)
    frame = pl.DataFrame(
        {
            "time": pl.Series(time_ms).cast(pl.Datetime("ms")),
            "lat": np.round(37.87 + 0.05 * np.sin(number / 4000), 6),
            "lon": np.round(112.55 + 0.05 * np.cos(number / 4000), 6),
            "speed(km/h)": np.round(20 + 3 * np.sin(angle), 1),
            "TVOC(ppb)": np.round(np.maximum(tvoc, 0), 1),
            "wind_direction": np.round(180 + 40 * np.sin(angle), 0),
            "wind_speed(m/s)": np.round(2 + np.cos(angle), 1),
        }
    )
    frame.write_csv(path, datetime_format="%Y-%m-%d %H:%M:%S")


def bare(path: Path) -> int:
    frame = pl.read_csv(path.read_bytes(), schema_overrides={"time": pl.String})
    frame["time"].str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="ms")
    return len(frame)


def plain(path: Path) -> int:
    frame = pd.read_csv(path, parse_dates=["time"])
    place = frame[["time", "lat", "lon"]]
    late = pd.DataFrame({"time": frame["time"] - pd.Timedelta(seconds=LAG_S), "TVOC": frame["TVOC(ppb)"]})
    joined = pd.merge_asof(late, place, on="time", direction="nearest").set_index("time")
    level = joined["TVOC"].rolling(f"{int(SPOTS.window_s)}s", center=True).quantile(SPOTS.percentile / 100)
    over = (joined["TVOC"] >= SPOTS.floor) & (joined["TVOC"] >= SPOTS.ratio * level)
    stretch = (over != over.shift()).cumsum()[over]
    sizes = joined[over].groupby(stretch)["TVOC"].agg(["size", "max"])
    lon, lat = np.radians(frame["lon"]), np.radians(frame["lat"])
    haversine = np.sin(lat.diff() / 2) ** 2 + np.cos(lat) * np.cos(lat.shift()) * np.sin(lon.diff() / 2) ** 2
    metres = 12_742_000 * np.arcsin(np.sqrt(haversine))
    metres[frame["time"].diff() > pd.Timedelta(seconds=RULE.max_gap_s)] = 0
    metres.groupby(frame["time"].dt.date).sum()
    kept = io.BytesIO()
    frame.to_pickle(kept)
    zlib.compress(kept.getvalue(), 1)
    return int((sizes["size"] >= SPOTS.min_duration_s).sum())


def ours(path: Path) -> int:
    limits = ImportLimits(max_bytes=1 << 31, max_rows=20_000_000, max_seconds=3600, aside=path.parent)
    track = read_track(path, path.name, Statement("UTC"), Surroundings(RULE, NOW_MS), limits)
    driven = steps(track.readings, RULE)
    measure(track.readings, track.rows_total, RULE, driven)
    segments(track.readings, track.place, RULE, driven)
    with codec.encoding(track.readings, limits.aside) as encoded:
        found = hotspots.find(track.readings, "TVOC", SPOTS, {"tvoc": ChannelResponse(lag_s=LAG_S)})
    b"".join(encoded.result())
    return len(found)


WAYS = {"bare": bare, "plain": plain, "ours": ours}


def alone(way: str, path: Path) -> dict[str, float]:
    """One way in a process of its own: processor and wall seconds, highest memory (MB), what it found."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.tracks", "--way", way, "--file", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return answer


def one(way: str, path: Path) -> None:
    gc.collect()  # what the imports left is no part of any way
    wall, cpu = time.perf_counter(), time.process_time()
    found = WAYS[way](path)
    highest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "mb": highest, "found": found}
    print(json.dumps(spent))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--seed", type=int, default=2026)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--way", choices=WAYS)
    asked.add_argument("--file", type=Path)
    chosen = asked.parse_args()
    if chosen.way:
        one(chosen.way, chosen.file)
        return
    sizes = (100_000, 1_000_000) if chosen.quick else (1_000_000, 10_000_000)
    spent: dict[tuple[str, int], dict[str, float]] = {}
    print("Synthetic track, seed", chosen.seed)
    print(f"{'rows':>11} {'way':>6} {'wall s':>8} {'cpu s':>8} {'peak MB':>8} {'found':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for rows in sizes:
            path = Path(folder) / f"{rows}.csv"
            write(path, rows, chosen.seed)
            turns = [{way: alone(way, path) for way in WAYS} for _round in range(1 if chosen.quick else chosen.rounds)]
            for way in WAYS:
                got = spent[way, rows] = {key: median(turn[way][key] for turn in turns) for key in turns[0][way]}
                print(
                    f"{rows:>11,} {way:>6} {got['wall']:>8.2f} {got['cpu']:>8.2f} {got['mb']:>8.0f} {got['found']:>8.0f}"
                )
    small, large = sizes
    wall = {way: spent[way, large]["wall"] for way in WAYS}
    grown = spent["ours", large]["wall"] / spent["ours", small]["wall"] / (large / small)
    goals = {
        "P8 floor": {"value": round(wall["ours"] / wall["bare"], 2), "goal": 2, "unit": "x bare read"},
        "P8 plain": {"value": round(wall["plain"] / wall["ours"], 2), "goal": 8, "unit": "x faster than pandas"},
        "P8 memory": {"value": round(spent["ours", large]["mb"]), "goal": 2048, "unit": "MB"},
        "P8 linear": {"value": round(grown, 2), "goal": 1, "unit": f"x cost a row, {small} to {large}"},
    }
    print(json.dumps({"name": "tracks", "rows": large, "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    main()
