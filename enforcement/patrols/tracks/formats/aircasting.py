"""AirCasting's sessions, as its server exports them and as its app shares one sensor's; see docs/patrols.md, "Formats".

The server's file: four pairs of lines, a label over each value column and below it what it says of that column's sensor,
then a header that only counts the columns. A cell is blank where a sensor had nothing for that moment and place.

    ,,,,,Sensor_Package_Name,Sensor_Package_Name
    ,,,,,AirBeam3:943cc67daabc,AirBeam3:943cc67daabc
    ,,,,,Sensor_Name,Sensor_Name                        (likewise Measurement_Type, Measurement_Units)
    ObjectID,Session_Name,Timestamp,Latitude,Longitude,1:Measurement_Value,2:Measurement_Value

The app's: the four labels, the sensor's own below them, the header, the rows; the next sensor follows (`tracks/streams.py`).
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from io import StringIO
from itertools import islice, pairwise

from ..layout import HEADER_WITHIN_LINES, Column, detect, long_line, name_and_unit
from ..limits import ImportLimits
from ..problems import TrackRefused, quoted
from ..text import decode
from .delimited import OpenDelimited

#: The labels of what is said of a sensor: the server's, the app's.
NAME, KIND, UNITS = ("Sensor_Name", "Measurement_Type", "Measurement_Units")
APP_LABELS = {"sensor:model": NAME, "sensor:capability": KIND, "sensor:units": UNITS}
COUNTED, APP_VALUE = "Measurement_Value", "Value"
#: Lines above the rows of one sensor in the app's file, the header included.
APP_HEAD = 3
UNIT_WORDS = {
    "microgram per cubic meter": "µg/m³",
    "micrograms per cubic meter": "µg/m³",
    "parts per billion": "ppb",
    "parts per million": "ppm",
    "degrees celsius": "°C",
    "celsius": "°C",
    "degrees fahrenheit": "°F",
    "fahrenheit": "°F",
    "percent": "%",
    "decibels": "dB",
}
#: A sensor that tells the size of its particles: all three of an AirBeam measure "Particulate Matter".
_SIZE = re.compile(r"(?:^|-)(?P<size>PM\d[\d.]*)$")


@dataclass(frozen=True, slots=True)
class _Sensor:
    """What is said of a value column."""

    name: str = ""
    kind: str = ""
    units: str = ""

    def column(self, index: int, header: str) -> Column:
        """The column under the sensor's own words; as it is where nothing is said."""
        sized = _SIZE.search(self.name)
        name = quoted(sized["size"] if sized else self.kind or self.name) or header
        unit = quoted(
            UNIT_WORDS.get(self.units.lower()) or (name_and_unit(f"x ({self.units})")[1] if self.units else "")
        )
        return Column(index, f"{name} ({unit})" if unit else name, name, unit)


class AirCasting:
    """Delimited text whose channels are named above the header."""

    key = "aircasting"

    def recognises(self, data: bytes, filename: str) -> bool:
        """The marks of either file near the top, in whatever encoding it was saved again."""
        try:
            head = decode(data[:8192][: len(data[:8192]) // 2 * 2]).body
        except TrackRefused:
            return False
        return (NAME in head and COUNTED in head) or head.lstrip("\n").startswith("sensor:model")

    def open(self, data: bytes, limits: ImportLimits) -> OpenDelimited:
        """As delimited text, with each value column called what its sensor measures."""
        limits.check_size(len(data))
        text = decode(data)
        lines = _first_lines(text.body, limits)
        found = detect("\n".join(_from_header(lines)), limits)
        sensors = _sensors(lines[: found.header_line - 1], found.delimiter)
        columns = tuple(
            sensors.get(one.index, _Sensor()).column(one.index, one.header) if _holds_values(one) else one
            for one in found.columns
        )
        counted = any(COUNTED in one.header for one in found.columns)
        return OpenDelimited(text.body, text.encoding, replace(found, columns=columns, sparse=counted), limits)


def _first_lines(body: str, limits: ImportLimits) -> list[str]:
    """The lines in which the header is looked for. Raises TrackRefused for an endless one."""
    begin = StringIO(body[: HEADER_WITHIN_LINES * (limits.max_line_chars + 1)], newline=None)
    lines = [line.rstrip("\n") for line in islice(begin, HEADER_WITHIN_LINES)]
    for number, line in enumerate(lines, 1):
        if len(line) > limits.max_line_chars:
            raise long_line(number, limits)
    return lines


def _from_header(lines: list[str]) -> list[str]:
    """The lines with those above the header blank: labels of three sensors would be taken for one."""
    at = next((number for number, line in enumerate(lines) if COUNTED in line), APP_HEAD - 1)
    return [*[""] * at, *lines[at:]]


def _holds_values(column: Column) -> bool:
    return COUNTED in column.header or column.header == APP_VALUE


def _sensors(lines: list[str], delimiter: str) -> dict[int, _Sensor]:
    """By the index of its value column: in the server's file each label stands over the column it speaks of."""
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)]
    said: dict[int, dict[str, str]] = {}
    for labels, values in pairwise(rows):
        for at, (label, value) in enumerate(zip(labels, values, strict=False)):
            if label in (NAME, KIND, UNITS):
                said.setdefault(at, {})[label] = value
            elif label in APP_LABELS:
                said.setdefault(APP_HEAD, {})[APP_LABELS[label]] = value
    return {at: _Sensor(one.get(NAME, ""), one.get(KIND, ""), one.get(UNITS, "")) for at, one in said.items()}
