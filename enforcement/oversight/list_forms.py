"""The words above the lists of interviews (约谈) and special inspections (专项督察)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.oversight.filters import InterviewFilters, SpecialFilters
from enforcement.oversight.lifecycle import Cause, State, specials
from regions.narrowing import ALL, ListWords


class InterviewWords(ListWords):
    filters = InterviewFilters

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ALL, *State.choices])
    cause = forms.ChoiceField(label=_("情形"), required=False, choices=[ALL, *Cause.choices])
    division = forms.ChoiceField(label=_("被约谈地区"), required=False)
    bureau = forms.ChoiceField(label=_("约谈单位"), required=False)


class SpecialWords(ListWords):
    filters = SpecialFilters

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ALL, *specials.State.choices])
    division = forms.ChoiceField(label=_("被督察地区"), required=False)
    bureau = forms.ChoiceField(label=_("督察单位"), required=False)
