"""The second version of the rules: exhausts aren't hot spots, plumes are and lie where the air was; grades, repeats, versions."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from enforcement.patrols import actions
from enforcement.patrols.models import HotSpot, HotSpotRule, Instrument, InstrumentChannel
from enforcement.patrols.reference import TVOC_RULES, load
from enforcement.patrols.synthetic.patrols import patrol
from enforcement.patrols.tracks.alignment import earlier
from enforcement.patrols.tracks.background import background
from enforcement.patrols.tracks.hotspots import find
from enforcement.patrols.tracks.readings import Channel, Readings
from enforcement.patrols.tracks.rules import ChannelResponse, HotSpotSettings
from enforcement.patrols.tracks.shapes import opened, sharpened
from enforcement.timeline import clock
from regions.roles import Role
from tests.enforcement.patrols.conftest import PLAN, sources

RULE = TVOC_RULES[max(TVOC_RULES)]
SPEED = 7.0


def drive(tvoc: np.ndarray, *, co: np.ndarray | None = None, speed: np.ndarray | None = None) -> Readings:
    """North along a meridian at 7 m/s unless told otherwise, one reading a second."""
    count = len(tvoc)
    speed = np.full(count, SPEED) if speed is None else speed
    lat = 37 + np.concatenate(([0.0], np.cumsum(speed[:-1]))) / 111_195
    channels = [Channel("TVOC", "ppb")] + ([Channel("CO", "ppm")] if co is not None else [])
    values = [tvoc] + ([co] if co is not None else [])
    return Readings(
        np.arange(count, dtype=np.int64) * 1000 + 1_625_101_200_000, lat, np.full(count, 112.5), speed * 3.6,
        np.zeros(count, dtype=np.uint16), np.arange(count), tuple(channels), tuple(values),
    )  # fmt: skip


def clean(count: int = 2400) -> np.ndarray:
    return 40 + np.random.default_rng(4).normal(0, 2, count)


def plume(values: np.ndarray, at: float, width: float = 12, peak: float = 800) -> np.ndarray:
    return values + peak * np.exp(-0.5 * ((np.arange(len(values)) - at) / width) ** 2)


def puffs(values: np.ndarray, first: int, last: int, height: float = 900) -> np.ndarray:
    """A lorry followed: a second's puff every four."""
    values = values.copy()
    values[first:last:4] += height
    return values


def test_a_lorry_followed_is_no_hot_spot_and_a_plume_is():
    assert (
        len(
            find(
                drive(puffs(clean(), 800, 860)), "TVOC", replace(RULE, spike_s=0, min_steady=0, min_hold=0, max_rise=0)
            )
        )
        == 1
    )
    assert find(drive(puffs(clean(), 800, 860)), "TVOC", RULE) == []
    assert len(find(drive(plume(clean(), 900)), "TVOC", RULE)) == 1


def test_a_vehicle_met_inside_a_plume_does_not_hide_it_nor_move_it():
    values = plume(clean(), 900)
    values[870] += 3000
    (spot,) = find(drive(values), "TVOC", RULE)
    assert abs(spot.at_peak - 900) <= 6
    assert spot.peak == pytest.approx(840, rel=0.1)


def test_ones_own_exhaust_at_a_stop_is_none_and_a_plume_at_a_stop_is():
    speed = np.full(2400, SPEED)
    speed[1000:1060] = 0
    own = clean()
    own[1004:1060] += 600 * (1 - np.exp(-np.arange(56) / 5))
    assert find(drive(own, speed=speed), "TVOC", RULE) == []
    (spot,) = find(drive(plume(clean(), 1030, 40), speed=speed), "TVOC", RULE)
    assert spot.confirmed == ("stop",)
    assert spot.standing_s == pytest.approx(60, abs=2)


def test_carbon_monoxide_tells_a_steep_plume_from_exhaust():
    # As steep as an exhaust can be, and without CO: only the tracer says that nobody drove past.
    steep = clean()
    steep[900:912] += 900
    known = {"tvoc": ChannelResponse(0.5), "co": ChannelResponse(0.5)}
    flat = np.full(2400, 0.4) + np.random.default_rng(1).normal(0, 0.02, 2400)
    assert find(drive(steep), "TVOC", RULE) == []
    assert len(find(drive(steep, co=flat), "TVOC", RULE, known)) == 1
    sooty = flat + np.where((np.arange(2400) >= 900) & (np.arange(2400) < 912), 3.6, 0)
    assert find(drive(steep, co=sooty), "TVOC", RULE, known) == []
    assert find(drive(steep, co=flat), "TVOC", RULE) == [], "unregistered lags are no ground for comparing"


