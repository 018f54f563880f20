"""A spreadsheet, a GPX track and an AirCasting session read like their CSV twin, and none of them can hurt the house."""

import gc
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import xlsxwriter

from enforcement.patrols.tracks import abreast, bundle, clock, lengthwise, wide
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.importing import ReadTrack
from enforcement.patrols.tracks.limits import ImportLimits
from enforcement.patrols.tracks.problems import TrackRefused

from .hostile_books import aircasting, clean_books, flagged_books, gpx, refused_books, xlsx
from .hostile_files import HEADER, Case, clean_cases, flagged_cases, good, refused_cases, row, text
from .test_reading_tracks import read

#: MB a reading may take at its highest, and what the interpreter with its libraries takes before it.
CEILING_MB = 512


def attempt(data: bytes) -> ReadTrack | TrackRefused:
    try:
        return read(data)
    except TrackRefused as refusal:
        return refusal


@pytest.mark.parametrize("case", refused_books(), ids=str)
def test_a_book_that_is_no_track_is_refused_with_a_sentence(case: Case):
    found = attempt(case.data)
    if isinstance(found, ReadTrack):  # a byte turned where nobody looks leaves the rows as they are
        assert case.refused == "*"
        assert len(found.readings)
    else:
        assert case.refused in ("*", "", found.code), found.code
        assert any("\u4e00" <= char <= "\u9fff" for char in str(found))


@pytest.mark.parametrize("case", flagged_books(), ids=str)
def test_a_bad_row_of_a_book_is_named_and_the_others_are_kept(case: Case):
    track = read(case.data)
    assert set(case.flagged) <= set(track.problems.counts)
    assert len(track.readings) == case.kept


@pytest.mark.parametrize("case", clean_books(), ids=str)
def test_every_format_reads_like_its_csv_twin(case: Case):
    track, twin = read(case.data), read(text(good()))
    assert dict(track.problems.counts) == {}
    assert np.array_equal(track.readings.time_ms, twin.readings.time_ms)
    assert np.array_equal(track.readings.lat, twin.readings.lat)
    assert np.array_equal(track.readings.lon, twin.readings.lon)
    assert np.array_equal(track.readings.values[-1], twin.readings.values[-1])


def test_a_sheet_with_real_dates_and_numbers_keeps_its_seconds():
    out = BytesIO()
    with xlsxwriter.Workbook(out) as made:
        page, style = made.add_worksheet(), made.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        page.write_row(0, 0, ["时间", "纬度", "经度", "TVOC(ppb)"])
        for second in range(600):
            page.write_datetime(second + 1, 0, datetime(2021, 7, 1, 9) + timedelta(seconds=second), style)
            page.write_row(second + 1, 1, [37.87 + second * 5e-5, 112.55, 45])
    track = read(out.getvalue()).readings
    assert track.time_ms[0] == 1_625_101_200_000
    assert np.diff(track.time_ms).tolist() == [1000] * 599
    assert track.value("TVOC").tolist() == [45.0] * 600


def test_a_gpx_says_its_own_time_zone_and_speed_unit():
    lines = [line.replace(",20,", ",10,") for line in good()]
    data = gpx(lines).replace(b"</time>", b"Z</time>")
    track = read(data).readings
    assert track.time_ms[0] == 1_625_101_200_000 + 8 * 3_600_000
    assert track.speed_kmh[0] == pytest.approx(36)


def test_what_loggers_say_of_the_receiver_is_no_channel():
    """Points as a telephone's logger, OsmAnd and Garmin write them, all at once: speed in m/s, and one thing measured."""
    own = 'xmlns:osmand="https://osmand.net" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2"'
    after = (
        "<ele>800.1</ele><course>42.4</course><magvar>1</magvar><geoidheight>20.4</geoidheight><src>gps</src><sat>7</sat>"
        "<hdop>0.5</hdop><ageofdgpsdata>1</ageofdgpsdata><extensions><osmand:speed>10</osmand:speed><osmand:heading>42"
        "</osmand:heading><gpxtpx:TrackPointExtension><gpxtpx:atemp>22.5</gpxtpx:atemp><gpxtpx:bearing>9</gpxtpx:bearing>"
        "</gpxtpx:TrackPointExtension></extensions></trkpt>"
    )
    points = "".join(
        f'<trkpt lat="{37.87 + s * 9e-5:.6f}" lon="112.55"><time>2021-07-01T01:00:{s:02d}.000Z</time>{after}'
        for s in range(20)
    )
    data = (
        f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1" {own}><trk><trkseg>{points}</trkseg></trk></gpx>'
    )
    track = read(data.encode()).readings
    assert [one.name for one in track.measured()] == ["atemp"]
    assert (track.speed_kmh[0], track.time_ms[0]) == (36, 1_625_101_200_000)


