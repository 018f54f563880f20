"""P10: a round drawn as the worker draws it, beside the solver's bare run on the same model, in turn, in one run.

    python3 run.py bench assignment            # 200 teams, 117 counties
    python3 run.py bench assignment --quick    # 60 teams, 40 counties
    python3 run.py bench assignment --pool 20  # the round lends 20 pieces of each kind of equipment

Bare is HiGHS alone on the finished model of stage one, to a gap of 1 %, with the same options. Ours is everything from
the register's bytes to the certificate: parsing, drawing targets, building the model, both stages, dealing, checking
every rule. With a pool ours solves a smaller model first and may never come to the one the bare run solves: below 1 is no mistake then. Each round has a seed of its own. The goal counts processor time of all threads: the solver's wall time doubles when anything else
runs beside it; wall time stands beside it. Synthetic rounds over the real divisions; nothing is stored.
"""

import argparse
import json
import statistics
import time
from dataclasses import dataclass

from enforcement.crossregion.drawing import assignment, counties, loans, targets
from enforcement.crossregion.drawing.candidates import Candidates
from enforcement.crossregion.drawing.certificate import certify
from enforcement.crossregion.drawing.register import Register
from enforcement.crossregion.drawing.solver import read
from enforcement.crossregion.synthetic import register, with_pool

GAP = 0.01
TIME_LIMIT_S = 300


@dataclass(frozen=True)
class Spent:
    """Wall and processor seconds (all threads), the gap reached, the violations the certificate found, its own seconds (wall)
    and the pieces lent from the pool."""

    wall: float
    cpu: float
    gap: float
    violations: int = 0
    certified: float = 0.0
    lent: int = 0


def bare(seed: bytes, frozen: Register) -> Spent:
    """The solver alone."""
    candidates = Candidates(frozen, targets.draw(seed, frozen), frozenset())
    stage = counties.build(seed, candidates)
    solver = stage.model.solver(gap=GAP, time_limit_s=TIME_LIMIT_S, seed=int.from_bytes(seed[:4], "big"))
    wall, cpu = time.perf_counter(), time.process_time()
    solver.run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    found = read(solver, wall)
    return Spent(wall, cpu, abs(found.objective - found.bound) / abs(found.objective))


def ours(seed: bytes, data: bytes) -> Spent:
    """The whole draw."""
    wall, cpu = time.perf_counter(), time.process_time()
    frozen = Register.parse(data)
    drawn = targets.draw(seed, frozen)
    result = assignment.assign(seed, frozen, drawn, time_limit_s=TIME_LIMIT_S, gap=GAP)
    lent = loans.lend(seed, frozen, drawn, result.places)
    dealt = assignment.deal(seed, frozen, drawn, result.places, lent)
    begun = time.perf_counter()
    certificate = certify(seed, frozen, drawn, result.places, dealt, lent)
    certified = time.perf_counter() - begun
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Spent(wall, cpu, result.gap, len(certificate.faults), certified, sum(map(len, lent.values())))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="assignment", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="60 teams, 40 counties, 2 rounds")
    parser.add_argument("--rounds", type=int, default=0, help="rounds (default 5)")
    parser.add_argument("--pool", type=int, default=0, help="pieces of each kind of equipment the round can lend")
    options = parser.parse_args()
    size = {"teams": 60, "counties": 40} if options.quick else {"teams": 200, "counties": 117}
    frozen = register(**size, max_km=700)
    if options.pool:
        frozen = with_pool(frozen, options.pool)
    data = frozen.canonical()
    print(f"{size['teams']} teams, {size['counties']} counties, {len(data):,} bytes of register (synthetic)")
    wall, cpu, seconds = [], [], []
    for n in range(options.rounds or (2 if options.quick else 5)):
        seed = (20_210_906 + n).to_bytes(32, "big")
        if n % 2:
            whole, alone = ours(seed, data), bare(seed, frozen)
        else:
            alone, whole = bare(seed, frozen), ours(seed, data)
        wall.append(whole.wall / alone.wall)
        cpu.append(whole.cpu / alone.cpu)
        seconds.append(whole.wall)
        print(f"seed {n}  bare {alone.wall:>6.2f} s (cpu {alone.cpu:>6.2f}, gap {alone.gap:.2%})  ours {whole.wall:>6.2f} s"
              f" (cpu {whole.cpu:>6.2f}, gap {whole.gap:.2%})  cpu {cpu[-1]:>5.2f} x  wall {wall[-1]:>5.2f} x"
              f"  violations {whole.violations}, certified in {1000 * whole.certified:.0f} ms, lent {whole.lent}", flush=True)  # fmt: skip
    goals = {
        "P10": {"value": round(statistics.median(cpu), 2), "goal": 1.3, "unit": "x the bare run (processor time)"},
        "P10 wall": {"value": round(statistics.median(wall), 2), "goal": 1.3, "unit": "x the bare run (wall)"},
        "P10 seconds": {"value": round(statistics.median(seconds), 1), "goal": None, "unit": "s"},
    }
    print(json.dumps({"name": "assignment", "teams": size["teams"], "synthetic": True, "goals": goals}))


if __name__ == "__main__":
    main()
