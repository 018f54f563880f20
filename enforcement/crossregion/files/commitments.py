"""What is published every day (每日承诺) as a file: whoever checks a round later brings these along."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.timeline.models import Anchor
from regions.models import Officer

COLUMNS = (
    SheetColumn("day", gettext_lazy("日期"), 11),
    SheetColumn("root", gettext_lazy("当日公布值（SHA-256）"), 66),
    SheetColumn("digest", gettext_lazy("当日锚定摘要"), 66),
)


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    """Every day's values, latest first: the whole office's, as on the page. The list has no filters."""
    said = right_words(forms.Form(query), query)
    days = Anchor.objects.filter(commitments__isnull=False)
    return Narrowed(days.order_by("-day").values_list("day", "commitments", "digest"), said)


def cells() -> Callable[[tuple[Any, ...]], list[Cell]]:
    def of(row: tuple[Any, ...]) -> list[Cell]:
        day, root, digest = row
        return [day, bytes(root).hex(), bytes(digest).hex()]

    return of


KIND = ListKind("commitments", gettext_lazy("每日承诺"), "crossregion:commitments", COLUMNS, narrowed, cells)
