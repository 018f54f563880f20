"""Bases of the API's views: a declared policy, known query parameters only, rows through `visible_to`."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from regions.api.authentication import TokenAuthentication
from regions.api.fields import readable
from regions.api.filters import StrictFilters
from regions.api.paging import Keyset, Ordering
from regions.api.parsing import JSONBody, OneShape
from regions.errors import Absent, Invalid
from regions.gatekeeper import PUBLIC, Policy
from regions.keyset import KeptPages
from regions.models import Officer
from regions.scoping import REACH_MARKS, Reach, reach_of

MAX_QUERY = 2000
#: Lists whose statements a process keeps, each by the day: filters may speak of today.
MOST_KEPT = 256
_KEPT: dict[Any, KeptPages] = {}


# Without the Expires of `never_cache`: two answers that look the same shall be the same, a second later too.
@method_decorator(cache_control(private=True, no_store=True), name="dispatch")
class Endpoint(GenericAPIView[Any]):
    """One address of the API. A subclass declares `policy`; query parameters it doesn't know are refused by name."""

    policy: Policy
    authentication_classes: Sequence[type[BaseAuthentication]] = (TokenAuthentication, SessionAuthentication)
    parser_classes: Sequence[type[BaseParser]] = (JSONBody,)
    content_negotiation_class = OneShape
    # OPTIONS would list the choices of every field, whoever asks.
    metadata_class = None
    pagination_class: Any = None
    filter_backends: Any = ()
    #: Query parameters of a GET beyond paging and filters.
    query_fields: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if len(request.META.get("QUERY_STRING", "")) > MAX_QUERY:
            raise Invalid(_("查询条件太长，请减少条件。"))
        unknown = sorted(set(request.query_params) - self.known_parameters(request.method or ""))
        if unknown:
            errors = {readable(name): [_("没有这个查询条件。")] for name in unknown[:20]}
            raise Invalid(_("没有这些查询条件：%(names)s。") % {"names": _("、").join(errors)}, errors=errors)

    @property
    def officer(self) -> Officer:
        """Who is signed in: the gate let nobody else through."""
        officer = self.request.user
        assert isinstance(officer, Officer)
        return officer

    def known_parameters(self, method: str) -> frozenset[str]:
        return self.query_fields if method in {"GET", "HEAD"} else frozenset()


class Detail(Endpoint):
    """One row: `get_object` answers 404 alike for what is absent and what isn't theirs to see."""

    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class Listing(ListModelMixin, Endpoint):
    """Rows by keyset pages: `{"next", "previous", "results"}`. A subclass gives `get_queryset` and `orderings`.

    With `columns` the rows are read as dicts, without instances, and `row` makes of each what the API shows; otherwise
    `serializer_class` does. Both must hold to the same schema (`serializer_class`).
    """

    pagination_class = Keyset
    filter_backends = (StrictFilters,)
    orderings: Mapping[str, Ordering]
    filterset_class: Any = None
    columns: tuple[str, ...] = ()
    #: Query parameters whose filters ask nothing of the database themselves. A list asked for by these alone keeps its
    #: statements, by the parameters' values and the shape of the reach; `rows_within` then gives its columns.
    kept_by: frozenset[str] = frozenset()

    def known_parameters(self, method: str) -> frozenset[str]:
        known = super().known_parameters(method)
        if method not in {"GET", "HEAD"}:
            return known
        filters = frozenset(self.filterset_class.base_filters) if self.filterset_class else frozenset()
        return known | filters | frozenset(Keyset.parameters)

    def get(self, request: Request, **kwargs: Any) -> Response:
        page = self._kept() if self._keeps() else self._built()
        return self.get_paginated_response(self.shown(page))

    def _built(self) -> Sequence[Any]:
        rows = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(rows.values(*self.columns) if self.columns and not self.kept_by else rows)
        assert page is not None
        return page

    # --- lists whose statements are kept ------------------------------------------------------------------------

    def rows_within(self, reach: Reach) -> Any:
        """The columns of the rows within a reach that isn't empty."""
        raise NotImplementedError

    def get_queryset(self) -> Any:
        if not self.kept_by:
            return super().get_queryset()
        reach = reach_of(self.officer)
        return super().get_queryset().none() if reach.empty else self.rows_within(reach)

    def today(self) -> date:
        """The day the filters speak of."""
        return timezone.localdate()

    def _keeps(self) -> bool:
        return self.kept_by >= set(self.request.query_params) - set(Keyset.parameters) and bool(self.kept_by)

    def _kept(self) -> Sequence[Any]:
        reach, paging = reach_of(self.officer), cast(Keyset, self.paginator)
        ordering = paging.ordering(self.request, self)
        asked = {name: value for name, value in self.request.query_params.items() if name in self.kept_by}
        key = (type(self), ordering, reach.marked(), tuple(sorted(asked.items())), self.today())
        try:
            if key not in _KEPT:
                if len(_KEPT) >= MOST_KEPT:
                    _KEPT.clear()
                rows = self.filter_queryset(self.rows_within(reach.marked()))
                _KEPT[key] = KeptPages(rows, self.orderings[ordering].names, REACH_MARKS)
            return paging.paginate_kept(_KEPT[key], reach.values(), self.request, self)
        except EmptyResultSet:  # nobody's reach, or a filter nothing passes
            return self._built()

    def shown(self, page: Sequence[Any]) -> Sequence[Any]:
        if self.columns:
            return [self.row(values) for values in page]
        return self.get_serializer(page, many=True).data

    def row(self, values: dict[str, Any]) -> dict[str, Any]:
        return values


class Nowhere(Endpoint):
    """Every address that is none."""

    policy = PUBLIC
    schema = None
    authentication_classes = ()
    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not request.path.endswith("/"):
            raise Absent(_("没有这个地址。接口地址以“/”结尾。"))
        raise Absent(_("没有这个地址。"))

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        raise MethodNotAllowed(request.method or "")
