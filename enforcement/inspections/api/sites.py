"""A site's one history in the API, as far as the reader may see it."""

from typing import Any
from urllib.parse import urlencode

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.inspections.serializers.sites import SiteHistorySerializer
from enforcement.inspections.site_history import MOST, history_of, moment_of
from regions.api.views import Endpoint
from regions.directory import sites_for
from regions.gatekeeper import business
from regions.models import Site


@extend_schema_view(
    get=extend_schema(
        summary="一个点位的历史：检查、线索、问题、措施、帮扶、等级和在线监测",
        description=f"新的在前，一次最多{MOST}条；只含查看人有权看的。",
        tags=["regions"],
        parameters=[OpenApiParameter("before", str, description="由 next 给出：只列这一时刻之前的")],
        responses=SiteHistorySerializer,
        examples=[
            OpenApiExample(
                "一条",
                response_only=True,
                value={
                    "next": None,
                    "results": [
                        {
                            "kind": "grade",
                            "at": "2026-01-01T00:00:00+08:00",
                            "text": "绩效等级 B",
                            "state": "",
                            "url": "",
                        }
                    ],
                },
            )
        ],
    )
)
class SiteHistory(Endpoint):
    policy = business("sites")
    queryset = Site.objects.none()
    serializer_class = SiteHistorySerializer
    query_fields = frozenset({"before"})

    def get(self, request: Request, **kwargs: Any) -> Response:
        site = get_object_or_404(sites_for(self.officer), pk=self.kwargs["pk"])
        found = history_of(site, self.officer, moment_of(request.GET.get("before", "")))
        on = request.build_absolute_uri(f"?{urlencode({'before': found.before.isoformat()})}") if found.before else None
        return Response(SiteHistorySerializer({"next": on, "results": found.entries}).data)
