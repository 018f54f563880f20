"""Reports of the day, clues, visits and the summary of a round under /api/v1/."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.crossregion import actions, behind, summing
from enforcement.crossregion.models import Clue, DailyReport, Round
from enforcement.crossregion.serializers import (
    RoundClueBody,
    RoundClueSerializer,
    RoundReportBody,
    RoundReportSerializer,
    RoundSummarySerializer,
    RoundVisitSerializer,
)
from enforcement.inspections.models import Visit
from enforcement.timeline import clock
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Endpoint, Listing
from regions.errors import Absent, Invalid
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

    def figure(self, page: str) -> str:
        """The figure of the summary whose rows are asked for, or none. Raises Invalid with those there are."""
        asked = self.request.GET.get("figure", "")
        if asked and asked not in behind.LISTS[page]:
            known = _("、").join(key for key in behind.LISTS[page] if key)
            raise Invalid(_("没有这个指标，可填：%(known)s。") % {"known": known}, field="figure")
        return asked

    def asked_for(self) -> Round:
        """The round by its key alone: the action looks it up among what the officer may see, under its lock."""
        return Round(pk=self.kwargs["pk"])


def _figures(page: str) -> OpenApiParameter:
    keys = [key for key in behind.LISTS[page] if key]
    return OpenApiParameter("figure", str, enum=keys, description="只列小结中这个指标的分子（issued 为办结率的分母）")


_TEAM = OpenApiParameter("team", str, description="只列这支队伍的，按队名")


@extend_schema_view(
    get=extend_schema(
        summary="一轮的日报",
        parameters=[_figures("reports")],
        tags=["rounds"],
        responses=RoundReportSerializer(many=True),
    ),
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
    query_fields = frozenset({"figure"})
    queryset = DailyReport.objects.none()
    orderings = {
        "newest": Ordering(("filed_at", "id"), descending=True),
        "oldest": Ordering(("filed_at", "id")),
    }

    def get_queryset(self) -> QuerySet[DailyReport]:
        rows = DailyReport.objects.visible_to(self.request.user).filter(round=self.round())
        counted = behind.reports(rows, self.figure("reports"), clock.now())
        return counted.select_related("team", "filed_by")

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = RoundReportBody(data=request.data)
        body.is_valid(raise_exception=True)
        row = actions.perform(self.asked_for(), "report", by=self.officer, **body.validated_data).filed
        return Made(RoundReportSerializer(row).data, row.pk)


@extend_schema_view(
    get=extend_schema(
        summary="一轮的线索",
        parameters=[_figures("clues"), _TEAM],
        tags=["rounds"],
        responses=RoundClueSerializer(many=True),
    ),
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
    query_fields = frozenset({"figure", "team"})
    queryset = Clue.objects.none()
    orderings = {
        "newest": Ordering(("filed_at", "id"), descending=True),
        "oldest": Ordering(("filed_at", "id")),
    }

    def get_queryset(self) -> QuerySet[Clue]:
        rows = Clue.objects.visible_to(self.request.user).filter(round=self.round())
        counted = behind.clues(rows, self.figure("clues"), self.request.GET.get("team", "")[:80])
        return counted.select_related("team", "finding__located_in", "finding__issue")

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = RoundClueBody(data=request.data)
        body.is_valid(raise_exception=True)
        row = actions.perform(self.asked_for(), "file_clue", by=self.officer, **body.validated_data).filed
        return Made(RoundClueSerializer(row).data, row.pk)


@extend_schema_view(
    get=extend_schema(
        summary="一轮的检查：小结各指标的明细",
        parameters=[_figures("visits"), _TEAM],
        tags=["rounds"],
        responses=RoundVisitSerializer(many=True),
    )
)
class RoundVisits(OfRound, Listing):
    """Visits of the teams the reader may know of."""

    serializer_class = RoundVisitSerializer
    query_fields = frozenset({"figure", "team"})
    queryset = Visit.objects.none()
    orderings = {
        "newest": Ordering(("begun_at", "id"), descending=True),
        "oldest": Ordering(("begun_at", "id")),
    }

    def get_queryset(self) -> QuerySet[Any]:
        round_ = self.round()
        self.teams = dict(round_.teams.values_list("pk", "name"))
        rows = behind.visits(round_, self.figure("visits"), self.officer, self.request.GET.get("team", "")[:80])
        return rows.select_related("site", "division")

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "teams": getattr(self, "teams", {})}


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
