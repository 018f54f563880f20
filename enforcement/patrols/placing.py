"""Which county each reading of a track lies in."""

from __future__ import annotations

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
    open_ = np.ones(len(lon), dtype=bool)
    probed = set(place_many(lon[::PROBE_EVERY], lat[::PROBE_EVERY]).tolist()) - {""}
    for county in boundaries.counties():
        if county.code in probed:
            shapely.prepare(county.outline)
            left = np.flatnonzero(open_)
            inside = left[shapely.contains_xy(county.outline, lon[left], lat[left])]
            codes[inside] = county.code
            open_[inside] = False
    left = np.flatnonzero(open_)
    if len(left):
        codes[left] = place_many(lon[left], lat[left])
    return codes
