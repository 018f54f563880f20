"""Which county each reading of a track lies in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from regions import boundaries
from regions.placement import place_many

Array = NDArray[np.float64]
#: Readings placed at a time.
PIECE_ROWS = 1 << 18
#: Every so many readings are looked up in the index to learn which counties a track touches.
PROBE_EVERY = 200


def _numbered(lon: Array, lat: Array) -> tuple[NDArray[np.int16], list[str]]:
    """Each point's county by its number in the list of codes, -1 outside; a piece of the track at a time.

    As ``place_many`` says it, fast for points near each other: probes tell which counties occur; points inside one of those outlines are settled by it, the rest by the index.
    """
    probed = set(place_many(lon[::PROBE_EVERY], lat[::PROBE_EVERY]).tolist()) - {""}
    outlines = {county.code: county.outline for county in boundaries.counties() if county.code in probed}
    codes = list(outlines)
    for outline in outlines.values():
        shapely.prepare(outline)
    numbers = np.full(len(lon), -1, dtype=np.int16)
    for start in range(0, len(lon), PIECE_ROWS):
        piece = slice(start, start + PIECE_ROWS)
        x, y, here = lon[piece], lat[piece], numbers[piece]
        left = np.arange(len(x))
        for number, outline in enumerate(outlines.values()):
            inside = shapely.contains_xy(outline, x[left], y[left])
            here[left[inside]] = number
            left = left[~inside]
        if len(left):
            for code in set((rest := place_many(x[left], y[left])).tolist()) - {""}:
                if code not in codes:
                    codes.append(code)
                here[left[rest == code]] = codes.index(code)
    return numbers, codes


@dataclass(slots=True)
class CountyPlacer:
    """Places a track by index into ``codes``, -1 outside the province; ``codes`` are known once it was called."""

    codes: list[str] = field(default_factory=list)

    def __call__(self, lat: Array, lon: Array) -> NDArray[np.int64]:
        numbers, codes = _numbered(lon, lat)
        met = np.bincount(numbers[numbers >= 0], minlength=len(codes)) > 0
        self.codes = sorted(code for code, found in zip(codes, met, strict=True) if found)
        rank = [self.codes.index(code) if code in self.codes else -1 for code in codes]
        return np.array([*rank, -1], dtype=np.int64)[numbers]
