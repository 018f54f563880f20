"""A real 1 Hz track from another country imports and maps as it is: speed derived, every point flagged as outside."""

from pathlib import Path

import numpy as np
import pytest

from enforcement.patrols.placing import CountyPlacer
from enforcement.patrols.tracks.codec import decode, encode
from enforcement.patrols.tracks.importing import Statement, Surroundings, read_track
from enforcement.patrols.tracks.quality import measure
from enforcement.patrols.tracks.readings import RowFlag
from enforcement.patrols.tracks.rules import TrackRule
from regions.coordinates import convert, distance_m

#: Degrees of longitude and latitude from Bangalore to Taiyuan.
NORTH_EAST = (34.95, 24.85)
TRACK = Path(__file__).resolve().parents[4] / "shared" / "data" / "bangalore_track.csv"
RULE = TrackRule(max_gap_s=5, max_speed_kmh=200)
pytestmark = pytest.mark.skipif(not TRACK.exists(), reason="the real track is not beside the project")


def place(lat, lon):
    return np.minimum(CountyPlacer()(lat, lon), 0)


def read(data: bytes, system: str = "wgs84"):
    return read_track(data, TRACK.name, Statement("Asia/Kolkata", system), Surroundings(RULE, 1_800_000_000_000, place))


def test_it_imports_as_it_is():
    track = read(TRACK.read_bytes())
    assert len(track.readings) == track.rows_total == 3000
    assert set(track.problems.counts) == {"outside", "missing_value", "negative"}
    assert track.problems.counts["outside"] == 3000
    assert (track.readings.flags & int(RowFlag.OUTSIDE)).all()
    assert np.datetime64(int(track.readings.time_ms[0]), "ms") == np.datetime64("2019-09-25T04:29:24")
    assert [channel.unit for channel in track.readings.channels][:2] == ["µg/m³", "µg/m³"]


def test_its_kilometres_and_speed_are_derived():
    track = read(TRACK.read_bytes())
    quality = measure(track.readings, track.rows_total, RULE)
    assert quality.km == pytest.approx(18.48, abs=0.02)
    assert quality.hours == pytest.approx(2999 / 3600)
    assert quality.valid_share == 1
    assert np.nanmean(track.readings.speed_kmh) == pytest.approx(22.2, abs=0.2)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_lands_on_the_same_readings(encoding):
    plain = read(TRACK.read_bytes()).readings
    other = read(TRACK.read_bytes().decode().encode(encoding)).readings
    assert np.array_equal(plain.lat, other.lat)
    assert np.array_equal(plain.time_ms, other.time_ms)


@pytest.mark.parametrize("system", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_in_every_coordinate_system_lands_within_two_metres(encoding, system):
    """The track is laid over Shanxi, where the offsets of GCJ-02 and BD-09 are not zero, written in the system, read back."""
    plain = read(TRACK.read_bytes()).readings
    header, *lines = TRACK.read_text(encoding="utf-8").splitlines()
    lon, lat = plain.lon + NORTH_EAST[0], plain.lat + NORTH_EAST[1]
    shown_lon, shown_lat = convert(lon, lat, "wgs84", system)
    written = [header]
    for line, at_lon, at_lat in zip(lines, shown_lon, shown_lat, strict=True):
        cells = line.split(",")
        cells[2:4] = f"{at_lat:.8f}", f"{at_lon:.8f}"
        written.append(",".join(cells))
    again = read("\n".join(written).encode(encoding), system).readings
    assert distance_m(lon, lat, again.lon, again.lat).max() < 2
    if system != "wgs84":
        assert distance_m(lon, lat, shown_lon, shown_lat).min() > 100


def test_it_is_stored_without_loss():
    run = read(TRACK.read_bytes()).readings
    again = decode(encode(run))
    for here, there in zip((run.lat, run.lon, *run.values), (again.lat, again.lon, *again.values), strict=True):
        assert np.array_equal(here, there, equal_nan=True)
