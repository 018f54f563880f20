"""A run as pictures: the track in the colours of a channel, and the channel over time. Pure: arrays in, plain values out.

A track is simplified for the screen by taking, of each stretch of readings that shares a pixel or so, the one with the
highest value, so that no peak disappears; gaps and jumps break the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from enforcement.patrols.tracks.readings import Floats, Readings
from enforcement.patrols.tracks.rules import TrackRule

#: Points sent to the live map, and drawn on paper.
LIVE_POINTS = 4000
PAPER_POINTS = 1500
#: Points sent for the linked chart and the map looked at closely.
FULL_POINTS = 100_000
#: Percentiles of a run's own values at which the colour changes: the upper end is where one looks, and a quiet road
#: keeps one colour instead of flickering with the noise.
BREAKS = (75, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Scale:
    """The colour scale of one run and channel: four edges, five steps."""

    edges: tuple[float, ...]

    def steps(self, values: Floats) -> NDArray[np.int64]:
        """1 to 5 for each value, 1 where there is none."""
        return np.searchsorted(np.asarray(self.edges), np.nan_to_num(values, nan=-np.inf), side="right") + 1

    def labels(self, unit: str) -> list[dict[str, str]]:
        """The legend: a tone and its range with the unit."""
        low = ("", *(f"{edge:g}" for edge in self.edges))
        high = (*(f"{edge:g}" for edge in self.edges), "")
        texts = [f"< {high[0]}", *(f"{a}–{b}" for a, b in zip(low[1:-1], high[1:-1], strict=True)), f"≥ {low[-1]}"]
        return [{"tone": str(step), "label": f"{text} {unit}".strip()} for step, text in enumerate(texts, 1)]


def scale_of(values: Floats) -> Scale:
    """Edges at rounded percentiles of the values, always rising."""
    known = values[np.isfinite(values)]
    if not len(known):
        return Scale((1.0, 2.0, 3.0, 4.0))
    edges: list[float] = []
    for edge in np.percentile(known, BREAKS).tolist():
        rounded = float(f"{edge:.2g}")
        if edges and rounded <= edges[-1]:
            rounded = float(f"{edges[-1] + max(abs(edges[-1]) * 0.1, 0.01):.3g}")
        edges.append(rounded)
    return Scale(tuple(edges))


def stretches(readings: Readings, rule: TrackRule) -> list[NDArray[np.int64]]:
    """Indexes of the placed readings, cut where the drive isn't continuous."""
    placed = np.flatnonzero(readings.placed())
    if not len(placed):
        return []
    silent = np.diff(readings.time_ms[placed]) > rule.max_gap_s * 1000
    return np.split(placed, np.flatnonzero(silent) + 1)


def thinned(indexes: NDArray[np.int64], values: Floats, most: int) -> NDArray[np.int64]:
    """At most about ``most`` of the indexes: both ends, and the highest value of each bucket between."""
    if len(indexes) <= most:
        return indexes
    size = -(-len(indexes) // most)
    whole = len(indexes) // size * size
    buckets = indexes[:whole].reshape(-1, size)
    heights = np.nan_to_num(values[buckets], nan=-np.inf)
    chosen = buckets[np.arange(len(buckets)), np.argmax(heights, axis=1)]
    return np.unique(np.concatenate((indexes[:1], chosen, indexes[-1:])))


def live_lines(readings: Readings, values: Floats, scale: Scale, rule: TrackRule) -> list[dict[str, Any]]:
    """The tracks of the live map: ``{"positions": [[lon, lat, step], ...]}`` for each continuous stretch."""
    parts = stretches(readings, rule)
    total = sum(len(part) for part in parts) or 1
    lines = []
    for part in parts:
        kept = thinned(part, values, max(2, LIVE_POINTS * len(part) // total))
        steps = scale.steps(values[kept])
        lines.append(
            {
                "positions": [
                    [round(lon, 5), round(lat, 5), step]
                    for lon, lat, step in zip(
                        readings.lon[kept].tolist(), readings.lat[kept].tolist(), steps.tolist(), strict=True
                    )
                ]
            }
        )
    return [line for line in lines if len(line["positions"]) > 1]


def all_points(readings: Readings, values: Floats, scale: Scale, rule: TrackRule) -> dict[str, Any]:
    """Every placed reading as columns for the page's script (patrols/js/run.js says how); at most ``FULL_POINTS``."""
    parts = stretches(readings, rule)
    total = sum(len(part) for part in parts) or 1
    kept = [thinned(part, values, max(2, FULL_POINTS * len(part) // total)) for part in parts]
    at = np.concatenate(kept) if kept else np.zeros(0, dtype=np.int64)
    if not len(at):
        return {"t": []}
    first = int(readings.time_ms[at[0]])
    lon, lat = (np.round(one[at] * 1e5).astype(np.int64) for one in (readings.lon, readings.lat))
    return {
        "t0": first,
        "beijing": (first // 1000 + 8 * 3600) % 86_400,
        "t": np.round((readings.time_ms[at] - first) / 1000, 1).tolist(),
        "lon": np.diff(lon, prepend=0).tolist(),
        "lat": np.diff(lat, prepend=0).tolist(),
        "step": scale.steps(values[at]).tolist(),
        "v": [None if value != value else float(f"{value:.4g}") for value in values[at].tolist()],
        "cuts": np.cumsum([0, *(len(part) for part in kept[:-1])]).tolist(),
    }


def paper_lines(readings: Readings, values: Floats, scale: Scale, rule: TrackRule) -> list[dict[str, Any]]:
    """The tracks of the drawn map: one ``{"positions": [(lon, lat), ...], "step": n}`` for each stretch of a colour."""
    parts = stretches(readings, rule)
    total = sum(len(part) for part in parts) or 1
    lines = []
    for part in parts:
        kept = thinned(part, values, max(2, PAPER_POINTS * len(part) // total))
        steps = scale.steps(values[kept])
        cuts = np.flatnonzero(np.diff(steps)) + 1
        for piece in np.split(np.arange(len(kept)), cuts):
            # A stretch reaches to where the next colour begins.
            reached = kept[piece[0] : piece[-1] + 2]
            if len(reached) > 1:
                positions = list(zip(readings.lon[reached].tolist(), readings.lat[reached].tolist(), strict=True))
                lines.append({"positions": positions, "step": int(steps[piece[0]])})
    return lines


def bounds(readings: Readings) -> tuple[float, float, float, float]:
    """West, south, east, north of the placed readings."""
    placed = readings.placed()
    lon, lat = readings.lon[placed], readings.lat[placed]
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def nearby(collection: dict[str, Any], box: Sequence[float], margin: float = 0.15) -> dict[str, Any]:
    """The features of a GeoJSON collection whose own box meets ``box``, widened by ``margin`` degrees."""
    west, south, east, north = box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin

    def meets(feature: dict[str, Any]) -> bool:
        xs, ys = _corners(feature["geometry"]["coordinates"])
        return min(xs) <= east and max(xs) >= west and min(ys) <= north and max(ys) >= south

    return {**collection, "features": [feature for feature in collection["features"] if meets(feature)]}


def _corners(coordinates: Any) -> tuple[list[float], list[float]]:
    if coordinates and isinstance(coordinates[0], int | float):
        return [coordinates[0]], [coordinates[1]]
    xs: list[float] = []
    ys: list[float] = []
    for part in coordinates:
        more_x, more_y = _corners(part)
        xs += more_x
        ys += more_y
    return xs, ys
