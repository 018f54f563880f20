"""NMEA 0183 as receivers log it: RMC sentences give time (UTC), place and speed; the others are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import reduce
from operator import xor

from django.utils.translation import gettext as _

from ..layout import from_cells
from ..limits import ImportLimits
from ..problems import TrackRefused
from ..text import decode
from .table import OpenTable

_SENTENCE = re.compile(rb"(?m)^\$(?:G[NPALBQI]|BD|QZ)[A-Z]{3},")
_RMC = re.compile(r"^\$(?:G[NPALBQI]|BD|QZ)RMC,")
HEADER = ["time", "lat", "lon", "speed (knot)"]
#: What stands for a time in a sentence whose checksum is wrong: the row is named, none of it is believed.
DAMAGED = "?"


class NmeaLog:
    """The reader of NMEA logs. A row's number is its line."""

    key = "nmea"

    def recognises(self, data: bytes, filename: str) -> bool:
        """Sentences of a satellite receiver among the first lines."""
        return len(_SENTENCE.findall(data[:4096])) >= 2

    def open(self, data: bytes, limits: ImportLimits) -> OpenTable:
        """Raises TrackRefused when no sentence says where the receiver was."""
        limits.check_size(len(data))
        lines = decode(data).body.splitlines()
        if not any(_RMC.match(line) for line in lines):
            raise TrackRefused("no_rows", _("NMEA 文件里没有 RMC 语句，无法得到时间和位置。"))

        def rows() -> Iterator[tuple[int, list[str]]]:
            for number, line in enumerate(lines, 1):
                if _RMC.match(line):
                    yield number, _row(line.strip())

        return OpenTable(from_cells([HEADER], limits), "NMEA", rows, limits)


def _row(sentence: str) -> list[str]:
    body, _star, checksum = sentence[1:].partition("*")
    if checksum and checksum[:2].upper() != f"{reduce(xor, body.encode('utf-8', 'replace'), 0):02X}":
        return [DAMAGED, "", "", ""]
    cells = [*body.split(","), *[""] * 10]
    time, status, lat, north, lon, east, knots, day = cells[1], *cells[2:8], cells[9]
    if len(time) < 6 or len(day) != 6:
        return [DAMAGED, "", "", ""]
    moment = f"20{day[4:6]}-{day[2:4]}-{day[:2]} {time[:2]}:{time[2:4]}:{time[4:]}Z"
    if status != "A":  # the receiver itself warns
        return [moment, "", "", ""]
    return [moment, _degrees(lat, north), _degrees(lon, east), knots]


def _degrees(value: str, side: str) -> str:
    """``3752.2000,N`` (degrees and minutes) as decimal degrees; what isn't that is handed on for the reader to name."""
    whole, point, part = value.partition(".")
    if not (whole.isdecimal() and len(whole) >= 3 and part.isdecimal() and point):
        return value
    degrees = int(whole[:-2]) + float(f"{whole[-2:]}.{part}") / 60
    return f"{-degrees if side in ('S', 'W') else degrees:.8f}"
