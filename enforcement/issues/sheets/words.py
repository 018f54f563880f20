"""A list's filters in words, as the chips above the list say them; its choices and moments as files write them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enforcement.timeline import clock
from regions.api.filters import AskedFor
from regions.errors import Invalid


def right_words(form: forms.Form, query: Mapping[str, str], others: Collection[str] = ()) -> list[tuple[str, str]]:
    """The filters of a query in words. Raises Invalid for a wrong value, and for a name that is neither a field of the

    form nor one of `others`: a file of everything instead of what was meant helps nobody.
    """
    if unknown := [name for name in query if name not in form.fields and name not in others]:
        raise Invalid(_("没有“%(name)s”这个筛选条件。") % {"name": unknown[0][:40]}, field="filter")
    if not form.is_valid():
        name, sentences = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else name
        raise Invalid(_("%(field)s：%(fault)s") % {"field": label, "fault": sentences[0]}, field="filter")
    return filter_words(form)


def right_filters(filters: AskedFor, query: Mapping[str, str]) -> tuple[QuerySet[Any], list[tuple[str, str]]]:
    """The rows the filters of a list's API narrow to, and the filters in words: for lists whose page has no form of its own.

    Raises Invalid as `right_words` does.
    """
    said = right_words(filters.form, query)
    return filters.qs, said


def filter_words(form: forms.Form) -> list[tuple[str, str]]:
    """Pairs of label and value of the filters in use; choices by their labels, days as they are written."""
    said: list[tuple[str, str]] = []
    for name, value in form.cleaned_data.items():
        field = form.fields[name]
        if value in ("", None) or isinstance(field.widget, forms.HiddenInput):
            continue
        labels = dict(_flat(getattr(field, "choices", ())))
        values = value if isinstance(value, list) else [value]
        # What the API explains of a parameter after a comma is no part of its name.
        label = str(field.label).partition("，")[0]
        said.append((label, _("、").join(str(labels.get(str(one), one)) for one in values)))
    return said


def _flat(choices: Any) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, label in choices:
        pairs += _flat(label) if isinstance(label, list | tuple) else [(str(key), label)]
    return pairs


def labels_of(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """The labels of choices in the language of the file, looked up once and not for every row."""
    return {str(value): str(label) for value, label in choices}


def minute(moment: datetime | None) -> str:
    """A moment in Beijing time, to the minute; nothing for none."""
    return f"{moment.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}" if moment else ""