def test_an_aircasting_channel_is_called_what_its_sensor_measures():
    channels = read(aircasting(good())).readings.measured()
    assert [(one.name, one.unit) for one in channels] == [("Particulate Matter", "µg/m³")]


def test_a_session_of_an_airbeam_is_read_as_its_server_writes_it():
    """Five sensors, three of which are told apart by the size they measure; a cell is blank where one had nothing."""
    above = [
        ("Sensor_Package_Name", *["AirBeam3:943cc67daabc"] * 5),
        ("Sensor_Name", "AirBeam3-F", "AirBeam3-PM1", "AirBeam3-PM10", "AirBeam3-PM2.5", "AirBeam3-RH"),
        ("Measurement_Type", "Temperature", *["Particulate Matter"] * 3, "Humidity"),
        ("Measurement_Units", "fahrenheit", *["microgram per cubic meter"] * 3, "percent"),
    ]
    lines = [",,,,,," + ",".join(words) for label, *said in above for words in ([label] * 5, said)]
    counted = ",".join(f"{number}:Measurement_Value" for number in range(1, 6))
    lines.append(f"ObjectID,Session_Name,Timestamp,UTC_Time,Latitude,Longitude,{counted}")
    for second in range(20):
        values = "90.0,2.0,,4.0,68.0" if second else "90.0,2.0,3.0,4.0,68.0"
        utc, here = (f"2021-07-01T0{hour}:00:{second:02d}.000" for hour in (1, 9))
        lines.append(f'{second + 1},"绕城, 东",{here},{utc},{37.87 + second * 5e-5:.6f},112.55,{values}')
    track = read("\n".join(lines).encode())
    channels = track.readings.measured()
    assert [(one.name, one.unit) for one in channels] == [
        ("Temperature", "°F"), ("PM1", "µg/m³"), ("PM10", "µg/m³"), ("PM2.5", "µg/m³"), ("Humidity", "%"),
    ]  # fmt: skip
    assert (len(track.readings), track.problems.counts) == (20, {})
    assert track.readings.time_ms[0] == 1_625_101_200_000, "nine in Beijing, by its own clock"
    assert np.isfinite(track.readings.value("PM10")).sum() == 1


def app_session(*sensors: tuple[str, str, str, float]) -> str:
    """What AirCasting's app shares: the sensors' rows one after the other."""
    lines = []
    for name, kind, units, value in sensors:
        lines += ["sensor:model,sensor:package,sensor:capability,sensor:units", f"{name},AirBeam3:943cc67daabc,{kind},{units}",
                  "Timestamp,geo:lat,geo:long,Value"]  # fmt: skip
        lines += [
            f"2021-07-01T03:00:{second:02d}.250+0200,{37.87 + second * 5e-5:.6f},112.55,{value}" for second in range(20)
        ]
    return "\r\n".join([*lines, ""])


PARTICLES = ("AirBeam3-PM2.5", "Particulate Matter", "micrograms per cubic meter", 45.0)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_session_shared_by_the_app_is_joined_sensor_by_sensor(encoding):
    sent = app_session(PARTICLES, ("AirBeam3-RH", "Humidity", "percent", 68.0))
    bad = sent.replace("03:00:05.250+0200,37.870250,112.55,68.0", "03:00:05.250+0200,37.870250,112.55,潮")
    track = read(bad.encode(encoding))
    assert [part.file.name for part in track.parts] == ["track.csv#1 AirBeam3-PM2.5", "track.csv#2 AirBeam3-RH"]
    assert [(one.name, one.unit) for one in track.readings.measured()] == [("PM2.5", "µg/m³"), ("Humidity", "%")]
    assert track.readings.time_ms[0] == 1_625_101_200_250, "the offset in the cell wins over the stated zone"
    assert track.readings.value("PM2.5").tolist() == [45.0] * 20
    assert [(one.row, one.code) for one in track.problems.first()] == [(32, "bad_value")], "the line an editor shows"
    alone = read(app_session(PARTICLES).encode(encoding))
    assert [(one.name, one.unit) for one in alone.readings.measured()] == [("PM2.5", "µg/m³")]


def test_a_row_of_a_sheet_is_called_by_the_number_the_sheet_shows():
    lines = good()
    lines[10] = lines[10].replace(",45", ",-1")
    assert [one.row for one in read(xlsx(lines, above=3)).problems.first()] == [15]


