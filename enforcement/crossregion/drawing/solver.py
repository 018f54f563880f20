"""HiGHS behind a small table: columns and rows by number, one call to solve, what came of it in plain values."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np

INFINITY = float("inf")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`values` by column; `bound` is the solver's proof that no answer is better. Empty values: no answer."""

    status: str  # optimal (within the gap), feasible (time ran out), infeasible, unknown
    values: Any
    objective: float = 0.0
    bound: float = 0.0
    seconds: float = 0.0

    @property
    def found(self) -> bool:
        return self.status in {"optimal", "feasible"}


class Model:
    """A mixed-integer model to be minimised."""

    def __init__(self) -> None:
        self.cost: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.whole: list[bool] = []
        self._row_low: list[float] = []
        self._row_high: list[float] = []
        self._starts: list[int] = [0]
        self._columns: list[int] = []
        self._factors: list[float] = []

    def column(self, low: float, high: float, *, cost: float = 0.0, whole: bool = True) -> int:
        self.cost.append(cost)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, low: float, high: float, terms: Iterable[tuple[int, float]]) -> None:
        """`low` <= sum of factor x column <= `high`."""
        for column, factor in terms:
            self._columns.append(column)
            self._factors.append(factor)
        self._starts.append(len(self._columns))
        self._row_low.append(low)
        self._row_high.append(high)

    def solver(self, *, gap: float, time_limit_s: float, seed: int = 0) -> highspy.Highs:
        """The model handed over whole: adding rows one by one costs more than solving."""
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(self._row_low)
        lp.col_cost_ = np.array(self.cost, dtype=np.double)
        lp.col_lower_ = np.array(self.low, dtype=np.double)
        lp.col_upper_ = np.array(self.high, dtype=np.double)
        lp.row_lower_ = np.array(self._row_low, dtype=np.double)
        lp.row_upper_ = np.array(self._row_high, dtype=np.double)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(self._starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(self._columns, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(self._factors, dtype=np.double)
        kinds = highspy.HighsVarType
        lp.integrality_ = [kinds.kInteger if whole else kinds.kContinuous for whole in self.whole]
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("mip_rel_gap", gap)
        solver.setOptionValue("time_limit", float(time_limit_s))
        solver.setOptionValue("random_seed", seed % 2**31)
        solver.passModel(lp)
        return solver

    def solve(self, *, gap: float, time_limit_s: float, seed: int = 0) -> Outcome:
        started = time.monotonic()
        if not self.cost:
            return Outcome("optimal" if all(low <= 0 for low in self._row_low) else "infeasible", ())
        solver = self.solver(gap=gap, time_limit_s=time_limit_s, seed=seed)
        solver.run()
        return read(solver, time.monotonic() - started)


def read(solver: highspy.Highs, seconds: float) -> Outcome:
    """What a solver that has run came to."""
    ended, info = solver.getModelStatus(), solver.getInfo()
    statuses = highspy.HighsModelStatus
    if ended in {statuses.kInfeasible, statuses.kUnboundedOrInfeasible}:
        return Outcome("infeasible", (), seconds=seconds)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Outcome("unknown", (), seconds=seconds)
    values = np.array(solver.getSolution().col_value)
    status = "optimal" if ended == statuses.kOptimal else "feasible"
    return Outcome(status, values, info.objective_function_value, info.mip_dual_bound, seconds)
