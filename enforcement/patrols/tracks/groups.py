"""Species judged together: the sum of several channels of one run as a channel more. Pure; nothing measured is changed.

Benzene, toluene and xylene may each stay under their limits while together they stand out: a rule may name a group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from .readings import Channel, Floats, Readings
from .rules import UNREGISTERED, ChannelResponse
from .units import name_key

#: Channels that are late by more than this from each other (s) don't measure the same air second by second.
SAME_AIR_S = 1.0


@dataclass(frozen=True, slots=True)
class SpeciesGroup:
    """``members`` are the species, each as the set of names it goes by (``units.name_key``); at least ``least`` of them
    must be in a run, in ``unit``."""

    name: str
    unit: str
    members: tuple[frozenset[str], ...]
    least: int = 2

    def found_in(self, channels: Sequence[Channel]) -> list[int]:
        """The numbers of the channels that are members, one for each at most; none where too few are."""
        found: dict[int, int] = {}
        for number, channel in enumerate(channels):
            if channel.role or channel.unit != self.unit:
                continue
            key = name_key(channel.name)
            member = next((place for place, names in enumerate(self.members) if key in names), None)
            if member is not None:
                found.setdefault(member, number)
        return sorted(found.values()) if len(found) >= max(1, self.least) else []


class _WithSum(Sequence[Floats]):
    """The columns as they are and, computed when it is first asked for, the sum of some; NaN where one of them is missing."""

    def __init__(self, values: Sequence[Floats], summed: Sequence[int]) -> None:
        self._values, self._summed = values, summed
        self._whole: Floats | None = None

    def __len__(self) -> int:
        return len(self._values) + 1

    @overload
    def __getitem__(self, number: int) -> Floats: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Floats]: ...
    def __getitem__(self, number: int | slice) -> Floats | Sequence[Floats]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        if number < 0:
            number += len(self)
        if number < len(self._values):
            return self._values[number]
        if number > len(self._values):
            raise IndexError(number)
        if self._whole is None:
            # Of a long run each channel is unpacked for it, and a page asks for it several times.
            self._whole = self._values[self._summed[0]].astype(np.float64)
            for one in self._summed[1:]:
                self._whole += self._values[one]
        return self._whole


def with_group(readings: Readings, group: SpeciesGroup) -> Readings:
    """The readings with the group as a channel more; the same where too few of its species were measured, or a channel of
    that name is there."""
    members = group.found_in(readings.channels)
    if not members or any(one.name.lower() == group.name.lower() for one in readings.channels):
        return readings
    return replace(
        readings,
        channels=(*readings.channels, Channel(group.name, group.unit)),
        values=_WithSum(readings.values, members),
    )


def response_of(
    readings: Readings, group: SpeciesGroup, responses: Mapping[str, ChannelResponse]
) -> ChannelResponse | None:
    """How the sum answers: as its members do, on average. None where they are late by too different times to be added
    second by second."""
    known = [
        responses.get(readings.channels[one].name.lower(), UNREGISTERED) for one in group.found_in(readings.channels)
    ]
    lags = [one.lag_s + one.response_s for one in known]
    if not known or max(lags) - min(lags) > SAME_AIR_S:
        return None
    if all(one is UNREGISTERED for one in known):
        return UNREGISTERED
    return ChannelResponse(
        sum(one.lag_s for one in known) / len(known),
        sum(one.response_s for one in known) / len(known),
        max(one.detection_limit for one in known),
    )
