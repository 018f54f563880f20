"""Keyset paging: a page is found by where the last one ended, so the deepest page costs what the first does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from regions import keyset
from regions.errors import Invalid

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
AFTER, BEFORE = "after", "before"


@dataclass(frozen=True, slots=True)
class Ordering:
    """Fields a list is sorted by, the last one unique, all in one direction: `Ordering("due_on", "id")`."""

    fields: tuple[str, ...]
    descending: bool = False

    @property
    def names(self) -> list[str]:
        return [f"-{name}" if self.descending else name for name in self.fields]


class Keyset(BasePagination):
    """`?cursor=&page_size=&ordering=`: `{"next": url|null, "previous": url|null, "results": [...]}`.

    The view says `orderings = {"newest": Ordering(("issued_on", "id"), descending=True), ...}`; the first is the
    default. Rows may be instances or dicts; dicts must hold the ordering's fields. Raises Invalid for whatever isn't a page.
    """

    parameters = ("cursor", "page_size", "ordering")

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        order = view.orderings[self.ordering(request, view)].names
        return self._page(partial(keyset.page, queryset, order), request, view)

    def paginate_kept(self, pages: keyset.KeptPages, reach: Mapping[str, Any], request: Any, view: Any) -> list[Any]:
        """The same of a list whose statements are kept."""
        return self._page(lambda size, **mark: keyset.kept_page(pages, size, reach, **mark), request, view)

    def ordering(self, request: Any, view: Any) -> str:
        """The name of the ordering asked for."""
        orderings: Mapping[str, Ordering] = view.orderings
        name = request.query_params.get("ordering", next(iter(orderings)))
        if name not in orderings:
            raise Invalid(_("排序只能是：%(names)s。") % {"names": _("、").join(orderings)}, field="ordering")
        return str(name)

    def _page(self, read: Callable[..., keyset.Page[Any]], request: Any, view: Any) -> list[Any]:
        name = self.ordering(request, view)
        mark = _read(request.query_params.get("cursor", ""), name)
        size = _size(request.query_params.get("page_size"))
        try:
            page = read(size, **mark)
        except Invalid as error:
            raise _lost() from error
        address = request.build_absolute_uri()
        self.next = _link(address, name, AFTER, page.next)
        self.previous = _link(address, name, BEFORE, page.previous)
        return page.rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    # --- schema -------------------------------------------------------------------------------------------------

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "nullable": True, "format": "uri"}
        cursor = "newest.after.WyIyMDIxLTA3LTA1IiwiNTA3Il0"
        after = {**link, "example": f"https://liankong.example/api/v1/issues/?cursor={cursor}"}
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


def _link(address: str, name: str, direction: str, mark: str) -> str | None:
    return str(replace_query_param(address, "cursor", f"{name}.{direction}.{mark}")) if mark else None


def _read(cursor: str, name: str) -> dict[str, str]:
    """The mark of a cursor, as `keyset.page` takes it. A cursor goes with the ordering it was given for."""
    if not cursor:
        return {}
    ordering, _dot, rest = cursor.partition(".")
    direction, _dot, mark = rest.partition(".")
    if ordering != name or direction not in {AFTER, BEFORE} or not mark:
        raise _lost()
    return {direction: mark}


def _lost() -> Invalid:
    return Invalid(_("翻页位置无效，请从第一页重新查询。"), field="cursor")
