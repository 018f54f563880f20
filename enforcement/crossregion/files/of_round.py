"""The query of a list of one round: which round, which figure of its summary, which team."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.crossregion.behind import LISTS
from enforcement.crossregion.models import Round
from enforcement.issues.sheets.words import right_words
from regions.errors import Invalid
from regions.models import Officer


class OfRoundFilter(forms.Form):
    """The tabs of a round's page, and the team its summary leads to."""

    round = forms.UUIDField(label=gettext_lazy("轮次"), widget=forms.HiddenInput)
    figure = forms.ChoiceField(label=gettext_lazy("范围"), required=False)
    team = forms.CharField(label=gettext_lazy("队伍"), required=False, max_length=80)

    def __init__(self, data: Mapping[str, str], page: str) -> None:
        super().__init__(data)
        field = self.fields["figure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(LISTS[page].items())


def asked(officer: Officer, query: Mapping[str, str], page: str) -> tuple[Round, dict[str, Any], list[tuple[str, str]]]:
    """A released round the officer may know of, the entries, and the query in words. Raises Invalid.

    A round that isn't released and none at all are the same sentence: it has neither clues nor visits.
    """
    form = OfRoundFilter(query, page)
    said = right_words(form, query)
    found = Round.objects.visible_to(officer).filter(pk=form.cleaned_data["round"]).sole()
    if found is None or found.is_secret:
        raise Invalid(_("没有这一轮交叉执法，请从轮次列表中选择。"), field="filter")
    return found, form.cleaned_data, [(_("轮次"), found.name), *said]
