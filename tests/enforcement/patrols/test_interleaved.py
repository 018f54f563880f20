"""Rows that take turns, one value each or one kind each, and a receiver's own log, read like the table they stand for."""

from functools import reduce
from operator import xor

import numpy as np
import pytest

from enforcement.patrols.tracks import bundle
from enforcement.patrols.tracks.bundle import SourceFile
from enforcement.patrols.tracks.problems import TrackRefused

from .hostile_files import good, row, text
from .test_joining import at
from .test_reading_tracks import read

LONG = "时间,纬度,经度,监测因子,数值,单位"


def long(*, unit: str = "ppm", seconds: int = 20) -> bytes:
    """TVOC and CO taking turns, both at every second."""
    rows = []
    for second in range(seconds):
        head = ",".join(row(second).split(",")[:3])
        rows += [f"{head},TVOC,45,ppb", f"{head},CO,1.5,{unit if second > 9 else 'ppm'}"]
    return text(rows, LONG)


def test_a_value_a_row_reads_like_a_column_a_channel():
    found, twin = read(long()), read(text([f"{line},1.5" for line in good()], "时间,纬度,经度,速度,TVOC(ppb),CO(ppm)"))
    assert dict(found.problems.counts) == {}
    assert [(one.name, one.unit) for one in found.readings.channels] == [("TVOC", "ppb"), ("CO", "ppm")]
    assert np.array_equal(found.readings.time_ms, twin.readings.time_ms)
    assert np.array_equal(found.readings.lat, twin.readings.lat)
    assert found.readings.value("CO").tolist() == [1.5] * 20
    assert found.readings.row.tolist() == list(range(2, 42, 2))


def test_channels_that_answer_at_different_moments_have_rows_of_their_own_and_nothing_is_missing():
    lines = [f"{at(s / 2)},{37.87 + s * 2.5e-5:.6f},112.55,{'TVOC' if s % 2 else 'CO'},{s}," for s in range(20)]
    found = read(text(lines, LONG))
    assert dict(found.problems.counts) == {}
    assert np.isfinite(found.readings.value("CO")).sum() == np.isfinite(found.readings.value("TVOC")).sum() == 10


def test_a_unit_that_changes_between_rows_is_converted_and_said():
    found = read(long(unit="ppb"))
    assert found.problems.counts == {"unit_change": 10}
    assert found.readings.value("CO")[10:] == pytest.approx([0.0015] * 10)


def test_rows_without_a_channel_or_torn_are_named():
    lines = long().decode().splitlines()
    lines[5] = lines[5].replace("TVOC", "").replace("CO", "")
    lines[8] = lines[8][:12]
    lines[11] = lines[11].replace(",45,", ",x,")
    found = read("\n".join(lines).encode())
    assert set(found.problems.counts) == {"no_channel", "truncated", "bad_value"}
    assert [one.row for one in found.problems.first()] == [6, 9, 12]


def test_ten_thousand_names_of_channels_are_no_channels():
    lines = [f"{row(s).rsplit(',', 2)[0]},c{s},1,ppb" for s in range(1000)]
    with pytest.raises(TrackRefused) as refusal:
        read(text(lines, LONG))
    assert refusal.value.code == "too_many_columns"


def kinds() -> bytes:
    """A receiver and an instrument writing into one file by turns."""
    lines = ["#GPS,time,lat,lon", "#PID,time,TVOC(ppb)"]
    for second in range(20):
        lines += [f"GPS,{at(second)},{37.87 + second * 5e-5:.6f},112.55", f"PID,{at(second + 0.4)},45"]
    return "\n".join(lines).encode()


def test_kinds_of_rows_in_one_file_are_joined_like_files():
    found = read(kinds())
    assert [part.file.name for part in found.parts] == ["track.csv#GPS", "track.csv#PID"]
    assert len({part.file.sha256 for part in found.parts}) == 1, "one file, one digest"
    assert found.problems.counts == {"no_fix_near": 1}
    assert found.problems.first()[0].row == 42, "the line an editor shows"
    assert found.readings.lat[0] == pytest.approx(37.87 + 0.4 * 5e-5)
    assert found.readings.value("TVOC").tolist() == [45.0] * 19


def nmea(seconds=range(20), knots: float = 10.8, status: str = "A", zone: str = "GN") -> list[str]:
    """A receiver's log in UTC: 01:00 is nine in Beijing."""
    lines = []
    for second in seconds:
        minutes = (37.87 + second * 5e-5 - 37) * 60
        body = f"{zone}RMC,0100{second:02d}.00,{status},37{minutes:08.5f},N,11233.00000,E,{knots},0.0,010721,,,A"
        lines += [f"$GNGGA,0100{second:02d}.00,,,,,0,,,,,,,,", f"${body}*{reduce(xor, body.encode()):02X}"]
    return lines


def test_a_receivers_own_log_is_a_track():
    found = read("\r\n".join(nmea()).encode()).readings
    assert found.time_ms[0] == 1_625_101_200_000
    assert found.lat == pytest.approx(read(text(good())).readings.lat, abs=1e-7)
    assert found.speed_kmh[0] == pytest.approx(20, abs=0.01)
    joined = read(bundle.pack([SourceFile("a.csv", text([f"{at(s)},45" for s in range(20)], "时间,TVOC(ppb)")),
                               SourceFile("b.nmea", "\n".join(nmea()).encode())]))  # fmt: skip
    assert len(joined.readings) == 20


def test_a_sentence_with_a_wrong_checksum_or_without_a_fix_is_named_and_not_believed():
    lines = nmea()
    lines[5] = lines[5].replace("11233", "11333")
    lines[9] = nmea([4], status="V")[1]
    lines[11] = "$GNRMC,,,,,"
    found = read("\n".join(lines).encode())
    assert set(found.problems.counts) == {"bad_time", "no_place"}
    assert [one.row for one in found.problems.first()] == [6, 10, 12]
    assert len(found.readings) == 17


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("\n".join(nmea()[::2]).encode(), "no_rows"),
        ("\n".join(nmea(status="V")).encode(), "nothing_usable"),
        (("$GNRMC," + "9" * 50_000 + "\n$GNRMC,1\n").encode(), ""),
        (b"$GPRMC,\n$GPRMC,\xff\xfe\n" * 50, ""),
        (text([], LONG), "no_rows"),
        (kinds().split(b"GPS,2021")[0], ""),
        (b"#A,time,x\n#B,time,y\n" + b"A,1,2\n" * 50, ""),
        (("\n".join(f"#K{n},time,v" for n in range(40)) + "\n").encode(), ""),
    ],
)
def test_hostile_logs_are_refused_with_a_sentence(data, code):
    with pytest.raises(TrackRefused) as refusal:
        read(data)
    assert code in ("", refusal.value.code), refusal.value.code
    assert any("\u4e00" <= char <= "\u9fff" for char in str(refusal.value))
