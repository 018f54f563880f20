"""What the filing form asks, over the API: by source, pollution type and the answers so far."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.findings import questions
from enforcement.findings.models import FilingQuestion
from enforcement.issues.models import Source
from regions.api.fields import Body, Choice, Text
from regions.api.views import Endpoint
from regions.gatekeeper import business


class QuestionSerializer(serializers.Serializer[FilingQuestion]):
    key = serializers.CharField()
    label: Any = serializers.CharField()
    kind = serializers.ChoiceField(choices=FilingQuestion.Kind.choices)
    options = serializers.ListField(child=serializers.CharField(), help_text="可选的回答；空为自由填写")
    unit = serializers.CharField(allow_blank=True)
    required: Any = serializers.BooleanField(help_text="提交审核前必须回答")
    after_key = serializers.CharField(allow_blank=True, help_text="只在此问题之后问")
    after_answer = serializers.CharField(allow_blank=True, help_text="且其回答为此时")


class AskedSerializer(serializers.Serializer[Any]):
    pollution_types = serializers.ListField(child=serializers.CharField())
    questions = QuestionSerializer(many=True)


class AskingQuery(Body):
    source: Any = Choice(choices=Source.choices)
    pollution_type = Text(max_length=30, required=False, allow_blank=True)


class Questions(Endpoint):
    """某来源、某污染类型的填报问题，含只在某个回答之后才问的；以及可选的污染类型。"""

    policy = business("findings")
    serializer_class = AskedSerializer
    query_fields = frozenset(AskingQuery().fields)

    @extend_schema(
        summary="填报问题",
        tags=["findings"],
        parameters=[
            OpenApiParameter("source", str, enum=Source.values, required=True, description="来源"),
            OpenApiParameter("pollution_type", {"type": "string", "maxLength": 30}, description="污染类型"),
        ],
        responses=AskedSerializer,
        examples=[
            OpenApiExample(
                "VOC",
                response_only=True,
                value={
                    "pollution_types": ["VOC", "扬尘"],
                    "questions": [
                        {
                            "key": "peak",
                            "label": "最高值",
                            "kind": "number",
                            "options": [],
                            "unit": "ppb",
                            "required": False,
                            "after_key": "",
                            "after_answer": "",
                        }
                    ],
                },
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        query = AskingQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        entered = query.validated_data
        rows = questions.of(questions.in_force(), entered["source"], entered.get("pollution_type", ""))
        shown = {"pollution_types": questions.pollution_types(), "questions": rows}
        return Response(AskedSerializer(shown).data)
