"""The words above the lists of handoff documents (转办单) and of look-backs (回头看)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.issues.filters import LOOK_BACK_RESULTS, HandoffFilters, LookBackFilters
from regions.narrowing import ALL, ListWords, PageDay


class HandoffWords(ListWords):
    filters = HandoffFilters
    days = (("issued_from", "issued_to"),)

    number = forms.CharField(
        label=_("文号"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("文号，或只填序号")}),
    )
    bureau = forms.ChoiceField(label=_("转办单位"), required=False)
    issued_from = PageDay(label=_("转办起"), required=False)
    issued_to = PageDay(label=_("转办止"), required=False)


class LookBackWords(ListWords):
    filters = LookBackFilters
    days = (("due_from", "due_to"),)

    result = forms.ChoiceField(label=_("结果"), required=False, choices=[ALL, *LOOK_BACK_RESULTS])
    division = forms.ChoiceField(label=_("市县"), required=False)
    bureau = forms.ChoiceField(label=_("回头看单位"), required=False)
    due_from = PageDay(label=_("期限起"), required=False)
    due_to = PageDay(label=_("期限止"), required=False)
