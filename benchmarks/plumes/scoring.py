"""Detections against what is true, in time; each true crossing is found once at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.plumes.drives import Crossing, Drive
from regions.coordinates import distance_m

#: A detection and a crossing are the same when they overlap, give or take so much (ms).
SLACK_MS = 5000


@dataclass(frozen=True, slots=True)
class Detection:
    """First and last moment at the inlet (UTC ms), and where it is put."""

    first_ms: int
    last_ms: int
    lon: float
    lat: float


@dataclass(slots=True)
class Score:
    """Counts over many drives; `errors_m` of the found ones."""

    found: int = 0
    missed: int = 0
    false: int = 0
    unjudged: int = 0
    km: float = 0.0
    errors_m: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.false)

    @property
    def f1(self) -> float:
        return 2 * self.recall * self.precision / max(1e-9, self.recall + self.precision)

    @property
    def error_m(self) -> float:
        return float(np.median(self.errors_m)) if self.errors_m else float("nan")

    @property
    def false_per_100_km(self) -> float:
        return 100 * self.false / max(self.km, 1e-9)

    def add(self, drive: Drive, detections: Sequence[Detection]) -> None:
        """Counts one drive. A second detection of a found crossing is false; one of a weak crossing isn't judged."""
        self.km += drive.km
        left = list(drive.certain)
        taken: set[Crossing] = set()
        for detection in detections:
            near = [crossing for crossing in left if _meet(detection, crossing)]
            if near:
                best = max(near, key=lambda crossing: _shared_ms(detection, crossing))
                left.remove(best)
                taken.add(best)
                self.found += 1
                metres = distance_m(detection.lon, detection.lat, best.lon, best.lat)
                self.errors_m.append(float(metres))
            elif any(_meet(detection, crossing) for crossing in drive.weak):
                self.unjudged += 1
            else:
                self.false += 1
        self.missed += len(left)


def _shared_ms(detection: Detection, crossing: Crossing) -> int:
    return min(detection.last_ms, crossing.last_ms) - max(detection.first_ms, crossing.first_ms)


def _meet(detection: Detection, crossing: Crossing) -> bool:
    return _shared_ms(detection, crossing) >= -SLACK_MS
