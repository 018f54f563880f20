"""What was put on record along an issue's way, over the API: pauses, milestones, feedbacks with their measures,
look-backs, supervision with its replies, and the letters of a handoff document."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.issues import lifecycle
from enforcement.issues.actions import letters
from enforcement.issues.api import NUMBER
from enforcement.issues.models import (
    Delivery,
    Escalation,
    Feedback,
    Handoff,
    Issue,
    LookBack,
    MeasureKind,
    Milestone,
    Pause,
)
from enforcement.timeline.api import Made, Writing
from regions.api.fields import Body, Choice, Whole
from regions.api.paging import Ordering
from regions.api.views import Listing
from regions.directory import bureau_for
from regions.gatekeeper import business

KEY = 2**63 - 1


class RecordSerializer(serializers.Serializer[Any]):
    """Who put it on record, for whom, when, on whose part."""

    id = serializers.IntegerField()
    responsibility = serializers.IntegerField(source="responsibility_id")
    bureau = serializers.IntegerField(source="bureau_id")
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()


class PauseSerializer(RecordSerializer):
    reason_code = serializers.ChoiceField(choices=lifecycle.PauseReason.choices)
    reason = serializers.CharField()
    evidence = serializers.UUIDField(source="evidence_id")
    resume_on = serializers.DateField(help_text="计划恢复日期")
    granted = serializers.BooleanField(allow_null=True, help_text="空为等待审批")
    decided_at = serializers.DateTimeField(allow_null=True)
    decision = serializers.CharField(allow_blank=True)
    paused_on = serializers.DateField(allow_null=True)
    due_on_before = serializers.DateField(allow_null=True, help_text="暂停前的期限")
    stage_due_on_before = serializers.DateField(allow_null=True, help_text="暂停前的阶段期限")
    stage_due_on_recounted = serializers.DateField(
        allow_null=True, help_text="暂停期间工作日历变动后，暂停前的阶段期限按新历计为"
    )
    resumed_on = serializers.DateField(allow_null=True)


class MilestoneSerializer(serializers.Serializer[Milestone]):
    id = serializers.IntegerField()
    responsibility = serializers.IntegerField(source="responsibility_id")
    place = serializers.IntegerField()
    title = serializers.CharField()
    due_on = serializers.DateField()
    planned_at = serializers.DateTimeField()
    reached_at = serializers.DateTimeField(allow_null=True)
    evidence = serializers.UUIDField(source="evidence_id", allow_null=True)
    note = serializers.CharField(allow_blank=True)
    replaced_at = serializers.DateTimeField(allow_null=True, help_text="已由新的节点取代")
    from_split = serializers.BooleanField(help_text="拆分时定的内部期限，整改计划不能取代")


class MeasureSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=MeasureKind.choices)
    article = serializers.CharField(source="article.__str__", default="", help_text="法律依据")
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True, help_text="元")
    persons = serializers.IntegerField(allow_null=True)
    document = serializers.CharField(allow_blank=True, help_text="文书号")


class VerificationSerializer(serializers.Serializer[Any]):
    bureau = serializers.IntegerField(source="bureau_id")
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()
    method = serializers.CharField(allow_blank=True)
    passed = serializers.BooleanField()
    opinion = serializers.CharField()


class FeedbackSerializer(RecordSerializer):
    verdict = serializers.ChoiceField(choices=lifecycle.Verdict.choices)
    cause = serializers.CharField(allow_blank=True)
    measures = serializers.CharField()
    enforced = MeasureSerializer(many=True, help_text="执法措施；以最近一次反馈的为准")
    verifications = VerificationSerializer(many=True)


class LookBackSerializer(RecordSerializer):
    due_on = serializers.DateField()
    passed = serializers.BooleanField(allow_null=True, help_text="空为尚未完成")
    done_at = serializers.DateTimeField(allow_null=True)
    draw = serializers.IntegerField(source="draw_id", allow_null=True, help_text="抽取")


class ReplySerializer(serializers.Serializer[Any]):
    bureau = serializers.IntegerField(source="bureau_id")
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()
    text = serializers.CharField()


class EscalationSerializer(RecordSerializer):
    number = serializers.CharField(allow_blank=True, help_text="督办函文号")
    level = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    listed = serializers.BooleanField(help_text="挂牌督办")
    leader = serializers.CharField(allow_blank=True)
    reply_by = serializers.DateField(allow_null=True)
    unlisted_at = serializers.DateTimeField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True, help_text="由发出的一级解除的时间")
    replies = ReplySerializer(many=True)


class _OfIssue(Listing):
    """Records of one issue the officer may see; the issue itself is the door."""

    policy = business("issues")
    model: Any
    path = "responsibility__issue"
    related: tuple[str, ...] = ("by",)
    fetched: tuple[str, ...] = ()

    def get_queryset(self) -> Any:
        issue = get_object_or_404(Issue.objects.visible_to(self.request.user), number=self.kwargs["number"])
        rows = self.model.objects.filter(**{self.path: issue}).select_related(*self.related)
        return rows.prefetch_related(*self.fetched)


def _example(**value: Any) -> OpenApiExample:
    return OpenApiExample("一项", response_only=True, value=value)


_BY = {"id": 7, "responsibility": 3, "bureau": 5, "by": "李明", "at": "2021-07-20T09:30:00+08:00"}


class IssuePauses(_OfIssue):
    """暂停计时：申请、审批、恢复，及暂停前的期限。"""

    queryset = Pause.objects.none()
    model = Pause
    serializer_class = PauseSerializer
    orderings = {"oldest": Ordering(("at", "id"))}

    @extend_schema(
        summary="问题的暂停计时",
        tags=["issues"],
        parameters=[NUMBER],
        examples=[
            _example(
                **_BY,
                reason_code="heating_season",
                reason="采暖季不具备施工条件",
                evidence="7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11",
                resume_on="2022-03-15",
                granted=True,
                decided_at="2021-07-21T10:00:00+08:00",
                decision="",
                paused_on="2021-07-21",
                due_on_before="2021-07-26",
                stage_due_on_before="2021-07-22",
                resumed_on=None,
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class IssueMilestones(_OfIssue):
    """整改节点，含已被取代的。"""

    queryset = Milestone.objects.none()
    model = Milestone
    related = ()
    serializer_class = MilestoneSerializer
    orderings = {"due_on": Ordering(("due_on", "id"))}

    @extend_schema(
        summary="问题的整改节点",
        tags=["issues"],
        parameters=[NUMBER],
        examples=[
            _example(
                id=7,
                responsibility=3,
                place=1,
                title="完成设备安装",
                due_on="2021-09-30",
                planned_at="2021-07-20T09:30:00+08:00",
                reached_at=None,
                evidence=None,
                note="",
                replaced_at=None,
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class IssueFeedbacks(_OfIssue):
    """反馈及其执法措施、核查意见。"""

    queryset = Feedback.objects.none()
    model = Feedback
    fetched = ("enforced__article", "verifications__by")
    serializer_class = FeedbackSerializer
    orderings = {"oldest": Ordering(("at", "id"))}

    @extend_schema(
        summary="问题的反馈、措施和核查",
        tags=["issues"],
        parameters=[NUMBER],
        examples=[
            _example(
                **_BY,
                verdict="true",
                cause="活性炭失效",
                measures="已更换活性炭",
                enforced=[
                    {
                        "kind": "fine",
                        "article": "《中华人民共和国大气污染防治法》第一百零八条",
                        "amount": "50000.00",
                        "persons": None,
                        "document": "",
                    }
                ],
                verifications=[],
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class IssueLookBacks(_OfIssue):
    """回头看的安排和结果。"""

    queryset = LookBack.objects.none()
    model = LookBack
    path = "issue"
    serializer_class = LookBackSerializer
    orderings = {"oldest": Ordering(("at", "id"))}

    @extend_schema(
        summary="问题的回头看",
        tags=["issues"],
        parameters=[NUMBER],
        examples=[_example(**_BY, due_on="2021-09-10", passed=None, done_at=None, draw=None)],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class IssueEscalations(_OfIssue):
    """督办函、挂牌督办和回复。"""

    queryset = Escalation.objects.none()
    model = Escalation
    fetched = ("replies__by",)
    serializer_class = EscalationSerializer
    orderings = {"oldest": Ordering(("at", "id"))}

    @extend_schema(
        summary="问题的督办",
        tags=["issues"],
        parameters=[NUMBER],
        examples=[
            _example(
                **_BY,
                number="晋气督〔2021〕3号",
                level="province",
                reason="超期未办结",
                listed=True,
                leader="王副市长",
                reply_by="2021-08-10",
                unlisted_at=None,
                lifted_at=None,
                replies=[],
            )
        ],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


# --- letters of a handoff document ------------------------------------------------------------------------------


class DeliverySerializer(serializers.Serializer[Delivery]):
    id = serializers.IntegerField()
    handoff = serializers.IntegerField(source="handoff_id")
    bureau = serializers.IntegerField(source="bureau_id", help_text="收件单位")
    channel = serializers.ChoiceField(choices=Delivery.Channel.choices)
    sent_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)
    received_by = serializers.SerializerMethodField(help_text="回执人")
    received_through = serializers.CharField(allow_blank=True)

    @extend_schema_field(serializers.CharField)
    def get_received_by(self, row: Delivery) -> str:
        return row.received_by.name if row.received_by else ""


class SentSerializer(serializers.Serializer[Any]):
    sent = DeliverySerializer(many=True)


class SendBody(Body):
    """`bureau` names one of the document's bureaus; left out, all not sent to yet."""

    channel = Choice(choices=Delivery.Channel.choices)
    bureau = Whole(required=False, max_value=KEY)


