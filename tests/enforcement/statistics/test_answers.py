"""Promise: page, API, CSV and XLSX say the same figures, with their cut-off, and their lists open exactly those rows."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from enforcement.patrols.models import PatrolRun, PatrolSegment, TrackRuleSetting
from enforcement.statistics.exports import neutral
from enforcement.statistics.rules import FIGURES, LISTED
from enforcement.timeline import clock
from regions.models import Division, Officer
from regions.roles import Role
from tests.enforcement.statistics.season import TO_CLOSED, Season, at

pytestmark = pytest.mark.django_db
NOW = at("2021-08-04", 18)
API = "/api/v1/statistics/closure/"


@pytest.fixture
def season() -> Season:
    season = Season()
    cast = season.cast
    for county, n, closed in ((cast.xinghualing, 3, 2), (cast.yaodu, 2, 1)):
        for i in range(n):
            issue = season.hand(at("2021-07-05"), county, verifier=cast.province)
            if i < closed:
                season.do(issue, at("2021-07-08"), *TO_CLOSED)
    return season


def supervisor(season: Season) -> Officer:
    return season.cast.officer(season.cast.province, Role.SUPERVISOR)


@pytest.fixture
def client(season: Season, client: Client) -> Client:
    client.force_login(supervisor(season))
    return client


def driven(season: Season, km: str, day: str, code: str | None = "140107") -> PatrolRun:
    """A run with one segment, as an import leaves it."""
    rule = TrackRuleSetting.objects.first()
    assert rule is not None
    moment = at(day)
    run = PatrolRun.objects.create(
        bureau=season.cast.taiyuan_team, day=date.fromisoformat(day), started_at=moment, ended_at=moment,
        source_name=f"{km}.csv", source_sha256=f"{km}{day}", source_size=1, format_key="delimited", time_zone="Asia/Shanghai",
        coordinate_system="wgs84", rows_total=1, rows_kept=1, rule=rule, km=Decimal(km), hours=Decimal(1),
        valid_share=Decimal(1), readings_key="", imported_by=supervisor(season), imported_at=moment,
    )  # fmt: skip
    place = Division.objects.get(code=code, ended_on=None) if code else None
    PatrolSegment.objects.create(run=run, division=place, day=run.day, km=Decimal(km), hours=Decimal("0.5"), readings=1)
    return run


def figures(client: Client, **parameters: str) -> dict[str, Any]:
    with clock.moved_to(NOW):
        answer = client.get(API, {name.rstrip("_"): value for name, value in parameters.items()})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_api_answers_in_the_promised_shape(client: Client) -> None:
    answer = figures(client, from_="2021-07-01", division="140100")
    assert answer["as_of"] == "2021-08-04T18:00:00+08:00"
    assert answer["known_at"] is None
    assert answer["scope"] == {
        "from": "2021-07-01", "to": None, "division": "140100", "area": None, "source": None, "severity": None,
    }  # fmt: skip
    assert set(answer["figures"]) == set(FIGURES)
    closed, rate = answer["figures"]["closed"], answer["figures"]["closure_rate"]
    assert (closed["value"], rate["value"], rate["numerator"], rate["denominator"]) == (2, 0.6667, 2, 3)
    assert closed["list"].startswith("/api/v1/issues/?")
    assert figures(client, as_of="2021-07-07")["as_of"] == "2021-07-07T23:59:59.999999+08:00"


def test_every_list_holds_as_many_issues_as_the_figure_says(client: Client) -> None:
    for parameters in (
        {},
        {"as_of": "2021-07-07"},
        {"division": "141000"},
        {"source": "patrol", "severity": "general"},
    ):
        for name, figure in figures(client, **parameters)["figures"].items():
            if name not in LISTED:
                continue
            with clock.moved_to(NOW):
                listed = client.get(figure["list"]).json()["results"]
                page = client.get(figure["list"].replace("/api/v1", ""))
                rows = client.get(f"{API}rows/?{figure['list'].split('?')[1]}".replace("duty_", ""))
            expected = figure["denominator"] if name.endswith("handling_days") else figure["numerator"]
            assert len(listed) == expected, (parameters, name)
            assert page.status_code == 200
            assert sum(row["amount"] for row in rows.json()["results"]) == expected
            if figure["denominator_list"]:
                with clock.moved_to(NOW):
                    below = client.get(figure["denominator_list"]).json()["results"]
                assert len(below) == figure["denominator"], (parameters, name)


def test_kilometres_and_hours_are_those_driven_in_the_divisions_by_runs_that_count(
    season: Season, client: Client
) -> None:
    driven(season, "100.25", "2021-07-05")
    driven(season, "40.5", "2021-07-06", "141002")
    driven(season, "999", "2021-07-06", None)  # outside the province
    voided = driven(season, "7", "2021-07-06")
    PatrolRun.objects.filter(pk=voided.pk).update(voided_at=at("2021-07-20"), voided_by=supervisor(season))
    values = {
        "": (figures(client), 140.75, 1.0),
        "division": (figures(client, division="140100"), 100.25, 0.5),
        "from": (figures(client, from_="2021-07-06"), 40.5, 0.5),
        "before it was voided": (figures(client, as_of="2021-07-19"), 147.75, 1.5),
        "before the second": (figures(client, as_of="2021-07-05"), 100.25, 0.5),
        "patrols": (figures(client, source="patrol"), 140.75, 1.0),
        "no patrols": (figures(client, source="emergency"), 0, 0),
    }
    for what, (answer, km, hours) in values.items():
        found = answer["figures"]
        assert (found["patrol_km"]["value"], found["patrol_hours"]["value"]) == (km, hours), what
        with clock.moved_to(NOW):
            rows = client.get(found["patrol_km"]["list"]).json()["results"]
        assert sum(row["amount"] for row in rows) == km, what


@pytest.mark.parametrize(
    "query", ["from=x", "as_of=2021-13-01", "division=141", "area=x", "source=x", "severity=x", "nonsense=1"]
)
def test_the_api_refuses_in_a_sentence(client: Client, query: str) -> None:
    answer = client.get(f"{API}?{query}")
    assert answer.status_code == 400
    assert query.split("=")[0] in answer.json()["errors"]


def test_rows_come_in_pages(season: Season, client: Client) -> None:
    for _ in range(12):
        season.hand(at("2021-07-09"), *[season.cast.yaodu])
    import enforcement.statistics.api as api

    before, api.PAGE = api.PAGE, 5
    try:
        found, url = [], f"{API}rows/?figure=issued"
        while url:
            page = client.get(url).json()
            found += [row["subject"] for row in page["results"]]
            url = page["next"]
    finally:
        api.PAGE = before
    assert len(found) == len(set(found)) == 17
    assert client.get(f"{API}rows/?figure=issued&cursor=x").status_code == 400
    assert client.get(f"{API}rows/?figure=nonsense").status_code == 400
    assert client.get(f"{API}rows/?figure=findings&cursor=x").status_code == 400


def test_the_page_shows_figures_charts_map_and_breakdown(client: Client, django_assert_max_num_queries: Any) -> None:
    with clock.moved_to(NOW), django_assert_max_num_queries(14):
        page = client.get("/statistics/")
    text = page.content.decode()
    assert page.status_code == 200
    for words in (
        "办结率",
        "60.00",
        "2021-08-04",
        "太原市",
        "临汾市",
        "66.67%",
        "各区划办结统计",
        "county-map",
        "<svg",
    ):
        assert words in text, words
    assert "figure=closed" in text
    with clock.moved_to(NOW):
        assert client.get("/statistics/?division=140107&from=2021-07-01").status_code == 200
        assert client.get("/statistics/rows/?figure=findings").status_code == 200
        assert client.get("/statistics/rows/?figure=issued").status_code == 200
        assert client.get("/statistics/rows/?figure=nonsense").status_code == 404
        wrong = client.get("/statistics/?from=2021-08-32&division=999999")
    assert wrong.status_code == 400
    assert "没有这一天" in wrong.content.decode()


def test_an_empty_season_says_what_to_do(client: Client) -> None:
    with clock.moved_to(NOW):
        page = client.get("/statistics/?from=2021-08-01")
    assert "没有转办的问题" in page.content.decode()


def test_the_csv_carries_filter_and_cut_off(client: Client) -> None:
    with clock.moved_to(NOW):
        answer = client.get("/statistics/export.csv?division=140100")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    rate = next(
        row for row in rows if row["指标代码"] == "closure_rate" and not row["区划代码"] and row["区划"] == "合计"
    )
    assert (rate["数值"], rate["分子"], rate["分母"]) == ("0.6667", "2", "3")
    assert (rate["统计截止"], rate["责任区划"]) == ("2021-08-04T18:00:00+08:00", "140100")
    county = next(row for row in rows if row["区划代码"] == "140107" and row["指标代码"] == "issued")
    assert county["数值"] == "3"


def test_the_xlsx_holds_the_same_numbers(client: Client) -> None:
    with clock.moved_to(NOW):
        answer = client.get("/statistics/export.xlsx?as_of=2021-08-03")
    cells = sheet(answer.content, 1)
    assert [Decimal(cells["办结率"][n]).quantize(Decimal("0.0001")) for n in (0, 2, 3)] == [Decimal("0.6"), 3, 5]
    assert "2021-08-03" in cells["统计截止"][0]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets" in name)


def sheet(content: bytes, number: int) -> dict[str, list[str]]:
    """A worksheet read by hand: the first cell of each row, and the others in order."""
    space = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = [
            "".join(t.text or "" for t in item.iter(f"{{{space['x']}}}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml")).findall("x:si", space)
        ]
        rows = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml")).findall(".//x:row", space)
    found = {}
    for row in rows:
        values = [
            strings[int(cell.findtext("x:v", "", space))] if cell.get("t") == "s" else cell.findtext("x:v", "", space)
            for cell in row.findall("x:c", space)
        ]
        if values:
            found[values[0]] = values[1:]
    return found


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert neutral("太原市") == "太原市"


def test_one_more_closed_under_the_clock_is_one_more(season: Season, client: Client) -> None:
    before = figures(client, as_of="2021-08-04")["figures"]["closed"]["value"]
    issue = season.hand(at("2021-07-20"), season.cast.yaodu, verifier=season.cast.province)
    season.do(issue, at("2021-08-04", 11), *TO_CLOSED)
    assert figures(client, as_of="2021-08-04")["figures"]["closed"]["value"] == before + 1
    assert figures(client, as_of="2021-08-03")["figures"]["closed"]["value"] == before


def test_strangers_and_administrators_get_no_figures(season: Season) -> None:
    stranger = Client()
    assert stranger.get(API).status_code == 401
    assert stranger.get("/statistics/").status_code == 302
    for role in (Role.AUDITOR, Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR):
        stranger.force_login(season.cast.officer(season.cast.province, role))
        for address in (
            API,
            f"{API}rows/",
            "/statistics/",
            "/statistics/rows/",
            "/statistics/export.csv",
            "/statistics/export.xlsx",
        ):
            assert stranger.get(address).status_code in (403, 404), address
