"""Rules of species groups, of wind and of speed: species that only together stand out are found, and what is dropped is told why."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from enforcement.papers import Table
from enforcement.patrols import actions
from enforcement.patrols.actions.redriving import passes
from enforcement.patrols.models import HotSpotRule, Redrive, RedriveRule, Substance
from enforcement.patrols.reference import COMPARED_SINCE, TVOC_RULES, load
from enforcement.patrols.report import report_of
from enforcement.patrols.tracks import judging
from enforcement.patrols.tracks.groups import SpeciesGroup, response_of, with_group
from enforcement.patrols.tracks.hotspots import find, judge
from enforcement.patrols.tracks.readings import WIND_SPEED, Channel, Readings
from enforcement.patrols.tracks.rules import ChannelResponse
from enforcement.timeline import clock

from .test_deeper_rules import RULE, SPEED, clean, drive, plume, vars_of
from .test_pages import client

PLAIN = replace(TVOC_RULES[min(TVOC_RULES)], floor=100)
AROMATICS = SpeciesGroup("苯系物", "ppb", (frozenset({"苯", "benzene"}), frozenset({"甲苯"}), frozenset({"乙苯"})))


def species(**others: tuple[str, np.ndarray]) -> Readings:
    """Benzene and toluene, each of which stays under 100 ppb; further channels by name, with their unit."""
    one = drive(clean(1200) / 40)
    low = plume(clean(1200) / 20, 600, peak=70)
    names = {"Benzene": ("ppb", low), "甲苯": ("ppb", low * 1.1), **others}
    channels = tuple(Channel(name, unit) for name, (unit, _values) in names.items())
    return replace(one, channels=channels, values=tuple(values for _unit, values in names.values()))


def windy(readings: Readings, ms: float) -> Readings:
    channels = (*readings.channels, Channel("风速", "m/s", WIND_SPEED))
    return replace(readings, channels=channels, values=(*readings.values, np.full(len(readings), ms)))


def test_a_group_finds_what_none_of_its_species_does():
    readings = species(丙酮=("ppb", plume(clean(1200) / 20, 300, peak=90)), 乙苯=("µg/m³", clean(1200)))
    for channel in readings.channels:
        if channel.unit == "ppb":
            assert find(readings, channel.name, PLAIN) == [], channel.name
    together = with_group(readings, AROMATICS)
    assert together.value("苯系物") is together.value("苯系物"), "added once, however often a page asks"
    (spot,) = find(together, "苯系物", PLAIN)
    assert abs(spot.at_peak - 600) < 10
    assert together.value("苯系物") == pytest.approx(readings.value("Benzene") + readings.value("甲苯"))
    assert with_group(readings, replace(AROMATICS, least=3)) is readings, "ethylbenzene is in another unit: not added"
    assert with_group(together, AROMATICS) is together, "a channel of that name is taken as it is"


def test_channels_that_are_late_by_different_times_are_not_added():
    readings = species()
    known = {"benzene": ChannelResponse(3, 1, 0.5), "甲苯": ChannelResponse(3.5, 1, 0.8)}
    assert response_of(readings, AROMATICS, known) == ChannelResponse(3.25, 1, 0.8)
    assert response_of(readings, AROMATICS, {**known, "甲苯": ChannelResponse(20, 1)}) is None


@pytest.mark.parametrize(
    ("changes", "kmh", "wind", "why"),
    [
        ({"calm_ms": 0.8}, 25, 0.3, judging.CALM),
        ({"calm_ms": 0.8}, 25, 1.2, ""),
        ({"calm_ms": 0.8}, 25, None, ""),
        ({"slow_kmh": 8}, 5, 2, judging.SLOW),
        ({"fast_kmh": 60}, 90, 2, judging.FAST),
        ({"slow_kmh": 8, "fast_kmh": 60}, 25, 2, ""),
        ({}, 1, 2, judging.IDLE),
        ({"min_duration_s": 60}, 25, 2, judging.SHORT),
    ],
)
def test_what_the_filters_drop_is_told_why(changes, kmh, wind, why):
    speed = np.full(1200, SPEED)
    speed[500:700] = kmh / 3.6
    readings = drive(plume(clean(1200), 600), speed=speed)
    judged = judge(windy(readings, wind) if wind is not None else readings, "TVOC", replace(RULE, **changes))
    assert [one.why for one in judged.dropped] == ([why] if why else [])
    assert len(judged.found) == (0 if why else 1)


def test_an_import_is_judged_by_the_groups_rule_and_the_page_says_what_was_dropped(cast, inspector):
    """The register's other names count; the hot spot names what was added; it is drawn, judged again and driven again."""
    Substance.objects.get_or_create(name="苯", defaults={"aliases": "benzene"})
    values = {**vars_of(PLAIN), "channel": "苯系物", "unit": "ppb", "members": "苯；甲苯；乙苯", "least_members": 2}
    rule = HotSpotRule.objects.create(name="苯系物规则", valid_from="2021-01-01", **values)
    HotSpotRule.objects.create(
        name="苯", valid_from="2021-01-01", **{**values, "channel": "Benzene", "floor": 50, "members": ""}
    )
    facts = actions.RunFacts(route="组分")
    run = actions.record_synthetic(by=inspector, bureau=cast.taiyuan_team, readings=species(), name="g", facts=facts)
    spot = run.hot_spots.get(channel="苯系物")
    (species_of_benzene,) = (
        row[7] for one in report_of(run, inspector).blocks if isinstance(one, Table) and len(one.columns) == 9
        for row in one.rows if row[0] != str(spot.number)
    )  # fmt: skip
    assert "甲苯" in species_of_benzene
    assert "苯系物" not in species_of_benzene, "a sum is no species beside those it is of"
    assert (spot.channel, spot.rule, spot.numbers["members"]) == ("苯系物", rule, ["Benzene", "甲苯"])
    shown = client(inspector).get(spot.get_absolute_url()).content.decode()
    assert "Benzene、甲苯" in shown
    assert "line-accent" in shown, "its series is drawn"
    assert "苯系物（ppb）" in client(inspector).get(run.get_absolute_url()).content.decode()
    points = client(inspector).get(f"/patrols/{run.pk}/track/", {"channel": "2"}).json()
    assert (points["unit"], max(points["v"])) == ("ppb", pytest.approx(spot.peak, rel=0.01)), "the sum's own seconds"
    strict = HotSpotRule.objects.create(name="严", valid_from="2021-02-01", **{**values, "min_duration_s": 300})
    page = client(inspector).get(f"/patrols/{run.pk}/rules/", {"rule": strict.pk}).content.decode()
    assert "超过限值但不判为热点" in page
    assert "不足 300 秒" in page
    told = client(inspector).get(f"/api/v1/patrol-runs/{run.pk}/rules/", {"rule": strict.pk}).json()
    assert (told["rule"], told["gone"], told["dropped_count"]) == (strict.pk, [str(spot.pk)], len(told["dropped"]))
    assert [(one["why"], one["sentence"] in page) for one in told["dropped"]] == [("short", True)] * len(
        told["dropped"]
    )
    kept = client(inspector).get(f"/api/v1/patrol-runs/{run.pk}/rules/", {"rule": rule.pk}).json()["kept"]
    assert [(one["hot_spot"], one["peak"]) for one in kept] == [(str(spot.pk), spot.peak)]
    for wrong in ("0", "x", "九" * 300, "\x00"):
        assert client(inspector).get(f"/api/v1/patrol-runs/{run.pk}/rules/", {"rule": wrong}).status_code == 400, wrong
    assert [one.name for one in actions.rules_for(run)] == ["苯", "严", "苯系物规则", "苯系物之和"]
    many = HotSpotRule(name="全", valid_from="2021-03-01", pk=999, **{**values, "least_members": 3})
    with pytest.raises(Exception, match="足够组分"):
        actions.rejudge(run, many, inspector)
    twice = HotSpotRule(
        name="重", valid_from="2021-03-01", **{**values, "members": "苯；Benzene；苯", "least_members": 3}
    )
    with pytest.raises(ValidationError, match="同一物质只算一种"):
        twice.clean()
    again = Redrive(
        hot_spot=spot, stretch=[[112.5, 37.035], [112.5, 37.04]], rule=RedriveRule.objects.first(), bureau=run.bureau
    )
    before, after = passes(again, run)
    assert np.isfinite(before.excess).all()
    assert np.isfinite(after.excess).all()
    # With one species more the sum is another quantity.
    wider = species(乙苯=("ppb", clean(1200) / 20))
    other = actions.record_synthetic(by=inspector, bureau=cast.taiyuan_team, readings=wider, name="h", facts=facts)
    before, after = passes(again, other)
    assert np.isfinite(before.excess).all()
    assert np.isnan(after.excess).all()


