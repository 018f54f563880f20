"""Keyset paging: a page is found by where the last one ended, so the deepest page costs what the first does."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from regions.errors import Invalid

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
LONGEST_CURSOR = 500


@dataclass(frozen=True, slots=True)
class Ordering:
    """Fields a list is sorted by, the last one unique, all in one direction: `Ordering("due_on", "id")`."""

    fields: tuple[str, ...]
    descending: bool = False

    def names(self, backwards: bool) -> list[str]:
        sign = "-" if self.descending != backwards else ""
        return [sign + name for name in self.fields]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: beyond `values`, towards the end or, `backwards`, towards the beginning."""

    values: tuple[Any, ...]
    backwards: bool


class Keyset(BasePagination):
    """`?cursor=&page_size=&ordering=`: `{"next": url|null, "previous": url|null, "results": [...]}`.

    The view says `orderings = {"newest": Ordering(("id",), descending=True), ...}`; the first is the default. Rows may
    be instances or dicts; dicts must hold the ordering's fields. Raises Invalid for whatever isn't a page.
    """

    parameters = ("cursor", "page_size", "ordering")

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        self.request = request
        orderings: Mapping[str, Ordering] = view.orderings
        name = request.query_params.get("ordering", next(iter(orderings)))
        if name not in orderings:
            raise Invalid(_("排序只能是：%(names)s。") % {"names": "、".join(orderings)}, field="ordering")
        self.name, self.ordering = name, orderings[name]
        self.size = _size(request.query_params.get("page_size"))
        place = self._place(queryset.model, request.query_params.get("cursor"))
        return self._cut(queryset, place)

    def _cut(self, queryset: QuerySet[Any], place: _Place | None) -> list[Any]:
        backwards = place is not None and place.backwards
        if place is not None:
            queryset = queryset.filter(self._beyond(place))
        rows = list(queryset.order_by(*self.ordering.names(backwards))[: self.size + 1])
        more = len(rows) > self.size
        rows = rows[: self.size]
        if backwards:
            rows.reverse()
        self.has_next = bool(rows) and (backwards or more)
        self.has_previous = bool(rows) and (more if backwards else place is not None)
        # Read now: what shows the rows may change them.
        self.ends = (self._values(rows[0]), self._values(rows[-1])) if rows else None
        return rows

    def _beyond(self, place: _Place) -> Q:
        """Rows past a place. The first field is also bounded on its own, so that its index gives the range."""
        word = "gt" if self.ordering.descending == place.backwards else "lt"
        fields = self.ordering.fields
        condition = Q()
        for depth, name in enumerate(fields):
            step = Q(**{f"{name}__{word}": place.values[depth]})
            for before in range(depth):
                step &= Q(**{fields[before]: place.values[before]})
            condition |= step
        if len(fields) > 1:
            condition &= Q(**{f"{fields[0]}__{word}e": place.values[0]})
        return condition

    # --- cursors ------------------------------------------------------------------------------------------------

    def _place(self, model: type[Model], text: str | None) -> _Place | None:
        if text is None or text == "":
            return None
        try:
            name, backwards, values = _decode(text)
            if name != self.name or not isinstance(backwards, bool) or len(values) != len(self.ordering.fields):
                raise ValueError
            typed = [_typed(model, field, v) for field, v in zip(self.ordering.fields, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, FieldError) as error:
            raise Invalid(_("翻页位置无效，请从第一页重新查询。"), field="cursor") from error
        return _Place(tuple(typed), backwards)

    def _values(self, row: Any) -> list[Any]:
        return [row[f] if isinstance(row, dict) else getattr(row, f) for f in self.ordering.fields]

    def _link(self, values: list[Any], backwards: bool) -> str:
        cursor = _encode(self.name, backwards, values)
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", cursor))

    def get_paginated_response(self, data: Any) -> Response:
        ends = self.ends
        return Response(
            {
                "next": self._link(ends[1], False) if ends and self.has_next else None,
                "previous": self._link(ends[0], True) if ends and self.has_previous else None,
                "results": data,
            }
        )

    # --- schema -------------------------------------------------------------------------------------------------

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        after = {**link, "example": "https://liankong.example/api/v1/issues/?cursor=WyJuZXdlc3QiLGZhbHNlLFs1MDddXQ"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": after, "previous": {**link, "example": None}, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = list(view.orderings)
        return [
            _parameter("cursor", {"type": "string"}, "翻页位置，取自上一次回答的 next 或 previous。"),
            _parameter(
                "page_size",
                {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
                "每页条数。",
            ),
            _parameter("ordering", {"type": "string", "enum": names, "default": names[0]}, "排序。"),
        ]


def _parameter(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


def _size(text: str | None) -> int:
    if text is None:
        return PAGE_SIZE
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_PAGE_SIZE):
        raise Invalid(_("每页条数应在1到%(n)d之间。") % {"n": MAX_PAGE_SIZE}, field="page_size")
    return int(text)


def _encode(name: str, backwards: bool, values: Sequence[Any]) -> str:
    plain = [v.isoformat() if isinstance(v, date | datetime) else v if isinstance(v, int) else str(v) for v in values]
    text = json.dumps([name, backwards, plain], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(text: str) -> tuple[Any, Any, list[Any]]:
    if len(text) > LONGEST_CURSOR or not text.isascii():
        raise ValueError
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError from error
    name, backwards, values = json.loads(content.decode())
    if not isinstance(values, list):
        raise ValueError
    return name, backwards, values


def _typed(model: type[Model], path: str, value: Any) -> Any:
    """The value as the field at a path holds it, through the field's own check."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise ValueError
    field: Any = None
    for step in path.split("__"):
        field = model._meta.pk if step == "pk" else model._meta.get_field(step)
        model = field.related_model or model
    assert isinstance(field, Field)
    typed = field.to_python(value)
    if isinstance(typed, str) and "\x00" in typed:
        raise ValueError
    if isinstance(typed, int) and not -(2**63) <= typed < 2**63:
        raise ValueError
    if isinstance(typed, datetime) and typed.tzinfo is None:
        raise ValueError
    return typed
