"""A list's filters in words, as the chips above the list say them."""

from typing import Any

from django import forms


def filter_words(form: forms.Form) -> list[tuple[str, str]]:
    """Pairs of label and value of the filters in use; choices by their labels, days as they are written."""
    said: list[tuple[str, str]] = []
    for name, value in form.cleaned_data.items():
        field = form.fields[name]
        if value in ("", None) or isinstance(field.widget, forms.HiddenInput):
            continue
        labels = dict(_flat(getattr(field, "choices", ())))
        said.append((str(field.label), str(labels.get(str(value), value))))
    return said


def _flat(choices: Any) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, label in choices:
        pairs += _flat(label) if isinstance(label, list | tuple) else [(str(key), label)]
    return pairs
