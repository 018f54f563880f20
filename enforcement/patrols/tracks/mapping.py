"""Which column is the time, which the latitude, and what the others measure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .layout import Column, Layout
from .problems import TrackRefused, quoted
from .readings import WIND_FROM, WIND_SPEED, Channel
from .units import SCALES, standard

#: Field -> (label, names seen in instruments' files). Compared without case, spaces and punctuation.
FIELDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "time": (
        gettext_lazy("时间"),
        (
            "时间",
            "日期时间",
            "采样时间",
            "监测时间",
            "北京时间",
            "记录时间",
            "time",
            "datetime",
            "timestamp",
            "date",
            "datetimelt",
            "datelt",
            "timelt",
            "utctime",
            "utc",
            "gpstime",
            "localtime",
        ),
    ),
    "lat": (gettext_lazy("纬度"), ("纬度", "latitude", "lat", "gpslat", "gpslatitude", "geolat", "y", "纬度n", "北纬")),
    "lon": (
        gettext_lazy("经度"),
        ("经度", "longitude", "lon", "lng", "long", "gpslon", "gpslongitude", "geolong", "x", "经度e", "东经"),
    ),
    "speed": (gettext_lazy("车速"), ("速度", "车速", "行驶速度", "speed", "gpsspeed", "velocity", "vehiclespeed")),
    "wind_from": (
        gettext_lazy("风向"),
        ("风向", "真风向", "winddirection", "winddir", "wd", "windfrom", "wdir"),
    ),
    "wind_speed": (gettext_lazy("风速"), ("风速", "真风速", "windspeed", "ws", "wspd")),
}
REQUIRED = ("time", "lat", "lon")
#: A separate column of dates, joined in front of the time.
DATE = "date"
DATE_NAMES = ("日期", "date", "day", "采样日期")
TIME_OF_DAY_NAMES = ("时刻", "time", "时间", "采样时间")
#: Columns that are never a measurement.
IGNORED = (
    "",
    "id",
    "no",
    "index",
    "序号",
    "编号",
    "行号",
    "备注",
    "remark",
    "note",
    "heading",
    "航向",
    "方向",
    "卫星数",
    "sat",
    "course",
    "ele",
    "hdop",
    "vdop",
    "pdop",
    "objectid",
    "utctime",
    "sessionname",
)
#: Factor to km/h.
SPEED_UNITS = {"": 1.0, "km/h": 1.0, "m/s": 3.6, "knot": 1.852, "mph": 1.609344}
#: Factor to m/s.
WIND_UNITS = {"": 1.0, "m/s": 1.0, "km/h": 1 / 3.6, "knot": 0.514444}
_NOISE = re.compile(r"[\s_\-.:：/()（）\[\]°]+")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Column index by field (``time``, ``lat``, ``lon``, perhaps ``date``, ``speed``, wind), and the channels.

    ``units`` is the unit asked for by column index, ``unit`` the one asked for all channels where that is possible.
    """

    fields: Mapping[str, int]
    channels: tuple[tuple[int, Channel], ...]
    units: Mapping[int, str]
    unit: str

    def as_dict(self, layout: Layout) -> dict[str, Any]:
        """By header, for storage beside the run and for a later file of the same instrument."""
        return {
            "fields": {name: layout.columns[index].header for name, index in self.fields.items()},
            "channels": [layout.columns[index].header for index, _channel in self.channels],
            **({"units": self.unit or self._units(layout)} if self.unit or self.units else {}),
        }

    def as_chosen(self) -> dict[str, Any]:
        """By column number, whole, as `resolve` takes it: for a later file with the very same header."""
        numbers = {name: str(self.fields[name] + 1) if name in self.fields else "" for name in (*FIELDS, DATE)}
        units: Any = self.unit or {str(index + 1): unit for index, unit in self.units.items()}
        channels = [str(index + 1) for index, one in self.channels if not one.role]
        return {**numbers, "channels": channels, **({"units": units} if units else {})}

    def _units(self, layout: Layout) -> dict[str, str]:
        return {layout.columns[index].header: unit for index, unit in self.units.items()}


def suggest(layout: Layout) -> dict[str, int]:
    """The likely column of each field, by its name; fields without a likely column are left out."""
    found: dict[str, int] = {}
    keys = {column.index: _key(column) for column in layout.columns}
    for field, (_label, names) in FIELDS.items():
        for name in names:
            index = next((i for i, key in keys.items() if key == name and i not in found.values()), None)
            if index is not None:
                found[field] = index
                break
    date = next((i for i, key in keys.items() if key in DATE_NAMES and i != found.get("time")), None)
    if date is not None and "time" in found and keys[found["time"]] in TIME_OF_DAY_NAMES:
        found[DATE] = date
    return found


def likely_channels(layout: Layout, fields: Mapping[str, int]) -> list[int]:
    """The columns that measure something, where ``fields`` are the others."""
    return [index for index, channel in _channels(layout, fields, None) if not channel.role]


