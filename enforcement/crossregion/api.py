"""Rounds of cross-enforcement under /api/v1/. Who may not know of a round is answered as if none were there."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.crossregion import actions
from enforcement.crossregion.models import Round
from enforcement.crossregion.serializers import (
    CommitmentSerializer,
    RoundActionBody,
    RoundBody,
    RoundDetailSerializer,
    RoundSerializer,
    RoundTargetsSerializer,
)
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.models import Anchor
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.gatekeeper import business


class Rounds(Endpoint):
    """Rounds the officer may know of."""

    policy = business("rounds")
    queryset = Round.objects.none()

    def get_queryset(self) -> QuerySet[Round]:
        return Round.objects.visible_to(self.request.user).select_related("bureau__division", "rule")


@extend_schema_view(
    get=extend_schema(summary="交叉执法轮次", tags=["rounds"], responses=RoundSerializer(many=True)),
    post=extend_schema(
        summary="组织一轮交叉执法",
        tags=["rounds"],
        request=RoundBody,
        responses={201: RoundDetailSerializer},
        examples=[
            OpenApiExample(
                "秋季第一轮",
                value={"name": "秋季第一轮", "campaign": "秋冬防", "since": "2021-09-06", "until": "2021-09-17"},
                request_only=True,
            ),
            OpenApiExample(
                "所属行动在系统中",
                value={
                    "name": "秋季第二轮",
                    "campaign_id": "5ca1ab1e-0000-4000-8000-000000000001",
                    "since": "2021-09-20",
                    "until": "2021-09-30",
                },
                request_only=True,
            ),
        ],
    ),
)
class RoundList(Rounds, Listing, Writing):
    serializer_class = RoundSerializer
    orderings = {
        "newest": Ordering(("since", "id"), descending=True),
        "oldest": Ordering(("since", "id")),
    }

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = RoundBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.create(by=self.officer, **body.validated_data)
        return Made(_shown(self, made), made.pk)


@extend_schema_view(get=extend_schema(summary="一轮交叉执法", tags=["rounds"]))
class RoundDetail(Rounds, Detail):
    serializer_class = RoundDetailSerializer


@extend_schema_view(
    post=extend_schema(
        summary="轮次的各步：填报、封存、抽取、指定、对调、改派、公布、更换队员、结束、作废",
        tags=["rounds"],
        request=RoundActionBody,
        responses={200: RoundDetailSerializer},
        examples=[
            OpenApiExample("封存", value={"version": 4}, request_only=True),
            OpenApiExample(
                "填所属行动", value={"campaign_id": "5ca1ab1e-0000-4000-8000-000000000001"}, request_only=True
            ),
            OpenApiExample(
                "对调", value={"team": "太原一组", "other": "临汾二组", "reason": "车辆故障"}, request_only=True
            ),
            OpenApiExample(
                "改派", value={"team": "太原一组", "county": "141002", "reason": "道路中断"}, request_only=True
            ),
            OpenApiExample(
                "更换队员",
                value={"leaves": "zhang-san", "joins": "li-si", "skills": "臭氧", "reason": "因病离队"},
                request_only=True,
            ),
        ],
    )
)
class RoundAction(Rounds, Writing):
    serializer_class = RoundDetailSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = RoundActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        version = entered.pop("version", None)
        # By its key alone: the action looks it up among what the officer may see, under its lock.
        asked_for = Round(pk=self.kwargs["pk"])
        done = actions.perform(asked_for, self.kwargs["action"], by=self.officer, version=version, **entered)
        return Made(_shown(self, done), done.pk, status.HTTP_200_OK)


@extend_schema_view(
    post=extend_schema(
        summary="查看受检点位；每次查看记入时间线",
        tags=["rounds"],
        request=None,
        responses={200: RoundTargetsSerializer},
    )
)
class RoundTargets(Rounds, Writing):
    serializer_class = RoundTargetsSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        round_ = self.get_object()
        round_ = actions.perform(round_, "read_targets", by=self.officer)
        rows = actions.targets_for(round_, self.officer)
        return Made(RoundTargetsSerializer({"results": rows}).data, round_.pk, status.HTTP_200_OK)


@extend_schema_view(
    get=extend_schema(
        summary="每日公布的承诺",
        description="每天一个值，有无轮次都一样。已公布的轮次在其页面给出从承诺到当日公布值的路径。",
        tags=["rounds"],
        responses=CommitmentSerializer(many=True),
        examples=[
            OpenApiExample(
                "一天",
                value={"day": "2021-09-01", "commitments": "5f" * 32, "digest": "a0" * 32},
                response_only=True,
            )
        ],
    )
)
class Commitments(Listing):
    """The whole office's: no row of it belongs to anybody."""

    policy = business("rounds")
    serializer_class = CommitmentSerializer
    queryset = Anchor.objects.filter(commitments__isnull=False)
    orderings = {"newest": Ordering(("day",), descending=True), "oldest": Ordering(("day",))}


def _shown(view: Endpoint, round_: Round) -> Any:
    return RoundDetailSerializer(round_, context=view.get_serializer_context()).data
