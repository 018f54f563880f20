"""The formats a track may come in. To add one: write a module with a ``TrackFormat``, list it here, add a test.

A format only cuts bytes into text cells; numbers, times, coordinates and checks are the same for all of them.
"""

from __future__ import annotations

from .aircasting import AirCasting
from .base import CellBlock, TrackFormat
from .delimited import DelimitedText
from .gpx import GpsExchange
from .interleaved import Interleaved
from .nmea import NmeaLog
from .sheet import Spreadsheet

#: Asked in this order; the last one takes what no other recognises and refuses it with a sentence.
FORMATS: tuple[TrackFormat, ...] = (
    Spreadsheet(), GpsExchange(), NmeaLog(), AirCasting(), Interleaved(), DelimitedText(),
)  # fmt: skip


def format_of(data: bytes, filename: str) -> TrackFormat:
    """The format that reads this file."""
    return next((known for known in FORMATS if known.recognises(data, filename)), FORMATS[-1])


__all__ = ["FORMATS", "CellBlock", "TrackFormat", "format_of"]
