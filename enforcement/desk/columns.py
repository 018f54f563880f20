"""Columns chosen and remembered: with the officer, on the server, whatever device they come from."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from enforcement.desk.models import ListColumns
from enforcement.findings.columns import FINDING_COLUMNS
from enforcement.issues.columns import ISSUE_COLUMNS, Column, usual
from regions.errors import Invalid
from regions.models import Officer

LISTS = {"issues": ISSUE_COLUMNS, "findings": FINDING_COLUMNS}


@dataclass(frozen=True, slots=True)
class Layout:
    """A list's columns for one officer: what is offered, the keys of those shown, whether they were chosen."""

    offered: Sequence[Column]
    shown: frozenset[str]
    chosen: bool


def layout_of(name: str, kept: Sequence[str] | None) -> Layout:
    """How a list is shown with the columns kept for it, None for who chose none; keys that exist no more are left out."""
    offered = LISTS[name]
    known = {column.key for column in offered}
    shown = known & set(kept) if kept is not None else frozenset(usual(offered))
    return Layout(offered, frozenset(shown), kept is not None)


def choose(name: str, keys: Sequence[str], officer: Officer) -> None:
    """Remembers the columns; the usual ones are remembered by forgetting. Raises Invalid for none or unknown ones."""
    order = [column.key for column in LISTS[name]]
    if set(keys) - set(order):
        raise Invalid(_("没有这一列，请从列表中选择。"), field="columns")
    if not keys:
        raise Invalid(_("请至少选择一列。"), field="columns")
    chosen = [key for key in order if key in set(keys)]
    if tuple(chosen) == usual(LISTS[name]):
        reset(name, officer)
    else:
        ListColumns.objects.update_or_create(officer=officer, list=name, defaults={"columns": chosen})


def reset(name: str, officer: Officer) -> None:
    ListColumns.objects.filter(officer=officer, list=name).delete()
