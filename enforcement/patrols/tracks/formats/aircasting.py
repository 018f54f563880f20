"""AirCasting's session export: four lines about the sensors, then a header that only counts them."""

from __future__ import annotations

import csv
from dataclasses import replace

from ..layout import Column, Layout, name_and_unit
from ..limits import ImportLimits
from ..problems import TrackRefused, quoted
from ..text import decode
from .delimited import DelimitedText, OpenDelimited

#: Lines before the header that speak of the sensors, by their first cell.
CAPABILITY, UNITS = "sensor:capability", "sensor:units"
UNIT_WORDS = {
    "micrograms per cubic meter": "µg/m³",
    "parts per billion": "ppb",
    "parts per million": "ppm",
    "degrees celsius": "°C",
    "celsius": "°C",
    "fahrenheit": "°F",
    "percent": "%",
}


class AirCasting:
    """Delimited text whose channels are named above the header."""

    key = "aircasting"

    def recognises(self, data: bytes, filename: str) -> bool:
        """The marks of the export near the top, in whatever encoding it was saved again."""
        try:
            head = decode(data[:8192][: len(data[:8192]) // 2 * 2]).body
        except TrackRefused:
            return False
        return CAPABILITY in head and "Measurement_Value" in head

    def open(self, data: bytes, limits: ImportLimits) -> OpenDelimited:
        """As delimited text, with each ``n:Measurement_Value`` called what its sensor measures."""
        opened = DelimitedText().open(data, limits)
        about = _about(opened.body, opened.layout)
        names, units = about.get(CAPABILITY, []), about.get(UNITS, [])
        columns = [self._named(column, names, units) for column in opened.layout.columns]
        opened.layout = replace(opened.layout, columns=tuple(columns))
        return opened

    def _named(self, column: Column, names: list[str], units: list[str]) -> Column:
        if "Measurement_Value" not in column.header or column.index >= len(names) or not names[column.index].strip():
            return column
        name = quoted(names[column.index].strip())
        unit = units[column.index].strip() if column.index < len(units) else ""
        unit = UNIT_WORDS.get(unit.lower(), name_and_unit(f"x ({unit})")[1] if unit else "")
        return Column(column.index, f"{name} ({unit})" if unit else name, name, quoted(unit))


def _about(body: str, layout: Layout) -> dict[str, list[str]]:
    """The lines above the header by their first cell."""
    lines = body.split("\n", layout.header_line)[: layout.header_line - 1]
    rows = csv.reader((line.rstrip("\r").replace("\0", "") for line in lines), delimiter=layout.delimiter)
    return {row[0].strip(): row for row in rows if row}
