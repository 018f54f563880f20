"""Loads the data set of the other benchmarks and checks its invariants: chains verify, rows and events agree.

python3 run.py bench seeding --issues 100000
"""

import json
import time

from benchmarks.rig.databases import database, on
from benchmarks.rig.setting import arguments, enter

if __name__ == "__main__":
    options = arguments("seeding", issues=100_000, quick=5_000, described=__doc__ or "")
    database(options.issues)
    enter(on(options.issues))

    from enforcement.timeline.verification import Tally, verify

    began, tally = time.monotonic(), Tally()
    faults = [str(fault) for fault in verify(None, tally)]
    seconds = time.monotonic() - began
    print(f"verified {tally.chains:,} chains, {tally.events:,} events in {seconds:.1f} s: {len(faults)} faults")
    for fault in faults[:10]:
        print(" ", fault)
    per_million = round(seconds * 1e6 / max(1, tally.events), 1)
    goals = {"R8": {"value": per_million, "goal": 60, "unit": "s per 1,000,000 events"}}
    print(json.dumps({"name": "seeding", "issues": options.issues, "faults": len(faults), "goals": goals}))
