"""Exports under /api/v1/: ask for a list as a file, follow it, fetch it."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.issues.actions import exporting
from enforcement.issues.export_files import MEDIA_TYPES, file_of
from enforcement.issues.export_serializers import ExportBody, ExportSerializer, StopBody
from enforcement.issues.models import Export
from enforcement.issues.sheets import kinds
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.gatekeeper import business

_SHOWN = {
    "id": "5ca1ab1e-0000-4000-8000-000000000009",
    "kind": "issues",
    "format": "xlsx",
    "filter": {"state": "open"},
    "words": [["状态", "在办（含阶段性办结）"]],
    "stage": "done",
    "stage_label": "已完成",
    "done": 557,
    "total": 557,
    "sentence": "",
    "asked_at": "2021-08-31T09:00:00+08:00",
    "cut_off": "2021-08-31T09:00:02+08:00",
    "finished_at": "2021-08-31T09:00:04+08:00",
    "ready": True,
    "size": 81230,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def examples() -> list[OpenApiExample]:
    """One request for each list, in the language of the description; a map of those whose rows have a place."""
    with override(settings.LANGUAGE_CODE):
        lists = [kind for name in kinds.names() if (kind := kinds.kind_of(name))]
        return [
            OpenApiExample(
                f"{kind.title}（{kind.name}）",
                {"kind": kind.name, "format": kind.formats[-1], "filter": dict(kind.example)},
                request_only=True,
            )
            for kind in lists
        ]


class Own(Endpoint):
    """Exports are their asker's alone."""

    policy = business("own")
    queryset = Export.objects.none()
    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[Export]:
        return Export.objects.filter(officer=self.officer)


@extend_schema_view(
    get=extend_schema(
        summary="本人的导出", tags=["exports"], examples=[OpenApiExample("一项", _SHOWN, response_only=True)]
    ),
    post=extend_schema(
        summary="导出列表",
        tags=["exports"],
        request=ExportBody,
        responses={201: ExportSerializer},
        examples=examples(),
    ),
)
class ExportList(Own, Listing, Writing):
    """列表由后台生成：先得到一项导出，再查询进度，`ready` 为真后下载。`filter` 与该列表页面地址中的条件相同。"""

    orderings = {"newest": Ordering(("asked_at", "id"), descending=True)}

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = ExportBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        made = exporting.ask(self.officer, sent["kind"], sent["format"], sent["filter"])
        return Made(self.get_serializer(made).data, made.pk)


@extend_schema_view(get=extend_schema(summary="一项导出及其进度", tags=["exports"]))
class ExportDetail(Own, Detail):
    """一项导出。"""


@extend_schema_view(
    post=extend_schema(summary="停止导出", tags=["exports"], request=StopBody, responses={200: ExportSerializer})
)
class ExportStop(Own, Writing):
    def act(self, request: Request, **kwargs: Any) -> Made:
        export = self.get_object()
        StopBody(data=request.data).is_valid(raise_exception=True)
        exporting.DESK.stop(export)
        return Made(self.get_serializer(self.get_object()).data, export.pk, status.HTTP_200_OK)


@extend_schema_view(
    get=extend_schema(
        summary="下载导出的文件",
        tags=["exports"],
        responses={(200, media_type.partition(";")[0]): OpenApiTypes.BINARY for media_type in MEDIA_TYPES.values()},
    )
)
class ExportFile(Own, Detail):
    def get(self, request: Request, **kwargs: Any) -> Any:
        return file_of(self.get_object())
