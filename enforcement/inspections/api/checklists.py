"""Checklists in the API: read by everyone who sees business, kept by the keepers."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.inspections.actions import checklists as actions
from enforcement.inspections.filters import ChecklistFilters
from enforcement.inspections.models import ChecklistVersion
from enforcement.inspections.querysets import ListQuerySet
from enforcement.inspections.serializers.checklists import (
    ChecklistActionBody,
    ChecklistBody,
    ChecklistDetailSerializer,
    ChecklistItemBody,
    ChecklistSerializer,
)
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.errors import Invalid
from regions.gatekeeper import business

MOVES = ("clone", "publish", "retire")


class Checklists(Endpoint):
    policy = business("checklists")
    queryset = ChecklistVersion.objects.none()

    def get_queryset(self) -> QuerySet[ChecklistVersion]:
        return ListQuerySet(ChecklistVersion).visible_to(self.request.user).select_related("checklist")

    def shown(self, pk: Any) -> Any:
        row = self.get_queryset().prefetch_related("items").get(pk=pk)
        return ChecklistDetailSerializer(row, context=self.get_serializer_context()).data


class ListOfChecklists(Checklists, Listing):
    """The list itself shows rows; what a POST made is shown whole by `Checklists.shown`."""

    serializer_class = ChecklistSerializer
    filterset_class = ChecklistFilters
    orderings = {"newest": Ordering(("made_at", "id"), descending=True), "oldest": Ordering(("made_at", "id"))}

    def shown(self, page: Any) -> Any:
        return Listing.shown(self, page)


@extend_schema_view(
    get=extend_schema(summary="检查表列表", tags=["checklists"], responses=ChecklistSerializer(many=True)),
    post=extend_schema(
        summary="新建检查表",
        tags=["checklists"],
        request=ChecklistBody,
        responses={201: ChecklistSerializer},
        examples=[
            OpenApiExample(
                "加油站",
                request_only=True,
                value={"key": "petrol-station", "name": "加油站检查表", "source": "现场检查惯例"},
            )
        ],
    ),
)
class ChecklistList(ListOfChecklists, Writing):
    def act(self, request: Request, **kwargs: Any) -> Made:
        body = ChecklistBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.begin(by=self.officer, **body.validated_data)
        return Made(ChecklistSerializer(made, context=self.get_serializer_context()).data, made.pk)


@extend_schema_view(get=extend_schema(summary="检查表的一个版本", tags=["checklists"]))
class ChecklistDetail(Checklists, Detail):
    serializer_class = ChecklistDetailSerializer


@extend_schema_view(
    post=extend_schema(
        summary="复制、发布、停用检查表",
        tags=["checklists"],
        parameters=[OpenApiParameter("action", str, "path", enum=list(MOVES))],
        request=ChecklistActionBody,
        responses={200: ChecklistDetailSerializer},
        examples=[OpenApiExample("发布", value={"version": 12}, request_only=True)],
    )
)
class ChecklistAction(Checklists, Writing):
    serializer_class = ChecklistDetailSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        row, action = self.get_object(), self.kwargs["action"]
        body = ChecklistActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        if action not in MOVES:
            raise Invalid(_("没有“%(action)s”这个操作。") % {"action": action[:40]}, field="action")
        seen = body.validated_data.get("version")
        if action == "clone":
            row = actions.clone(row, by=self.officer, source=body.validated_data.get("source", ""))
        elif action == "publish":
            actions.publish(row, by=self.officer, seen=seen)
        else:
            actions.retire(row, by=self.officer, seen=seen)
        return Made(self.shown(row.pk), row.pk, status.HTTP_200_OK)


ITEM = {"section": "油气回收", "code": "1.1", "text": "油气回收装置正常运行", "kind": "yes_no", "failing": ["no"]}


@extend_schema_view(
    post=extend_schema(
        summary="给草稿添加检查项",
        tags=["checklists"],
        request=ChecklistItemBody,
        responses={201: ChecklistDetailSerializer},
        examples=[OpenApiExample("是/否项", value={"version": 1, **ITEM}, request_only=True)],
    )
)
class ChecklistItems(Checklists, Writing):
    serializer_class = ChecklistDetailSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        body = ChecklistItemBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = {k: v for k, v in body.validated_data.items() if k not in {"drop", "move", "version"}}
        actions.put_item(row, by=self.officer, seen=body.validated_data.get("version"), **entered)
        return Made(self.shown(row.pk), row.pk)


@extend_schema_view(
    post=extend_schema(
        summary="修改、移动、删去草稿的一项",
        tags=["checklists"],
        request=ChecklistItemBody,
        responses={200: ChecklistDetailSerializer},
        examples=[
            OpenApiExample("改下限", value={"version": 3, "low": "0.3"}, request_only=True),
            OpenApiExample("上移", value={"version": 4, "move": "up"}, request_only=True),
        ],
    )
)
class ChecklistItem(Checklists, Writing):
    serializer_class = ChecklistDetailSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        actions.check_keeper(self.officer)
        standing = get_object_or_404(row.items, pk=self.kwargs["item"])
        body = ChecklistItemBody(data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        how: dict[str, Any] = {"by": self.officer, "seen": entered.pop("version", None), "item": standing}
        drop, move = entered.pop("drop", False), entered.pop("move", None)
        if drop:
            actions.drop_item(row, **how)
        elif move:
            actions.move_item(row, up=move == "up", **how)
        else:
            actions.put_item(row, **how, **entered)
        return Made(self.shown(row.pk), row.pk, status.HTTP_200_OK)
