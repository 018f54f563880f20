"""Keyset pages: the page after (or before) a row, found by an index however deep it lies. No offsets, no page numbers."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from regions.errors import Invalid

R = TypeVar("R")
LONGEST = 400
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """The rows of a page and the marks of its neighbours ("" where there is none)."""

    rows: list[R]
    previous: str
    next: str


def page(
    queryset: models.QuerySet[Any, R], order: Sequence[str], size: int, *, after: str = "", before: str = ""
) -> Page[R]:
    """`size` rows in `order` (field names, all ascending or all descending, the last one unique). One statement.

    Rows are what the queryset gives: instances, or dicts that hold the fields of the order. `after` and `before` are marks of an earlier page. Raises Invalid for a mark that isn't one of ours.
    """
    names, down = _direction(order)
    backwards = bool(before) and not after
    if mark := after or before:
        queryset = queryset.filter(_beyond(queryset.model, names, mark, less=down is not backwards))
    flipped = down is not backwards
    found = list(queryset.order_by(*(f"-{name}" if flipped else name for name in names))[: size + 1])
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, bool(after))
    return Page(
        rows,
        previous=mark_of(queryset.model, rows[0], names) if rows and has_previous else "",
        next=mark_of(queryset.model, rows[-1], names) if rows and has_next else "",
    )


def beyond(queryset: models.QuerySet[Any, R], order: Sequence[str], after: str) -> models.QuerySet[Any, R]:
    """The rows past a mark in an order, for a page that is part of a larger statement; all of them without a mark.

    Raises Invalid for a mark that isn't one of ours.
    """
    names, down = _direction(order)
    return queryset.filter(_beyond(queryset.model, names, after, less=down)) if after else queryset


def address(request: HttpRequest, **mark: str) -> str:
    """The request's address at a neighbouring page (`after=` or `before=` a mark); empty where there is none."""
    if not any(mark.values()):
        return ""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query.update(mark)
    return f"{request.path}?{query.urlencode()}"


def mark_of(model: type[models.Model], row: Any, names: Sequence[str]) -> str:
    """The place of a row, as text for an address."""
    source = SimpleNamespace(**{name: row[name] for name in names}) if isinstance(row, dict) else row
    values = [_field(model, name).value_to_string(source) for name in names]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def _direction(order: Sequence[str]) -> tuple[list[str], bool]:
    down = [name.startswith("-") for name in order]
    if not order or len(set(down)) != 1:
        raise ValueError("a keyset runs one way")
    return [name.lstrip("-") for name in order], down[0]


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _beyond(model: type[models.Model], names: Sequence[str], mark: str, *, less: bool) -> Q:
    """Rows past the mark: a range on the first field for the index, the exact rule for the rest."""
    values = _read(model, names, mark)
    strict, loose = ("lt", "lte") if less else ("gt", "gte")
    rule, equal = Q(), Q()
    for name, value in zip(names, values, strict=True):
        rule |= equal & Q(**{f"{name}__{strict}": value})
        equal &= Q(**{name: value})
    return Q(**{f"{names[0]}__{loose}": values[0]}) & rule


def _read(model: type[models.Model], names: Sequence[str], mark: str) -> list[Any]:
    wrong = Invalid(_("翻页位置无效，请从第一页看起。"), field="after")
    if len(mark) > LONGEST:
        raise wrong
    try:
        values = json.loads(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        if not isinstance(values, list) or len(values) != len(names):
            raise wrong
        read = [_field(model, name).to_python(str(value)) for name, value in zip(names, values, strict=True)]
    except (ValueError, binascii.Error, ValidationError, TypeError, OverflowError, RecursionError) as error:
        raise wrong from error
    if any(value is None or (isinstance(value, int) and abs(value) > LARGEST) for value in read):
        raise wrong
    return read
