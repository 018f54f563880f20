"""Merge offers over the API: those one may see, one of them with what one may do, and its answers."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.issues.actions import merge_offers
from enforcement.issues.filters import MergeOfferFilters
from enforcement.issues.models import MergeOffer
from enforcement.issues.offered import Shown, Side, shown
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.serializers import StepSerializer
from regions.api.fields import Body, Text
from regions.api.paging import Ordering
from regions.api.views import Endpoint, Listing
from regions.errors import Absent, Invalid
from regions.gatekeeper import business
from regions.models import Officer

ISSUE = {
    "number": "SX-2021-ZH-00557", "title": "某涂装车间外VOC高值", "issuer": 1, "place": "杏花岭区，某涂装厂", "bureaus": ["杏花岭分局"],
    "issued_on": "2021-07-05", "first_due_on": "2021-07-26", "due_on": "2021-07-26",
}  # fmt: skip
OFFER = {
    "id": 3, "state": "open", "state_label": "待答复", "reason": "同一排放口", "bureau": 1, "asked": 2, "by": "李明",
    "at": "2021-07-20T09:30:00+08:00", "ended_at": None, "ended_by": "", "ended_why": "", "undone_at": None, "issue": ISSUE,
    "into": {**ISSUE, "number": "SX-2021-ZH-00560", "issuer": 2},
}  # fmt: skip


class SideSerializer(serializers.Serializer[Side]):
    """One of the two issues. After the answer the other office's is told by number and title only."""

    number = serializers.CharField()
    title = serializers.CharField()
    issuer = serializers.IntegerField(source="issuer.pk", help_text="转办单位")
    place = serializers.CharField(allow_blank=True)
    bureaus = serializers.ListField(child=serializers.CharField(), help_text="承办单位简称，权重大的在前")
    issued_on = serializers.DateField(allow_null=True)
    first_due_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)


class MergeOfferSerializer(serializers.Serializer[Shown]):
    id = serializers.IntegerField(source="offer.pk")
    state = serializers.ChoiceField(source="offer.state", choices=MergeOffer.State.choices)
    state_label = serializers.CharField(source="offer.get_state_display")
    reason = serializers.CharField(source="offer.reason")
    bureau = serializers.IntegerField(source="offer.bureau_id", help_text="征询单位")
    asked = serializers.IntegerField(source="offer.asked_id", help_text="被征询单位")
    by = serializers.CharField(source="offer.by.name")
    at = serializers.DateTimeField(source="offer.at")
    ended_at = serializers.DateTimeField(source="offer.ended_at", allow_null=True)
    ended_by = serializers.CharField(source="offer.ended_by.name", default="", help_text="失效的为空")
    ended_why = serializers.CharField(source="offer.ended_why", allow_blank=True)
    undone_at = serializers.DateTimeField(source="offer.link.voided_at", default=None, help_text="合并后又撤销的时间")
    issue = SideSerializer(allow_null=True, help_text="并入的问题；无权知悉时为空")
    into = SideSerializer(allow_null=True, help_text="保留的问题；无权知悉时为空")


class MergeOfferDetailSerializer(MergeOfferSerializer):
    actions = StepSerializer(many=True)


def _rows(officer: Any) -> Any:
    rows = MergeOffer.objects.visible_to(officer)
    return rows.select_related("bureau", "asked", "by", "ended_by", "issue", "into", "merge")


class MergeOfferList(Listing):
    """本单位发出、收到的合并征询，以及两个问题都可见的征询；新发出的在前。"""

    policy = business("issues")
    queryset = MergeOffer.objects.none()
    serializer_class = MergeOfferSerializer
    filterset_class = MergeOfferFilters
    orderings = {"newest": Ordering(("id",), descending=True)}

    def get_queryset(self) -> Any:
        return _rows(self.request.user)

    def shown(self, page: Sequence[Any]) -> Sequence[Any]:
        return MergeOfferSerializer(shown(page, self.officer), many=True).data  # type: ignore[arg-type, return-value]

    @extend_schema(
        summary="合并征询列表", tags=["issues"], examples=[OpenApiExample("一项", response_only=True, value=OFFER)]
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class MergeOfferDetail(Endpoint):
    """一次合并征询，以及本人现在能做的操作。"""

    policy = business("issues")
    queryset = MergeOffer.objects.none()
    serializer_class = MergeOfferDetailSerializer

    @extend_schema(
        summary="合并征询",
        tags=["issues"],
        responses=MergeOfferDetailSerializer,
        examples=[OpenApiExample("待答复", response_only=True, value={**OFFER, "actions": []})],
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(_told(get_object_or_404(_rows(request.user), pk=kwargs["pk"]), self.officer))


class AnswerBody(Body):
    """`reason` for declining, withdrawing and undoing; `opinion`, if there is one, for taking."""

    reason = Text(required=False, help_text="不同意、撤回、撤销的理由")
    opinion = Text(required=False, help_text="同意时的意见，可不填")


class MergeOfferAction(Writing):
    """答复合并征询：被征询单位的转办员同意或不同意，征询单位的转办员撤回；合并后双方都可撤销。"""

    policy = business("issues")
    queryset = MergeOffer.objects.none()
    serializer_class = AnswerBody

    def get_queryset(self) -> Any:
        return MergeOffer.objects.visible_to(self.request.user)

    @extend_schema(
        summary="答复合并征询",
        tags=["issues"],
        parameters=[OpenApiParameter("action", str, "path", enum=sorted(merge_offers.ANSWERS))],
        request=AnswerBody,
        responses={200: MergeOfferDetailSerializer},
        examples=[
            OpenApiExample("同意", value={"opinion": "确属同一排放口"}, request_only=True),
            OpenApiExample("不同意", value={"reason": "不是同一个车间"}, request_only=True),
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        action, pk = kwargs["action"], kwargs["pk"]
        row = merge_offers.ANSWERS.get(action)
        if row is None:
            raise Absent(_("没有找到您要的内容。"))
        body = AnswerBody(data=request.data)
        body.is_valid(raise_exception=True)
        _check(row, body.validated_data)
        merge_offers.act(action, pk, by=self.officer, seen_by=self.officer, **body.validated_data)
        return Made(_told(_rows(self.officer).get(pk=pk), self.officer), pk, status=200)


def _check(row: merge_offers.Answer, given: dict[str, Any]) -> None:
    """Raises Invalid for what the answer needs and what isn't its own."""
    for name in row.needs:
        if not given.get(name):
            raise Invalid(_("请填写此项。"), field=name)
    for name in given:
        if name not in (*row.needs, *row.accepts):
            raise Invalid(_("此操作不接受此项内容。"), field=name)


def _told(found: MergeOffer, officer: Officer) -> dict[str, Any]:
    (one,) = shown([found], officer)
    steps = StepSerializer(merge_offers.moves_of(found, officer), many=True).data
    return {**MergeOfferSerializer(one).data, "actions": steps}
