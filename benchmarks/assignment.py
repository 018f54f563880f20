"""P10: a round drawn as the worker draws it, beside the solver's bare run on the same model, in turn, in one run.

    python3 run.py bench assignment            # 200 teams, 117 counties
    python3 run.py bench assignment --quick    # 60 teams, 40 counties

Bare is HiGHS alone on the finished model of stage one, to a gap of 1 %, with the same options. Ours is everything from the register's bytes
to the certificate: parsing, drawing targets, building the model, both stages, dealing, checking every rule. Each round
has a seed of its own. Synthetic rounds over the real divisions; nothing is stored.
"""

import argparse
import json
import statistics
import time

from enforcement.crossregion.drawing import assignment, counties, targets
from enforcement.crossregion.drawing.candidates import Candidates
from enforcement.crossregion.drawing.certificate import certify
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.drawing.solver import read
from enforcement.crossregion.synthetic import register

GAP = 0.01
TIME_LIMIT_S = 300


def bare(seed: bytes, frozen: Register) -> tuple[float, float]:
    """Seconds of the solver alone, and the gap it came to."""
    candidates = Candidates(frozen, targets.draw(seed, frozen), frozenset())
    stage = counties.build(seed, candidates)
    solver = stage.model.solver(gap=GAP, time_limit_s=TIME_LIMIT_S, seed=int.from_bytes(seed[:4], "big"))
    started = time.perf_counter()
    solver.run()
    seconds = time.perf_counter() - started
    found = read(solver, seconds)
    return seconds, abs(found.objective - found.bound) / abs(found.objective)


def ours(seed: bytes, data: bytes) -> tuple[float, float, int]:
    """Seconds of the whole draw, its gap and the violations its certificate found."""
    started = time.perf_counter()
    frozen = Register.parse(data)
    drawn = targets.draw(seed, frozen)
    result = assignment.assign(seed, frozen, drawn, time_limit_s=TIME_LIMIT_S, gap=GAP)
    dealt = assignment.deal(seed, frozen, drawn, result.places)
    certificate = certify(seed, frozen, drawn, result.places, dealt)
    return time.perf_counter() - started, result.gap, len(certificate.faults)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="assignment", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="60 teams, 40 counties, 2 rounds")
    parser.add_argument("--rounds", type=int, default=0, help="rounds (default 5)")
    options = parser.parse_args()
    size = {"teams": 60, "counties": 40} if options.quick else {"teams": 200, "counties": 117}
    frozen = register(**size, max_km=700)
    data = frozen.canonical()
    print(f"{size['teams']} teams, {size['counties']} counties, {len(data):,} bytes of register (synthetic)")
    ratios, spent = [], []
    for n in range(options.rounds or (2 if options.quick else 5)):
        seed = (20_210_906 + n).to_bytes(32, "big")
        if n % 2:
            (whole_s, gap, violations), (bare_s, bare_gap) = ours(seed, data), bare(seed, frozen)
        else:
            (bare_s, bare_gap), (whole_s, gap, violations) = bare(seed, frozen), ours(seed, data)
        ratios.append(whole_s / bare_s)
        spent.append(whole_s)
        print(f"seed {n}  bare {bare_s:>6.2f} s (gap {bare_gap:.2%})  ours {whole_s:>6.2f} s (gap {gap:.2%})"
              f"  {ratios[-1]:>5.2f} x  violations {violations}")  # fmt: skip
    goals = {
        "P10": {"value": round(statistics.median(ratios), 2), "goal": 1.3, "unit": "x the bare run"},
        "P10 seconds": {"value": round(statistics.median(spent), 1), "goal": None, "unit": "s"},
    }
    print(json.dumps({"name": "assignment", "teams": size["teams"], "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    main()
