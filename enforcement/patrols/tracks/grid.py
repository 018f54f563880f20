"""What one run measured in each square of a grid: medians and peaks a map of many runs is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from .readings import Floats, Readings
from .segments import BEIJING_MS, DAY_MS, EPOCH

#: A square's side in degrees: some 550 m of latitude and 440 m of longitude in Shanxi. Stored rows depend on it.
SIDE = 0.005


@dataclass(frozen=True, slots=True)
class Square:
    """What a run measured in one square, place and Beijing day; ``place`` indexes the placer's codes, -1 outside.

    ``x`` and ``y`` are its column and row (see below). ``values`` holds median, peak and number of readings of each
    channel (see ``channel_key``), in the channel's unit.
    """

    place: int
    day: date
    x: int
    y: int
    readings: int
    values: dict[str, tuple[float, float, int]]


def channel_key(name: str, unit: str) -> str:
    """What a channel goes by in stored squares: channels of one name and another unit don't mix."""
    return f"{name.lower()}|{unit}"


def column_of(lon: Floats) -> NDArray[np.int64]:
    """The column of each longitude (degrees), counted eastwards from 180° west."""
    return np.floor((lon + 180) / SIDE).astype(np.int64)


def row_of(lat: Floats) -> NDArray[np.int64]:
    """The row of each latitude (degrees), counted northwards from the south pole."""
    return np.floor((lat + 90) / SIDE).astype(np.int64)


def squares(readings: Readings, place: NDArray[np.int64]) -> list[Square]:
    """The squares of a run, in order of day, place, x and y. Readings without a trusted place count nowhere."""
    at = np.flatnonzero(readings.placed())
    if not len(at):
        return []
    packed = _packed(readings, place, at)
    # A vehicle stays in a square for a while: stretches are sorted, not readings.
    heads = np.concatenate(([0], np.flatnonzero(packed[1:] != packed[:-1]) + 1))
    keys, of_head = np.unique(packed[heads], return_inverse=True)
    group = np.repeat(of_head.reshape(-1).astype(np.int32), np.diff(np.append(heads, len(at))))
    counts = np.bincount(group, minlength=len(keys))
    values: list[dict[str, tuple[float, float, int]]] = [{} for _square in range(len(keys))]
    order = np.argsort(group, kind="stable")
    at, group = at[order], group[order]
    for channel in readings.measured():
        _measure(values, channel_key(channel.name, channel.unit), readings.value(channel.name)[at], group)
    return [
        Square(
            place=(key >> 33 & 0xFFF) - 1,
            day=EPOCH + timedelta(days=key >> 45),
            x=key >> 16 & 0x1FFFF,
            y=key & 0xFFFF,
            readings=int(counts[n]),
            values=values[n],
        )
        for n, key in enumerate(keys.tolist())
    ]


def _packed(readings: Readings, place: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Day, place, x and y of readings as one number each: 16 bits of day, 12 of place, 17 of x, 16 of y."""
    packed: NDArray[np.int64] = (readings.time_ms[at] + BEIJING_MS) // DAY_MS << 12
    packed |= place[at] + 1
    packed <<= 17
    packed |= column_of(readings.lon[at])
    packed <<= 16
    packed |= row_of(readings.lat[at])
    return packed


def _measure(
    values: list[dict[str, tuple[float, float, int]]], key: str, measured: Floats, group: NDArray[np.int32]
) -> None:
    """Adds a channel's median, peak and count to each square; missing and negative values don't count. ``group`` rises."""
    known = np.isfinite(measured) & (measured >= 0)
    if not known.all():
        measured, group = measured[known], group[known]
    # Sorted within their squares, the middle and the last of each are its median and its peak, for all squares at once.
    ordered = measured[np.lexsort((measured, group))]
    found, begins, counts = np.unique(group, return_index=True, return_counts=True)
    medians = (ordered[begins + (counts - 1) // 2] + ordered[begins + counts // 2]) / 2
    peaks = ordered[begins + counts - 1]
    parts = zip(found.tolist(), medians.tolist(), peaks.tolist(), counts.tolist(), strict=True)
    for number, median, peak, count in parts:
        values[number][key] = (float(f"{median:.5g}"), float(f"{peak:.5g}"), count)
