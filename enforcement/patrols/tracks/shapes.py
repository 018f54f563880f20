"""Series as shapes: what an instrument's slow answer hid, what is wider than a passing exhaust, what belongs together."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .readings import Floats, Ints, pieces


def usual_interval_s(time_ms: Ints) -> float:
    """The usual time between readings in seconds, 1 for fewer than two."""
    return max(usual_step_ms(time_ms) / 1000, 0.001) if len(time_ms) > 1 else 1.0


def usual_step_ms(time_ms: Ints) -> float:
    """The median of the steps between at least two moments; nothing is sorted where more than half are the same."""
    count = len(time_ms) - 1
    likely = time_ms[count // 2 + 1] - time_ms[count // 2]
    same = sum(np.count_nonzero(np.diff(time_ms[piece]) == likely) for piece in pieces(count, 1))
    return float(likely) if same * 2 > count else float(np.median(np.diff(time_ms)))


def silences(time_ms: Ints, longest_ms: float) -> Ints:
    """The readings after which nothing came for longer than that."""
    found = [
        piece.start + np.flatnonzero(np.diff(time_ms[piece]) > longest_ms) for piece in pieces(len(time_ms) - 1, 1)
    ]
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def sharpened(time_ms: Ints, values: Floats, response_s: float) -> Floats:
    """A first-order answer undone: the value plus time constant x slope, the slope over the two neighbours.

    The plain inverse would multiply the noise; at the ends and beside a silence the value stays.
    """
    if response_s <= 0 or len(values) < 3:
        return values
    span_s = (time_ms[2:] - time_ms[:-2]) / 1000
    even = (span_s > 0) & (span_s <= 2.5 * usual_interval_s(time_ms))
    slope = np.zeros(len(values))
    slope[1:-1] = np.where(even, (values[2:] - values[:-2]) / np.maximum(span_s, 0.001), 0.0)
    return values + response_s * slope


def opened(time_ms: Ints, values: Floats, seconds: float) -> Floats:
    """The highest level that holds for so many seconds around each reading (a morphological opening).

    Whatever is narrower is cut off at the level of its feet. A silence of more than five seconds ends a piece; a piece
    shorter than the width is as high as its lowest reading.
    """
    interval_s = usual_interval_s(time_ms)
    rows = round(seconds / interval_s)
    if rows < 2:
        return values
    kept = np.empty_like(values)
    cuts = silences(time_ms, 1000 * max(5.0, 3 * interval_s)) + 1
    for piece in np.split(np.arange(len(values)), cuts):
        if len(piece) < rows:
            kept[piece] = values[piece].min(initial=np.inf)
            continue
        lowest = sliding_window_view(values[piece], rows).min(axis=1)
        edge = np.full(rows - 1, -np.inf)
        kept[piece] = sliding_window_view(np.concatenate((edge, lowest, edge)), rows).max(axis=1)
    return kept


def smoothed(values: Floats, rows: int) -> Floats:
    """The mean over an odd number of rows, the ends repeated."""
    half = rows // 2
    padded = np.concatenate((np.full(half, values[0]), values, np.full(half, values[-1])))
    return np.convolve(padded, np.ones(2 * half + 1) / (2 * half + 1), mode="valid")