class ReceiptBody(Body):
    channel = Choice(choices=Delivery.Channel.choices)
    bureau = Whole(max_value=KEY, help_text="收件单位，本人须为其承办人或转办员")


SENT = {
    "id": 7,
    "handoff": 12,
    "bureau": 5,
    "channel": "network",
    "sent_at": "2021-07-05T10:00:00+08:00",
    "received_at": None,
    "received_by": "",
    "received_through": "",
}


class _OfHandoff(Writing):
    policy = business("handoffs")
    queryset = Delivery.objects.none()

    def get_queryset(self) -> Any:
        return Delivery.objects.visible_to(self.request.user)

    @property
    def document(self) -> Handoff:
        return get_object_or_404(Handoff.objects.visible_to(self.officer), pk=self.kwargs["pk"])


class HandoffDeliveries(_OfHandoff, Listing):
    """转办单的送达和回执；POST 登记送达。"""

    serializer_class = DeliverySerializer
    orderings = {"oldest": Ordering(("sent_at", "id"))}

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(handoff=self.document).select_related("received_by")

    @extend_schema(summary="转办单的送达和回执", tags=["handoffs"], examples=[_example(**SENT)])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)

    @extend_schema(
        summary="登记送达",
        tags=["handoffs"],
        request=SendBody,
        responses={201: SentSerializer},
        examples=[OpenApiExample("全部单位", value={"channel": "network"}, request_only=True)],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        document, body = self.document, SendBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        named = entered.get("bureau")
        bureaus = [bureau_for(self.officer, named, "bureau")] if named else None
        rows = letters.send([document], by=self.officer, channel=entered["channel"], bureaus=bureaus)
        return Made({"sent": [DeliverySerializer(row).data for row in rows]}, rows[0].pk)


class HandoffReceipt(_OfHandoff):
    """登记本单位收到转办单的回执。"""

    serializer_class = DeliverySerializer

    @extend_schema(
        summary="登记回执",
        tags=["handoffs"],
        request=ReceiptBody,
        responses={201: DeliverySerializer},
        examples=[OpenApiExample("当面收到", value={"channel": "hand", "bureau": 5}, request_only=True)],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        document, body = self.document, ReceiptBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        bureau = bureau_for(self.officer, entered["bureau"], "bureau")
        row = letters.receive(document, by=self.officer, channel=entered["channel"], bureau=bureau)
        return Made(DeliverySerializer(row).data, row.pk)
