"""Species a rule judges together: their sum, computed from a run's readings when it is asked for and never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from enforcement.patrols.models import HotSpotRule, Substance
from enforcement.patrols.tracks import groups, hotspots
from enforcement.patrols.tracks.groups import SpeciesGroup
from enforcement.patrols.tracks.hotspots import Judged
from enforcement.patrols.tracks.readings import Channel, Floats, Readings
from enforcement.patrols.tracks.rules import ChannelResponse


def groups_of(rules: Iterable[HotSpotRule]) -> dict[int, SpeciesGroup]:
    """The group of each rule that has one, by the rule's key. One statement if there is any."""
    grouped = [rule for rule in rules if rule.members.strip()]
    if not grouped:
        return {}
    names = Substance.names_by_key()
    return {rule.pk: rule.group(names) for rule in grouped}


def with_groups(readings: Readings, rules: Iterable[HotSpotRule]) -> Readings:
    """The readings with the sum of each of these rules' groups as a channel more, where the run measured enough of it."""
    for group in groups_of(rules).values():
        readings = groups.with_group(readings, group)
    return readings


def fits(run_channels: Iterable[Any], rule: HotSpotRule, group: SpeciesGroup | None) -> bool:
    """Whether a rule has something to judge in a run with these channels (name, unit, role)."""
    channels = [Channel(str(name), unit, role) for name, unit, role in run_channels]
    own = any((one.name.lower(), one.unit) == (rule.channel.lower(), rule.unit) for one in channels if not one.role)
    return own or (group is not None and bool(group.found_in(channels)))


def judged_by(
    readings: Readings, rule: HotSpotRule, group: SpeciesGroup | None, responses: Mapping[str, ChannelResponse]
) -> Judged | None:
    """A run's stretches above the limits of a rule, by its channel or the sum of its group; None where the run hasn't it,
    or the group's channels are late by times too different to be added."""
    wanted = rule.channel.lower(), rule.unit
    name = next((one.name for one in readings.measured() if (one.name.lower(), one.unit) == wanted), None)
    if name is not None:
        return hotspots.judge(readings, name, rule.value(), responses)
    if group is None or not group.found_in(readings.channels):
        return None
    response = groups.response_of(readings, group, responses)
    if response is None:
        return None
    summed = groups.with_group(readings, group)
    own = {group.name.lower(): response} if response is not groups.UNREGISTERED else {}
    return hotspots.judge(summed, group.name, rule.value(), {**responses, **own})


def judged_channel(readings: Readings, rule: HotSpotRule, group: SpeciesGroup | None) -> Floats:
    """The values a rule judged: of its channel, or of the sum of its group. KeyError where the run has neither."""
    summed = groups.with_group(readings, group) if group is not None else readings
    wanted = rule.channel.lower(), rule.unit
    for channel in summed.measured():
        if (channel.name.lower(), channel.unit) == wanted:
            return summed.value(channel.name)
    raise KeyError(rule.channel)


def members_in(readings: Readings, group: SpeciesGroup | None) -> dict[str, Any]:
    """What a hot spot of a group keeps beside its numbers: the channels that were added."""
    names = [readings.channels[one].name for one in group.found_in(readings.channels)] if group else []
    return {"members": names} if names else {}