def test_what_is_shipped_to_compare_with_judges_nothing_until_the_office_wants_it(cast, inspector):
    """The group of aromatics and the wind and speed filters: a run shows what they would do; unticked, they do it."""
    load()
    group, filters = HotSpotRule.objects.filter(compare_only=True).order_by("-channel")
    assert (filters.calm_ms, filters.slow_kmh, filters.fast_kmh) == (0.5, 5, 60)
    assert all("不是标准" in one.basis and one.valid_from == COMPARED_SINCE for one in (group, filters))
    readings = species(TVOC=("ppb", plume(clean(1200), 600)))
    keep = partial(actions.record_synthetic, by=inspector, bureau=cast.taiyuan_team, facts=actions.RunFacts())
    with clock.moved_to(datetime(2026, 12, 1, 2, 0, tzinfo=UTC)):
        run = keep(readings=windy(readings, 0.3), name="calm")
        assert [spot.channel for spot in run.hot_spots.all()] == ["TVOC"], "neither the group nor the filters judged"
        page = client(inspector).get(f"/patrols/{run.pk}/rules/", {"rule": filters.pk}).content.decode()
        assert "仅供比较，不用于判定" in page
        assert "静风：平均风速 0.3 m/s，低于 0.5 m/s" in page
        told = client(inspector).get(f"/api/v1/patrol-runs/{run.pk}/rules/").json()
        assert [one["compare_only"] for one in told["rules"]] == [False, False, True, True]
        assert told["rule"] not in (group.pk, filters.pk), "what is in force is shown first"
        assert len(actions.rejudge(run, group, inspector).new) == 1
        HotSpotRule.objects.filter(compare_only=True).update(compare_only=False)
        after = keep(readings=windy(readings, 0.4), name="calm too")
        assert [spot.channel for spot in after.hot_spots.all()] == ["苯系物"], "the group judges, the calm is dropped"