@pytest.mark.parametrize("lag_s", [0, 5, 20, 40])
def test_the_place_is_where_the_air_was_breathed_in(lag_s):
    late = np.concatenate((clean()[:lag_s], plume(clean(), 900)))[:2400]
    (spot,) = find(drive(late), "TVOC", RULE, {"tvoc": ChannelResponse(lag_s)})
    assert abs(spot.lat - (37 + 900 * SPEED / 111_195)) * 111_195 < 25
    (uncorrected,) = find(drive(late), "TVOC", RULE)
    assert (uncorrected.lat - spot.lat) * 111_195 == pytest.approx(lag_s * SPEED, abs=10)


def test_over_a_silence_the_nearer_end_is_the_place():
    t = np.array([0, 1000, 100_000, 101_000])
    assert earlier(t, np.array([0.0, 1, 100, 101]), np.array([500.0, 3000, 99_000, 200_000])).tolist() == [
        0.5,
        1,
        100,
        101,
    ]


def test_a_slow_answer_is_undone():
    inlet = plume(clean() * 0, 900, 6)
    shown, level = np.zeros(2400), 0.0
    for at, value in enumerate(inlet):
        level += (value - level) * (1 - np.exp(-1 / 3))
        shown[at] = level
    t = np.arange(2400, dtype=np.int64) * 1000
    assert abs(int(sharpened(t, shown, 3.0).argmax()) - 900) < int(shown.argmax()) - 900
    assert np.array_equal(sharpened(t, shown, 0.0), shown)


def test_opening_cuts_what_is_narrower_than_told():
    values = np.array([1.0, 1, 9, 9, 1, 1, 5, 5, 5, 5, 1, 1])
    t = np.arange(12, dtype=np.int64) * 1000
    assert opened(t, values, 4).tolist() == [1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 1, 1]
    apart = t + np.where(np.arange(12) >= 8, 60_000, 0)
    assert opened(apart, values, 4).max() == 1, "half on either side of a silence is narrower"


def test_after_a_long_silence_the_background_begins_anew():
    values = np.concatenate((np.full(600, 40.0), np.full(600, 150.0)))
    t = np.arange(1200, dtype=np.int64) * 1000 + np.where(np.arange(1200) >= 600, 150_000, 0)
    assert background(t, values, RULE)[600:].min() == 150
    assert background(t, values, replace(RULE, restart_gap_s=0))[600] == 40


def test_a_stop_in_a_plume_does_not_become_the_background():
    speed = np.full(2400, SPEED)
    speed[700:1200] = 0
    values = clean() + np.where((np.arange(2400) >= 690) & (np.arange(2400) < 1210), 500, 0)
    t = np.arange(2400, dtype=np.int64) * 1000
    assert background(t, values, replace(RULE, window_s=300))[950] > 500
    assert background(t, values, RULE, speed * 3.6)[950] < 50


def test_grade_goes_by_peak_or_dose():
    for peak, width, grade in (
        (400, 5, "general"),
        (700, 6, "serious"),
        (400, 40, "serious"),
        (2000, 8, "major"),
        (1400, 30, "major"),
    ):
        (spot,) = find(drive(plume(clean(), 900, width, peak)), "TVOC", RULE)
        assert spot.severity == grade, (peak, width)
        assert spot.dose == pytest.approx(peak * width * 2.507, rel=0.15)


def test_a_second_pass_confirms_both():
    speed = np.full(2400, SPEED)
    speed[1200:] = -SPEED
    out_and_back = plume(plume(clean(), 900), 1500)
    spots = find(replace(drive(out_and_back, speed=speed), speed_kmh=np.full(2400, 25.2)), "TVOC", RULE)
    assert [spot.confirmed for spot in spots] == [("repeat",), ("repeat",)]
    once = find(drive(plume(plume(clean(), 900), 1500)), "TVOC", RULE)
    assert [spot.confirmed for spot in once] == [(), ()]


def test_switched_off_it_judges_as_the_first_version():
    first = TVOC_RULES[min(TVOC_RULES)]
    assert first == HotSpotSettings(600, 5, 10, 0.1, 3, 200, 10, 5, 10, 50)
    assert len(find(drive(puffs(clean(), 800, 860)), "TVOC", first)) == 1


# --- with the database --------------------------------------------------------------------------------------------


