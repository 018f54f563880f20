"""Promise: every list of the product becomes a file of what its asker sees, and says what was asked and as of when.

One parametrised test for all lists that register: a list added later is walked without a word here.
"""

import csv
import io
import json
import zipfile
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enforcement.crossregion import actions as rounds
from enforcement.inspections.models import Campaign, Visit
from enforcement.issues.actions import exporting
from enforcement.issues.models import Export, Issue, Stage
from enforcement.issues.sheets import kinds
from enforcement.patrols.models import HotSpot, Redrive
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import Bureau, Posting, Site
from regions.roles import Role
from tests.isolation.actors import Actor
from tests.isolation.plots import SINCE
from tests.isolation.routes import Route, routes
from tests.isolation.test_unannounced_visits import plan as planned_unannounced
from tests.isolation.walk import Seen, foreign
from tests.isolation.world import World

#: Asked for by what they are of: a ledger's layout (tests/enforcement/issues/test_ledger_round_trip.py), a round
#: (tests/enforcement/crossregion/test_round_files.py).
OF_ONE = {"ledger", "round-clues", "round-visits"}
LISTS = [name for name in kinds.names() if name not in OF_ONE]


#: A filter of each list that no row of the world passes.
NOTHING = {
    "issues": {"issued_to": "2000-01-01"},
    "findings": {"found_to": "2000-01-01"},
    "handoffs": {"issued_to": "2000-01-01"},
    "patrol-runs": {"until": "2000-01-01"},
    "hot-spots": {"until": "2000-01-01"},
    "persistent": {"state": "lapsed"},
    "look-backs": {"due_to": "2000-01-01"},
    "visits": {"planned_to": "2000-01-01"},
    "campaigns": {"state": "ended,void"},
    "interviews": {"state": "renewed"},
    "special-inspections": {"state": "closed,void"},
}


def made(officer: Any, name: str, form: str, *, meanwhile: Any = None, **query: str) -> bytes:
    export = exporting.ask(officer, name, form, query)
    if meanwhile:
        meanwhile()
    exporting.DESK.work(str(export.pk))
    export.refresh_from_db()
    assert export.stage == Stage.DONE, export.sentence
    return exporting.kept_files().take(export.sha256)


