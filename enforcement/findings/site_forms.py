"""Forms that say which site a finding is of: a new one settled by a reviewer, and the one named in the act of confirming."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.findings.forms import SYSTEMS, DegreeField, picker, wgs84
from enforcement.findings.likely import Likely
from enforcement.findings.models import Finding, ProposedSite
from enforcement.findings.new_sites import KEEP, Fate
from enforcement.findings.settling import MOST_WORDS
from regions.forms import one_site
from regions.models import Officer, Site

ABSENT = _("没有找到“%(name)s”，请从列表中选择，或填写排污许可证编号。")
DECISIONS = [
    (Fate.ENTERED.value, _("登记为新点位")),
    (Fate.KNOWN.value, _("就是名册中的一个点位")),
    (Fate.REFUSED.value, _("不予登记")),
]


class SettlingForm(forms.Form):
    """One of three decisions, and what each needs. What was right is judged by the action."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    fate = forms.ChoiceField(label=_("怎样处理"), choices=DECISIONS, widget=forms.RadioSelect)
    name = forms.CharField(label=_("名称"), max_length=120, required=False)
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=60, required=False, help_text=_("18位，按营业执照核对；没有的不填。")
    )
    industry = forms.CharField(label=_("行业"), max_length=60, required=False)
    address = forms.CharField(label=_("地址"), max_length=200, required=False)
    lon = DegreeField(label=_("经度"), required=False)
    lat = DegreeField(label=_("纬度"), required=False)
    system = forms.ChoiceField(label=_("坐标来源"), choices=SYSTEMS, required=False)
    site = forms.CharField(
        label=_("名册中的点位"),
        required=False,
        max_length=120,
        help_text=_("选“就是名册中的一个点位”时填写名称或排污许可证编号。"),
        widget=picker(),
    )
    reason = forms.CharField(
        label=_("理由"),
        required=False,
        max_length=MOST_WORDS,
        help_text=_("不予登记时填写，记入办理经过。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, officer: Officer, finding: Finding, proposed: ProposedSite, **kwargs: Any) -> None:
        first = {
            "version": finding.version, "fate": Fate.ENTERED.value, "name": proposed.name, "uscc": proposed.uscc,
            "industry": proposed.industry, "address": finding.address, "lon": finding.lon, "lat": finding.lat,
        }  # fmt: skip
        super().__init__(*args, **{"initial": first, **kwargs})
        self.officer = officer

    def clean_site(self) -> Site | None:
        if self.cleaned_data.get("fate") != Fate.KNOWN:
            return None
        return one_site(self.officer, self.cleaned_data["site"], str(ABSENT))

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        lon, lat = entered.get("lon"), entered.get("lat")
        if (lon is None) != (lat is None) and not self.errors:
            self.add_error("lon", gettext("经度和纬度须同时填写。"))
        if lon is not None and lat is not None:
            entered["lon"], entered["lat"] = wgs84(lon, lat, entered.get("system") or "")
        return entered

    @property
    def decision(self) -> dict[str, Any]:
        """What goes to the action."""
        entered = self.cleaned_data
        names = ("fate", "site", "reason", "address", "lon", "lat", "version")
        mended = {name: entered[name] for name in ("name", "uscc", "industry")}
        return {name: entered.get(name) for name in names} | {"mended": mended}


def named(finding: Finding) -> str:
    """The name of the site it is of, "" for none."""
    return finding.site.name if finding.site else ""


def meant(finding: Finding, officer: Officer, text: str) -> Any:
    """The site a field means that was filled in with the one the finding names: `KEEP` where that still stands there, None
    where it was emptied. Raises ValidationError for a site the officer doesn't find."""
    text = text.strip()
    return KEEP if text == named(finding) else one_site(officer, text, str(ABSENT))


class ConfirmForm(forms.Form):
    """Confirming a finding, and of which site it is: one traced as likely, or any by its name."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    likely = forms.ChoiceField(label=_("溯源候选点位"), required=False, widget=forms.RadioSelect)
    site = forms.CharField(
        label=_("企业或点位"),
        required=False,
        max_length=120,
        help_text=_("填写名称或排污许可证编号；不清楚的不填。改动前的内容留作一个版本。"),
        widget=picker(),
    )

    def __init__(self, *args: Any, officer: Officer, finding: Finding, likely: list[Likely], **kwargs: Any) -> None:
        first = {"version": finding.version, "site": named(finding), "likely": ""}
        super().__init__(*args, **{"initial": first, **kwargs})
        self.officer, self.finding = officer, finding
        self.offered = {str(one.site.pk): one.site for one in likely}
        field = self.fields["likely"]
        assert isinstance(field, forms.ChoiceField)
        said = [(str(one.site.pk), f"{one.site.name}（{one.why}）") for one in likely]
        field.choices = [("", _("以下面一栏为准")), *said]
        if not said:
            del self.fields["likely"]

    def clean_site(self) -> Any:
        """A bare press of the button says nothing of the site."""
        return meant(self.finding, self.officer, self.cleaned_data["site"]) if "site" in self.data else KEEP

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        typed, likely = entered.get("site", KEEP), entered.get("likely")
        if likely and isinstance(typed, Site) and typed != self.offered[likely]:
            self.add_error("site", gettext("已选了溯源候选点位，又填写了另一个企业或点位，请只留一个。"))
        return entered

    @property
    def chosen(self) -> Any:
        """The site for the action: the candidate chosen, else what the field below holds."""
        likely = self.cleaned_data.get("likely")
        return self.offered[likely] if likely else self.cleaned_data["site"]
