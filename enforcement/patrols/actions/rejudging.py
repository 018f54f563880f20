"""A run judged again by another version of the rules: what would appear and what would disappear. Nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from enforcement.patrols.actions.grouping import fits, groups_of, judged_by
from enforcement.patrols.actions.keeping import readings_of
from enforcement.patrols.models import HotSpot, HotSpotRule, PatrolRun
from enforcement.patrols.tracks.hotspots import Dropped, FoundHotSpot, Judged
from regions.errors import Invalid
from regions.models import Officer


@dataclass(frozen=True, slots=True)
class Rejudged:
    """`kept` pairs a stored hot spot with what the rule finds there; `gone` it doesn't find; `new` nobody stored. Stored ones
    the officer may not see are left out. `dropped` are stretches above its limits that it doesn't take for hot spots, each
    with why."""

    rule: HotSpotRule
    kept: list[tuple[HotSpot, FoundHotSpot]]
    gone: list[HotSpot]
    new: list[FoundHotSpot]
    dropped: list[Dropped]


def rules_for(run: PatrolRun) -> list[HotSpotRule]:
    """Every version of the rules that fits a channel of the run, newest first; those only to compare with come last."""
    rules = list(HotSpotRule.objects.order_by("compare_only", "channel", "unit", "-valid_from"))
    summed = groups_of(rules)
    return [rule for rule in rules if fits(run.channels, rule, summed.get(rule.pk))]


def rejudge(run: PatrolRun, rule: HotSpotRule, officer: Officer) -> Rejudged:
    """The run's stored hot spots of the rule's channel, as far as the officer sees them, beside those it would give today.
    Raises Invalid, Absent, Conflict.

    The same hot spot is one whose stretch shares a reading.
    """
    group = groups_of([rule]).get(rule.pk)
    judged = judged_by(readings_of(run), rule, group, run.responses())
    if judged is None and group is not None:
        raise Invalid(
            _("这次走航没有测到“%(channel)s”的足够组分，或各组分的时滞相差过大，不能相加。请选择其他规则。")
            % {"channel": rule.channel},
            field="rule",
        )
    if judged is None:
        raise Invalid(_("这次走航没有“%(channel)s”通道，请选择其他规则。") % {"channel": rule.channel}, field="rule")
    of_channel = run.hot_spots.filter(channel__iexact=rule.channel, unit=rule.unit)
    stored = list(of_channel.select_related("division").with_quality().order_by("number"))
    shown = set(run.hot_spots.visible_to(officer).values_list("pk", flat=True))
    return _matched(rule, stored, judged, shown)


def _matched(rule: HotSpotRule, stored: list[HotSpot], judged: Judged, shown: Collection[Any]) -> Rejudged:
    left = list(judged.found)
    kept, gone = [], []
    for spot in stored:
        same = next((one for one in left if one.first <= spot.last_index and one.last >= spot.first_index), None)
        if same is None:
            gone.append(spot)
        else:
            left.remove(same)
            kept.append((spot, same))
    return Rejudged(
        rule,
        [(spot, one) for spot, one in kept if spot.pk in shown],
        [spot for spot in gone if spot.pk in shown],
        left,
        judged.dropped,
    )
