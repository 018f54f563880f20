"""Keyset pages: the page after (or before) a row, found by an index however deep it lies. No offsets, no page numbers."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, IntegerField, OrderBy, Q, Subquery
from django.db.models.sql.where import WhereNode
from django.http import HttpRequest
from django.utils.translation import gettext as _

from regions.errors import Invalid
from regions.statements import DAY, NUMBERS, Columns

R = TypeVar("R")
LONGEST = 400
LARGEST = 2**63 - 1
#: Rows worth gathering before they are put in order.
FEW = 2_000
#: Statements kept of one list.
MOST_KEPT = 12


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
    names, _down = _direction(order)
    place = _read(queryset.model, names, after or before) if after or before else []
    found = list(_statement(queryset, order, size, place, backwards=_backwards(after, before)))
    return _parted(queryset.model, names, found, size, after=after, before=before)


def kept_page(
    kept: "KeptPages", size: int, reach: Mapping[str, Any], *, after: str = "", before: str = ""
) -> Page[dict[str, Any]]:
    """The same page by statements that are kept (`KeptPages`); `reach` gives the values of the marks in the rows."""
    names, mark = kept.names, after or before
    place = dict(zip(names, _read(kept.rows.model, names, mark), strict=True)) if mark else {}
    found = kept.question(size, placed=bool(mark), backwards=_backwards(after, before)).ask(**reach, **place)
    return _parted(kept.rows.model, names, found, size, after=after, before=before)


class KeptPages:
    """Pages of one list whose statements are built once: for each size, for the first page and both ways on.

    `rows` gives dicts and was built with the marks `marks` names. The order is of whole numbers and days, whose places
    have marks of their own.
    """

    def __init__(
        self, rows: models.QuerySet[Any, dict[str, Any]], order: Sequence[str], marks: Mapping[Any, str]
    ) -> None:
        self.rows, self.order, self.marks = rows, order, marks
        self.names, _down = _direction(order)
        days = [isinstance(_field(rows.model, name), models.DateField) for name in self.names]
        self.place = [DAY if day else number for day, number in zip(days, reversed(NUMBERS), strict=False)]
        self.questions: dict[tuple[int, bool, bool], Columns] = {}

    def question(self, size: int, *, placed: bool, backwards: bool) -> Columns:
        key = (size, placed, backwards)
        if key not in self.questions:
            if len(self.questions) >= MOST_KEPT:  # somebody asks for every size there is
                self.questions.clear()
            rows = _statement(self.rows, self.order, size, self.place if placed else [], backwards=backwards)
            self.questions[key] = Columns(rows, {**self.marks, **dict(zip(self.place, self.names, strict=True))})
        return self.questions[key]


def _backwards(after: str, before: str) -> bool:
    return bool(before) and not after


def _statement(
    queryset: models.QuerySet[Any, R], order: Sequence[str], size: int, place: Sequence[Any], *, backwards: bool
) -> models.QuerySet[Any, R]:
    """The rows past a place (from the beginning without one), one more than the page holds."""
    names, down = _direction(order)
    names = _copies(queryset, names)
    flipped = down is not backwards
    if place:
        queryset = queryset.filter(_beyond(names, place, less=flipped))
    ordered = [f"-{name}" if flipped else name for name in names]
    apart = [OrderBy(Apart(F(name)), descending=flipped) for name in names]
    # The keys alone are gathered: what a row shows is looked up for those of the page.
    if getattr(queryset, "gathered", False):
        queryset = queryset.filter(pk__in=queryset.order_by(*apart).values("pk")[: size + 1])
    elif (candidates := getattr(queryset, "candidates", None)) is not None:
        either = queryset.alias(candidates=Counted(candidates.order_by().values("pk")[: FEW + 1]))
        few = either.filter(candidates__lte=FEW).order_by(*apart).values("pk")[: size + 1]
        many = either.filter(candidates__gt=FEW).order_by(*ordered).values("pk")[: size + 1]
        # What the keys were found by needn't be asked of their rows again: half of a search's statement was that.
        queryset = queryset.all()
        queryset.query.where = WhereNode()
        queryset = queryset.filter(pk__in=few.union(many, all=True))
    return queryset.order_by(*ordered)[: size + 1]


class Counted(Subquery):
    """How many rows a (sliced) queryset has, inside another statement."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class Apart(Func):
    """A whole number or a day, said so that no index gives its order: what is sorted by it is gathered first."""

    template = "(%(expressions)s + 0)"


def _copies(queryset: models.QuerySet[Any, Any], names: list[str]) -> list[str]:
    """The same places in a joined row, where the whole order has copies there."""
    copies = getattr(queryset, "walked_by", {})
    return [copies[name] for name in names] if all(name in copies for name in names) else names


def _parted(model: Any, names: Sequence[str], found: list[R], size: int, *, after: str, before: str) -> Page[R]:
    """The page, and the marks of its neighbours."""
    backwards = _backwards(after, before)
    more, rows = len(found) > size, found[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, bool(after))
    return Page(
        rows,
        previous=mark_of(model, rows[0], names) if rows and has_previous else "",
        next=mark_of(model, rows[-1], names) if rows and has_next else "",
    )


def ordered(queryset: models.QuerySet[Any, R], order: Sequence[str]) -> models.QuerySet[Any, R]:
    """In an order of pages, by the copies in a joined row where the rows have some: a part of it is walked alike."""
    names, down = _direction(order)
    return queryset.order_by(*(f"-{name}" if down else name for name in _copies(queryset, names)))


def beyond(queryset: models.QuerySet[Any, R], order: Sequence[str], after: str) -> models.QuerySet[Any, R]:
    """The rows past a mark in an order, for a page that is part of a larger statement; all of them without a mark.

    Raises Invalid for a mark that isn't one of ours.
    """
    names, down = _direction(order)
    return queryset.filter(_beyond(names, _read(queryset.model, names, after), less=down)) if after else queryset


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


def _beyond(names: Sequence[str], values: Sequence[Any], *, less: bool) -> Q:
    """Rows past a place: a range on the first field for the index, the exact rule for the rest."""
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
