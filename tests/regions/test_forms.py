"""Promise: what the framework says of a wrong entry is said in the house's words, and stays so when the framework changes its own."""

from pathlib import Path

import django
import polib
from django import forms
from django.conf import settings
from django.utils import translation

from deploy.checks.catalogue import PLACEHOLDER

OURS = settings.ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
THEIRS = Path(django.__file__).parent / "conf" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def test_each_sentence_of_ours_is_one_the_framework_still_says() -> None:
    theirs = {entry.msgid: entry for entry in polib.pofile(str(THEIRS))}
    for entry in polib.pofile(str(OURS)):
        assert entry.msgid in theirs, entry.msgid
        assert entry.msgid_plural == theirs[entry.msgid].msgid_plural
        for said in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert set(PLACEHOLDER.findall(said)) <= set(PLACEHOLDER.findall(entry.msgid)), said


def test_wrong_entries_are_told_in_our_words() -> None:
    class Entry(forms.Form):
        words = forms.CharField(max_length=3)
        kind = forms.ChoiceField(choices=[("a", "甲")])
        weight = forms.DecimalField(max_value=1, required=False)

    with translation.override("zh-hans"):
        told = Entry({"words": "四个字了", "kind": "b", "weight": "2"}).errors
        assert told == {
            "words": ["不能超过3字，现有4字。"],
            "kind": ["“b”不在可选范围内，请重新选择。"],
            "weight": ["不能大于1。"],
        }
        assert Entry({"words": "a\x00"}).errors["words"] == ["含有无法识别的字符，请重新填写。"]
        assert Entry({}).errors["kind"] == ["请填写此项。"]
    with translation.override("en"):
        assert "at most 3 characters" in Entry({"words": "四个字了", "kind": "a"}).errors["words"][0]
