"""Special inspections in the API. Until the team has entered one is answered to others as if it weren't there."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.oversight.actions import inspecting
from enforcement.oversight.api.interviews import home_for
from enforcement.oversight.filters import SpecialFilters
from enforcement.oversight.lifecycle.specials import STEPS
from enforcement.oversight.models import SpecialInspection
from enforcement.oversight.papers.specials import PAPERS, there
from enforcement.oversight.serializers.specials import (
    SpecialActionBody,
    SpecialBody,
    SpecialRowSerializer,
    SpecialSerializer,
    SpecialStandingSerializer,
    standing_of,
)
from enforcement.papers.downloads import sent
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.uploads import EvidenceUpload, upload_schema
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.directory import bureau_for
from regions.errors import Invalid
from regions.gatekeeper import business
from regions.models import Bureau, Officer


class Specials(Endpoint):
    """Special inspections the officer may know of."""

    policy = business("specials")
    queryset = SpecialInspection.objects.none()

    def get_queryset(self) -> QuerySet[SpecialInspection]:
        rows = SpecialInspection.objects.visible_to(self.request.user)
        return rows.select_related("bureau__division", "addressee", "division", "proposed_by", "approved_by")


@extend_schema_view(
    get=extend_schema(summary="专项督察列表", tags=["special-inspections"], responses=SpecialRowSerializer(many=True)),
    post=extend_schema(
        summary="提出专项督察",
        tags=["special-inspections"],
        request=SpecialBody,
        responses={201: SpecialStandingSerializer},
        examples=[
            OpenApiExample(
                "秋冬防督察",
                request_only=True,
                value={
                    "addressee": 12,
                    "name": "秋冬季大气污染防治专项督察",
                    "scope": "重污染天气应对、散煤治理、扬尘管控",
                    "basis": "省大气污染防治工作方案",
                    "since": "2026-11-02",
                    "until": "2026-11-13",
                    "leader": "taiyuan-coordinator",
                    "members": ["taiyuan-inspector", "taiyuan-team-leader"],
                },
            )
        ],
    ),
)
class SpecialList(Specials, Writing, Listing):
    serializer_class = SpecialRowSerializer
    filterset_class = SpecialFilters
    orderings = {
        "newest": Ordering(("proposed_at", "id"), descending=True),
        "oldest": Ordering(("proposed_at", "id")),
    }

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = SpecialBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        bureau = home_for(self.officer, entered.pop("bureau", None))
        entered["addressee"] = bureau_for(self.officer, entered["addressee"], "addressee")
        entered |= _people(bureau, entered["leader"], entered["members"])
        made = inspecting.propose(by=self.officer, bureau=bureau, **entered)
        return Made(standing_of(made), made.pk)


def _people(bureau: Bureau, leader: str, members: list[str]) -> dict[str, Any]:
    known = {one.username: one for one in inspecting.teammates(bureau)}

    def named(username: str, field: str) -> Officer:
        if username not in known:
            raise Invalid(_("督察组成员应为督察单位或其执法队的人员。"), field=field)
        return known[username]

    return {"leader": named(leader, "leader"), "members": [named(one, "members") for one in members]}


@extend_schema_view(get=extend_schema(summary="一次专项督察", tags=["special-inspections"]))
class SpecialDetail(Specials, Detail):
    serializer_class = SpecialSerializer


@extend_schema_view(
    post=extend_schema(
        summary="专项督察的各步：审批、进驻、调阅、登记问题、反馈、整改方案、转为问题、公布、了结",
        tags=["special-inspections"],
        parameters=[OpenApiParameter("action", str, "path", enum=sorted(STEPS))],
        request=SpecialActionBody,
        responses={200: SpecialStandingSerializer},
        examples=[
            OpenApiExample(
                "调阅材料",
                request_only=True,
                value={"version": 3, "text": "重污染天气应急响应记录", "due_on": "2026-11-05"},
            ),
            OpenApiExample(
                "报送整改方案",
                request_only=True,
                value={
                    "plan": "区政府成立整改领导小组。",
                    "tasks": [{"problem": 1, "measure": "完成治理", "bureau": "杏花岭分局", "due_on": "2026-12-31"}],
                },
            ),
        ],
    )
)
class SpecialAction(Specials, Writing):
    serializer_class = SpecialActionBody

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        body = SpecialActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        version = entered.pop("version", None)
        if "verifier" in entered:
            entered["verifier"] = bureau_for(self.officer, entered["verifier"], "verifier")
        after = inspecting.perform(row, self.kwargs["action"], by=self.officer, version=version, **entered)
        return Made(standing_of(after), after.pk, status.HTTP_200_OK)


class SpecialAttachments(Specials, EvidenceUpload):
    """专项督察的材料：调阅的文件、盖章件、照片。"""

    @upload_schema("上传专项督察的材料", "special-inspections")
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)


@extend_schema_view(
    get=extend_schema(
        summary="督察反馈意见、整改方案",
        tags=["special-inspections"],
        parameters=[
            OpenApiParameter("name", str, "path", enum=sorted(PAPERS)),
            OpenApiParameter("kind", str, "path", enum=["pdf", "docx"]),
        ],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
)
class SpecialPaper(SpecialDetail):
    def get(self, request: Request, **kwargs: Any) -> Any:
        row, name = self.get_object(), self.kwargs["name"]
        if name not in PAPERS or not there(row, name):
            raise Http404
        return sent(PAPERS[name](row), f"inspection-{name}-{str(row.pk)[:8]}", self.kwargs["kind"])
