"""The words above the lists of visits and campaigns."""

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.inspections.filters import CampaignFilters, VisitFilters
from enforcement.inspections.lifecycle import CampaignState, State
from enforcement.inspections.models import Mode
from regions.narrowing import ALL, ListWords, PageDay


class VisitWords(ListWords):
    filters = VisitFilters
    days = (("planned_from", "planned_to"),)

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ALL, *State.choices])
    mode = forms.ChoiceField(label=_("方式"), required=False, choices=[ALL, *Mode.choices])
    division = forms.ChoiceField(label=_("市县"), required=False)
    bureau = forms.ChoiceField(label=_("检查单位"), required=False)
    planned_from = PageDay(label=_("计划起"), required=False)
    planned_to = PageDay(label=_("计划止"), required=False)


class CampaignWords(ListWords):
    filters = CampaignFilters

    state = forms.ChoiceField(label=_("状态"), required=False, choices=[ALL, *CampaignState.choices])
    bureau = forms.ChoiceField(label=_("组织单位"), required=False)
