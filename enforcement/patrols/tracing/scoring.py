"""Which sites may have caused a hot spot: those in the sector upwind, ranked by one score made of named parts. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from enforcement.patrols.tracing.patterns import Match, Pattern, likeness
from enforcement.patrols.tracing.sectors import Sector, polar

#: A part never counts as less than this: one bad part doesn't rule a site out, it moves it back.
LEAST_PART = 0.02


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """The dated rule's weights and scales: distances in m, a weight of 0 leaves a part out.

    `grades`: how likely a site of a performance grade is a source, beside the others (0 to 1); "" stands for ungraded.
    """

    near_m: float
    direction_weight: float
    distance_weight: float
    species_weight: float
    permit_weight: float
    grade_weight: float
    history_weight: float
    distance_scale_m: float
    no_permit: float
    no_history: float
    no_industry: float
    least_species: int
    most: int
    grades: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suspect:
    """What the register knows of a site: place (degrees), its industry's shares (None: no fingerprint), permit, grade,
    and in how many confirmed causes and findings it stood lately."""

    key: int
    lon: float
    lat: float
    shares: Mapping[str, float] | None
    permit: bool
    grade: str
    history: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A site in the sector: how far (m), in which direction and how far off the axis (degrees), and what it scored.

    `parts` are 0 to 1 by name; `match` names the species that speak for it. `score` is 0 to 100.
    """

    key: int
    distance_m: float
    bearing_deg: float
    off_deg: float
    parts: Mapping[str, float]
    match: Match | None
    score: float

    def numbers(self) -> dict[str, Any]:
        """The parts, rounded, as they are kept."""
        told: dict[str, Any] = {name: round(value, 4) for name, value in self.parts.items()}
        if self.match is not None:
            told["matched"] = list(self.match.species[:3])
        return told


def ranked(sector: Sector, suspects: Sequence[Suspect], pattern: Pattern, settings: ScoreSettings) -> list[Candidate]:
    """The sites in the sector, best first, at most `most`; ties go to the nearer one."""
    if not suspects:
        return []
    lons, lats = np.array([one.lon for one in suspects]), np.array([one.lat for one in suspects])
    distance, bearing = polar(sector.lon, sector.lat, lons, lats)
    off = sector.off_deg(bearing, distance)
    inside = np.flatnonzero((distance <= sector.far_m) & (off <= sector.half_deg))
    found = [
        _candidate(suspects[n], float(distance[n]), float(bearing[n]), float(off[n]), sector, pattern, settings)
        for n in inside.tolist()
    ]
    return sorted(found, key=lambda one: (-one.score, one.distance_m, one.key))[: settings.most]


def _candidate(
    suspect: Suspect,
    distance_m: float,
    bearing_deg: float,
    off_deg: float,
    sector: Sector,
    pattern: Pattern,
    settings: ScoreSettings,
) -> Candidate:
    match = likeness(pattern, suspect.shares, settings.least_species) if suspect.shares else None
    parts = {
        # Half the sector's angle off the axis is one standard deviation.
        "direction": math.exp(-0.5 * (off_deg / max(sector.half_deg / 2, 1.0)) ** 2),
        "distance": math.exp(-max(0.0, distance_m - settings.near_m) / settings.distance_scale_m),
        "permit": 1.0 if suspect.permit else settings.no_permit,
        "grade": settings.grades.get(suspect.grade, settings.grades.get("", 1.0)),
        "history": 1.0 if suspect.history else settings.no_history,
    }
    if match is not None:
        parts["species"] = match.likeness
    elif pattern.shares and len(pattern.shares) >= settings.least_species:
        # The air says something, the register doesn't say of what industry the site is.
        parts["species"] = settings.no_industry
    return Candidate(suspect.key, distance_m, bearing_deg, off_deg, parts, match, _score(parts, settings))


def _score(parts: Mapping[str, float], settings: ScoreSettings) -> float:
    """The weighted geometric mean of the parts, times 100: parts multiply, as likelihoods do."""
    weights = {name: getattr(settings, f"{name}_weight") for name in parts}
    total = sum(weights.values())
    if total <= 0:
        return 0.0
    logs = sum(weights[name] * math.log(max(LEAST_PART, value)) for name, value in parts.items())
    return 100 * math.exp(logs / total)
