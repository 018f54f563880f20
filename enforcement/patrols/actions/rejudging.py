"""A run judged again by another version of the rules: what would appear and what would disappear. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from enforcement.patrols.actions.keeping import readings_of
from enforcement.patrols.models import HotSpot, HotSpotRule, PatrolRun
from enforcement.patrols.tracks import hotspots
from enforcement.patrols.tracks.judging import FoundHotSpot
from regions.errors import Invalid


@dataclass(frozen=True, slots=True)
class Rejudged:
    """`kept` pairs a stored hot spot with what the rule finds there; `gone` it doesn't find; `new` nobody stored."""

    rule: HotSpotRule
    kept: list[tuple[HotSpot, FoundHotSpot]]
    gone: list[HotSpot]
    new: list[FoundHotSpot]


def rules_for(run: PatrolRun) -> list[HotSpotRule]:
    """Every version of the rules that fits a channel of the run, newest first."""
    channels = {(str(name).lower(), unit) for name, unit, role in run.channels if not role}
    rules = HotSpotRule.objects.order_by("channel", "unit", "-valid_from")
    return [rule for rule in rules if (rule.channel.lower(), rule.unit) in channels]


def rejudge(run: PatrolRun, rule: HotSpotRule) -> Rejudged:
    """The run's stored hot spots of the rule's channel beside those it would give today. Raises Invalid, Absent, Conflict.

    The same hot spot is one whose stretch shares a reading.
    """
    readings = readings_of(run)
    wanted = rule.channel.lower(), rule.unit
    name = next((one.name for one in readings.measured() if (one.name.lower(), one.unit) == wanted), None)
    if name is None:
        raise Invalid(_("这次走航没有“%(channel)s”通道，请选择其他规则。") % {"channel": rule.channel}, field="rule")
    responses = run.responses()
    found = hotspots.find(readings, name, rule.value(), responses)
    stored = list(run.hot_spots.filter(channel__iexact=rule.channel, unit=rule.unit).order_by("number"))
    return _matched(rule, stored, found)


def _matched(rule: HotSpotRule, stored: list[HotSpot], found: list[FoundHotSpot]) -> Rejudged:
    left = list(found)
    kept, gone = [], []
    for spot in stored:
        same = next((one for one in left if one.first <= spot.last_index and one.last >= spot.first_index), None)
        if same is None:
            gone.append(spot)
        else:
            left.remove(same)
            kept.append((spot, same))
    return Rejudged(rule, kept, gone, left)
