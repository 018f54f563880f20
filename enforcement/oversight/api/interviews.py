"""Interviews in the API. Until its notice is out one is answered to others as if it weren't there."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.oversight import actions
from enforcement.oversight.filters import InterviewFilters
from enforcement.oversight.lifecycle import STEPS
from enforcement.oversight.models import Interview
from enforcement.oversight.papers.interviews import PAPERS
from enforcement.oversight.serializers.interviews import (
    InterviewActionBody,
    InterviewRowSerializer,
    InterviewSerializer,
    InterviewStandingSerializer,
    ProposalBody,
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


class Interviews(Endpoint):
    """Interviews the officer may know of."""

    policy = business("interviews")
    queryset = Interview.objects.none()

    def get_queryset(self) -> QuerySet[Interview]:
        rows = Interview.objects.visible_to(self.request.user)
        return rows.select_related("bureau", "addressee", "division", "proposed_by", "approved_by")


@extend_schema_view(
    get=extend_schema(summary="约谈列表", tags=["interviews"], responses=InterviewRowSerializer(many=True)),
    post=extend_schema(
        summary="提出约谈",
        tags=["interviews"],
        request=ProposalBody,
        responses={201: InterviewStandingSerializer},
        examples=[
            OpenApiExample(
                "超期比例高",
                request_only=True,
                value={"addressee": 12, "cause": "overdue", "reason": "未办结问题20件中超期9件，连续两月靠后。"},
            )
        ],
    ),
)
class InterviewList(Interviews, Writing, Listing):
    serializer_class = InterviewRowSerializer
    filterset_class = InterviewFilters
    orderings = {
        "newest": Ordering(("proposed_at", "id"), descending=True),
        "oldest": Ordering(("proposed_at", "id")),
    }

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = ProposalBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        bureau = home_for(self.officer, entered.pop("bureau", None))
        entered["addressee"] = bureau_for(self.officer, entered["addressee"], "addressee")
        made = actions.propose(by=self.officer, bureau=bureau, **entered)
        return Made(standing_of(made), made.pk)


def home_for(officer: Officer, key: int | None) -> Bureau:
    homes = {home.pk: home for home in actions.homes_of(officer)}
    if key is None and len(homes) != 1:
        raise Invalid(_("请指明单位。"), field="bureau")
    found = homes.get(key) if key is not None else next(iter(homes.values()))
    if found is None:
        raise Invalid(_("没有这个单位，请从单位列表中选择。"), field="bureau")
    return found


@extend_schema_view(get=extend_schema(summary="一次约谈", tags=["interviews"]))
class InterviewDetail(Interviews, Detail):
    serializer_class = InterviewSerializer


@extend_schema_view(
    post=extend_schema(
        summary="约谈的各步：审批、通知、登记、承诺、书面报告、核验、了结、再次约谈",
        tags=["interviews"],
        parameters=[OpenApiParameter("action", str, "path", enum=sorted(STEPS))],
        request=InterviewActionBody,
        responses={200: InterviewStandingSerializer},
        examples=[
            OpenApiExample(
                "登记约谈",
                request_only=True,
                value={
                    "version": 3,
                    "present": "县长、分管副县长",
                    "minutes": "通报问题，县政府表态。",
                    "commitments": [{"text": "完成超期问题整改", "due_on": "2026-06-30"}],
                },
            )
        ],
    )
)
class InterviewAction(Interviews, Writing):
    serializer_class = InterviewActionBody

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        body = InterviewActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        version = entered.pop("version", None)
        after = actions.perform(row, self.kwargs["action"], by=self.officer, version=version, **entered)
        return Made(standing_of(after), after.pk, status.HTTP_200_OK)


class InterviewAttachments(Interviews, EvidenceUpload):
    """约谈的材料：盖章的书面报告、整改照片。"""

    @upload_schema("上传约谈的材料", "interviews")
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)


@extend_schema_view(
    get=extend_schema(
        summary="约谈通知、约谈纪要",
        tags=["interviews"],
        parameters=[
            OpenApiParameter("name", str, "path", enum=sorted(PAPERS)),
            OpenApiParameter("kind", str, "path", enum=["pdf", "docx"]),
        ],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
)
class InterviewPaper(InterviewDetail):
    def get(self, request: Request, **kwargs: Any) -> Any:
        row = self.get_object()
        make, needed = PAPERS.get(self.kwargs["name"], (None, ""))
        if make is None or not getattr(row, needed):
            raise Http404
        return sent(make(row), f"interview-{self.kwargs['name']}-{str(row.pk)[:8]}", self.kwargs["kind"])