def lines_of(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def under_heading(name: str, lines: list[list[str]]) -> list[dict[str, str]]:
    kind = kinds.kind_of(name)
    assert kind is not None
    heading = [str(column.label) for column in kind.columns]
    return [dict(zip(heading, line, strict=True)) for line in lines[lines.index(heading) + 1 :]]


def actor(world: World, name: str) -> Actor:
    return next(one for one in world.everybody if one.name == name)


def file_route() -> Route:
    return next(route for route in routes() if route.name == "issues:export_file")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_becomes_a_file_of_what_its_asker_sees(world: World, name: str) -> None:
    _make_hostile()
    kind = kinds.kind_of(name)
    assert kind is not None
    province = world.officer(world.bureaus["province"], Role.COORDINATOR)
    sheet = lines_of(made(province, name, "csv"))
    told = {line[0]: line[1] for line in sheet[1:4]}
    assert sheet[0] == [kind.title]
    assert told["数据截止"].endswith("（北京时间）")
    assert told["导出人"] == province.name
    assert told["筛选条件"].startswith(("无，全部", "不含："))
    assert not [cell for line in sheet for cell in line if cell.startswith(("=", "+", "@"))]
    every = under_heading(name, sheet)
    with zipfile.ZipFile(io.BytesIO(made(province, name, "xlsx"))) as book:
        drawn = book.read("xl/worksheets/sheet1.xml")
    assert (drawn.count(b"<row "), drawn.count(b"<f>")) == (len(every) + 5, 0)
    _map(province, name, len(every))
    _filtered(province, name)
    # A county's desk, and one lent for the day: each file holds the rows of their page, and nothing they may not read.
    for seat in ("杏花岭分局·handler", "借调·during"):
        one = actor(world, seat)
        page = one.ask.get(reverse(kind.list_route)).content.decode()
        data = made(one.officer, name, "csv", meanwhile=partial(_posted_elsewhere, world, one.officer))
        found = set(foreign(one, file_route(), Seen(name, 200, data), world.identities))
        # The province handed every plot a matter: a document names who issued it to those it was issued to.
        assert found <= {"province/officer"}, seat
        rows = under_heading(name, lines_of(data))
        assert page.count('<tr class="row') == len(rows), seat
        assert [first for row in rows if (first := next(iter(row.values()))) not in page] == []


def _posted_elsewhere(world: World, officer: Any) -> None:
    """Between asking and making the officer comes to see another city: what is seen only later is in no file."""
    Posting.objects.create(officer=officer, bureau=world.bureaus["dtc"], role=Role.SUPERVISOR, since=SINCE)


def _filtered(officer: Any, name: str) -> None:
    """The filter stands on the file and holds; the API's example is one; making cells asks the database nothing more."""
    kind = kinds.kind_of(name)
    assert kind is not None
    if name in NOTHING:
        none = kind.narrowed(officer, NOTHING[name])
        assert not none.rows.exists()
        assert [value for label, value in none.words if label != "不含"]
    assert bool(kind.example) == (name in NOTHING)
    kind.narrowed(officer, kind.example)
    found = kind.narrowed(officer, {})
    rows, cells = list(found.rows if found.placed is None else found.placed), kind.cells()
    with CaptureQueriesContext(connection) as asked:
        for row in rows:
            assert len(cells(row)) == len(kind.columns)
            if kind.place:
                kind.place(row)
    assert list(asked) == []


def _map(officer: Any, name: str, count: int) -> None:
    """A point (or what the rows have) for each row; or a sentence, where rows have no place."""
    kind = kinds.kind_of(name)
    assert kind is not None
    if kind.place is None:
        with pytest.raises(Invalid, match="没有坐标，不能导出为 GeoJSON"):
            exporting.ask(officer, name, "geojson", {})
        return
    collection = json.loads(made(officer, name, "geojson"))
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == count
    for feature in collection["features"]:
        points = feature["geometry"]["coordinates"]
        for lon, lat in [points] if feature["geometry"]["type"] == "Point" else points:
            assert 110 < lon < 115, feature
            assert 34 < lat < 41, feature
        assert set(feature["properties"]) == {column.key for column in kind.columns}


def _make_hostile() -> None:
    """Words a spreadsheet would take for a formula, at the head of a name in nearly every row."""
    for model, column in ((Issue, "title"), (Site, "name"), (Bureau, "name")):
        model.objects.update(**{column: Concat(Value("=1+"), column)})


def test_names_of_what_one_may_not_see_stay_empty(world: World) -> None:
    """A hot spot, a re-drive, a visit of one's own that lead to another city's: the row is there, the name isn't."""
    own, other = world.plots["tya"], world.plots["lf"]
    Redrive.objects.filter(pk=own.redrive.pk).update(issue=other.issue)
    HotSpot.objects.filter(pk=own.spots[0].pk).update(issue=other.issue, fate="joined")
    Campaign.objects.filter(pk=other.campaign.pk).update(state="running")  # of a draft the province isn't told either
    Visit.objects.filter(pk=own.visit.pk).update(campaign=other.campaign)
    one, province = (
        actor(world, "杏花岭分局·inspector").officer,
        world.officer(world.bureaus["province"], Role.SUPERVISOR),
    )
    for name, key, column, word in (
        ("redrives", own.redrive.pk, "问题编号", other.issue.number),
        ("hot-spots", own.spots[0].pk, "问题编号", other.issue.number),
        ("visits", own.visit.pk, "专项行动", other.campaign.name),
    ):
        rows = [under_heading(name, lines_of(made(who, name, "csv"))) for who in (one, province)]
        seen, full = (next(row for row in some if str(key) in row.values()) for some in rows)
        assert seen[column] == ""
        assert full[column] == word
    # Of a document with items for two bureaus of a county, each counts its own.
    shared = own.issue.responsibilities.get().handoff.number
    for who, count in ((one, "1"), (world.officer(world.bureaus["ty"], Role.SUPERVISOR), "2")):
        rows_of = under_heading("handoffs", lines_of(made(who, "handoffs", "csv")))
        assert next(row for row in rows_of if row["文号"] == shared)["事项"] == count


def test_what_is_secret_yet_is_in_no_file_of_its_own_people(world: World) -> None:
    visit = planned_unannounced(world)
    organiser = world.officer(world.bureaus["province"], Role.COORDINATOR, suffix="organiser")
    day = clock.today()
    rounds.create(by=organiser, name="zqsecretxroundz", since=day, until=day)
    for officer, name, address, word in (
        (visit.planner, "visits", "/inspections/", str(visit.pk)),
        (organiser, "rounds", "/rounds/", "zqsecretxroundz"),
    ):
        page = Actor("自己人", officer, "tya").ask.get(address).content.decode()
        assert word in page
        data = made(officer, name, "csv").decode()
        assert word not in data
        assert "不含：" in data


def test_a_filter_is_said_in_the_page_s_words_even_where_the_api_may_ask_for_more(world: World) -> None:
    province = world.officer(world.bureaus["province"], Role.COORDINATOR)
    team = world.bureaus["tyb"]
    query = {"state": "recorded,handed_over", "division": "140107", "bureau": str(team.pk)}
    kind = kinds.kind_of("visits")
    assert kind is not None
    said = dict(kind.narrowed(province, query).words)
    assert said["状态"] == "已形成笔录、证据已移交"
    assert (said["市县"], said["检查单位"]) == ("杏花岭区", team.name)
    with pytest.raises(Invalid, match="计划止：止日不能早于起日"):
        exporting.ask(province, "visits", "csv", {"planned_from": "2021-08-02", "planned_to": "2021-08-01"})


def test_a_word_that_is_no_filter_never_becomes_a_file_of_everything(world: World) -> None:
    province = world.officer(world.bureaus["province"], Role.COORDINATOR)
    for name in LISTS:
        for query in ({"nonsense": "1"}, *({word: "nonsense"} for word in NOTHING.get(name, {}))):
            with pytest.raises(Invalid):
                exporting.ask(province, name, "csv", query)
    assert not Export.objects.filter(officer=province).exists()
