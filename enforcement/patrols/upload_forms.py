"""What people enter when they bring in a track: the file, what is stated about it, the mapping of its columns."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.actions.importing import may_import
from enforcement.patrols.models import Instrument, Vehicle
from enforcement.patrols.tracks.importing import coordinate_system
from enforcement.patrols.tracks.layout import Layout
from enforcement.patrols.tracks.mapping import DATE, FIELDS, REQUIRED
from enforcement.patrols.tracks.problems import TrackRefused
from enforcement.patrols.tracks.units import SCALES
from enforcement.timeline import clock
from regions.coordinates import CoordinateSystem
from regions.models import Bureau, Officer

SYSTEMS = [
    (CoordinateSystem.WGS84.value, _("WGS-84（GPS、北斗原始坐标）")),
    (CoordinateSystem.GCJ02.value, _("GCJ-02（高德、腾讯地图）")),
    (CoordinateSystem.BD09.value, _("BD-09（百度地图）")),
]


def importing_bureaus(officer: Officer) -> list[Bureau]:
    """The bureaus an officer may import for today."""
    return list(
        {p.bureau_id: p.bureau for p in officer.postings_on(clock.today()) if may_import(officer, p.bureau)}.values()
    )


class StatementForm(forms.Form):
    """What is stated about a file's clock and coordinates."""

    time_zone = forms.CharField(
        label=_("文件中的时间"),
        max_length=40,
        initial="Asia/Shanghai",
        help_text=_("北京时间填 Asia/Shanghai，世界时填 UTC，其他如 Asia/Kolkata 或 +05:30。"),
    )
    coordinate_system = forms.ChoiceField(label=_("坐标系"), choices=SYSTEMS, initial=CoordinateSystem.WGS84.value)

    def clean_time_zone(self) -> str:
        from enforcement.patrols.tracks.clock import zone

        name = unicodedata.normalize("NFKC", str(self.cleaned_data["time_zone"])).strip()
        try:
            zone(name)
        except TrackRefused as error:
            raise forms.ValidationError(str(error)) from error
        return name

    def clean_coordinate_system(self) -> str:
        return str(coordinate_system(self.cleaned_data["coordinate_system"]))


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; cleaned to a list."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(one, initial) for one in sent or [None]]


class UploadForm(StatementForm):
    file = FilesField(
        label=_("轨迹文件"),
        allow_empty_file=True,
        help_text=_(
            "CSV、XLSX、GPX 或 AirCasting 文件，须有时间、纬度、经度，其余数值列按通道读取，单位写在表头括号内。"
            "一次走航的几个文件（每台仪器一个，或仪器一个、定位一个）可以一起选，按时间合并。"
        ),
        error_messages={"required": _("请选择要上传的轨迹文件。")},
        widget=FilesInput(attrs={"multiple": True, "accept": ".csv,.txt,.tsv,.xlsx,.gpx,text/csv,text/plain"}),
    )
    bureau = forms.ModelChoiceField(Bureau.objects.none(), label=_("走航单位"), empty_label=None)
    route = forms.CharField(label=_("路线"), max_length=120, required=False)
    crew = forms.CharField(label=_("人员"), max_length=120, required=False)
    vehicle = forms.ModelChoiceField(Vehicle.objects.none(), label=_("走航车"), required=False, empty_label=_("（无）"))
    instrument = forms.ModelChoiceField(
        Instrument.objects.none(), label=_("仪器"), required=False, empty_label=_("（无）")
    )
    field_order = ("file", "bureau", "time_zone", "coordinate_system", "route", "crew", "vehicle", "instrument")

    def __init__(self, *args: Any, officer: Officer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = [bureau.pk for bureau in importing_bureaus(officer)]
        for name, rows in (
            ("bureau", Bureau.objects.filter(pk__in=mine)),
            ("vehicle", Vehicle.objects.filter(bureau__in=mine, retired_on=None)),
            ("instrument", Instrument.objects.filter(bureau__in=mine, retired_on=None)),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        if len(mine) == 1:
            self.fields["bureau"].initial = mine[0]

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        for name in ("vehicle", "instrument"):
            thing = sent.get(name)
            if thing is not None and sent.get("bureau") and thing.bureau_id != sent["bureau"].pk:
                self.add_error(name, gettext("不属于所选的走航单位，请重新选择。"))
        return sent


class ArrivalForm(UploadForm):
    """What is said of a file that arrives in pieces, alone or of a drive's several: the upload form without its file."""

    file = None  # type: ignore[assignment]
    name = forms.CharField(label=_("文件名"), max_length=255)
    size = forms.IntegerField(label=_("文件"), min_value=1, max_value=2**53)
    mark = forms.CharField(label=_("文件"), max_length=300, required=False)
    drive = forms.CharField(label=_("文件"), max_length=64, required=False)
    drive_files = forms.IntegerField(label=_("文件数"), min_value=1, max_value=1000, required=False)


class MappingForm(StatementForm):
    """Which column is what, for a file whose header is known."""

    #: The file's name where there are several.
    title = ""

    def __init__(
        self,
        layout: Layout,
        *args: Any,
        placed: bool = True,
        instruments: "QuerySet[Instrument] | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        columns = [(str(column.index + 1), f"{column.index + 1}. {column.label}") for column in layout.columns]
        labels: dict[str, Any] = {
            **{name: label for name, (label, _names) in FIELDS.items()},
            DATE: _("日期（与时间分列时）"),
        }
        for name, label in labels.items():
            self.fields[name] = forms.ChoiceField(
                label=label,
                required=name in REQUIRED and (placed or name == "time"),
                choices=[("", _("（无）")), *columns],
                error_messages={"required": _("请选择对应的列。")},
            )
        self.fields["channels"] = forms.MultipleChoiceField(
            label=_("读取的通道"),
            required=False,
            choices=columns,
            widget=forms.CheckboxSelectMultiple,
        )
        self.fields["units"] = forms.ChoiceField(
            label=_("浓度单位"),
            required=False,
            choices=[("", _("按文件")), *((unit, unit) for unit in SCALES)],
            help_text=_(
                "只换算有摩尔质量的单一物质；TVOC、NMHC 等没有组成，不能在 ppb 与 µg/m³ 之间换算，保持原单位。"
            ),
        )
        if instruments is not None:
            self.fields["instrument"] = forms.ChoiceField(
                label=_("仪器"),
                required=False,
                choices=[("", _("（无）")), *((one.serial, str(one)) for one in instruments)],
            )

    @property
    def mapping(self) -> dict[str, Any]:
        """The choice as `tracks.mapping.resolve` takes it, by column number."""
        sent = self.cleaned_data
        fields: dict[str, Any] = {name: sent.get(name) or "" for name in (*FIELDS, DATE)}
        channels = [number for number in sent.get("channels", []) if number not in fields.values()]
        return {**fields, "channels": channels, **({"units": sent["units"]} if sent.get("units") else {})}


def mapping_as_numbers(layout: Layout, fields: Mapping[str, int], channels: list[int]) -> dict[str, Any]:
    """Initial values of a MappingForm."""
    return {
        **{name: str(index + 1) for name, index in fields.items()},
        "channels": [str(index + 1) for index in channels],
    }
