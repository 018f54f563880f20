"""A stored run reads back bit for bit, and damage is noticed."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from enforcement.patrols.tracks import codec
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.readings import Channel, Readings


def readings(values: np.ndarray, lat: np.ndarray | None = None) -> Readings:
    count = len(values)
    return Readings(
        np.arange(count, dtype=np.int64) * 1000 + 1_625_101_200_000,
        np.full(count, 37.87) if lat is None else lat,
        np.full(count, 112.55),
        np.zeros(count),
        np.zeros(count, dtype=np.uint16),
        np.arange(2, count + 2, dtype=np.int64),
        (Channel("TVOC", "ppb"),),
        (values,),
    )


def assert_same(one: Readings, other: Readings) -> None:
    assert one.channels == other.channels
    for (name, here), (_name, there) in zip(codec._columns(one), codec._columns(other), strict=True):
        assert here.dtype == there.dtype, name
        assert np.array_equal(here, there, equal_nan=here.dtype == np.float64), name


@settings(max_examples=200, deadline=None)
@given(
    hnp.arrays(np.float64, st.integers(0, 60), elements=st.floats(allow_nan=True, allow_infinity=True)),
)
def test_any_floats_come_back_exactly(values):
    one = readings(values)
    other = codec.decode(codec.encode(one))
    assert_same(one, other)
    finite = ~np.isnan(values)
    assert one.values[0][finite].tobytes() == other.values[0][finite].tobytes()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.decimals(-999, 9999, places=2, allow_nan=False), max_size=50), st.integers(0, 6))
def test_decimal_readings_come_back_exactly(numbers, missing):
    values = np.array([float(number) for number in numbers])
    values[:missing] = np.nan
    assert_same(readings(values), codec.decode(codec.encode(readings(values))))


def test_integers_of_any_width_come_back():
    one = readings(np.zeros(5))
    wild = np.array([0, 2**62, -(2**62), 17, -1], dtype=np.int64)
    object.__setattr__(one, "time_ms", wild)
    assert codec.decode(codec.encode(one)).time_ms.tolist() == wild.tolist()


def test_a_second_of_driving_costs_a_few_bytes():
    rng = np.random.default_rng(1)
    count = 7200
    one = readings(np.round(rng.gamma(3, 15, count), 0), np.round(37.87 + np.cumsum(rng.normal(0, 5e-5, count)), 6))
    assert len(codec.encode(one)) < 6 * count


def test_the_key_is_the_digest_of_the_bytes():
    one = readings(np.arange(10.0))
    assert codec.Encoded(one).sha256() == hashlib.sha256(codec.encode(one)).hexdigest()


def test_damage_is_refused_and_never_another_error():
    data = codec.encode(readings(np.arange(200.0) / 7))
    for at in range(0, len(data), 3):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]):
            try:
                other = codec.decode(damaged)
                list(other.values)  # unpacked when asked for
            except TrackRefused:
                continue
            assert len(other) == 200


def test_a_bomb_is_not_inflated():
    import json
    import zlib

    header = json.dumps(
        {"rows": 3, "channels": [], "columns": [{"name": "time_ms", "coding": "int", "bytes": 100_000}]}
    ).encode()
    bomb = codec.MAGIC + bytes([1]) + len(header).to_bytes(4, "big") + header + zlib.compress(bytes(100_000_000), 9)
    with pytest.raises(TrackRefused):
        codec.decode(bomb)


def test_a_page_of_one_channel_neither_unpacks_nor_copies_the_others():
    two = replace(readings(np.arange(50.0)), channels=(Channel("TVOC", "ppb"), Channel("CO", "ppm")))
    stored = bytearray(codec.encode(replace(two, values=(np.arange(50.0), np.arange(50.0) / 3))))
    stored[-20:] = bytes(20)  # CO's stream, the last, would be refused if anybody opened it
    found = codec.decode(bytes(stored))
    assert found.only("TVOC").take(slice(10, 12)).value("TVOC").tolist() == [10.0, 11.0]
    assert (found.only("TVOC").channels, len(found.only("none").values)) == ((Channel("TVOC", "ppb"),), 0)
    with pytest.raises(TrackRefused):
        found.take(slice(10, 12))
