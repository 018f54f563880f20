"""What people enter about findings: the filters of the inbox, the filing form, the words of an action."""

import math
import unicodedata
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.findings import questions, turns
from enforcement.findings.lifecycle import State
from enforcement.findings.models import FilingQuestion, Finding
from enforcement.findings.places import place_of
from enforcement.issues.forms import ALL, DayField, FilesField
from enforcement.issues.models import Issue, Severity, Source
from enforcement.timeline import clock
from regions.choices import choices_for
from regions.coordinates import CoordinateSystem, convert
from regions.errors import Invalid
from regions.forms import one_site
from regions.models import Bureau, BureauKind, Officer, Site
from regions.models.places import Level, prefix_range
from regions.registering import Stated
from regions.roles import Role

SYSTEMS = [
    (CoordinateSystem.WGS84.value, _("WGS-84（手机定位、GPS）")),
    (CoordinateSystem.GCJ02.value, _("GCJ-02（高德、腾讯地图）")),
    (CoordinateSystem.BD09.value, _("BD-09（百度地图）")),
]


class FindingFilter(forms.Form):
    """The words above the inbox."""

    q = forms.CharField(
        label=_("标题、地址或企业"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("标题、地址或企业")}),
    )
    turn = forms.ChoiceField(label=_("办理"), required=False, choices=[ALL, ("mine", _("等我办理"))])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ALL, *State.choices])
    source = forms.ChoiceField(label=_("来源"), required=False, choices=[ALL, *Source.choices])
    severity = forms.ChoiceField(label=_("严重程度"), required=False, choices=[ALL, *Severity.choices])
    division = forms.ChoiceField(label=_("市县"), required=False)
    found_from = DayField(label=_("发现起"), required=False)
    found_to = DayField(label=_("发现止"), required=False)

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        self.officer = officer
        offered = [d for d in choices_for(officer).divisions if d.code]
        cities = [d for d in offered if d.level == Level.CITY]
        field = self.fields["division"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *((d.code, d.name) for d in (cities if len(cities) > 1 else offered))]
        if len(field.choices) < 3:
            del self.fields["division"]
        if not (turns.holds_turns(officer) or turns.supervises(officer)):
            del self.fields["turn"]

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        first, last = entered.get("found_from"), entered.get("found_to")
        if first and last and first > last:
            self.add_error("found_to", gettext("止日不能早于起日（%(day)s）。") % {"day": first.isoformat()})
        return entered

    @property
    def in_use(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    def narrow(self, findings: Any) -> Any:
        chosen = self.in_use
        if "q" in chosen:
            findings = findings.matching(chosen["q"])
        for name in ("state", "source", "severity"):
            if name in chosen:
                findings = findings.filter(**{name: chosen[name]})
        if "turn" in chosen:
            findings = findings.filter(turns.waiting_for(self.officer))
        if "division" in chosen:
            low, high = prefix_range(chosen["division"])
            findings = findings.filter(located_in__code__gte=low, located_in__code__lt=high)
        if "found_from" in chosen:
            findings = findings.filter(occurred_at__date__gte=chosen["found_from"])
        if "found_to" in chosen:
            findings = findings.filter(occurred_at__date__lte=chosen["found_to"])
        return findings


class DegreeField(forms.Field):
    """Degrees as people type or paste them: full-width digits forgiven."""

    default_error_messages = {"invalid": _("请填写以度为单位的小数，例如 112.5863。")}

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "30"})
        super().__init__(widget=widget, **kwargs)

    def to_python(self, value: Any) -> Any:
        text = unicodedata.normalize("NFKC", str(value or "")[:40]).strip().rstrip("°")
        if not text:
            return None
        try:
            degrees = float(text)
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from error
        if not math.isfinite(degrees):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return degrees


def picker() -> forms.TextInput:
    """The field of a site by name, with the names that hold what was typed below it (`#sites`)."""
    return forms.TextInput(
        attrs={
            "list": "sites",
            "autocomplete": "off",
            "hx-get": reverse_lazy("findings:sites"),
            "hx-trigger": "input changed delay:300ms",
            "hx-target": "#sites",
        }
    )


