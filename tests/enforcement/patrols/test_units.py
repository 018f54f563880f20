"""A unit is converted where the composition allows it, by a factor that is kept; of a sum nobody pretends to know it."""

import pytest

from enforcement.patrols import actions
from enforcement.patrols.models import ImportRule, PatrolRun
from enforcement.patrols.tracks.importing import Statement
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.units import Species, UnitTable, name_key

from .hostile_files import row, text
from .test_pages import client, send

TABLE = UnitTable(
    {name_key(name): one for one in (Species("苯", 78.114), Species("TVOC", None)) for name in (one.name,)}
)


@pytest.mark.parametrize(
    ("channel", "unit", "to", "factor"),
    [
        ("苯", "ppb", "µg/m³", 78.114 / 24.4654),
        ("苯", "µg/m³", "ppb", 24.4654 / 78.114),
        ("苯", "ppm", "mg/m³", 78.114 / 24.4654),
        ("苯", "mg/m³", "ppbv", 24.4654e3 / 78.114),
        ("TVOC", "ppm", "ppb", 1000),
        ("TVOC", "mg/m³", "µg/m³", 1000),
        ("nobody knows", "ng/m³", "µg/m³", 0.001),
    ],
)
def test_the_factor_is_the_molar_masss(channel, unit, to, factor):
    assert TABLE.convert(channel, unit, to).factor == pytest.approx(factor, rel=1e-5)


@pytest.mark.parametrize(
    ("channel", "unit", "to", "words"),
    [
        ("TVOC", "ppb", "µg/m³", "没有组成"),
        ("tvoc", "mg/m³", "ppm", "没有组成"),
        ("某物", "ppb", "µg/m³", "没有“某物”的摩尔质量"),
        ("苯", "mV", "ppb", "无法换算"),
        ("苯", "", "ppb", "无法换算"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_the_reason(channel, unit, to, words):
    with pytest.raises(TrackRefused, match=words):
        TABLE.convert(channel, unit, to)


HEADER = "时间,纬度,经度,速度(km/h),TVOC(ppb),benzene(ppb)"


def lines() -> list[str]:
    return [f"{row(s)},{s}" for s in range(20)]


def test_asked_on_the_page_single_species_are_converted_and_sums_keep_their_unit(cast, inspector):
    ImportRule.objects.update(temperature_c=0)
    url = send(inspector, cast, text(lines(), HEADER)).url
    fields = {
        "time_zone": "Asia/Shanghai",
        "coordinate_system": "wgs84",
        "time": 1,
        "lat": 2,
        "lon": 3,
        "channels": [5, 6],
    }
    asked = client(inspector)
    assert asked.post(url, {**fields, "units": "stone"}).status_code == 400
    page = asked.post(url, {**fields, "units": "µg/m³"}, follow=True).content.decode()
    assert "benzene：ppb → µg/m³" in page
    assert "“TVOC”是多种物质之和" in page
    run_url = asked.post(url, {"import": "1"}).url
    assert "benzene：ppb → µg/m³" in asked.get(run_url).content.decode()
    kept = PatrolRun.objects.get()
    assert kept.channels == [["TVOC", "ppb", ""], ["benzene", "µg/m³", ""]]
    done = kept.sources.get().conversions
    assert [(one["unit"], one["to"], one["species"], one["temperature_c"]) for one in done] == [
        ("ppb", "µg/m³", "苯", 0.0)
    ]
    assert actions.readings_of(kept).value("benzene")[2] == pytest.approx(2 * 78.114 / 22.414, rel=1e-4)


def test_asked_for_one_channel_the_impossible_is_a_refusal(cast, inspector):
    def take(units):
        return actions.import_track(
            by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=text(lines(), HEADER),
            statement=Statement(mapping={"units": units}),
        )  # fmt: skip

    with pytest.raises(TrackRefused, match="没有组成"):
        take({"TVOC": "µg/m³"})
    with pytest.raises(TrackRefused, match="不认识单位"):
        take({"TVOC": "parsec"})
    with pytest.raises(TrackRefused, match="不在表头中"):
        take({"苯": "ppb"})
    assert take({"benzene": "ppm"}).channels[1] == ["benzene", "ppm", ""]


def test_a_unit_that_changes_to_the_other_kind_is_read_for_a_species_alone(cast, inspector):
    changed = HEADER.replace("ppb", "µg/m³")
    data = text([*lines()[:10], changed, *lines()[10:]], HEADER)
    found = actions.trial_read(
        by=inspector, bureau=cast.taiyuan_team, name="a.csv", data=data, statement=Statement()
    ).track
    assert found.problems.counts["unit_change"] == found.problems.counts["unit_unknown"] == 10
