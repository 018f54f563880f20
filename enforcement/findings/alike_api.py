"""Perhaps the same matter, over the API: of a finding on file, or of what is about to be filed."""

from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.findings.duplicates import Hint, Sighting, hints_for, sha256_in, sighting_of
from enforcement.findings.models import Finding
from enforcement.issues.models import Source
from regions.api.fields import Body, Choice, Degrees, Text, Whole
from regions.api.views import Detail, Endpoint
from regions.gatekeeper import business

KEY = 2**63 - 1


class HintSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["issue", "finding"])
    key = serializers.CharField(help_text="问题编号，或线索标识")
    title = serializers.CharField()
    state = serializers.CharField()
    whys = serializers.ListField(child=serializers.CharField(), help_text="为何可能是同一件事")
    metres = serializers.IntegerField(allow_null=True, help_text="相距米数")
    same_photo = serializers.BooleanField()


class AlikeSerializer(serializers.Serializer[Any]):
    results = HintSerializer(many=True)


class SightingQuery(Body):
    """What is known so far; all may be left out."""

    source: Any = Choice(choices=Source.choices, required=False)
    title = Text(max_length=120, required=False, allow_blank=True)
    lon = Degrees(min_value=-180, max_value=180, required=False, help_text="WGS-84")
    lat = Degrees(min_value=-90, max_value=90, required=False, help_text="WGS-84")
    site = Whole(required=False, max_value=KEY)
    sha256 = Text(max_length=64, required=False, help_text="照片文件的 SHA-256")


EXAMPLE = OpenApiExample(
    "同一企业的在办问题",
    response_only=True,
    value={
        "results": [
            {
                "kind": "issue",
                "key": "SX-2021-ZH-00557",
                "title": "某涂装车间外VOC高值",
                "state": "rectifying",
                "whys": ["同一企业或点位", "相距85米"],
                "metres": 85,
                "same_photo": False,
            }
        ]
    },
)


def shown(hints: list[Hint]) -> dict[str, Any]:
    return {
        "results": [
            {
                "kind": "issue" if hint.is_issue else "finding",
                "key": getattr(hint.row, "number", None) or str(hint.row.pk),
                "title": hint.row.title,
                "state": hint.row.state,
                "whys": list(hint.whys),
                "metres": hint.metres,
                "same_photo": hint.photo,
            }
            for hint in hints
        ]
    }


class FindingAlike(Detail):
    """与一条线索可能是同一件事的在办问题和待处理线索，按其来源的查重规则。"""

    policy = business("findings")
    queryset = Finding.objects.none()
    serializer_class = AlikeSerializer

    def get_queryset(self) -> Any:
        return Finding.objects.visible_to(self.request.user)

    @extend_schema(summary="线索的查重提示", tags=["findings"], responses=AlikeSerializer, examples=[EXAMPLE])
    def get(self, request: Request, **kwargs: Any) -> Response:
        finding = self.get_object()
        return Response(shown(hints_for(sighting_of(finding), self.officer, apart_from=finding)))


class Alike(Endpoint):
    """填报之前的查重：给出已知的标题、位置、点位或照片。"""

    policy = business("findings")
    serializer_class = AlikeSerializer
    query_fields = frozenset(SightingQuery().fields)

    @extend_schema(
        summary="填报前的查重提示",
        tags=["findings"],
        parameters=[
            OpenApiParameter("source", str, enum=Source.values, description="来源"),
            OpenApiParameter("title", {"type": "string", "maxLength": 120}, description="标题"),
            OpenApiParameter("lon", {"type": "number", "minimum": -180, "maximum": 180}, description="WGS-84"),
            OpenApiParameter("lat", {"type": "number", "minimum": -90, "maximum": 90}, description="WGS-84"),
            OpenApiParameter("site", {"type": "integer", "minimum": 1, "maximum": KEY}, description="点位"),
            OpenApiParameter("sha256", {"type": "string", "maxLength": 64}, description="照片文件的 SHA-256"),
        ],
        responses=AlikeSerializer,
        examples=[EXAMPLE],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(shown(hints_for(_asked(request.query_params), self.officer)))


def _asked(query: QueryDict) -> Sighting:
    asked = SightingQuery(data=_typed(query))
    asked.is_valid(raise_exception=True)
    found = dict(asked.validated_data)
    return Sighting(**{**found, "sha256": sha256_in([found.pop("sha256", "")])})


def _typed(query: QueryDict) -> dict[str, Any]:
    """Numbers come as text in an address; what isn't one is left for the field to refuse."""
    typed: dict[str, Any] = {}
    for name, value in query.items():
        kind = {"lon": float, "lat": float, "site": int}.get(name, str)
        try:
            typed[name] = kind(value)
        except ValueError:
            typed[name] = value
    return typed
