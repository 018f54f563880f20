"""Which county each reading of a track lies in."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from regions import boundaries
from regions.placement import place_many

Array = NDArray[np.float64]
#: Every so many readings are looked up in the index to learn which counties a track touches.
PROBE_EVERY = 200


def counties_of_track(lon: Array, lat: Array) -> NDArray[np.str_]:
    """Six-digit county code of each point, "" outside the province: ``place_many``, fast for points near each other.

    Probes tell which counties occur; points inside one of those outlines are settled by it, the rest by the index.
    """
    codes = np.full(len(lon), "", dtype="<U6")
    unsettled = np.ones(len(lon), dtype=bool)
    probed = set(place_many(lon[::PROBE_EVERY], lat[::PROBE_EVERY]).tolist()) - {""}
    for county in boundaries.counties():
        if county.code in probed:
            shapely.prepare(county.outline)
            left = np.flatnonzero(unsettled)
            inside = left[shapely.contains_xy(county.outline, lon[left], lat[left])]
            codes[inside] = county.code
            unsettled[inside] = False
    left = np.flatnonzero(unsettled)
    if len(left):
        codes[left] = place_many(lon[left], lat[left])
    return codes


@dataclass(slots=True)
class CountyPlacer:
    """Places a track by index into ``codes``, -1 outside the province; ``codes`` are known once it was called."""

    codes: list[str] = field(default_factory=list)

    def __call__(self, lat: Array, lon: Array) -> NDArray[np.int64]:
        found, place = np.unique(counties_of_track(lon, lat), return_inverse=True)
        place = place.astype(np.int64).reshape(-1)
        self.codes = [code for code in found.tolist() if code]
        # "" sorts first, so taking one away makes it -1.
        return place - 1 if len(found) and found[0] == "" else place
