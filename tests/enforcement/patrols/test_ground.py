"""Coverage and heat maps come from stored rows, add up to the runs behind them, and show nobody what isn't theirs."""

import csv
import io
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import call_command
from django.test import Client

from enforcement.patrols import actions
from enforcement.patrols.heat import Asked, channels_of, heat
from enforcement.patrols.models import PatrolRun, PatrolSquare
from enforcement.patrols.tracks.grid import SIDE, channel_key, squares
from regions.roles import Role

TVOC = channel_key("TVOC", "ppb")


def client(officer) -> Client:
    made = Client()
    made.force_login(officer)
    return made


def rows_of(answer) -> list[list[str]]:
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_squares_hold_the_median_and_the_peak_of_what_lies_in_them(run):
    readings = actions.readings_of(run)
    stored = list(PatrolSquare.objects.filter(run=run))
    assert sum(one.readings for one in stored) == int(readings.placed().sum())
    one = max(stored, key=lambda square: square.readings)
    inside = np.floor((readings.lon + 180) / SIDE) == one.x
    inside &= np.floor((readings.lat + 90) / SIDE) == one.y
    values = readings.value("TVOC")[inside & readings.placed()]
    median, peak, count = one.values[TVOC]
    assert median == pytest.approx(np.median(values), rel=1e-4)
    assert peak == pytest.approx(values.max(), rel=1e-4)
    assert count == len(values)


def test_missing_and_negative_values_count_nowhere(run):
    readings = actions.readings_of(run)
    nothing = {"TVOC": np.nan, "苯": -1.0}
    values = [np.full(len(readings), nothing.get(one.name, 1.0)) for one in readings.channels]
    readings = replace(readings, values=values)
    found = squares(readings, np.zeros(len(readings), dtype=np.int64))
    assert found
    assert not any(TVOC in one.values or channel_key("苯", "ppb") in one.values for one in found)


def test_a_square_in_another_hemisphere_and_outside_the_province_is_one_too(run):
    readings = actions.readings_of(run)
    west = replace(readings, lon=readings.lon - 230, lat=readings.lat - 75)
    found = squares(west, np.full(len(west), -1, dtype=np.int64))
    assert {one.place for one in found} == {-1}
    assert min(one.x for one in found) >= 0
    assert min(one.y for one in found) >= 0
    assert {one.day for one in found} == {date(2021, 7, 2)}
    assert sum(one.readings for one in found) == int(west.placed().sum())


def test_a_heat_map_is_the_median_of_the_runs_medians(run, second, inspector):
    found = heat(inspector, Asked(TVOC))
    assert {one.runs for one in found} >= {2}
    one = next(square for square in found if square.runs == 2)
    x, y = round((one.west + 180) / SIDE), round((one.south + 90) / SIDE)
    medians = [s.values[TVOC][0] for s in PatrolSquare.objects.filter(x=x, y=y)]
    assert one.median == pytest.approx(np.median(medians))
    assert channels_of(inspector)[0] == ("TVOC", "ppb")


def test_voided_runs_leave_the_map(run, inspector, leader):
    assert heat(inspector, Asked(TVOC))
    actions.void_run(run, by=leader, reason="坐标有误")
    assert heat(inspector, Asked(TVOC)) == []


def test_the_page_the_table_and_the_csv_say_the_same(run, inspector):
    shown = client(inspector).get("/patrols/heat/").content.decode()
    found = heat(inspector, Asked(TVOC))
    assert shown.count('<rect class="area area--') == len(found)
    rows = rows_of(client(inspector).get("/patrols/heat.csv"))
    assert len(rows) == 1 + len(found)
    assert f"{found[0].median:.4g}" in shown
    assert "ppb" in shown
    assert client(inspector).get("/patrols/heat/?measure=peak&channel=苯|ppb").status_code == 200
    assert "没有可画的读数" in client(inspector).get("/patrols/heat/?until=2020-01-01").content.decode()


def test_coverage_adds_up_and_leads_to_the_runs(run, cast):
    dispatcher = cast.officer(cast.taiyuan, Role.COORDINATOR)
    rows = rows_of(client(dispatcher).get("/patrols/coverage.csv?since=2021-07-01&until=2021-07-05"))
    lines = {line[0]: line for line in rows[1:]}
    assert sum(Decimal(line[2]) for line in lines.values()) == run.km
    assert lines["140107"][4:7] == ["1", "2021-07-02", "3"]
    assert lines["140106"][4:7] == ["0", "", ""]
    shown = client(dispatcher).get("/patrols/coverage/?since=2021-07-01&until=2021-07-05").content.decode()
    assert "since=2021-07-01" in shown
    assert "division=140107" in shown
    assert "从未走航" in shown


def test_a_period_without_a_drive_still_knows_the_last_one(run, cast):
    rows = rows_of(client(cast.officer(cast.taiyuan, Role.COORDINATOR)).get("/patrols/coverage.csv?since=2021-07-04"))
    line = next(line for line in rows if line[0] == "140107")
    assert line[2:7] == ["0", "0", "0", "2021-07-02", "3"]


def test_another_city_sees_neither_squares_nor_kilometres(run, cast):
    stranger = cast.officer(cast.linfen, Role.COORDINATOR)
    assert heat(stranger, Asked(TVOC)) == []
    assert all(line[4] == "0" for line in rows_of(client(stranger).get("/patrols/coverage.csv"))[1:])


def test_both_pages_hold_to_their_statements(run, inspector, django_assert_max_num_queries):
    own = client(inspector)
    own.get("/patrols/coverage/")
    for address in ("/patrols/coverage/", "/patrols/heat/"):
        with django_assert_max_num_queries(10):
            own.get(address)


def test_days_are_beijing_days(run):
    assert set(PatrolSquare.objects.values_list("day", flat=True)) == {date(2021, 7, 2)}


def test_runs_before_there_were_squares_get_the_very_same(run, capsys):
    def stored(of: PatrolRun) -> list[tuple]:
        rows = of.squares.order_by("day", "x", "y")
        return list(rows.values_list("division", "day", "x", "y", "readings", "values"))

    old = PatrolRun.objects.get(pk=run.pk)
    old.pk, old.source_sha256 = uuid4(), "0" * 64
    old.save(force_insert=True)
    for segment in run.segments.all():
        segment.pk, segment.run = None, old
        segment.save(force_insert=True)
    call_command("square_runs")
    call_command("square_runs")
    assert capsys.readouterr().out.splitlines() == [
        "1 runs given squares, 0 without readings",
        "0 runs given squares, 0 without readings",
    ]
    assert stored(old) == stored(run) != []
