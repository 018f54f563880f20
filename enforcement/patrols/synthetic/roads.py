"""Road-like lines inside a county: a jittered grid of junctions, and drives along it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from regions import boundaries
from regions.coordinates import step_lengths_m

Array = NDArray[np.float64]
#: Metres in a degree of latitude.
METRES_PER_DEGREE = 111_195.0
#: Usual distance between junctions in km.
SPACING_KM = 1.5
#: A county with fewer junctions than this gets a finer grid.
FEWEST_JUNCTIONS = 60
#: Share of the grid's links that are no road.
MISSING_LINKS = 0.12


@dataclass(frozen=True, slots=True)
class RoadNet:
    """Junctions (degrees, WGS-84) and, for each, the junctions it is linked with."""

    lon: Array
    lat: Array
    links: tuple[tuple[int, ...], ...]

    def nearest(self, lon: float, lat: float) -> int:
        """The junction closest to a point."""
        squeeze = np.cos(np.radians(lat))
        return int(np.argmin(((self.lon - lon) * squeeze) ** 2 + (self.lat - lat) ** 2))


@lru_cache(maxsize=256)
def road_net(county_code: str, seed: int = 0) -> RoadNet:
    """The roads of a county: the same seed gives the same roads. KeyError for an unknown code."""
    outline = next((county.outline for county in boundaries.counties() if county.code == county_code), None)
    if outline is None:
        raise KeyError(county_code)
    return _net(outline, np.random.default_rng([seed, int(county_code)]), SPACING_KM)


def _net(outline: shapely.Geometry, rng: np.random.Generator, spacing_km: float) -> RoadNet:
    west, south, east, north = outline.bounds
    dy = spacing_km * 1000 / METRES_PER_DEGREE
    dx = dy / float(np.cos(np.radians((south + north) / 2)))
    columns, rows = np.meshgrid(
        np.arange(int((east - west) / dx) + 1), np.arange(int((north - south) / dy) + 1), indexing="ij"
    )
    lon = west + (columns + 0.5 + rng.uniform(-0.35, 0.35, columns.shape)) * dx
    lat = south + (rows + 0.5 + rng.uniform(-0.35, 0.35, rows.shape)) * dy
    shapely.prepare(outline)
    inside = shapely.contains_xy(outline, lon, lat)
    if inside.sum() < FEWEST_JUNCTIONS and spacing_km > 0.3:
        return _net(outline, rng, spacing_km / 2)
    pairs = np.concatenate([_pairs(inside, 1, 0), _pairs(inside, 0, 1)])
    flat_lon, flat_lat = lon.ravel(), lat.ravel()
    kept = rng.random(len(pairs)) >= MISSING_LINKS
    for share in (0.25, 0.5, 0.75):
        kept &= shapely.contains_xy(
            outline,
            flat_lon[pairs[:, 0]] * (1 - share) + flat_lon[pairs[:, 1]] * share,
            flat_lat[pairs[:, 0]] * (1 - share) + flat_lat[pairs[:, 1]] * share,
        )
    return _largest_part(flat_lon, flat_lat, pairs[kept])


def _pairs(inside: NDArray[np.bool_], right: int, up: int) -> NDArray[np.int64]:
    """Index pairs of neighbouring grid points that both lie inside."""
    index = np.arange(inside.size).reshape(inside.shape)
    columns, rows = inside.shape
    here, there = index[: columns - right, : rows - up].ravel(), index[right:, up:].ravel()
    both = inside.ravel()[here] & inside.ravel()[there]
    return np.stack([here[both], there[both]], axis=1)


def _largest_part(lon: Array, lat: Array, pairs: NDArray[np.int64]) -> RoadNet:
    """The largest connected part, junctions renumbered."""
    links: dict[int, list[int]] = {}
    for here, there in pairs.tolist():
        links.setdefault(here, []).append(there)
        links.setdefault(there, []).append(here)
    best: list[int] = []
    seen: set[int] = set()
    for start in links:
        if start not in seen:
            part = _reachable(links, start)
            seen.update(part)
            best = max(best, part, key=len)
    number = {node: position for position, node in enumerate(best)}
    linked = tuple(tuple(number[other] for other in links[node]) for node in best)
    return RoadNet(lon[best], lat[best], linked)


def _reachable(links: dict[int, list[int]], start: int) -> list[int]:
    found, waiting = {start: None}, deque([start])
    while waiting:
        for other in links[waiting.popleft()]:
            if other not in found:
                found[other] = None
                waiting.append(other)
    return list(found)


def drive_line(net: RoadNet, km: float, rng: np.random.Generator, visit: tuple[int, ...] = ()) -> tuple[Array, Array]:
    """A drive of at least ``km`` as a smooth line (lon, lat), past the junctions in ``visit`` first if given."""
    start = visit[0] if visit else int(rng.integers(len(net.lon)))
    path = [start]
    for goal in visit[1:]:
        path += _way(net, path[-1], goal)[1:]
    lon, lat = _smooth(net, path)
    while len(path) < 2 or float(step_lengths_m(lon, lat).sum()) < km * 1000:
        _wander(net, path, max(8, int(km / SPACING_KM / 3)), rng)
        lon, lat = _smooth(net, path)
    return lon, lat


def _way(net: RoadNet, start: int, goal: int) -> list[int]:
    """The path with the fewest junctions."""
    came: dict[int, int] = {start: start}
    waiting = deque([start])
    while waiting and goal not in came:
        here = waiting.popleft()
        for other in net.links[here]:
            if other not in came:
                came[other] = here
                waiting.append(other)
    path = [goal]
    while path[-1] != start:
        path.append(came[path[-1]])
    return path[::-1]


def _wander(net: RoadNet, path: list[int], steps: int, rng: np.random.Generator) -> None:
    """Lengthen the path: rather to roads not driven yet, never straight back unless it is a dead end."""
    visits: dict[int, int] = {}
    for node in path:
        visits[node] = visits.get(node, 0) + 1
    for chance in rng.random((steps, 4)).tolist():
        here = path[-1]
        before = path[-2] if len(path) > 1 else -1
        choices = [other for other in net.links[here] if other != before] or list(net.links[here])
        chosen = min(zip(choices, chance, strict=False), key=lambda pair: visits.get(pair[0], 0) + pair[1])[0]
        visits[chosen] = visits.get(chosen, 0) + 1
        path.append(chosen)


def _smooth(net: RoadNet, path: list[int]) -> tuple[Array, Array]:
    """Corners cut twice (Chaikin)."""
    line = np.stack([net.lon[path], net.lat[path]], axis=1)
    for _round in range(2):
        if len(line) < 3:
            break
        cut = np.empty((2 * (len(line) - 1), 2))
        cut[0::2] = line[:-1] * 0.75 + line[1:] * 0.25
        cut[1::2] = line[:-1] * 0.25 + line[1:] * 0.75
        line = np.concatenate([line[:1], cut, line[-1:]])
    return line[:, 0].copy(), line[:, 1].copy()


def roadside(net: RoadNet, count: int, rng: np.random.Generator) -> list[tuple[int, float, float]]:
    """``count`` places (junction, lon, lat) 100-350 m off a road: where a synthetic source may stand."""
    nodes = rng.choice(len(net.lon), size=min(count, len(net.lon)), replace=False)
    places = []
    for node, turn, metres in zip(
        nodes.tolist(), rng.random(len(nodes)), rng.uniform(100, 350, len(nodes)), strict=True
    ):
        lat = float(net.lat[node] + metres * np.sin(turn * 2 * np.pi) / METRES_PER_DEGREE)
        squeeze = np.cos(np.radians(lat))
        lon = float(net.lon[node] + metres * np.cos(turn * 2 * np.pi) / METRES_PER_DEGREE / squeeze)
        places.append((node, round(lon, 6), round(lat, 6)))
    return places
