"""A list's filters in words, as the chips above the list say them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from regions.errors import Invalid
from regions.narrowing import ListWords


def right_words(form: forms.Form, query: Mapping[str, str], shown: forms.Form | None = None) -> list[tuple[str, str]]:
    """The filters of a query in words. Raises Invalid for a wrong value, and for a name that is no field of the form: a

    file of everything instead of what was meant helps nobody. `shown` names what its own fields offer, where it has them.
    """
    if unknown := [name for name in query if name not in form.fields]:
        raise Invalid(_("没有“%(name)s”这个筛选条件。") % {"name": unknown[0][:40]}, field="filter")
    if not form.is_valid():
        name, sentences = next(iter(form.errors.items()))
        label = _name_of(form.fields[name]) if name in form.fields else name
        raise Invalid(_("%(field)s：%(fault)s") % {"field": label, "fault": sentences[0]}, field="filter")
    return filter_words(form, shown)


def right_filters(
    page: ListWords, query: Mapping[str, str], rows: QuerySet[Any]
) -> tuple[QuerySet[Any], list[tuple[str, str]]]:
    """The rows a query narrows to by the filters page and API share, and the filters in the page's words.

    The API may ask for more than the page offers (several states, a bureau elsewhere). Raises Invalid as `right_words`
    does, and for days the page wouldn't take.
    """
    filters = page.filters(query, queryset=rows)
    said = right_words(filters.form, query, page)
    page.full_clean()
    for _first, last in page.days:
        if last in page.errors:
            fault = {"field": page.fields[last].label, "fault": page.errors[last][0]}
            raise Invalid(_("%(field)s：%(fault)s") % fault, field="filter")
    return filters.qs, said


def filter_words(form: forms.Form, shown: forms.Form | None = None) -> list[tuple[str, str]]:
    """Pairs of label and value of the filters in use; choices by their labels, days as they are written."""
    said: list[tuple[str, str]] = []
    for name, value in form.cleaned_data.items():
        field = form.fields[name]
        if value in ("", None) or isinstance(field.widget, forms.HiddenInput):
            continue
        offering = (shown.fields.get(name) if shown else None) or field
        labels = dict(_flat(getattr(field, "choices", ()))) | dict(_flat(getattr(offering, "choices", ())))
        values = value if isinstance(value, list) else [value]
        said.append((_name_of(offering), _("、").join(str(labels.get(str(one), one)) for one in values)))
    return said


def _name_of(field: forms.Field) -> str:
    """What the API explains of a parameter after a comma is no part of its name."""
    return str(field.label).partition("，")[0]


def _flat(choices: Any) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, label in choices:
        pairs += _flat(label) if isinstance(label, list | tuple) else [(str(key), label)]
    return pairs
