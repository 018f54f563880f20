"""Closure statistics in the API: the figures, and the rows behind them."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.issues.models import Severity, Source
from enforcement.statistics import behind
from enforcement.statistics.comparing import OTHER, compare
from enforcement.statistics.reports import report_on
from enforcement.statistics.rules import FIGURES
from enforcement.statistics.scopes import PARAMETERS, scope_for
from enforcement.statistics.serializers import (
    ClosureSerializer,
    ComparisonSerializer,
    RowsSerializer,
    asked,
    closure_of,
    comparison_of,
    row_of,
)
from regions.api.views import Endpoint
from regions.errors import Invalid
from regions.gatekeeper import business

PAGE = 100


def _parameter(name: str, description: str, **schema: Any) -> OpenApiParameter:
    return OpenApiParameter(name, {"type": "string", **schema}, "query", description=description)


_DAY = {"format": "date", "example": "2021-08-04"}
FILTERS = [
    _parameter("from", "首次转办日期起（含），北京时间", **_DAY),
    _parameter("to", "首次转办日期止（含），北京时间", **_DAY),
    _parameter("as_of", "统计截止：日期（当日终了）或时间，不填为现在", example="2021-08-04"),
    _parameter("known_at", "登记截止：日期（当日终了）或时间，不填为不限", example="2021-08-04"),
    _parameter("division", "责任区划代码，含下级", pattern="^[0-9]{6}$"),
    _parameter("area", "联防联控区域，按截止日的成员", pattern="^[a-z0-9-]{1,40}$"),
    _parameter("source", "来源", enum=Source.values),
    _parameter("severity", "严重程度", enum=Severity.values),
]


class Closure(Endpoint):
    """办结统计：各项指标的数值、分子、分母、截止时间和明细地址。"""

    policy = business("statistics")
    serializer_class = ClosureSerializer
    query_fields = frozenset(PARAMETERS)

    @extend_schema(summary="办结统计", tags=["statistics"], parameters=FILTERS, responses=ClosureSerializer)
    def get(self, request: Request) -> Response:
        return Response(closure_of(report_on(scope_for(request.user, asked(request.query_params, PARAMETERS)))))


class ClosureComparison(Endpoint):
    """两个时段的各项指标和差。对比期不填为紧邻的前一个等长时段；其截止不填，离该期末日的天数与本期相同。"""

    policy = business("statistics")
    serializer_class = ComparisonSerializer
    query_fields = frozenset({*PARAMETERS, *OTHER})

    @extend_schema(
        summary="两个时段的办结统计",
        tags=["statistics"],
        parameters=[
            *FILTERS,
            _parameter("other_from", "对比期首次转办日期起（含）", format="date", example="2020-07-01"),
            _parameter("other_to", "对比期首次转办日期止（含）", format="date", example="2020-07-31"),
            _parameter("other_as_of", "对比期的统计截止：日期（当日终了）或时间", example="2020-08-04"),
        ],
        responses=ComparisonSerializer,
    )
    def get(self, request: Request) -> Response:
        parameters = asked(request.query_params, (*PARAMETERS, *OTHER))
        return Response(comparison_of(compare(self.officer, parameters)))


class ClosureRows(Endpoint):
    """一项指标所依据的明细：逐项责任及其权重，或线索、走航里程。"""

    policy = business("statistics")
    serializer_class = RowsSerializer
    query_fields = frozenset({*PARAMETERS, "figure", "part", "cursor"})

    @extend_schema(
        summary="统计指标的明细",
        tags=["statistics"],
        parameters=[
            OpenApiParameter(
                "figure", {"type": "string", "enum": list(FIGURES)}, "query", required=True, description="指标"
            ),
            _parameter("part", "分子或分母", enum=list(behind.PARTS)),
            _parameter("cursor", "翻页位置，取自上一次回答的 next"),
            *FILTERS,
        ],
        responses=RowsSerializer,
    )
    def get(self, request: Request) -> Response:
        figure = request.query_params.get("figure", "")
        if figure not in FIGURES:
            behind.set_of(figure)
        part = request.query_params.get("part") or "numerator"
        after = request.query_params.get("cursor", "")
        scope = scope_for(request.user, asked(request.query_params, PARAMETERS))
        if part not in behind.PARTS:
            raise Invalid(behind.NO_PART, field="part")
        rows = behind.listed(figure, scope, part, after, PAGE + 1)
        page, more = rows[:PAGE], len(rows) > PAGE
        link = None
        if more:
            query = request.query_params.copy()
            query["cursor"] = page[-1].key
            link = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        return Response({"next": link, "previous": None, "results": [row_of(row, scope) for row in page]})