class FilingForm(forms.Form):
    """An observation: what, where, when. Made for a thumb; nothing here decides, the action does."""

    title = forms.CharField(label=_("发现了什么"), max_length=120, help_text=_("一句话，例如：涂装车间外 VOC 高值。"))
    description = forms.CharField(
        label=_("情况说明"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    photos = FilesField()
    # Left out together, the place is that of the site chosen or of an address the register knows.
    lon = DegreeField(label=_("经度"), required=False)
    lat = DegreeField(label=_("纬度"), required=False)
    system = forms.ChoiceField(
        label=_("坐标来源"), choices=SYSTEMS, initial=CoordinateSystem.WGS84.value, required=False
    )
    address = forms.CharField(
        label=_("地址"),
        required=False,
        max_length=200,
        help_text=_("没有经纬度时，按所选企业，或按名册中的这个地址定位。"),
    )
    site = forms.CharField(
        label=_("企业或点位"),
        required=False,
        max_length=120,
        help_text=_("从列表中选择名称，或填写排污许可证编号；不确定可以不填。"),
        widget=picker(),
    )
    new_site_name = forms.CharField(label=_("新点位名称"), required=False, max_length=120)
    new_site_uscc = forms.CharField(
        label=_("统一社会信用代码"), required=False, max_length=60, help_text=_("18位，按营业执照填写；没有的不填。")
    )
    new_site_industry = forms.CharField(label=_("行业"), required=False, max_length=60)
    occurred_at = forms.DateTimeField(
        label=_("发现时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"],
        error_messages={"invalid": _("时间应写作 2021-08-04 14:30，且为实际存在的时间。")},
    )
    source = forms.ChoiceField(label=_("来源"), choices=Source.choices, initial=Source.PATROL)
    severity = forms.ChoiceField(label=_("严重程度"), choices=Severity.choices, initial=Severity.GENERAL)
    pollution_type = forms.CharField(
        label=_("污染类型"), required=False, max_length=30, widget=forms.TextInput(attrs={"list": "pollution-types"})
    )
    filer = forms.ModelChoiceField(label=_("填报单位"), queryset=Bureau.objects.none())
    receiver = forms.ModelChoiceField(
        label=_("报送单位"), queryset=Bureau.objects.none(), help_text=_("由这个单位决定是否转办。")
    )
    same_as = forms.CharField(label=_("疑似同一问题"), required=False, max_length=24, widget=forms.HiddenInput)
    device_at = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput(attrs={"data-device-time": ""}))

    def __init__(self, *args: Any, officer: Officer, finding: Finding | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officer = officer
        self._offer_bureaus(finding)
        self._ask(finding)

    def _ask(self, finding: Finding | None) -> None:
        """The questions of the source and type that stand in the form; answers given before stay."""
        given = dict(finding.answers) if finding else {}
        typed = {name[2:]: str(value) for name, value in (self.data or self.initial).items() if name.startswith("q_")}
        answers = {**given, **typed}
        source = str(self["source"].value() or "")
        self.questions = questions.asked(
            questions.in_force(), source, str(self["pollution_type"].value() or ""), answers
        )
        for question in self.questions:
            field = _field_of(question)
            field.initial = answers.get(question.key)
            self.fields[f"q_{question.key}"] = field

    @property
    def question_fields(self) -> list[forms.BoundField]:
        return [self[f"q_{question.key}"] for question in self.questions]

    @property
    def pollution_types(self) -> list[str]:
        return questions.pollution_types()

    def _offer_bureaus(self, finding: Finding | None) -> None:
        if finding is not None:  # a correction changes what was observed, not who files it
            for name in ("filer", "receiver", "photos", "device_at", "same_as"):
                del self.fields[name]
            return
        filers = filing_bureaus(self.officer)
        receivers = receiving_departments(filers)
        for name, bureaus in (("filer", filers), ("receiver", receivers)):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = Bureau.objects.filter(pk__in=[b.pk for b in bureaus])
            field.empty_label = None
            field.initial = bureaus[0].pk if bureaus else None
            if len(bureaus) == 1:
                field.widget = field.hidden_widget()

    def clean_same_as(self) -> Issue | None:
        number = unicodedata.normalize("NFKC", self.cleaned_data["same_as"]).strip().upper()
        if not number:
            return None
        found = Issue.objects.visible_to(self.officer).open().filter(number=number).first()
        if found is None:
            raise forms.ValidationError(
                gettext("没有编号为“%(number)s”的在办问题，请在提示中重新选择，或留空。") % {"number": number}
            )
        return found

    def clean_site(self) -> Site | None:
        absent = gettext("没有找到“%(name)s”，请从列表中选择；名册中没有的，留空后提出新点位。")
        return one_site(self.officer, self.cleaned_data["site"], absent)

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        lon, lat = entered.get("lon"), entered.get("lat")
        if not {"lon", "lat", "site", "address"} & set(self.errors):
            self._place(entered)
        if lon is not None and lat is not None and abs(lon) <= 180 and abs(lat) <= 90:
            entered["lon"], entered["lat"] = wgs84(lon, lat, entered.get("system") or "")
        given = {question.key: entered.get(f"q_{question.key}") for question in self.questions}
        entered["answers"], faults = questions.checked(self.questions, given)
        for key, fault in faults.items():
            self.add_error(f"q_{key}", fault)
        return entered

    def _place(self, entered: dict[str, Any]) -> None:
        """The place told by words where no degrees are; a sentence where one of the two is missing."""
        absent = [name for name in ("lon", "lat") if entered[name] is None]
        if len(absent) == 1:
            self.add_error(absent[0], gettext("经度和纬度请一并填写。"))
        elif absent:
            try:
                words = "" if self.states_new_site else entered["address"]  # of a new site its own place is asked
                entered["lon"], entered["lat"] = place_of(self.officer, entered["site"], words)
                entered["system"] = CoordinateSystem.WGS84.value
            except Invalid as error:
                self.add_error("lon", str(error))

    @property
    def new_site(self) -> Stated | None:
        """The new site stated, in whichever of its fields."""
        stated = Stated(*(self.cleaned_data[f"new_site_{name}"] for name in ("name", "uscc", "industry")))
        return stated if any((stated.name, stated.uscc, stated.industry)) else None

    @property
    def states_new_site(self) -> bool:
        """Whether the fields of a new site hold anything: then they stand open."""
        return any(self[f"new_site_{name}"].value() for name in ("name", "uscc", "industry")) or any(
            name.startswith("new_site_") for name in self.errors
        )

    @property
    def observation(self) -> dict[str, Any]:
        """What goes to the action."""
        names = ("title", "description", "lon", "lat", "address", "site", "occurred_at", "source", "severity",
                 "pollution_type", "answers")  # fmt: skip
        return {name: self.cleaned_data[name] for name in names}


def _field_of(question: FilingQuestion) -> forms.Field:
    """The field of a question. Never required here: a draft may wait, submitting asks."""
    label = f"{question.label}（{question.unit}）" if question.unit else question.label
    if question.options:
        choices = [("", "—"), *((option, option) for option in question.options)]
        return forms.ChoiceField(label=label, required=False, choices=choices)
    widget = forms.TextInput(attrs={"inputmode": "decimal"} if question.kind == FilingQuestion.Kind.NUMBER else {})
    return forms.CharField(label=label, required=False, max_length=questions.MAX_ANSWER, widget=widget)


def wgs84(lon: float | None, lat: float | None, system: str) -> tuple[float, float] | tuple[None, None]:
    """A place as stored, from the system it was read in; nothing for what lies on no map."""
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90:
        return None, None
    known = system if system in CoordinateSystem.__members__.values() else CoordinateSystem.WGS84.value
    lon, lat = (round(float(d), 7) for d in convert(lon, lat, known))
    return lon, lat


def filing_bureaus(officer: Officer) -> list[Bureau]:
    roles = {Role.INSPECTOR, Role.TEAM_LEADER}
    found = {p.bureau_id: p.bureau for p in officer.postings_on(clock.today()) if Role(p.role) in roles}
    return list(found.values())


def receiving_departments(filers: list[Bureau]) -> list[Bureau]:
    """Departments of the filers' divisions and those above, the nearest first: they hand off."""
    chain: list[int] = []
    for filer in filers:
        division = filer.division
        for pk in (division.pk, division.parent_id, division.parent.parent_id if division.parent else None):
            if pk and pk not in chain:
                chain.append(pk)
    found = Bureau.objects.filter(division__in=chain, kind=BureauKind.DEPARTMENT, ended_on=None)
    return sorted(found, key=lambda b: (chain.index(b.division_id), not b.answers_for_division, b.name))


class ReasonForm(forms.Form):
    """The reason of a decision."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(
        label=_("理由"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("请填写理由。")},
    )


class SureForm(forms.Form):
    """An action that asks for nothing but the version seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class JoinForm(forms.Form):
    """Which open issue a repeat detection joins: one nearby, or any by its number."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    near = forms.ChoiceField(label=_("附近的在办问题"), required=False, widget=forms.RadioSelect)
    issue = forms.CharField(label=_("问题编号"), required=False, max_length=24, help_text=_("例如 SX-2021-ZH-00557。"))

    def __init__(self, *args: Any, officer: Officer, near: list[Issue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officer = officer
        field = self.fields["near"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(issue.number, f"{issue.number} {issue.title}") for issue in near]
        if not near:
            del self.fields["near"]

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        number = unicodedata.normalize("NFKC", entered.get("issue") or "").strip().upper() or entered.get("near")
        if self.errors:
            return entered
        if not number:
            self.add_error("issue", gettext("请选择附近的问题，或填写问题编号。"))
            return entered
        found = Issue.objects.visible_to(self.officer).filter(number=number).first()
        if found is None:
            self.add_error("issue", gettext("没有编号为“%(number)s”的问题，请核对。") % {"number": number})
        entered["issue"] = found
        return entered
