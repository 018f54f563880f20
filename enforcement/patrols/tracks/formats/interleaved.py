"""The long format: each row is one value of one channel, channels taking turns. Turned into a row for each moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ..layout import Column, Layout, detect, name_and_unit
from ..limits import ImportLimits
from ..problems import ProblemLog, TrackRefused, quoted
from ..text import decode
from .base import CellBlock
from .delimited import DelimitedText, OpenDelimited

CHANNEL_NAMES = ("通道", "参数", "参数名称", "监测项目", "监测因子", "因子", "污染物", "组分", "channel", "parameter",
                 "pollutant", "species", "variable", "sensor", "analyte")  # fmt: skip
VALUE_NAMES = ("数值", "值", "浓度", "监测值", "读数", "value", "reading", "concentration", "result")
UNIT_NAMES = ("单位", "unit", "units")
#: Bytes in which the header is looked for.
HEAD = 64 * 1024


class Interleaved:
    """The reader of long tables."""

    key = "long"

    def recognises(self, data: bytes, filename: str) -> bool:
        """A header with a column of channel names and one of values."""
        head = data[: data.rfind(b"\n", 0, HEAD) + 1] if len(data) > HEAD else data
        try:
            found = detect(decode(head).body, ImportLimits())
        except TrackRefused:
            return False
        return _column(found, CHANNEL_NAMES) is not None and _column(found, VALUE_NAMES) is not None

    def open(self, data: bytes, limits: ImportLimits) -> OpenLong:
        """Find the header and which channels there are. Raises TrackRefused."""
        base = DelimitedText().open(data, limits)
        channel, value = _column(base.layout, CHANNEL_NAMES), _column(base.layout, VALUE_NAMES)
        assert channel is not None and value is not None  # noqa: PT018 -- as recognised
        unit = _column(base.layout, UNIT_NAMES)
        long = _Long(channel.index, value.index, unit.index if unit else None)
        units = long.channels(base, limits)
        carried = [one for one in base.layout.columns if one.index not in long.own]
        columns = [Column(at, one.header, one.name, one.unit) for at, one in enumerate(carried)]
        for at, (header, in_unit) in enumerate(units.items(), len(columns)):
            name, named_unit = name_and_unit(header)
            given = name_and_unit(f"x({in_unit})")[1] if in_unit else named_unit
            columns.append(Column(at, quoted(header), quoted(name), given))
        layout = Layout(base.layout.delimiter, base.layout.header_line, tuple(columns), sparse=True)
        return OpenLong(base, layout, long, [one.index for one in carried], units, base.encoding)


@dataclass(frozen=True, slots=True)
class _Long:
    """Where a row has its channel's name, its value and perhaps its unit."""

    channel: int
    value: int
    unit: int | None

    @property
    def own(self) -> set[int]:
        return {self.channel, self.value, *([self.unit] if self.unit is not None else [])}

    def channels(self, base: OpenDelimited, limits: ImportLimits) -> dict[str, str]:
        """The channels in order of appearance, each with its first unit. Raises TrackRefused for too many."""
        found: dict[str, str] = {}
        for block in base.blocks([self.channel, self.channel if self.unit is None else self.unit], ProblemLog(0)):
            for name, unit in zip(*block.columns, strict=True):
                if name.strip() not in found and name.strip():
                    found[name.strip()] = "" if self.unit is None else unit.strip()
            if len(found) > limits.max_columns:
                raise TrackRefused(
                    "too_many_columns",
                    _("通道名称列里有 %(count)d 种以上的名称，超过上限 %(limit)d 种，可能选错了列。")
                    % {"count": limits.max_columns, "limit": limits.max_columns},
                )
        return found


@dataclass(slots=True)
class OpenLong:
    """A long table; a block's row bears the line of the first of the rows it was made of."""

    base: OpenDelimited
    layout: Layout
    long: _Long
    carried: list[int]
    units: dict[str, str]
    encoding: str

    def blocks(self, indexes: Sequence[int], log: ProblemLog) -> Iterator[CellBlock]:
        """See ``OpenTrack.blocks``. Rows in turn with the same time and place are one; a channel met again begins anew."""
        at = {name: number for number, name in enumerate(self.units, len(self.carried))}
        width = len(self.layout.columns)
        made: list[list[str]] = []
        lines: list[int] = []
        last: list[str] | None = None
        for block in self.base.blocks(range(len(self.base.layout.columns)), log):
            for line, row in zip(block.rows, zip(*block.columns, strict=True), strict=True):
                name, head = row[self.long.channel].strip(), [row[index] for index in self.carried]
                if not name:
                    log.add("no_channel", line)
                    continue
                if last is None or head != last[: len(head)] or last[at[name]]:
                    last = head + [""] * (width - len(head))
                    made.append(last)
                    lines.append(line)
                last[at[name]] = self._cell(row, name)
            if len(made) > 1:
                yield self._block(lines[:-1], made[:-1], indexes)
                lines, made = lines[-1:], made[-1:]
        if made:
            yield self._block(lines, made, indexes)

    def _block(self, lines: list[int], made: list[list[str]], indexes: Sequence[int]) -> CellBlock:
        turned = list(zip(*made, strict=True))
        return CellBlock(lines, [turned[index] for index in indexes])

    def _cell(self, row: tuple[str, ...], name: str) -> str:
        """The value; with its unit where that isn't the channel's first, for the reader to convert and say so."""
        value = row[self.long.value]
        if self.long.unit is None or row[self.long.unit].strip() in ("", self.units[name]):
            return value
        return f"{value.strip()} {row[self.long.unit].strip()}"


def _column(layout: Layout, names: tuple[str, ...]) -> Column | None:
    return next((one for one in layout.columns if one.name.strip().lower() in names), None)