def test_the_versions_are_dated_and_loading_twice_adds_nothing(cast):
    load()
    rules = HotSpotRule.objects.filter(channel="TVOC", unit="ppb", compare_only=False)
    assert {rule.valid_from: rule.value() for rule in rules} == TVOC_RULES
    assert HotSpotRule.in_force(date(2021, 7, 5))["tvoc", "ppb"].value() == TVOC_RULES[min(TVOC_RULES)]
    assert HotSpotRule.in_force(date(2026, 12, 1))["tvoc", "ppb"].value() == RULE


def test_an_office_with_rules_of_its_own_gets_none_of_ours(cast):
    HotSpotRule.objects.all().delete()
    HotSpotRule.objects.create(name="市定", channel="TVOC", unit="ppb", valid_from=date(2020, 1, 1), basis="市局文件", window_s=600,
                               percentile=5, step_s=10, min_window_share=0.1, ratio=2, floor=100, background_min=10,
                               min_duration_s=5, merge_gap_s=10, merge_gap_m=50)  # fmt: skip
    load()
    assert HotSpotRule.objects.count() == 1


def test_a_run_keeps_the_lag_its_instrument_had_that_day(cast, inspector):
    instrument = Instrument.objects.create(serial="PID-7", name="PID", bureau=cast.taiyuan_team)
    for day, lag_s in ((date(2020, 1, 1), 9.0), (date(2021, 7, 1), 12.0), (date(2021, 9, 1), 30.0)):
        InstrumentChannel.objects.create(instrument=instrument, channel="TVOC", unit="ppb", valid_from=day, lag_s=lag_s)
    run = actions.record_synthetic(
        by=inspector, bureau=cast.taiyuan_team, readings=patrol(PLAN, sources()), name="s",
        facts=actions.RunFacts(instrument=instrument),
    )  # fmt: skip
    spots = list(run.hot_spots.all())
    assert spots
    assert {spot.numbers["lag_s"] for spot in spots} == {12.0}


def test_judging_again_shows_what_changes_and_changes_nothing(run, client, inspector, cast, django_assert_num_queries):
    before = list(HotSpot.objects.order_by("pk").values())
    new = HotSpotRule.objects.get(valid_from=max(TVOC_RULES), compare_only=False)
    found = actions.rejudge(run, new, inspector)
    assert len(found.kept) + len(found.gone) == len(before)
    lax = HotSpotRule(channel="TVOC", unit="ppb", **{**vars_of(RULE), "floor": 60.0, "ratio": 1.5})
    everything = actions.rejudge(run, lax, inspector)
    assert everything.new, "a laxer rule finds more"
    strict = HotSpotRule(channel="TVOC", unit="ppb", **{**vars_of(RULE), "floor": 1e6})
    assert len(actions.rejudge(run, strict, inspector).gone) == len(before)
    # Who sees the run by another county on its way isn't told of hot spots that lie elsewhere.
    other = cast.officer(cast.linfen, Role.SUPERVISOR)
    apart = actions.rejudge(run, lax, other)
    assert (apart.kept, actions.rejudge(run, strict, other).gone) == ([], [])
    assert len(apart.new) == len(everything.new)
    client.force_login(inspector)
    page = client.get(f"/patrols/{run.pk}/rules/", {"rule": str(new.pk)}).content.decode()
    assert "TVOC 默认规则 第2版" in page
    gone = actions.rejudge(run, strict, inspector).gone
    with django_assert_num_queries(0):  # the page names each one's county and quality without asking again
        told = {(str(spot.division), spot.quality) for spot in gone}
    assert told
    assert client.get(f"/patrols/{run.pk}/rules/", {"rule": "九"}).status_code == 200
    assert list(HotSpot.objects.order_by("pk").values()) == before


def test_a_run_imported_today_is_judged_by_todays_version(cast, inspector):
    with clock.moved_to(datetime(2026, 12, 1, 2, 0, tzinfo=UTC)):
        run = actions.record_synthetic(
            by=inspector, bureau=cast.taiyuan_team, readings=patrol(PLAN, sources()), name="s", facts=actions.RunFacts()
        )
    for spot in run.hot_spots.all():
        assert spot.rule.valid_from == max(TVOC_RULES)
        assert spot.rule_values["spike_s"] == RULE.spike_s
        assert spot.severity
        assert set(spot.numbers) >= {"dose", "over_s", "standing_s", "rise", "steady", "lag_s"}


def vars_of(rule: HotSpotSettings) -> dict:
    return {name: getattr(rule, name) for name in HotSpotSettings.__dataclass_fields__}
