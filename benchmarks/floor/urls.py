"""The floor's three requests: create, list, change a state."""

from typing import Any

from django.db import transaction
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.floor.models import FloorEvent, FloorIssue

COLUMNS = ("id", "title", "source", "severity", "state", "division", "lon", "lat", "due_on", "created_at")


class FloorSerializer(serializers.ModelSerializer[FloorIssue]):
    class Meta:
        model = FloorIssue
        fields = COLUMNS
        read_only_fields = ("id", "state", "created_at")


class Issues(APIView):
    def get(self, request: Request) -> Response:
        rows = FloorIssue.objects.order_by("-id")
        for name in ("division", "state"):
            if value := request.query_params.get(name):
                rows = rows.filter(**{name: value})
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(id__lt=int(cursor))
        page = list(rows.values(*COLUMNS)[:50])
        return Response({"results": page, "next": page[-1]["id"] if page else None})

    def post(self, request: Request) -> Response:
        serializer = FloorSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            issue = serializer.save()
            FloorEvent.objects.create(issue=issue, kind="created", actor=request.user.get_username())
        return Response(FloorSerializer(issue).data, status=201)


class State(APIView):
    def post(self, request: Request, pk: int) -> Response:
        with transaction.atomic():
            issue = FloorIssue.objects.select_for_update().get(pk=pk)
            issue.state = request.data["state"]
            issue.save(update_fields=["state"])
            FloorEvent.objects.create(issue=issue, kind=issue.state, actor=request.user.get_username())
        data: Any = FloorSerializer(issue).data
        return Response(data)


urlpatterns = [path("issues/", Issues.as_view()), path("issues/<int:pk>/state/", State.as_view())]
