"""Reports of the day, clues and the summary of a round under /api/v1/."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.crossregion import actions, summing
from enforcement.crossregion.models import Clue, DailyReport, Round
from enforcement.crossregion.serializers import (
    RoundClueBody,
    RoundClueSerializer,
    RoundReportBody,
    RoundReportSerializer,
    RoundSummarySerializer,
)
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Endpoint, Listing
from regions.errors import Absent
from regions.gatekeeper import business


class OfRound(Endpoint):
    """Rows of one released round; one that isn't released has none, as if it weren't there."""

    policy = business("rounds")

    def round(self) -> Round:
        rows = Round.objects.visible_to(self.request.user).select_related("bureau__division", "rule")
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None or found.is_secret:
            raise Absent("")
        return found


@extend_schema_view(
    get=extend_schema(summary="一轮的日报", tags=["rounds"], responses=RoundReportSerializer(many=True)),
    post=extend_schema(
        summary="报日报；同一天再报是下一版",
        tags=["rounds"],
        request=RoundReportBody,
        responses={201: RoundReportSerializer},
        examples=[
            OpenApiExample(
                "一天",
                value={"day": "2021-09-06", "work": "检查砖瓦企业2家。", "troubles": "", "plan": "继续检查。"},
                request_only=True,
            )
        ],
    ),
)
class RoundReports(OfRound, Listing, Writing):
    serializer_class = RoundReportSerializer
    queryset = DailyReport.objects.none()
    orderings = {
        "newest": Ordering(("filed_at", "id"), descending=True),
        "oldest": Ordering(("filed_at", "id")),
    }

    def get_queryset(self) -> QuerySet[DailyReport]:
        rows = DailyReport.objects.visible_to(self.request.user).filter(round=self.round())
        return rows.select_related("team", "filed_by")

    def act(self, request: Request, **kwargs: Any) -> Made:
        round_ = self.round()
        body = RoundReportBody(data=request.data)
        body.is_valid(raise_exception=True)
        row = actions.perform(round_, "report", by=self.officer, **body.validated_data).filed
        return Made(RoundReportSerializer(row).data, row.pk)


@extend_schema_view(
    get=extend_schema(summary="一轮的线索", tags=["rounds"], responses=RoundClueSerializer(many=True)),
    post=extend_schema(
        summary="报线索：本队抽到的点位，或受检县区内的位置",
        tags=["rounds"],
        request=RoundClueBody,
        responses={201: RoundClueSerializer},
        examples=[
            OpenApiExample(
                "抽到的点位",
                value={"site": 17, "title": "治理设施未运行", "severity": "serious", "description": "现场停运。"},
                request_only=True,
            )
        ],
    ),
)
class RoundClues(OfRound, Listing, Writing):
    serializer_class = RoundClueSerializer
    queryset = Clue.objects.none()
    orderings = {
        "newest": Ordering(("filed_at", "id"), descending=True),
        "oldest": Ordering(("filed_at", "id")),
    }

    def get_queryset(self) -> QuerySet[Clue]:
        rows = Clue.objects.visible_to(self.request.user).filter(round=self.round())
        return rows.select_related("team", "finding__located_in", "finding__issue")

    def act(self, request: Request, **kwargs: Any) -> Made:
        round_ = self.round()
        body = RoundClueBody(data=request.data)
        body.is_valid(raise_exception=True)
        row = actions.perform(round_, "file_clue", by=self.officer, **body.validated_data).filed
        return Made(RoundClueSerializer(row).data, row.pk)


@extend_schema_view(
    get=extend_schema(
        summary="轮次小结：各指标的分子、分母和截止时点", tags=["rounds"], responses=RoundSummarySerializer
    )
)
class RoundSummary(OfRound):
    serializer_class = RoundSummarySerializer
    queryset = Round.objects.none()

    def get(self, request: Request, **kwargs: Any) -> Response:
        found = summing.summary(self.round())
        shown = {"at": found.at, "figures": summing.figures_plain(found), "late": found.late}
        return Response(RoundSummarySerializer(shown).data)