def test_there_are_two_hundred_hostile_files():
    made = [*refused_cases(), *flagged_cases(), *refused_books(), *flagged_books()]
    assert len({case.data for case in made}) >= 200


def test_none_of_them_takes_more_than_the_ceiling():
    """All of them in one process of its own, whose highest memory is measured by the kernel."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.enforcement.patrols.hostile_run"],
        cwd=Path(__file__).resolve().parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr[-2000:]
    assert int(told.stdout.split()[-1]) < CEILING_MB


#: Seconds of a file long enough to be read as whole columns.
LONG = 24_000


def long_rows() -> list[str]:
    start = datetime(2021, 7, 1, 9)
    return [row(0, lat=f"{37.5 + s * 2e-5:.6f}", time=str(start + timedelta(seconds=s))) for s in range(LONG)]


def exactly(data: bytes) -> ReadTrack:
    """The same file read row by row: a quoted header is enough to ask for it."""
    return read(data.replace("时间".encode(), '"时间"'.encode(), 1))


def test_times_read_as_whole_columns_are_those_read_one_by_one_or_none():
    """A character turned at each place of a time among good ones, to each of what an instrument may write there."""
    good_time = "2021-02-28 23:59:59.250"
    turned = [
        good_time[:at] + new + good_time[at + 1 :] for at in range(len(good_time)) for new in "0123456789/-:T .,;"
    ]
    taken = 0
    for cell in turned:
        cells = [good_time, cell, good_time]
        rows = np.frombuffer("".join(f"{one}," for one in cells).encode(), dtype=np.uint8).reshape(3, -1)
        quick, (slow, _blank, bad) = clock.whole_column(rows, UTC), clock.moments(cells, UTC)
        taken += quick is not None
        assert quick is None or (not bad.any() and quick.tolist() == slow.tolist()), cell
    assert taken > 100


def test_a_long_clean_file_is_read_as_whole_columns_and_gives_the_same(monkeypatch):
    data = text(long_rows())
    assert len(data) > lengthwise.WORTH_IT
    slow = exactly(data)
    monkeypatch.setattr(lengthwise, "_exactly", None)  # the exact way would fail
    monkeypatch.setattr(lengthwise, "PIECE", 300_000)
    quick = read(data)
    assert (quick.rows_total, quick.first_rows) == (slow.rows_total, slow.first_rows)
    for here, there in zip(columns(quick), columns(slow), strict=True):
        assert np.array_equal(here, there, equal_nan=True)


def test_so_is_an_instruments_file_without_places_ten_times_a_second(monkeypatch, tmp_path):
    """Laid together on a disk with the receiver's, as files that came in pieces are; read where they lie."""
    rows = [line.split(",") for line in long_rows()[:700]]
    lines = [f"{rows[n // 10][0]}.{n % 10}50,{40 + n % 7},{n % 11}" for n in range(6_000)]
    ways = [",".join(cells[:3]) for cells in rows]
    fast, slow = tmp_path / "fast.zip", tmp_path / "slow.zip"
    for path, header in ((fast, "时间,TVOC(ppb),苯(ppb)"), (slow, '"时间",TVOC(ppb),苯(ppb)')):
        files = [SourceFile("a.csv", text(lines, header)), SourceFile("b.csv", text(ways, "时间,纬度,经度"))]
        with path.open("wb") as out:
            bundle.lay_together(bundle.named(files), out)
    there = read(slow)
    for name, value in (("_exactly", None), ("WORTH_IT", 0), ("PIECE", 50_000)):
        monkeypatch.setattr(lengthwise, name, value)
    here = read(fast)
    assert len(here.readings) == 6_000
    assert here.readings.time_ms[1] - here.readings.time_ms[0] == 100
    for one, other in zip(columns(here), columns(there), strict=True):
        assert np.array_equal(one, other, equal_nan=True)


def columns(track: ReadTrack) -> list[np.ndarray]:
    one = track.readings
    return [one.time_ms, one.lat, one.lon, one.speed_kmh, one.flags, one.row, *one.values]


def test_where_memory_is_short_nothing_is_read_ahead_and_the_rows_are_the_same(monkeypatch):
    """Nor is a thread begun, whose stack would be the last straw; and where the time isn't the first column."""
    lines = [line.split(",") for line in long_rows()]
    header = HEADER.split(",")
    data = text([",".join([*cells[1:], cells[0]]) for cells in lines], ",".join([*header[1:], header[0]]))
    monkeypatch.setattr(lengthwise, "_exactly", None)
    monkeypatch.setattr(lengthwise, "PIECE", 300_000)
    ahead = read(data)
    monkeypatch.setattr(lengthwise, "has_room", lambda size: False)
    monkeypatch.setattr(lengthwise.ThreadPoolExecutor, "submit", None)
    monkeypatch.setattr(abreast, "has_room", lambda size=0: False)
    in_turn = read(data)
    for here, there in zip(columns(ahead), columns(in_turn), strict=True):
        assert np.array_equal(here, there, equal_nan=True)


