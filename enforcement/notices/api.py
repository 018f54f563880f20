"""The inbox in the API: one's own notices, and marking them as read."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from enforcement.notices import wording
from enforcement.notices.actions import reading
from enforcement.notices.filters import NoticeFilters
from enforcement.notices.models import Notice
from enforcement.notices.serializers import MarkedSerializer, NoticeSerializer, ReadAllBody, ReadBody, row_of
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.gatekeeper import signed_in
from regions.models import Officer


class Own(Endpoint):
    """Rows of the reader's own inbox."""

    policy = signed_in("own")
    queryset = Notice.objects.none()
    serializer_class: Any = NoticeSerializer

    @property
    def officer(self) -> Officer:
        found = self.request.user
        assert isinstance(found, Officer)  # the policy admits no one else
        return found

    def get_queryset(self) -> Any:
        return Notice.objects.visible_to(self.request.user)

    def rows(self, notices: Iterable[Notice]) -> list[dict[str, Any]]:
        return [row_of(line) for line in wording.lines(notices, self.officer)]


class NoticeList(Own, Listing):
    """本人的提醒，新的在前。"""

    filterset_class = NoticeFilters
    orderings = {"newest": Ordering(("id",), descending=True)}

    def shown(self, page: Any) -> list[dict[str, Any]]:
        return self.rows(page)

    @extend_schema(summary="提醒列表", tags=["notices"])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return super().get(request, **kwargs)


class NoticeDetail(Own, Detail):
    @extend_schema(summary="一条提醒", tags=["notices"])
    def get(self, request: Request, **kwargs: Any) -> Response:
        return Response(self.rows([self.get_object()])[0])


class NoticeRead(Own, Writing):
    @extend_schema(summary="标为已读", tags=["notices"], request=ReadBody, responses=NoticeSerializer)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        ReadBody(data=request.data).is_valid(raise_exception=True)
        notice = reading.mark_read(self.officer, kwargs["pk"])
        return Made(self.rows([notice])[0], notice.pk, status.HTTP_200_OK)


class NoticeReadAll(Own, Writing):
    serializer_class = MarkedSerializer

    @extend_schema(summary="全部标为已读", tags=["notices"], request=ReadAllBody, responses=MarkedSerializer)
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = ReadAllBody(data=request.data)
        body.is_valid(raise_exception=True)
        count = reading.mark_all_read(self.officer, body.validated_data.get("up_to"))
        return Made({"marked": count}, status=status.HTTP_200_OK)
