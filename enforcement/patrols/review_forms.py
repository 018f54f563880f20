"""The form of a look at a hot spot: filled in with what measurement, tracing and rules suggest, for a person to change."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.findings import questions
from enforcement.issues.models import Issue, Severity
from enforcement.patrols.actions.reviewing import POLLUTION, described, why_not_submit
from enforcement.patrols.lifecycle import MOVES
from enforcement.patrols.models import HotSpot
from enforcement.patrols.suspicion import Suspected
from regions.directory import default_receiver
from regions.models import Bureau, BureauKind, Officer, Site

#: Candidates offered as the site of a finding.
SITES = 5
#: What the short form on a run's page asks; the action fills in the rest from the numbers and the bureau.
SHORT = ("title", "severity", "site", "quality_reason", "submit")


class ReviewForm(forms.Form):
    """The fields of one action on a hot spot. What is right is judged by the action.

    `suspects` are the candidates of its newest tracing, as far as the officer sees them. `short` asks only for `SHORT`.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    # Where the officer came from and goes on: "run" for the run's page.
    back = forms.CharField(widget=forms.HiddenInput, required=False, max_length=10)

    def __init__(
        self,
        action: str,
        spot: HotSpot,
        officer: Officer,
        *args: Any,
        suspects: Sequence[Suspected] = (),
        short: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        names = (*MOVES[action].needs, *MOVES[action].accepts)
        self.names = [name for name in names if name in SHORT or not short]
        makers: dict[str, Callable[[], forms.Field]] = {
            "title": lambda: _title(spot),
            "severity": lambda: forms.ChoiceField(
                label=_("严重程度"), choices=Severity.choices, initial=spot.severity or Severity.GENERAL
            ),
            "pollution_type": _pollution_type,
            "description": lambda: forms.CharField(
                label=_("情况"),
                max_length=4000,
                required=False,
                initial=described(spot),
                widget=forms.Textarea(attrs={"rows": 4}),
            ),
            "receiver": lambda: _receiver(spot),
            "issue": lambda: IssueField(officer),
            "reason": lambda: forms.CharField(
                label=_("理由"),
                max_length=500,
                help_text=_("写明判断依据，如停车复测结果、周边情况。"),
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": _("请填写理由。")},
            ),
        }
        if suspects:
            makers["site"] = lambda: SuspectField(suspects)
        if spot.run.sheet is not None and spot.run.sheet.failed:
            makers["quality_reason"] = lambda: _quality_reason(spot)
        if "submit" in self.names and why_not_submit(spot, officer) is None:
            makers["submit"] = _submit
        for name in self.names:
            if name in makers:
                self.fields[name] = makers[name]()

    @property
    def goes_on(self) -> bool:
        """Whether the hot spot becomes a finding or joins an issue by it."""
        return "quality_reason" in self.names

    @property
    def pollution_types(self) -> list[str]:
        """The words offered, where the type is asked for."""
        return questions.pollution_types() if "pollution_type" in self.fields else []

    @property
    def entered(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data.get(name) not in (None, "")}


class SuspectField(forms.ChoiceField):
    """One of the candidates of the tracing, the first filled in, or none of them."""

    def __init__(self, suspects: Sequence[Suspected]) -> None:
        self.sites = {str(one.site.pk): one.site for one in suspects[:SITES]}
        offered = [(str(one.site.pk), f"{one.rank}. {one.site.name}（{one.reasons}）") for one in suspects[:SITES]]
        super().__init__(
            label=_("疑似来源"),
            choices=[*offered, ("", _("不指定"))],
            initial=offered[0][0],
            required=False,
            help_text=_("溯源得出的候选，只表示先后，不是证据；不能认定时选“不指定”。"),
        )

    def clean(self, value: Any) -> Site | None:
        return self.sites.get(super().clean(value))


def _submit() -> forms.Field:
    return forms.BooleanField(
        label=_("同时提交组长审核"),
        required=False,
        initial=True,
        help_text=_("不勾选则存为草稿，可先补充照片。"),
    )


def _pollution_type() -> forms.Field:
    words = forms.TextInput(attrs={"list": "pollution-types"})
    return forms.CharField(label=_("污染类型"), max_length=30, initial=POLLUTION, required=False, widget=words)


def _quality_reason(spot: HotSpot) -> forms.Field:
    return forms.CharField(
        label=_("质控不合格仍采用的理由"),
        max_length=500,
        help_text=gettext("本次走航质控不合格：%(faults)s。理由连同您的姓名记入热点、线索或问题的经过。")
        % {"faults": spot.run.sheet.faults()},
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明仍然采用的理由。")},
    )


def _title(spot: HotSpot) -> forms.Field:
    where = spot.division.name if spot.division else ""
    return forms.CharField(
        label=_("线索标题"),
        max_length=120,
        initial=gettext("%(where)s走航发现%(channel)s高值") % {"where": where, "channel": spot.channel},
        error_messages={"required": _("请填写线索标题。")},
    )


def _receiver(spot: HotSpot) -> forms.Field:
    """Departments of the division's own line: the bureau's default first."""
    usual = default_receiver(spot.run.bureau)
    home = spot.run.bureau.division
    above = [home.pk, home.parent_id] if home.parent_id else [home.pk]
    offices = Bureau.objects.filter(kind=BureauKind.DEPARTMENT, ended_on=None, division_id__in=above)
    offered = offices | Bureau.objects.filter(pk=usual.pk)
    return forms.ModelChoiceField(
        offered.order_by("division__code", "name"),
        label=_("提交给"),
        initial=usual.pk,
        empty_label=None,
        help_text=_("线索经本单位审核后，由该单位决定是否转办。"),
        error_messages={"invalid_choice": _("没有这个单位，请从列表中选择。")},
    )


class IssueField(forms.CharField):
    """An open issue by its number, as far as the officer sees it."""

    def __init__(self, officer: Officer) -> None:
        self.officer = officer
        super().__init__(
            label=_("问题编号"),
            max_length=24,
            help_text=_("如 SX-2021-ZH-00557，须是在办问题。"),
            error_messages={"required": _("请填写要并入的问题编号。")},
        )

    def clean(self, value: Any) -> Any:
        number = unicodedata.normalize("NFKC", super().clean(value)).strip().upper()
        found = None if "\x00" in number else Issue.objects.visible_to(self.officer).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(gettext("没有这个问题，请核对编号。"))
        return found
