"""Three plain ways to call a hot spot, as one would write them in an afternoon: rows for seconds, no lag, no filters.

Each has a grid of settings; the best on the tuning drives (by F1) is what is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from benchmarks.plumes.air import Array

#: Stretches so many rows apart are one, for all three.
MERGE_ROWS = 10
#: Shortest stretches tried.
ROWS = (1, 5, 12, 20, 30)


@dataclass(frozen=True, slots=True)
class Baseline:
    """`over(values)` marks rows; `rows` is the shortest stretch kept."""

    name: str
    settings: str
    over: Callable[[Array], NDArray[np.bool_]]
    rows: int


def rolling(values: Array, window: int, rank: Callable[[Array], Array]) -> Array:
    """A centred window of rows, shortened at the ends by repeating what is there."""
    half = window // 2
    padded = np.concatenate((values[:half][::-1], values, values[-half:][::-1]))
    return rank(sliding_window_view(padded, 2 * half + 1)[: len(values)])


def fifth(windows: Array) -> Array:
    place = int(0.05 * (windows.shape[1] - 1) + 0.5)
    return np.partition(windows, place, axis=1)[:, place]


def median(windows: Array) -> Array:
    place = windows.shape[1] // 2
    return np.partition(windows, place, axis=1)[:, place]


def _ratio(values: Array, window: int, ratio: float) -> NDArray[np.bool_]:
    return values >= ratio * np.maximum(rolling(values, window, fifth), 1.0)


def _mad(values: Array, window: int, k: float) -> NDArray[np.bool_]:
    middle = rolling(values, window, median)
    spread = 1.4826 * rolling(np.abs(values - middle), window, median)
    return values >= middle + k * np.maximum(spread, 1.0)


def candidates() -> Iterator[Baseline]:
    """Every baseline with every setting tried."""
    for limit, rows in product((100, 150, 200, 300, 400, 600), ROWS):
        yield Baseline("fixed threshold", f"{limit} ppb, {rows} rows", lambda v, t=limit: v >= t, rows)
    for window, ratio, rows in product((300, 600), (2, 3, 4, 6, 8), ROWS):
        name = f"{ratio} x over {window} rows, {rows} rows"
        yield Baseline("ratio over rolling 5th percentile", name, lambda v, w=window, r=ratio: _ratio(v, w, r), rows)
    for window, k, rows in product((300, 600), (5, 8, 12, 20), ROWS):
        name = f"k = {k} over {window} rows, {rows} rows"
        yield Baseline("rolling median + k MAD", name, lambda v, w=window, n=k: _mad(v, w, n), rows)


def stretches(over: NDArray[np.bool_], rows: int) -> list[tuple[int, int]]:
    """First and last row of each stretch kept."""
    at = np.flatnonzero(over)
    if not len(at):
        return []
    cut = np.flatnonzero(np.diff(at) > MERGE_ROWS)
    firsts, lasts = at[np.concatenate(([0], cut + 1))], at[np.concatenate((cut, [len(at) - 1]))]
    pairs = zip(firsts.tolist(), lasts.tolist(), strict=True)
    return [(first, last) for first, last in pairs if over[first : last + 1].sum() >= rows]
