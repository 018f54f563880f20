"""A session as AirCasting's app shares it: one sensor's rows after the other's, each under its own three lines of heading.

    sensor:model,sensor:package,sensor:capability,sensor:units
    AirBeam3-PM2.5,AirBeam3:943cc67daabc,Particulate Matter,micrograms per cubic meter
    Timestamp,geo:lat,geo:long,Value
    2021-07-01T09:00:00.000+0800,37.87,112.55,45.0

Each sensor becomes a file of its own, its heading at the top and its rows on the lines they had, to be joined by time.
"""

from __future__ import annotations

import csv
from dataclasses import replace

from django.utils.translation import gettext as _

from .bundle import SourceFile
from .limits import ImportLimits
from .problems import TrackRefused, quoted
from .text import decode

HEADING, MARK = 3, "sensor:model"
#: Sensors of one session: an AirBeam has five, a telephone adds one.
MAX_STREAMS = 12


def begins(head: bytes) -> bool:
    """Whether a file begins like one, in UTF-16 too."""
    return MARK.encode() in head[:64].replace(b"\0", b"")


def split(file: SourceFile, limits: ImportLimits) -> list[SourceFile]:
    """The sensors as files, or the file itself where it has one. Raises TrackRefused for too many."""
    body = decode(file.stored.whole(limits)).body.replace("\r\n", "\n").replace("\r", "\n")
    lines = body.split("\n")
    starts = [number for number, line in enumerate(lines) if line.lstrip('"').startswith(MARK)]
    if len(starts) < 2:
        return [file]
    if len(starts) > MAX_STREAMS:
        raise TrackRefused(
            "too_many_columns",
            _("文件里有 %(count)d 段传感器数据，超过上限 %(limit)d 段。请分开导出后上传。")
            % {"count": len(starts), "limit": MAX_STREAMS},
        )
    parts = []
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True), 1):
        heading, rows = lines[start : start + HEADING], lines[start + HEADING : end]
        text = "\n".join([*heading, *[""] * start, *rows])
        parts.append(replace(file, name=f"{file.name}#{_name(heading, number)}", data=text.encode(), whole=file.sha256))
    return parts


def _name(heading: list[str], number: int) -> str:
    """The sensor's name, with its number where it has none or another may have the same."""
    said = next(csv.reader(line[:200] for line in heading[1:2]), [])
    return " ".join([str(number), *(quoted(cell.strip()) for cell in said[:1])]).strip()
