"""What people enter on patrol pages."""

import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Issue
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, PatrolSegment, Vehicle, Verdict
from enforcement.patrols.querysets import driven_there
from enforcement.patrols.tracks.grid import channel_key
from regions.api.filters import subtree
from regions.choices import choices_for
from regions.models import Officer

ALL = ("", _("全部"))
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class DayField(forms.DateField):
    """A date as 2021-08-04, full-width digits forgiven."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": _("日期应写作 2021-08-04，且为实际存在的日期。")}

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
        day = super().to_python(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("日期超出可查范围，请核对年份。"))
        return day


class _Narrowing(forms.Form):
    """Filters in the address: a wrong word is a sentence and filters nothing."""

    def in_use(self) -> dict[str, Any]:
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class RunFilter(_Narrowing):
    since = DayField(label=_("日期起"), required=False)
    until = DayField(label=_("日期止"), required=False)
    division = forms.ChoiceField(label=_("途经市县"), required=False)
    bureau = forms.ChoiceField(label=_("单位"), required=False)
    review = forms.ChoiceField(label=_("热点"), required=False, choices=[ALL, ("open", _("有待研判热点"))])

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        offered = choices_for(officer)
        self._offer("division", [(one.code, one.name) for one in offered.divisions if one.code])
        self._offer("bureau", [(str(one.pk), one.name) for one in offered.bureaus])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *choices]

    def narrow(self, runs: Any) -> Any:
        chosen = self.in_use()
        runs = runs.driven(*self._bounds())
        if "bureau" in chosen:
            runs = runs.filter(bureau_id=int(chosen["bureau"]))
        if "review" in chosen:
            runs = runs.filter(Exists(HotSpot.objects.filter(run=OuterRef("pk"), fate=Fate.OPEN)))
        return runs

    def driven(self, runs: Any) -> dict[str, Any]:
        """Kilometres and hours of the runs, of what they drove within the bounds chosen. One statement."""
        segments = PatrolSegment.objects.filter(driven_there(*self._bounds()), run__in=runs.order_by().values("pk"))
        return segments.aggregate(km=Sum("km"), hours=Sum("hours"))

    def _bounds(self) -> tuple[date | None, date | None, list[int] | None]:
        chosen = self.in_use()
        divisions = subtree(chosen["division"]) if "division" in chosen else None
        return chosen.get("since"), chosen.get("until"), divisions


class PeriodFilter(_Narrowing):
    """A period and a division: what coverage and heat maps are asked by."""

    since = DayField(label=_("日期起"), required=False)
    until = DayField(label=_("日期止"), required=False)
    division = forms.ChoiceField(label=_("市县"), required=False)

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        self.entries = [one for one in choices_for(officer).divisions if one.code]
        field = self.fields["division"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *((one.code, one.name) for one in self.entries)]

    def bounds(self) -> tuple[date | None, date | None, list[int] | None]:
        """First day, last day, divisions; None is no bound."""
        chosen = self.in_use()
        divisions = subtree(chosen["division"]) if "division" in chosen else None
        return chosen.get("since"), chosen.get("until"), divisions


class HeatFilter(PeriodFilter):
    channel = forms.ChoiceField(label=_("通道"), required=False)
    measure = forms.ChoiceField(label=_("统计量"), required=False, choices=[("", _("中位数")), ("peak", _("最高值"))])

    def __init__(self, data: Any, *, officer: Officer, channels: list[tuple[str, str]]) -> None:
        super().__init__(data, officer=officer)
        self.channels = channels
        field = self.fields["channel"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", channel_words(*channels[0]) if channels else "—")]
        field.choices += [(channel_key(*one), channel_words(*one)) for one in channels[1:]]

    def chosen_channel(self) -> tuple[str, str] | None:
        """Name and unit of the channel asked for, else of the most frequent; None without any run."""
        wanted = self.in_use().get("channel")
        return next((one for one in self.channels if channel_key(*one) == wanted), next(iter(self.channels), None))


def channel_words(name: str, unit: str) -> str:
    """A channel with its unit: TVOC（ppb）."""
    return gettext("%(name)s（%(unit)s）") % {"name": name, "unit": unit} if unit else name


class HotSpotFilter(_Narrowing):
    fate = forms.ChoiceField(
        label=_("结果"), required=False, choices=[ALL, ("waiting", _("待复核排除")), *Fate.choices]
    )
    since = DayField(label=_("日期起"), required=False)
    until = DayField(label=_("日期止"), required=False)
    division = forms.ChoiceField(label=_("市县"), required=False)

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        field = self.fields["division"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *((one.code, one.name) for one in choices_for(officer).divisions if one.code)]

    def narrow(self, spots: Any) -> Any:
        chosen = self.in_use()
        if chosen.get("fate") == "waiting":
            spots = spots.awaiting_second_look()
        elif "fate" in chosen:
            spots = spots.filter(fate=chosen["fate"])
        spots = spots.peaked(chosen.get("since"), chosen.get("until"))
        if "division" in chosen:
            spots = spots.filter(division_id__in=subtree(chosen["division"]))
        return spots


# --- re-drives ----------------------------------------------------------------------------------------------------


class RedriveFilter(_Narrowing):
    """Re-drives of one issue; `found` is the issue, among those the officer may see."""

    issue = forms.CharField(label=_("问题编号"), required=False, max_length=24)

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        self.officer = officer
        self.found: Issue | None = None

    def clean_issue(self) -> str:
        number: str = self.cleaned_data["issue"]
        if number:
            self.found = Issue.objects.visible_to(self.officer).filter(number=number).first()
            if self.found is None:
                raise forms.ValidationError(gettext("没有这个问题，请核对编号。"))
        return number

    def narrow(self, redrives: Any) -> Any:
        """The re-drives of the issue entered, once the form was validated."""
        return redrives.filter(issue=self.found) if self.found else redrives


class PlanForm(forms.Form):
    """Which hot spot's stretch is driven again, until when and by whom."""

    hot_spot = forms.ChoiceField(label=_("复测路段（热点）"))
    due_on = DayField(label=_("复测期限"))
    vehicle = forms.ModelChoiceField(Vehicle.objects.none(), label=_("走航车"), required=False, empty_label=_("（无）"))
    crew = forms.CharField(label=_("人员"), max_length=120, required=False)

    def __init__(self, spots: list[HotSpot], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spots = {str(spot.pk): spot for spot in spots}
        chosen, vehicles = self.fields["hot_spot"], self.fields["vehicle"]
        assert isinstance(chosen, forms.ChoiceField)
        assert isinstance(vehicles, forms.ModelChoiceField)
        chosen.choices = [(key, f"{spot.run.title} · {spot}") for key, spot in self.spots.items()]
        bureaus = {spot.run.bureau_id for spot in spots}
        vehicles.queryset = Vehicle.objects.filter(bureau__in=bureaus, retired_on=None)


class RunChoiceForm(forms.Form):
    """The new run over the stretch."""

    run = forms.ModelChoiceField(PatrolRun.objects.none(), label=_("复测走航"), empty_label=None)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, runs: list[PatrolRun], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["run"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = PatrolRun.objects.filter(pk__in=[run.pk for run in runs]).order_by("-started_at")


class VerdictForm(forms.Form):
    """A person's verdict on a re-drive."""

    verdict = forms.ChoiceField(label=_("结论"), choices=Verdict.choices)
    reason = forms.CharField(
        label=_("理由"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("与系统建议不同时必填。"),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


class CompareForm(forms.Form):
    """Which runs are looked at side by side, and in which channel."""

    run = forms.MultipleChoiceField(
        label=_("走航（2 至 4 次）"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": _("没有其中的一次走航，请从下面选择。")},
    )
    channel = forms.ChoiceField(label=_("通道"), required=False)

    def __init__(self, runs: list[PatrolRun], channels: list[tuple[str, str]], data: Any) -> None:
        super().__init__(data)
        self.channels = channels
        # Asked for by the page itself, which is also where one begins to choose.
        self.fields["run"].owed = True  # type: ignore[attr-defined]
        chosen, channel = self.fields["run"], self.fields["channel"]
        assert isinstance(chosen, forms.ChoiceField)
        assert isinstance(channel, forms.ChoiceField)
        chosen.choices = [(str(run.pk), f"{run.day:%Y-%m-%d} {run.title}") for run in runs]
        channel.choices = [(channel_key(*one), channel_words(*one)) for one in channels]


class VoidForm(forms.Form):
    reason = forms.CharField(
        label=_("作废理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请填写作废理由。")},
    )
