"""The words above a list, named as the filters of its API: one set of filters narrows the page, the API and the file."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from regions.api.filters import AskedFor, DayField
from regions.choices import choices_for
from regions.models import Officer

ALL = ("", _("全部"))


class PageDay(DayField):
    """A day as a page asks for it."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class ListWords(forms.Form):
    """What a page offers of a list's filters. A wrong word is a sentence beside its field and narrows nothing.

    `filters` are those of the API; every field is named as one of them. `division` and `bureau` offer what the officer
    reaches and are left out where there is nothing to choose and nothing was asked for; `days` are pairs of a first and a
    last day.
    """

    filters: type[AskedFor]
    days: tuple[tuple[str, str], ...] = ()

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        offered = choices_for(officer)
        for name, entries in (
            ("division", [(one.code, one.name) for one in offered.divisions if one.code]),
            ("bureau", [(str(one.pk), one.name) for one in offered.bureaus]),
        ):
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = [ALL, *entries]
                if len(entries) < 2 and not data.get(name):
                    del self.fields[name]

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        for first, last in self.days:
            since, until = entered.get(first), entered.get(last)
            if since and until and since > until:
                self.add_error(last, gettext("止日不能早于起日（%(day)s）。") % {"day": since.isoformat()})
        return entered

    @property
    def in_use(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows the API gives for the same words."""
        return self.filters({name: str(value) for name, value in self.in_use.items()}, queryset=rows).qs
