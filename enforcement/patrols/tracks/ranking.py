"""The so-many-th smallest value of each of many windows that overlap: what a rolling percentile is made of. Exact.

Sorting each window anew costs the same for each; here most values are set aside first, by a bound per block of rows
that only a low value passes, and windows are then ranked among the few that did, many at once. A window whose answer
may lie above its bound is ranked by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .abreast import do_abreast
from .readings import PIECE_ROWS, Floats, Ints

#: Windows ranked at once: few enough that they stay in the cache and that one wide one costs its neighbours little.
AT_ONCE = 1_000
#: Fewer windows than this are ranked one by one as quickly.
WORTH_IT = 200
#: The bound passes so many times the share of values that is looked for.
PASSING = 1.6


def ranked(values: Floats, starts: Ints, ends: Ints, ranks: Ints) -> Floats:
    """``sorted(values[start:end])[rank]`` of each window; windows rise and none is empty. Values hold no NaN."""
    if len(starts) < WORTH_IT:
        return _one_by_one(values, starts, ends, ranks)
    sizes = ends - starts
    block = max(16, int(np.median(sizes)) // 2)
    bound = _bounds(values, block, float(np.median(ranks / sizes)))
    low = _low(values, bound, block)
    answers = _among(values[low], np.searchsorted(low, starts), np.searchsorted(low, ends), ranks)
    sure = answers <= _least(bound, starts // block, (ends - 1) // block)
    doubtful = np.flatnonzero(~sure)
    answers[doubtful] = _one_by_one(values, starts[doubtful], ends[doubtful], ranks[doubtful])
    return answers


def _bounds(values: Floats, block: int, share: float) -> Floats:
    """For each block of rows a value that the windows touching it are likely to have their answer below."""
    whole = len(values) // block * block
    rank = min(block - 1, int(share * PASSING * block) + 1)
    blocks = values[:whole].reshape(-1, block)
    own = np.empty(len(blocks))

    def bound(some: slice) -> None:
        own[some] = np.partition(blocks[some], rank, axis=1)[:, rank]

    do_abreast(bound, _some(len(blocks), max(1, PIECE_ROWS // block)))
    if whole < len(values) or not len(own):
        own = np.append(own, values[whole:].max())
    padded = np.concatenate((own[:1], own[:1], own, own[-1:], own[-1:]))
    highest: Floats = sliding_window_view(padded, 5).max(axis=1)
    return highest


def _low(values: Floats, bound: Floats, block: int) -> Ints:
    """Where values are that their block's bound lets pass."""
    whole = len(values) // block * block
    passed = values[:whole].reshape(-1, block) <= bound[: whole // block, None]
    return np.concatenate((np.flatnonzero(passed), whole + np.flatnonzero(values[whole:] <= bound[-1])))


def _among(low: Floats, starts: Ints, ends: Ints, ranks: Ints) -> Floats:
    """The answers among the low values; infinite where a window holds too few of them."""
    answers = np.full(len(starts), np.inf)
    sizes = ends - starts
    enough = np.flatnonzero(sizes > ranks)
    if not len(enough):
        return answers
    padded = np.concatenate((low, np.full(int(sizes[enough].max()), np.inf)))

    def rank(which: slice) -> None:
        some = enough[which]
        widest = int(sizes[some].max())
        held = sliding_window_view(padded, widest)[starts[some]]
        held[np.arange(widest) >= sizes[some, None]] = np.inf
        held.sort(axis=1)
        answers[some] = held[np.arange(len(some)), ranks[some]]

    do_abreast(rank, _some(len(enough), AT_ONCE))
    return answers


def _some(count: int, at_once: int) -> Iterator[slice]:
    return (slice(start, start + at_once) for start in range(0, count, at_once))


def _least(bound: Floats, first: Ints, last: Ints) -> Floats:
    """The least bound of the blocks from first to last, each."""
    least = bound[first].copy()
    for step in range(1, int((last - first).max(initial=0)) + 1):
        least = np.minimum(least, bound[np.minimum(first + step, last)])
    return least


def _one_by_one(values: Floats, starts: Ints, ends: Ints, ranks: Ints) -> Floats:
    answers = np.empty(len(starts))
    for number, (start, end, rank) in enumerate(zip(starts.tolist(), ends.tolist(), ranks.tolist(), strict=True)):
        answers[number] = np.partition(values[start:end], rank)[rank]
    return answers