def test_columns_that_lie_in_a_file_hold_what_they_would_in_memory(tmp_path, monkeypatch):
    """Written to it by several threads, some rows at once and some moved up: a row that gave none is among them."""
    lines = long_rows()
    lines[40] = row(40, lat="x")
    monkeypatch.setattr(lengthwise, "PIECE", 100_000)
    held = read(text(lines))
    lying = read(text(lines), limits=ImportLimits(aside=tmp_path, aside_above=0))
    assert len(lying.readings) == len(lines) - 1
    for here, there in zip(columns(lying), columns(held), strict=True):
        assert np.array_equal(here, there, equal_nan=True)
    assert not list(tmp_path.iterdir()), "the file has no name"


@pytest.mark.parametrize("case", [*flagged_cases(), *clean_cases()], ids=str)
def test_one_odd_row_in_a_long_file_is_told_as_in_a_short_one(case: Case, monkeypatch):
    """Every bad and odd file again, with the quick way open to it whatever the length: it must not take what it can't."""
    short = read(case.data)
    monkeypatch.setattr(lengthwise, "WORTH_IT", 0)
    monkeypatch.setattr(lengthwise, "PIECE", 200)
    again = read(case.data)
    assert again.problems.counts == short.problems.counts
    assert [one.row for one in again.problems.first()] == [one.row for one in short.problems.first()]
    for here, there in zip(columns(again), columns(short), strict=True):
        assert np.array_equal(here, there, equal_nan=True)


def test_a_unit_that_changed_further_up_still_holds_for_rows_read_as_whole_columns(monkeypatch):
    lines = [*good(10), HEADER.replace("ppb", "ppm"), *(row(s) for s in range(10, 60))]
    short = read(text(lines))
    monkeypatch.setattr(lengthwise, "WORTH_IT", 0)
    monkeypatch.setattr(lengthwise, "PIECE", 200)
    track = read(text(lines))
    assert set(track.readings.value("TVOC")[10:].tolist()) == {45_000.0}
    assert track.problems.counts == short.problems.counts


def test_lines_that_are_blank_or_torn_cost_neither_memory_nor_the_collector(monkeypatch):
    """They aren't laid out as columns (9.8 MB of them took 637 MB), and the row after them is still called by its line."""
    monkeypatch.setattr(lengthwise, "WORTH_IT", 0)
    for line, torn in (("\n", 0), ("1\n", 50_000)):
        data = text(good(10)) + line.encode() * 50_000 + (row(99) + "\n").encode()
        with monkeypatch.context() as watched:
            watched.setattr(wide, "_starts", None)
            track = read(data)
        assert (len(track.readings), int(track.readings.row[-1])) == (11, 50_012)
        assert track.problems.counts["truncated"] == torn
        assert gc.isenabled()


def test_a_file_on_the_disk_is_read_as_one_in_memory_and_refused_where_it_must_be_read_whole(tmp_path):
    lying = tmp_path / "track.csv"
    lying.write_bytes(text(long_rows()))
    here, there = read(lying), read(lying.read_bytes())
    for one, other in zip(columns(here), columns(there), strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    assert here.parts[0].file.sha256 == there.parts[0].file.sha256
    lying.write_bytes(text(long_rows(), encoding="utf-16"))
    with pytest.raises(TrackRefused, match="须整体读取"):
        read(lying, limits=ImportLimits(whole_bytes=1_000_000))


def test_a_quoted_cell_that_runs_over_lines_is_not_torn_at_a_pieces_edge(monkeypatch):
    """Whatever byte the edge falls on: notes over three lines in a file too large to be read at once."""
    lines = [f'{one},"阴\n第{n}段 ""北"" \n转晴"' if n % 3 else f"{one},晴" for n, one in enumerate(good(30))]
    data = text(lines, HEADER + ",备注")
    whole = read(data)
    monkeypatch.setattr(lengthwise, "WORTH_IT", 0)
    for piece in range(90, 150, 7):
        monkeypatch.setattr(lengthwise, "PIECE", piece)
        again = read(data, limits=ImportLimits(whole_bytes=1000))
        assert again.problems.counts == whole.problems.counts == {}, piece
        for here, there in zip(columns(again), columns(whole), strict=True):
            assert np.array_equal(here, there, equal_nan=True)
