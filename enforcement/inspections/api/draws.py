"""Draws of a campaign (双随机) in the API."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.inspections.actions import targets as actions
from enforcement.inspections.lifecycle import DRAW_STEPS
from enforcement.inspections.models import Campaign, TargetDraw
from enforcement.inspections.serializers.draws import DrawActionBody, DrawBody, DrawDetailSerializer, DrawSerializer
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.gatekeeper import business


class Draws(Endpoint):
    """Draws the officer may know of."""

    policy = business("draws")
    queryset = TargetDraw.objects.none()

    def get_queryset(self) -> QuerySet[TargetDraw]:
        rows = TargetDraw.objects.visible_to(self.request.user)
        return rows.select_related("campaign__bureau", "made_by", "rule")


@extend_schema_view(
    get=extend_schema(summary="专项行动的双随机抽取", tags=["draws"], responses=DrawSerializer(many=True)),
    post=extend_schema(
        summary="封存一次双随机抽取",
        tags=["draws"],
        request=DrawBody,
        responses={201: DrawSerializer},
        examples=[
            OpenApiExample(
                "抽二十家",
                request_only=True,
                value={"wanted": 20, "since": "2026-03-09", "until": "2026-03-20", "recusals": "li-si 140107"},
            )
        ],
    ),
)
class DrawList(Draws, Writing, Listing):
    serializer_class = DrawSerializer
    orderings = {
        "newest": Ordering(("committed_at", "id"), descending=True),
        "oldest": Ordering(("committed_at", "id")),
    }

    def get_queryset(self) -> QuerySet[TargetDraw]:
        if getattr(self, "swagger_fake_view", False):
            return TargetDraw.objects.none()
        return super().get_queryset().filter(campaign=self._campaign())

    def _campaign(self) -> Campaign:
        rows = Campaign.objects.visible_to(self.request.user).select_related("bureau", "division", "area")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def act(self, request: Request, **kwargs: Any) -> Made:
        campaign = self._campaign()
        body = DrawBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.commit(campaign, by=self.officer, **body.validated_data)
        return Made(self.get_serializer(made).data, made.pk)


@extend_schema_view(get=extend_schema(summary="一次双随机抽取", tags=["draws"]))
class DrawDetail(Draws, Detail):
    serializer_class = DrawDetailSerializer


@extend_schema_view(
    post=extend_schema(
        summary="抽取、公布、作废",
        tags=["draws"],
        parameters=[OpenApiParameter("action", str, "path", enum=sorted(DRAW_STEPS))],
        request=DrawActionBody,
        responses={200: DrawSerializer},
        examples=[OpenApiExample("抽取", value={"version": 1}, request_only=True)],
    )
)
class DrawAction(Draws, Writing):
    serializer_class = DrawSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        body = DrawActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        after = actions.perform(row, self.kwargs["action"], by=self.officer, **body.validated_data)
        return Made(self.get_serializer(after).data, after.pk, status.HTTP_200_OK)
