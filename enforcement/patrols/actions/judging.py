"""A run judged by every rule in force, before anything of it is written: its columns can be packed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enforcement.patrols.actions.grouping import groups_of, judged_by
from enforcement.patrols.models import HotSpotRule
from enforcement.patrols.tracks.groups import SpeciesGroup
from enforcement.patrols.tracks.hotspots import FoundHotSpot
from enforcement.patrols.tracks.readings import Readings
from enforcement.patrols.tracks.rules import ChannelResponse
from enforcement.timeline import clock


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """The hot spots of a run in order of time, each with its rule; ``groups`` by the key of the rule that adds them up."""

    found: list[tuple[HotSpotRule, FoundHotSpot]]
    groups: Mapping[int, SpeciesGroup]


def judged_run(readings: Readings, responses: Mapping[str, ChannelResponse]) -> JudgedRun:
    """What the rules in force today find. Two statements at most."""
    rules = HotSpotRule.in_force(clock.today()).values()
    groups = groups_of(rules)
    found: list[tuple[HotSpotRule, FoundHotSpot]] = []
    for rule in rules:
        judged = judged_by(readings, rule, groups.get(rule.pk), responses)
        found += [(rule, spot) for spot in judged.found] if judged else []
    found.sort(key=lambda pair: (pair[1].started_ms, pair[0].channel))
    return JudgedRun(found, groups)
