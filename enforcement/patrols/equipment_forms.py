"""What people enter of instruments, vehicles and crews. What is right is judged by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.forms import DayField
from enforcement.patrols.models import CountedAs, Duty, Instrument, Kind, LogKind, Vehicle
from regions.models import Bureau


def line_field(label: Any, most: int, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text)


def number_field(label: Any, *, required: bool = False, initial: Any = None, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(
        label=label,
        required=required,
        initial=initial,
        help_text=help_text,
        widget=forms.NumberInput(attrs={"step": "any"}),
        error_messages={"invalid": _("应为数字。")},
    )


class MomentField(forms.DateTimeField):
    """A Beijing date and time as the browser or a person writes it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    input_formats = ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")
    default_error_messages = {"invalid": _("时间应写作 2021-08-04 14:30，且为实际存在的时间。")}


class OfBureau(forms.Form):
    """Something new of one of the bureaus whose register an officer keeps."""

    bureau = forms.ModelChoiceField(Bureau.objects.none(), label=_("单位"), empty_label=None)

    def __init__(self, bureaus: list[Bureau], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["bureau"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Bureau.objects.filter(pk__in=[one.pk for one in bureaus]).order_by("name")
        field.error_messages["invalid_choice"] = _("请选择本单位或委托的走航单位。")


class InstrumentForm(OfBureau):
    name = line_field(_("型号"), 80)
    serial = line_field(_("出厂编号"), 60)
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices)
    method = line_field(_("测量原理"), 60, required=False)


class VehicleForm(OfBureau):
    plate = line_field(_("号牌"), 20)
    name = line_field(_("名称"), 60, required=False)


class CrewForm(OfBureau):
    name = line_field(_("姓名"), 40)
    duty = forms.ChoiceField(label=_("职责"), choices=Duty.choices)
    since = DayField(label=_("上岗日期"))
    until = DayField(label=_("离岗日期"), required=False)
    certificate = line_field(_("培训或上岗证"), 80, required=False)


class _Seen(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    retired_on = DayField(label=_("停用日期"), required=False, help_text=_("停用后不再供上传时选择；清空即恢复使用。"))


class InstrumentCorrectionForm(_Seen):
    name = line_field(_("型号"), 80)
    kind = forms.ChoiceField(label=_("类型"), choices=Kind.choices)
    method = line_field(_("测量原理"), 60, required=False)
    field_order = ("version", "name", "kind", "method", "retired_on")

    @staticmethod
    def of(row: Instrument) -> dict[str, Any]:
        """Initial values."""
        return {name: getattr(row, name) for name in ("version", "name", "kind", "method", "retired_on")}


class VehicleCorrectionForm(_Seen):
    name = line_field(_("名称"), 60, required=False)
    field_order = ("version", "name", "retired_on")

    @staticmethod
    def of(row: Vehicle) -> dict[str, Any]:
        """Initial values."""
        return {name: getattr(row, name) for name in ("version", "name", "retired_on")}


class ChannelForm(forms.Form):
    channel = line_field(_("通道"), 60, help_text=_("与数据文件表头中的名称一致，如 TVOC。"))
    unit = line_field(_("单位"), 20, required=False)
    counted_as = forms.ChoiceField(label=_("计量基准"), choices=CountedAs.choices, required=False)
    valid_from = DayField(label=_("生效日期"), help_text=_("只对该日及以后的走航起作用，以前的登记保留。"))
    lag_s = number_field(_("传输时滞（秒）"), required=True, help_text=_("标气从进样口到仪器响应所需的秒数。"))
    response_s = number_field(_("响应时间 T63（秒）"))
    detection_limit = number_field(_("检出限"))
    range_max = number_field(_("量程上限"), help_text=_("读数达到它即按饱和标记。"))
    basis = line_field(_("依据"), 200, help_text=_("如时滞测试记录编号、说明书章节。"))


class LogForm(forms.Form):
    kind = forms.ChoiceField(label=_("类别"), choices=LogKind.choices)
    at = MomentField(label=_("时间（北京时间）"))
    channel = line_field(_("通道"), 60, required=False, help_text=_("零点、跨度、校准须填；开机、校时不填。"))
    unit = line_field(_("单位"), 20, required=False)
    expected = number_field(_("标称值"), help_text=_("零点、跨度检查：标准气的浓度。"))
    shown = number_field(_("示值"), help_text=_("零点、跨度检查：仪器的读数。"))
    slope = number_field(_("斜率"), help_text=_("校准：真值 = 斜率 × 示值 + 截距。"))
    intercept = number_field(_("截距"))
    offset_s = number_field(_("时钟偏差（秒）"), help_text=_("校时：仪器时钟减标准时间，快为正。"))
    basis = line_field(_("标准物质或依据"), 200, required=False)


class CrewEndForm(forms.Form):
    until = DayField(label=_("离岗日期"))
