"""The form of a new version of the routing rules: a row for each rule, tried and published from one page."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.findings.models import RoutingRule
from enforcement.findings.offices import Offices
from enforcement.findings.routing import MOST_RULES
from enforcement.issues.forms import ALL, DayField
from enforcement.issues.models import Source
from enforcement.timeline import clock
from regions.choices import below
from regions.models import Bureau, Division, JointControlArea

#: Empty rows offered below those filled in.
SPARE = 3
Target = RoutingRule.Target
FIELDS = ("division", "area", "source", "pollution_type", "target", "bureau")


class VersionForm(forms.Form):
    """The head: from when, on what basis, and the version it was written from."""

    valid_from = DayField(label=_("生效日期"))
    basis = forms.CharField(label=_("依据"), max_length=200, required=False, help_text=_("发布时填写。"))
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class RuleForm(forms.Form):
    """One rule. What is left empty fits everything; a row without a target is no rule."""

    division = forms.CharField(label=_("区划"), max_length=60, required=False)
    area = forms.ModelChoiceField(
        label=_("区域"), queryset=JointControlArea.objects.none(), required=False, empty_label=_("全部")
    )
    source = forms.ChoiceField(label=_("来源"), choices=[ALL, *Source.choices], required=False)
    pollution_type = forms.CharField(label=_("污染类型"), max_length=30, required=False)
    target = forms.ChoiceField(label=_("建议承办"), choices=[("", "—"), *Target.choices], required=False)
    bureau = forms.CharField(label=_("指定单位"), max_length=80, required=False)

    def __init__(self, *args: Any, offices: Offices, divisions: dict[str, Division], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offices, self.divisions = offices, divisions
        self.fields["area"].queryset = JointControlArea.objects.all()  # type: ignore[attr-defined]
        self.fields["division"].widget = forms.TextInput(attrs={"list": "places", "autocomplete": "off"})
        self.fields["bureau"].widget = forms.TextInput(attrs={"list": "offices", "autocomplete": "off"})

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        if self.errors:
            return entered
        text = entered["division"].strip()
        if text and text not in self.divisions:
            self.add_error("division", gettext("辖区内没有“%(name)s”，请填写全称或六位代码。") % {"name": text})
        named = entered["bureau"].strip()
        if named and self.offices.named(named) is None:
            self.add_error("bureau", gettext("没有“%(name)s”这个单位，请从列表中选择全称。") % {"name": named})
        if bool(named) != (entered["target"] == Target.BUREAU):
            self.add_error("bureau", gettext("选“指定单位”时须填写单位，否则不填。"))
        if not entered["target"] and any(entered[name] for name in FIELDS if name != "target"):
            self.add_error("target", gettext("请选择建议承办，或清空这一行。"))
        return entered

    @property
    def rule(self) -> RoutingRule | None:
        entered = self.cleaned_data
        if not entered.get("target"):
            return None
        return RoutingRule(
            division=self.divisions.get(entered["division"].strip()),
            area=entered["area"],
            source=entered["source"],
            pollution_type=entered["pollution_type"].strip(),
            target=entered["target"],
            bureau=self.offices.named(entered["bureau"]) if entered["bureau"].strip() else None,
        )


def divisions_of(issuer: Bureau) -> dict[str, Division]:
    """The divisions at and below the issuer's, by name and by code. One statement."""
    rows = list(Division.objects.filter(below([issuer.division]), ended_on=None).order_by("code"))
    return {row.name: row for row in rows} | {row.code: row for row in rows if row.code}


def rule_forms(
    offices: Offices, divisions: dict[str, Division], *, data: Any = None, rules: Sequence[RoutingRule] = ()
) -> list[RuleForm]:
    """A form for each rule and a few to spare."""
    if data is not None:
        count = sum(1 for place in range(MOST_RULES) if f"r{place}-target" in data)
        return [RuleForm(data, prefix=f"r{n}", offices=offices, divisions=divisions) for n in range(count)]
    firsts = [_first(rule) for rule in rules] + [{}] * SPARE
    return [
        RuleForm(prefix=f"r{place}", initial=first, offices=offices, divisions=divisions)
        for place, first in enumerate(firsts[:MOST_RULES])
    ]


def _first(rule: RoutingRule) -> dict[str, Any]:
    return {
        "division": rule.division.name if rule.division else "",
        "area": rule.area_id,
        "source": rule.source,
        "pollution_type": rule.pollution_type,
        "target": rule.target,
        "bureau": rule.bureau.name if rule.bureau else "",
    }


def head_of(after: int) -> VersionForm:
    return VersionForm(initial={"valid_from": clock.today(), "after": after})