def resolve(layout: Layout, chosen: Mapping[str, Any] | None = None, placed: bool = True) -> ColumnMapping:
    """The mapping to read with: what the user chose, the rest as suggested. ``placed`` asks for a latitude and a longitude.

    ``chosen`` has a header (or a 1-based column number) by field, and perhaps ``channels``, a list of headers, and
    ``units``, a unit for all channels or one by header; an empty choice switches a field off. Raises TrackRefused naming the field that is missing or the column that isn't there.
    """
    chosen = dict(chosen or {})
    wanted, units = chosen.pop("channels", None), chosen.pop("units", None)
    _refuse_unknown(chosen)
    fields = suggest(layout)
    for field, header in chosen.items():
        if header in (None, ""):
            fields.pop(field, None)
        else:
            fields[field] = _find(layout, header, field)
    _require(fields, layout, REQUIRED if placed else ("time",))
    if "lat" not in fields or "lon" not in fields:
        fields = {field: index for field, index in fields.items() if field not in ("lat", "lon")}
    each, whole = _units_of(layout, units)
    return ColumnMapping(fields, _channels(layout, fields, wanted), each, whole)


def _units_of(layout: Layout, asked: Any) -> tuple[dict[int, str], str]:
    """The units asked for, by column and for all. Raises TrackRefused for a unit nobody knows."""
    if asked in (None, ""):
        return {}, ""
    by_header = asked if isinstance(asked, dict) else {}
    each = {_find(layout, header, "units"): standard(str(unit)) for header, unit in by_header.items()}
    whole = "" if isinstance(asked, dict) else standard(str(asked))
    wrong = next((unit for unit in [*each.values(), *([whole] if whole else [])] if unit not in SCALES), None)
    if wrong is not None:
        raise TrackRefused(
            "bad_unit",
            _("不认识单位“%(unit)s”，可以换算到：%(known)s。") % {"unit": quoted(wrong), "known": _("、").join(SCALES)},
            "mapping",
        )
    return each, whole


def _refuse_unknown(chosen: Mapping[str, Any]) -> None:
    for field in chosen:
        if field not in FIELDS and field != DATE:
            raise TrackRefused(
                "unknown_field",
                _("列对应关系中没有“%(field)s”这一项；可用的有：%(known)s。")
                % {"field": quoted(str(field)), "known": _("、").join([*FIELDS, DATE, "channels", "units"])},
                "mapping",
            )


def _require(fields: Mapping[str, int], layout: Layout, required: Iterable[str]) -> None:
    for field in required:
        if field not in fields:
            raise TrackRefused(
                f"no_{field}_column",
                _("表头（第 %(row)d 行）里找不到“%(field)s”列，请在列对应关系中指定。现有的列：%(columns)s。")
                % {
                    "row": layout.header_line,
                    "field": FIELDS[field][0],
                    "columns": _("、").join(column.label for column in layout.columns[:30]),
                },
                "mapping",
            )
    indexes = list(fields.values())
    for field, index in fields.items():
        if indexes.count(index) > 1:
            raise TrackRefused(
                "column_twice",
                _("列“%(column)s”被用了两次（%(field)s），请检查列对应关系。")
                % {"column": layout.columns[index].label, "field": FIELDS[field][0] if field in FIELDS else field},
                "mapping",
            )


def _find(layout: Layout, header: Any, field: str) -> int:
    text = str(header).strip()
    for column in layout.columns:
        if text in (column.header, column.name) and text:
            return column.index
    if text.isdecimal() and len(text) < 4 and 1 <= int(text) <= len(layout.columns):
        return int(text) - 1
    raise TrackRefused(
        "no_such_column",
        _("“%(field)s”指定的列“%(column)s”不在表头中。")
        % {"field": FIELDS[field][0] if field in FIELDS else field, "column": quoted(text)},
        "mapping",
    )


def _channels(layout: Layout, fields: Mapping[str, int], wanted: Any) -> tuple[tuple[int, Channel], ...]:
    channels: list[tuple[int, Channel]] = []
    for field, role in (("wind_from", WIND_FROM), ("wind_speed", WIND_SPEED)):
        if field in fields:
            column = layout.columns[fields[field]]
            channels.append((column.index, Channel(column.name, "°" if role == WIND_FROM else "m/s", role)))
    used = set(fields.values())
    if wanted is None:
        columns: Iterable[Column] = (c for c in layout.columns if c.index not in used and _key(c) not in IGNORED)
    else:
        if not isinstance(wanted, (list, tuple)):
            raise TrackRefused("bad_channels", _("channels 须为列名的列表。"), "mapping")
        columns = [layout.columns[_find(layout, header, "channels")] for header in wanted]
    names = {channel.name for _index, channel in channels}
    for column in columns:
        name = _unused(column.name or column.label, names)
        names.add(name)
        channels.append((column.index, Channel(name, column.unit)))
    return tuple(channels)


def _unused(name: str, names: set[str]) -> str:
    """Two columns may bear one name; the second is called ``name#2``."""
    if name not in names:
        return name
    number = 2
    while f"{name}#{number}" in names:
        number += 1
    return f"{name}#{number}"


def _key(column: Column) -> str:
    whole = _NOISE.sub("", column.header).lower()
    known = {name for _label, names in FIELDS.values() for name in names} | set(DATE_NAMES)
    return whole if whole in known else _NOISE.sub("", column.name).lower()
