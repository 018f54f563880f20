"""Exported lists against the writer library's own floor, paired in one run; peak memory at a tenth and at full length.

    python3 run.py bench sheets            # 100,000 issues
    python3 run.py bench sheets --quick    # 10,000

Floor: xlsxwriter with constant_memory writing the very same cells, already in memory, into the same file. Ours: rows
read from PostgreSQL by a server-side cursor, made into cells, written, counted, progress told. Each runs in a process of
its own, in turn. Synthetic data.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.rig.databases import database, on
from benchmarks.rig.setting import arguments, enter

GOAL = 1.3


def once(how: str, form: str, most: int) -> dict[str, Any]:
    """One way in this process: seconds and peak memory (MB) beyond what the imported program holds."""
    from django.utils import translation

    from enforcement.issues.sheets import issues as kind
    from enforcement.issues.sheets.writing import WRITERS, Head
    from regions.models import Officer

    translation.activate("zh-hans")
    officer = Officer.objects.get(username="bench-supervisor")
    rows = kind.narrowed(officer, {}).rows[:most]
    cells, place = kind.cells(), kind.place
    with tempfile.TemporaryDirectory() as folder:
        path, head = Path(folder) / "rows", Head("问题台账", [("筛选条件", "无")])
        if how == "floor":
            ready = [(cells(row), place(row)) for row in rows.iterator(chunk_size=2000)]
            before, spent = time.perf_counter(), time.process_time()
            bare(path, ready)
        else:
            before, spent = time.perf_counter(), time.process_time()
            given = ((cells(row), place(row)) for row in rows.iterator(chunk_size=2000))
            WRITERS[form](path, head, kind.COLUMNS, given)
        seconds, processor = time.perf_counter() - before, time.process_time() - spent
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {"seconds": seconds, "processor": processor, "peak": peak, "size": path.stat().st_size}


def bare(path: Path, ready: list[Any]) -> None:
    """The library's own way: `write_row` for each row, days with their format as a user of it would."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "default_date_format": "yyyy-mm-dd"}  # fmt: skip
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("floor")
        for number, (cells, _place) in enumerate(ready):
            sheet.write_row(number, 0, ["" if cell is None else cell for cell in cells])


def apart(how: str, form: str, most: int, issues: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.sheets", "--way", how, form, str(most), str(issues)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def main() -> None:
    options = arguments("sheets", issues=100_000, quick=10_000, described=__doc__ or "")
    database(options.issues)
    goals = {}
    ratios, spent = [], []
    for number in range(options.rounds):
        pair = [apart(how, "xlsx", options.issues, options.issues) for how in ("floor", "ours")]
        ratios.append(pair[1]["seconds"] / pair[0]["seconds"])
        spent.append(pair[1]["processor"] / pair[0]["processor"])
        print(
            f"round {number + 1}: floor {pair[0]['seconds']:.2f} s, ours {pair[1]['seconds']:.2f} s, {ratios[-1]:.2f}x; "
            f"processor {pair[0]['processor']:.2f} s, {pair[1]['processor']:.2f} s, {spent[-1]:.2f}x",
            flush=True,
        )
    print(f"processor time, the database's apart: {statistics.median(spent):.2f}x")
    goals["P11"] = {"value": round(statistics.median(ratios), 3), "goal": GOAL, "unit": "x the writer's floor"}
    for form in ("xlsx", "csv", "geojson"):
        small, large = (apart("ours", form, count, options.issues) for count in (options.issues // 10, options.issues))
        print(
            f"{form}: {options.issues // 10:,} rows {small['seconds']:.2f} s, peak {small['peak']:.0f} MB; "
            f"{options.issues:,} rows {large['seconds']:.2f} s, peak {large['peak']:.0f} MB, {large['size'] / 1e6:.1f} MB file"
        )
    print(json.dumps({"name": "sheets", "issues": options.issues, "goals": goals}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        way, form, most, issues = sys.argv[2:6]
        enter(on(int(issues)))
        print(json.dumps(once(way, form, int(most))))
    else:
        main()
