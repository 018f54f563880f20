"""What people enter about the cause of a hot spot, and to find persistent locations."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models import CauseKind, HotSpot
from enforcement.patrols.suspicion import Suspected
from regions.api.filters import subtree
from regions.choices import choices_for
from regions.directory import sites_for
from regions.models import Officer, Site

#: Registered sites offered beside the candidates: within so many degrees (some 5 km), at most so many.
NEAR_DEG, OFFERED = 0.05, 200


class RetraceForm(forms.Form):
    """`seen` is the newest version on the page the request came from."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class CauseForm(forms.Form):
    """The cause: a candidate, another registered site, or none of them. What is right is judged by the action."""

    cause = forms.ChoiceField(
        label=_("现场核实的原因"),
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择成因。"), "invalid_choice": _("请从列表中选择成因。")},
    )
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=_("其他登记点位"),
        required=False,
        empty_label=_("（无）"),
        help_text=_("选“其他登记点位”时填写，列出周边约5公里内的点位。"),
        error_messages={"invalid_choice": _("没有这个点位，请从列表中选择。")},
    )
    note = forms.CharField(
        label=_("说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明核实的方法和依据；更正、未登记的污染源必填。"),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(self, spot: HotSpot, suspects: list[Suspected], officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.candidates = {str(one.site.pk): one.site for one in suspects}
        named = [
            (key, f"{one.rank}. {one.site.name}（{one.reasons}）")
            for key, one in zip(self.candidates, suspects, strict=True)
        ]
        choice, site = self.fields["cause"], self.fields["site"]
        assert isinstance(choice, forms.ChoiceField)
        assert isinstance(site, forms.ModelChoiceField)
        choice.choices = [
            *named,
            ("other", _("其他登记点位")),
            (CauseKind.UNREGISTERED.value, CauseKind.UNREGISTERED.label),
            (CauseKind.NOT_FOUND.value, CauseKind.NOT_FOUND.label),
        ]
        near = sites_for(officer).filter(
            lon__range=(spot.lon - NEAR_DEG, spot.lon + NEAR_DEG), lat__range=(spot.lat - NEAR_DEG, spot.lat + NEAR_DEG)
        )
        keys = near.order_by("name", "pk").values("pk")[:OFFERED]
        site.queryset = Site.objects.filter(pk__in=keys).order_by("name", "pk")

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if sent.get("cause") == "other" and not sent.get("site") and "site" not in self.errors:
            self.add_error("site", gettext("请选择点位；不在列表中的，选“未登记的污染源”并写明。"))
        return sent

    @property
    def entered(self) -> dict[str, Any]:
        """The fields as `confirm_cause` takes them."""
        sent, chosen = self.cleaned_data, self.cleaned_data["cause"]
        site = sent["site"] if chosen == "other" else self.candidates.get(chosen)
        kind = CauseKind.SITE.value if site is not None else chosen
        return {"kind": kind, "site": site, "note": sent["note"], "seen": sent["seen"]}


class LocationFilter(forms.Form):
    """Which persistent locations are listed."""

    division = forms.ChoiceField(label=_("市县"), required=False)
    state = forms.ChoiceField(
        label=_("现状"),
        required=False,
        choices=[("", _("全部")), ("standing", _("现为常驻")), ("lapsed", _("天数已不够"))],
    )

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        field = self.fields["division"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部")), *((o.code, o.name) for o in choices_for(officer).divisions if o.code)]

    def in_use(self) -> dict[str, Any]:
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    def narrow(self, locations: Any) -> Any:
        chosen = self.in_use()
        if "division" in chosen:
            locations = locations.filter(division_id__in=subtree(chosen["division"]))
        if "state" in chosen:
            locations = locations.filter(lapsed=chosen["state"] == "lapsed")
        return locations
