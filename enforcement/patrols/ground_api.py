"""Coverage and heat maps under /api/v1/: the figures of the pages, computed the same way."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.patrols.coverage import counties_within, coverage
from enforcement.patrols.heat import Asked, channels_of, heat
from enforcement.patrols.tracks.grid import channel_key
from enforcement.timeline import clock
from regions.api.filters import subtree
from regions.api.views import Endpoint
from regions.choices import choices_for
from regions.errors import Invalid
from regions.gatekeeper import business

_DAY = {"type": "string", "format": "date", "example": "2021-08-04"}
PERIOD = [
    OpenApiParameter("from", _DAY, "query", description="自该日（含），北京时间"),
    OpenApiParameter("to", _DAY, "query", description="至该日（含），北京时间"),
    OpenApiParameter("division", {"type": "string", "pattern": "^[0-9]{6}$"}, "query", description="区划代码，含下级"),
]


class CoverageRow(serializers.Serializer[Any]):
    """`last` is the last day driven up to the period's end, null when never."""

    code = serializers.CharField()
    name = serializers.CharField()
    km = serializers.DecimalField(max_digits=12, decimal_places=3)
    hours = serializers.DecimalField(max_digits=12, decimal_places=4)
    runs = serializers.IntegerField()
    last = serializers.DateField(allow_null=True)
    days_since = serializers.IntegerField(allow_null=True)


class CoverageSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateField()
    counties = serializers.IntegerField(help_text="分母：县区数")
    driven = serializers.IntegerField(help_text="分子：期间内已走航的县区数")
    km = serializers.DecimalField(max_digits=12, decimal_places=3)
    hours = serializers.DecimalField(max_digits=12, decimal_places=4)
    runs = serializers.IntegerField()
    rows = CoverageRow(many=True)


class HeatSquareSerializer(serializers.Serializer[Any]):
    """A square with its south-west corner and side in degrees (WGS-84); values in `unit`."""

    west = serializers.FloatField()
    south = serializers.FloatField()
    side = serializers.FloatField()
    median = serializers.FloatField()
    peak = serializers.FloatField()
    readings = serializers.IntegerField()
    runs = serializers.IntegerField()


class HeatSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField(allow_blank=True)
    unit = serializers.CharField(allow_blank=True)
    squares = HeatSquareSerializer(many=True)


class CoverageView(Endpoint):
    """分县走航里程、时长、次数与覆盖率。"""

    policy = business("patrols")
    serializer_class = CoverageSerializer
    query_fields = frozenset({"from", "to", "division"})

    @extend_schema(summary="走航覆盖", tags=["patrols"], parameters=PERIOD, responses=CoverageSerializer)
    def get(self, request: Request) -> Response:
        since, until, divisions = _bounds(request.query_params)
        counties = counties_within(choices_for(self.officer).divisions, divisions)
        found = coverage(self.officer, counties, since=since, until=until, today=clock.today())
        rows = [
            {"code": row.county.code, "name": row.county.name, "km": row.km, "hours": row.hours, "runs": row.runs,
             "last": row.last, "days_since": row.days_since}
            for row in found.rows
        ]  # fmt: skip
        told = {"as_of": clock.today(), "counties": len(rows), "driven": found.driven, "km": found.km,
                "hours": found.hours, "runs": found.runs, "rows": rows}  # fmt: skip
        return Response(CoverageSerializer(told).data)


class HeatView(Endpoint):
    """一个通道在网格上的中位数与最高值，来自已登记的分格数据。"""

    policy = business("patrols")
    serializer_class = HeatSerializer
    query_fields = frozenset({"from", "to", "division", "channel"})

    @extend_schema(
        summary="走航热力图",
        tags=["patrols"],
        parameters=[*PERIOD, OpenApiParameter("channel", {"type": "string", "example": "tvoc|ppb"}, "query",
                                              description="通道名（小写）与单位，以竖线相连；不填为最常见的通道")],
        responses=HeatSerializer,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        since, until, divisions = _bounds(request.query_params)
        known = channels_of(self.officer)
        wanted = request.query_params.get("channel", "")
        channel = next((one for one in known if channel_key(*one) == wanted), None)
        if wanted and channel is None:
            raise Invalid(_("没有这个通道，请核对名称和单位。"), field="channel")
        channel = channel or next(iter(known), None)
        squares = heat(self.officer, Asked(channel_key(*channel), since, until, divisions)) if channel else []
        name, unit = channel or ("", "")
        return Response(HeatSerializer({"channel": name, "unit": unit, "squares": squares}).data)


def _bounds(sent: Mapping[str, str]) -> tuple[date | None, date | None, list[int] | None]:
    code = sent.get("division", "")
    if code and not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise Invalid(_("区划代码应为6位数字。"), field="division")
    return _day(sent, "from"), _day(sent, "to"), subtree(code) if code else None


def _day(sent: Mapping[str, str], name: str) -> date | None:
    text = sent.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("日期应写作 2021-08-04，且为实际存在的日期。"), field=name) from error
    if not 2000 <= day.year < 2100:
        raise Invalid(_("日期超出可查范围，请核对年份。"), field=name)
    return day
