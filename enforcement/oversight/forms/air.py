"""A month of the air's published indices. What is right in it is judged by the action."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.oversight.models.air import Standard
from regions.forms import day


class AirForm(forms.Form):
    month = day(_("月份"), help_text=_("填当月1日"))
    standard = forms.ChoiceField(label=_("标准"), choices=Standard.choices, initial=Standard.OF_2026)
    source = forms.CharField(label=_("出处"), max_length=200)
    text: Any = forms.CharField(
        label=_("内容"),
        max_length=20_000,
        help_text=_("每行一个：区划代码；综合指数。例：140107；4.52。已有的即更正。"),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
    )
