"""Which species a hot spot is made of, and how like that is to what an industry gives off. Pure.

Names are vocabulary, not thresholds: what a channel is called in files, and the one name it goes by here.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from enforcement.patrols.tracks.readings import Readings

#: The name a species goes by -> how files call it (lower case, without blanks). Several of a run's channels add up.
SPECIES: dict[str, tuple[str, ...]] = {
    "苯": ("苯", "benzene", "c6h6"),
    "甲苯": ("甲苯", "toluene", "c7h8"),
    "C8芳烃": ("c8芳烃", "二甲苯", "间/对-二甲苯", "间,对-二甲苯", "邻二甲苯", "邻-二甲苯", "对二甲苯", "间二甲苯",
              "乙苯", "xylene", "xylenes", "m/p-xylene", "o-xylene", "ethylbenzene", "c8h10"),
    "苯乙烯": ("苯乙烯", "styrene", "c8h8"),
    "C9芳烃": ("c9芳烃", "三甲苯", "1,2,4-三甲苯", "1,3,5-三甲苯", "trimethylbenzene", "c9h12"),
    "萘": ("萘", "naphthalene", "c10h8"),
    "C4-C5烷烃": ("c4-c5烷烃", "c4-c5", "丁烷", "正丁烷", "异丁烷", "戊烷", "正戊烷", "异戊烷", "butane", "isobutane",
                "n-butane", "pentane", "n-pentane", "isopentane"),
    "丙烯丁烯": ("丙烯", "丁烯", "propene", "propylene", "butene", "丙烯丁烯"),
    "丙酮": ("丙酮", "acetone", "c3h6o"),
    "丁酮": ("丁酮", "甲乙酮", "mek", "butanone", "2-butanone"),
    "乙酸乙酯": ("乙酸乙酯", "ethylacetate", "c4h8o2"),
    "乙酸丁酯": ("乙酸丁酯", "butylacetate", "c6h12o2"),
    "异丙醇": ("异丙醇", "ipa", "isopropanol", "2-propanol"),
    "甲醇": ("甲醇", "methanol", "ch4o"),
    "二氯甲烷": ("二氯甲烷", "dcm", "dichloromethane", "ch2cl2"),
    "氯乙烯": ("氯乙烯", "vinylchloride", "c2h3cl"),
    "二甲基甲酰胺": ("二甲基甲酰胺", "dmf", "dimethylformamide"),
    "丙烯腈": ("丙烯腈", "acrylonitrile"),
    "二硫化碳": ("二硫化碳", "cs2", "carbondisulfide"),
    "硫化氢": ("硫化氢", "h2s"),
    "氨": ("氨", "nh3", "ammonia"),
}  # fmt: skip
_KNOWN = {alias: name for name, aliases in SPECIES.items() for alias in aliases}
#: Parts of the air compare by number, so only mixing ratios do: ppb, and ppm as thousands of them.
PPB = {"ppb": 1.0, "ppbv": 1.0, "ppm": 1000.0, "ppmv": 1000.0}
#: The air around a hot spot, before its first and after its last reading, and the percentile that is its background.
AROUND_MS, LOW = 5 * 60_000, 10.0


@dataclass(frozen=True, slots=True)
class Pattern:
    """`excess` in ppb over the background around, by name; `channels` how the run calls them. Empty: nothing to compare."""

    excess: Mapping[str, float]
    channels: Mapping[str, str]

    @property
    def shares(self) -> dict[str, float]:
        total = sum(self.excess.values())
        return {name: value / total for name, value in self.excess.items()} if total > 0 else {}


@dataclass(frozen=True, slots=True)
class Match:
    """How like a pattern is to an industry's (0 to 1), and by which species, the strongest first."""

    likeness: float
    species: tuple[str, ...]


def species_of(channel: str) -> str | None:
    """The name a channel's species goes by; None for what isn't one."""
    return _KNOWN.get("".join(unicodedata.normalize("NFKC", channel).lower().split()))


def pattern_of(readings: Readings, first: int, last: int) -> Pattern:
    """What each species rose in a stretch (mean less the background around it), never below zero."""
    if last >= len(readings):
        return Pattern({}, {})
    times = readings.time_ms
    near = (times >= times[first] - AROUND_MS) & (times <= times[last] + AROUND_MS)
    excess: dict[str, float] = {}
    channels: dict[str, str] = {}
    for channel in readings.measured():
        name, factor = species_of(channel.name), PPB.get(channel.unit.lower())
        if name is None or factor is None:
            continue
        values = readings.value(channel.name)
        inside, around = values[first : last + 1], values[near]
        inside, around = inside[np.isfinite(inside)], around[np.isfinite(around)]
        if not len(inside) or not len(around):
            continue
        rise = max(0.0, float(inside.mean()) - float(np.percentile(around, LOW))) * factor
        excess[name] = excess.get(name, 0.0) + rise
        channels[name] = f"{channels[name]}、{channel.name}" if name in channels else channel.name
    return Pattern(excess, channels)


def likeness(pattern: Pattern, shares: Mapping[str, float], least_species: int) -> Match | None:
    """Bhattacharyya's coefficient of a pattern and an industry's shares, over the species the run measured.

    None when too few of them were measured, nothing rose, or the industry gives off none of them: then nothing is known.
    """
    measured = pattern.shares
    if len(measured) < least_species:
        return None
    told = {name: shares.get(name, 0.0) for name in measured}
    total = sum(told.values())
    if total <= 0:
        return None
    parts = {name: math.sqrt(measured[name] * told[name] / total) for name in measured}
    strongest = sorted((name for name in parts if parts[name] > 0), key=lambda name: (-parts[name], name))
    return Match(min(1.0, sum(parts.values())), tuple(strongest))


def unknown_species(names: Iterable[str]) -> list[str]:
    """Those that are no species here: a fingerprint's typing errors."""
    return sorted(set(names) - set(SPECIES))
