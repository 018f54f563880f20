"""Saved views in the API: one's own and those of one's bureau."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request

from enforcement.desk import saving
from enforcement.desk.filters import SavedViewFilters
from enforcement.desk.models import DefaultView, SavedView
from enforcement.desk.serializers import NothingBody, SavedViewBody, SavedViewSerializer
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Endpoint, Listing
from regions.errors import Absent
from regions.gatekeeper import business

EXAMPLE = {
    "id": 7,
    "list": "issues",
    "name": "本周到期",
    "query": "clock=soon&sort=due",
    "shared_with": None,
    "by": "王芳",
    "mine": True,
    "default": False,
    "made_at": "2021-08-04T09:00:00+08:00",
}


class Views(Endpoint):
    """Live views the officer may open."""

    policy = business("own")
    queryset = SavedView.objects.none()
    serializer_class: Any = SavedViewSerializer

    def get_queryset(self) -> Any:
        default = DefaultView.objects.filter(officer=self.officer, view=OuterRef("pk"))
        live = SavedView.objects.visible_to(self.request.user).live()
        return live.select_related("officer").annotate(is_default=Exists(default))

    def made(self, pk: int, code: int = status.HTTP_200_OK) -> Made:
        return Made(self.get_serializer(self.get_queryset().get(pk=pk)).data, pk, code)


class SavedViewList(Views, Listing, Writing):
    """本人和本单位的视图。"""

    filterset_class = SavedViewFilters
    orderings = {"newest": Ordering(("id",), descending=True)}

    @extend_schema(
        summary="保存的视图",
        tags=["views"],
        examples=[OpenApiExample("一页", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, **kwargs: Any) -> Any:
        return super().get(request, **kwargs)

    @extend_schema(
        summary="保存视图",
        tags=["views"],
        request=SavedViewBody,
        responses={201: SavedViewSerializer},
        examples=[
            OpenApiExample(
                "与本单位共享",
                value={"list": "issues", "name": "本周到期", "query": "clock=soon&sort=due", "shared": True},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = SavedViewBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = body.validated_data
        view = saving.save(
            entered["list"], entered["name"], entered["query"], by=self.officer, shared=entered["shared"]
        )
        if entered["default"]:
            saving.make_default(view, by=self.officer)
        return self.made(view.pk, status.HTTP_201_CREATED)


class SavedViewChange(Views, Writing):
    """default：设为默认；usual：不再作为默认；end：移除。"""

    @extend_schema(
        summary="设为默认、取消默认或移除视图",
        tags=["views"],
        parameters=[OpenApiParameter("change", str, "path", enum=["default", "usual", "end"])],
        request=NothingBody,
        responses=SavedViewSerializer,
    )
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        NothingBody(data=request.data).is_valid(raise_exception=True)
        view, change = self.get_queryset().filter(pk=kwargs["pk"]).first(), kwargs["change"]
        if view is None or change not in ("default", "usual", "end"):
            raise Absent(_("没有这个视图。"))
        if change == "end":
            shown = self.get_serializer(view).data
            saving.end(view, by=self.officer)
            return Made({**shown, "default": False}, status=status.HTTP_200_OK)
        if change == "default":
            saving.make_default(view, by=self.officer)
        else:
            saving.drop_default(view.list, by=self.officer)
        return self.made(view.pk)
