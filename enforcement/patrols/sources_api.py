"""What lay upwind of a hot spot, and its cause, under /api/v1/hot-spots/{id}/sources/."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.patrols import actions, suspicion
from enforcement.patrols.models import CauseKind, HotSpot, Usable, WindReference
from enforcement.patrols.serializers import BeijingTime
from enforcement.timeline.api import Made, Writing
from regions.api.fields import Body, Choice, Text, Whole
from regions.api.views import Endpoint
from regions.directory import sites_for
from regions.errors import Invalid
from regions.gatekeeper import business


class CandidateSerializer(serializers.Serializer[Any]):
    """A site in the sector, as far as the officer may see it. `score` is 0 to 100, `distance_m` in metres."""

    rank = serializers.IntegerField()
    site = serializers.IntegerField(source="site.pk")
    name = serializers.CharField(source="site.name")
    industry = serializers.CharField(allow_blank=True, help_text="溯源时名册所登记的行业")
    score = serializers.FloatField()
    distance_m = serializers.FloatField()
    species_likeness = serializers.FloatField(source="likeness", allow_null=True, help_text="0至1，无组分可比时为空")
    reasons = serializers.CharField()


class VersionSerializer(serializers.Serializer[Any]):
    """One version of a tracing. Wind in degrees from north and m/s; `sector` a closed line of [lon, lat] in WGS-84."""

    number = serializers.IntegerField(source="tracing.number")
    made_at = BeijingTime(source="tracing.made_at")
    rule = serializers.DateField(source="tracing.rule.valid_from")
    usable = serializers.ChoiceField(choices=Usable.choices, source="tracing.usable")
    wind_reference = serializers.ChoiceField(choices=WindReference.choices, source="tracing.reference")
    wind_from = serializers.FloatField(source="tracing.wind_from", allow_null=True)
    wind_ms = serializers.FloatField(source="tracing.wind_ms", allow_null=True)
    half_deg = serializers.FloatField(source="tracing.half_deg", allow_null=True)
    sector = serializers.ListField(
        source="tracing.outline", child=serializers.ListField(child=serializers.FloatField())
    )
    pattern = serializers.DictField(
        source="tracing.pattern", child=serializers.FloatField(), help_text="组分超出背景的量，ppb"
    )
    sentence = serializers.CharField()
    candidates = CandidateSerializer(source="suspects", many=True)
    hidden = serializers.IntegerField(help_text="不在可见范围内的候选个数")


class CauseSerializer(serializers.Serializer[Any]):
    """`site` is shown to who may see it; `rank` its place in the tracing that stood then, null if it wasn't there."""

    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=CauseKind.choices)
    site = serializers.IntegerField(allow_null=True)
    rank = serializers.IntegerField(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    bureau = serializers.IntegerField(source="bureau_id")
    confirmed_at = BeijingTime()


class SourcesSerializer(serializers.Serializer[Any]):
    """The versions, the newest first, and the causes people found, the newest first: that one counts."""

    hot_spot = serializers.UUIDField()
    tracings = VersionSerializer(many=True)
    causes = CauseSerializer(many=True)


class RetraceBody(Body):
    seen = Whole(required=False, min_value=0, help_text="所见的最新版本号；与现状不符时返回409")


class CauseBody(Body):
    kind = Choice(choices=CauseKind.choices)
    site = Whole(required=False, help_text="kind 为 site 时的点位编号")
    note = Text(required=False, default="", allow_blank=True, max_length=500)
    seen = Whole(required=False, min_value=0, help_text="所见的最新成因序号；与现状不符时返回409")


class _Sources(Endpoint):
    policy = business("hot-spots")
    queryset = HotSpot.objects.none()
    serializer_class = SourcesSerializer

    def get_queryset(self) -> QuerySet[HotSpot]:
        return HotSpot.objects.visible_to(self.officer).select_related(
            "run__bureau__parent", "run__instrument", "finding"
        )

    def shown(self, spot: HotSpot) -> dict[str, Any]:
        """The answer for a hot spot: five statements, however many versions there are."""
        versions = list(spot.tracings.select_related("rule").order_by("-number"))
        told = suspicion.told(versions, self.officer)
        causes = list(spot.causes.order_by("-number"))
        sites = {one.site_id for one in causes if one.site_id}
        seen = set(sites_for(self.officer).filter(pk__in=sites).values_list("pk", flat=True)) if sites else set()
        for one in causes:
            one.site_id = one.site_id if one.site_id in seen else None
        rows = [
            {"number": one.number, "kind": one.kind, "site": one.site_id, "rank": one.rank, "note": one.note,
             "bureau_id": one.bureau_id, "confirmed_at": one.confirmed_at}
            for one in causes
        ]  # fmt: skip
        return SourcesSerializer(
            {"hot_spot": spot.pk, "tracings": [told[one.pk] for one in versions], "causes": rows}
        ).data


EXAMPLE = OpenApiExample(
    "一版溯源",
    value={
        "hot_spot": "0b4c6f5e-3d0e-4a44-9a0e-1f6c1c8b7a10",
        "tracings": [
            {
                "number": 1, "made_at": "2021-07-02T12:00:00+08:00", "rule": "2015-01-01", "usable": "yes",
                "wind_reference": "true", "wind_from": 135.0, "wind_ms": 2.4, "half_deg": 30.0,
                "sector": [[112.58, 37.89], [112.6, 37.87], [112.58, 37.89]],
                "pattern": {"C8芳烃": 210.5, "乙酸丁酯": 96.0, "甲苯": 80.2},
                "sentence": "峰值前后平均东南风（135°）2.4 m/s，上风向扇区左右各 30°，2000 米以内。",
                "candidates": [
                    {"rank": 1, "site": 12, "name": "示例车桥制造有限公司", "industry": "表面涂装", "score": 88.1,
                     "distance_m": 420.3, "species_likeness": 0.97,
                     "reasons": "上风向 420 m，表面涂装，二甲苯/乙酸丁酯匹配"}
                ],
                "hidden": 0,
            }
        ],
        "causes": [],
    },
    response_only=True,
)  # fmt: skip


@extend_schema_view(
    get=extend_schema(summary="热点的溯源与成因", tags=["patrols"], responses=SourcesSerializer, examples=[EXAMPLE]),
    post=extend_schema(
        summary="按现行规则重新溯源，成为新的一版",
        tags=["patrols"],
        request=RetraceBody,
        responses={201: SourcesSerializer},
        examples=[EXAMPLE, OpenApiExample("重新溯源", value={"seen": 1}, request_only=True)],
    ),
)
class HotSpotSources(_Sources, Writing):
    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(self.shown(self.get_object()))

    def act(self, request: Request, **kwargs: Any) -> Made:
        spot = self.get_object()
        body = RetraceBody(data=request.data)
        body.is_valid(raise_exception=True)
        readings = actions.readings_of(spot.run)
        actions.retrace(spot, readings, by=self.officer, seen=body.validated_data.get("seen"))
        return Made(self.shown(spot), spot.pk)


@extend_schema_view(
    post=extend_schema(
        summary="核实或更正热点的成因",
        tags=["patrols"],
        request=CauseBody,
        responses={201: SourcesSerializer},
        examples=[
            EXAMPLE,
            OpenApiExample("登记点位", value={"kind": "site", "site": 12, "seen": 0}, request_only=True),
            OpenApiExample(
                "更正", value={"kind": "unregistered", "note": "院内露天补漆，未登记", "seen": 1}, request_only=True
            ),
        ],
    )
)
class HotSpotCause(_Sources, Writing):
    def act(self, request: Request, **kwargs: Any) -> Made:
        spot = self.get_object()
        body = CauseBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        site = None
        if "site" in sent:
            site = sites_for(self.officer).filter(pk=sent["site"]).first()
            if site is None:
                raise Invalid(_("没有这个点位，请核对编号。"), field="site")
        actions.confirm_cause(
            spot, by=self.officer, kind=sent["kind"], site=site, note=sent["note"], seen=sent.get("seen")
        )
        return Made(self.shown(spot), spot.pk, status.HTTP_201_CREATED)
