"""What people enter of campaigns, planned routes, and a run's circumstances."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.equipment_forms import OfBureau, line_field, number_field
from enforcement.patrols.forms import DayField
from enforcement.patrols.models import PatrolCampaign, PatrolRun, PlannedRoute, Sky
from enforcement.patrols.tracks.route import MAX_BYTES
from enforcement.patrols.upload_forms import SYSTEMS
from regions.coordinates import CoordinateSystem
from regions.models import Officer


class CampaignForm(OfBureau):
    name = line_field(_("名称"), 80)
    since = DayField(label=_("起"))
    until = DayField(label=_("止"))
    method_basis = line_field(
        _("方法依据"), 300, required=False, help_text=_("如实施方案文号；走航监测尚无可核实的国家标准编号。")
    )


class RouteForm(forms.Form):
    """A line from a file, or typed or drawn as lines of longitude and latitude."""

    name = line_field(_("路线名称"), 80)
    coordinate_system = forms.ChoiceField(label=_("坐标系"), choices=SYSTEMS, initial=CoordinateSystem.WGS84.value)
    file = forms.FileField(
        label=_("路线文件"),
        required=False,
        help_text=_("GPX 或 GeoJSON，不超过 2 MB。没有文件时在下面逐行填写。"),
        widget=forms.FileInput(attrs={"accept": ".gpx,.geojson,.json,application/geo+json"}),
    )
    points = forms.CharField(
        label=_("路线各点"),
        required=False,
        max_length=400_000,
        help_text=_("每行一个点：经度,纬度，如 112.5501,37.8702。"),
        widget=forms.Textarea(attrs={"rows": 6, "data-line": ""}),
    )

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        file, points = sent.get("file"), (sent.get("points") or "").strip()
        if file and file.size > MAX_BYTES:
            self.add_error("file", _("路线文件不能超过 2 MB。"))
        elif not file and not points:
            self.add_error("points", _("请选择路线文件，或逐行填写各点。"))
        return sent

    @property
    def line(self) -> bytes:
        """The file's bytes, else what was typed."""
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["points"]).encode()


class RouteField(forms.ModelChoiceField):
    """A planned route, named with its campaign."""

    def label_from_instance(self, obj: PlannedRoute) -> str:
        return f"{obj.campaign} · {obj.name}"


class NoteForm(forms.Form):
    """A run's campaign, planned route and weather; choices are those the officer sees and that lie around its day."""

    route = RouteField(
        PlannedRoute.objects.none(),
        label=_("计划路线"),
        required=False,
        empty_label=_("（无）"),
        help_text=_("选了路线即归入它的专项，并算出完成的比例。"),
    )
    campaign = forms.ModelChoiceField(
        PatrolCampaign.objects.none(), label=_("走航专项"), required=False, empty_label=_("（无）")
    )
    temperature_c = number_field(_("气温（℃）"))
    humidity_percent = number_field(_("相对湿度（%）"))
    wind_from_deg = number_field(_("风向（度）"), help_text=_("风的来向，正北为 0，正东为 90。"))
    wind_ms = number_field(_("风速（m/s）"))
    sky = forms.ChoiceField(label=_("天气"), required=False, choices=[("", _("（未记）")), *Sky.choices])
    source = line_field(_("气象来源"), 80, required=False, help_text=_("如车载气象仪、附近国控站、人工目测。"))

    def __init__(self, run: PatrolRun, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = PatrolCampaign.objects.visible_to(officer).filter(
            voided_at=None, since__lte=run.day, until__gte=run.day
        )  # fmt: skip
        campaign, route = self.fields["campaign"], self.fields["route"]
        assert isinstance(campaign, forms.ModelChoiceField)
        assert isinstance(route, forms.ModelChoiceField)
        campaign.queryset = seen
        route.queryset = PlannedRoute.objects.filter(campaign__in=seen).select_related("campaign")

    @property
    def weather(self) -> dict[str, Any]:
        sent = self.cleaned_data
        names = ("temperature_c", "humidity_percent", "wind_from_deg", "wind_ms", "sky", "source")
        return {name: sent[name] for name in names}
