"""What people type, checked: lines and paragraphs that a database, a letter and a person can read."""

from typing import Any

from django.utils.translation import gettext as _

from regions.errors import Invalid


def line(value: Any, field: str, most: int, *, needed: bool = True) -> str:
    """A line of text. Raises Invalid for `field`."""
    text = paragraph(value, field, most, needed=needed)
    if any(ord(char) < 32 for char in text):
        raise Invalid(_("不能含换行等控制字符。"), field=field)
    return text


def paragraph(value: Any, field: str, most: int, *, needed: bool = True) -> str:
    """Text of several lines. Raises Invalid for `field`."""
    text = str(value or "").strip().replace("\r\n", "\n")
    if needed and not text:
        raise Invalid(_("此项必填。"), field=field)
    if len(text) > most:
        raise Invalid(_("不能超过%(n)d字。") % {"n": most}, field=field)
    if unfit(text):
        raise Invalid(_("含有无法识别的字符，请删去后重填。"), field=field)
    return text


def unfit(text: str) -> bool:
    """Whether no column of the database takes it: NUL, or half of a character."""
    return "\x00" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text)
