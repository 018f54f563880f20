"""What the forms of every app share: fields in the house's words, how a form takes a refusal, what it was made from."""

import unicodedata
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from regions.directory import site_named
from regions.errors import DomainError, Invalid
from regions.models import Site

REQUIRED = {"required": _("请填写此项。")}


def choice(label: Any, choices: Any, **kwargs: Any) -> forms.ChoiceField:
    """One of some choices, or a sentence that says so."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        error_messages={"required": _("请选择。"), "invalid_choice": _("不在可选范围内，请重新选择。")},
        **kwargs,
    )


def line(label: Any, most: int, **kwargs: Any) -> forms.CharField:
    """One line of `most` characters at most."""
    return forms.CharField(label=label, max_length=most, error_messages=REQUIRED, **kwargs)


def paragraph(label: Any, most: int, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    """Words over several lines, `most` characters at most; shown `rows` lines high."""
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages=REQUIRED,
    )


def day(label: Any, **kwargs: Any) -> forms.DateField:
    """A date of the calendar, without a time."""
    return forms.DateField(
        label=label,
        # As browsers want it, whatever the language writes: in another form they show an empty field.
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期。"), "invalid": _("请填写日期，如 2021-09-06。")},
        **kwargs,
    )


def one_site(officer: Any, text: str, absent: str) -> Site | None:
    """The site of that name or number, None for no words. Raises ValidationError for none (`absent`, with a place for the
    `name`) and for several."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        return None
    found = site_named(officer, text)
    if not found:
        raise forms.ValidationError(absent % {"name": text})
    if len(found) > 1:
        places = gettext("、").join(sorted({site.division.name for site in found}))
        words = gettext("有多个“%(name)s”（%(places)s），请改填排污许可证编号。")
        raise forms.ValidationError(words % {"name": text, "places": places})
    return found[0]


def put_errors(form: forms.BaseForm, error: DomainError) -> None:
    """The sentences of a refusal beside the fields they speak of, or above the form."""
    sentences = error.errors if isinstance(error, Invalid) and error.errors else {error.field or "": [str(error)]}
    for name, several in sentences.items():
        for sentence in several:
            form.add_error(name if name in form.fields else None, sentence)


def seen_of(request: HttpRequest) -> int | None:
    """The version of the row a form was made from; None where the form names none, or no number."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
