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

    ``x`` and ``y`` count squares from 0° east and 0° north. ``values`` holds median, peak and number of readings of each
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


def squares(readings: Readings, place: NDArray[np.int64]) -> list[Square]:
    """The squares of a run, in order of day, place, x and y. Readings without a trusted place count nowhere."""
    at = np.flatnonzero(readings.placed())
    if not len(at):
        return []
    days = (readings.time_ms[at] + BEIJING_MS) // DAY_MS
    x = np.floor(readings.lon[at] / SIDE).astype(np.int64)
    y = np.floor(readings.lat[at] / SIDE).astype(np.int64)
    keys, group = np.unique(np.stack([days, place[at], x, y]), axis=1, return_inverse=True)
    group = group.reshape(-1)
    counts = np.bincount(group, minlength=keys.shape[1])
    values: list[dict[str, tuple[float, float, int]]] = [{} for _square in range(keys.shape[1])]
    for channel in readings.measured():
        _measure(values, channel_key(channel.name, channel.unit), readings.value(channel.name)[at], group)
    return [
        Square(int(keys[1, n]), EPOCH + timedelta(days=int(keys[0, n])), int(keys[2, n]), int(keys[3, n]),
               int(counts[n]), values[n])
        for n in range(keys.shape[1])
    ]  # fmt: skip


def _measure(
    values: list[dict[str, tuple[float, float, int]]], key: str, measured: Floats, group: NDArray[np.int64]
) -> None:
    """Adds a channel's median, peak and count to each square; missing and negative values don't count."""
    known = np.isfinite(measured) & (measured >= 0)
    order = np.argsort(group[known], kind="stable")
    found, begins = np.unique(group[known][order], return_index=True)
    for number, part in zip(found.tolist(), np.split(measured[known][order], begins[1:]), strict=False):
        values[number][key] = (float(f"{np.median(part):.5g}"), float(f"{part.max():.5g}"), len(part))
