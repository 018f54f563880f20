"""Instruments with their logs, and vehicles, under /api/v1/."""

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.patrols import actions
from enforcement.patrols.equipment_serializers import (
    InstrumentDetailSerializer,
    InstrumentLogSerializer,
    InstrumentSerializer,
    LogBody,
    VehicleDetailSerializer,
    VehicleSerializer,
)
from enforcement.patrols.models import CrewMember, Instrument, InstrumentLog, Vehicle
from enforcement.patrols.serializers import VoidBody
from enforcement.timeline.api import Made, Writing
from regions.api.filters import IdentityFilter, TruthFilter
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.gatekeeper import business

#: Lines of the log that come with an instrument.
NEWEST = 50


class EquipmentFilters(django_filters.FilterSet):
    bureau = IdentityFilter(field_name="bureau", label=_("单位"))
    retired = TruthFilter(method="by_retirement", label=_("是否已停用"))

    def by_retirement(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(retired_on__isnull=not value)


class Instruments(Endpoint):
    policy = business("equipment")
    queryset = Instrument.objects.none()

    def get_queryset(self) -> QuerySet[Instrument]:
        return Instrument.objects.visible_to(self.request.user).select_related("bureau__parent")


@extend_schema_view(get=extend_schema(summary="走航仪器", tags=["patrols"], responses=InstrumentSerializer(many=True)))
class InstrumentList(Instruments, Listing):
    serializer_class = InstrumentSerializer
    filterset_class = EquipmentFilters
    orderings = {"name": Ordering(("name", "serial", "id")), "newest": Ordering(("id",), descending=True)}


@extend_schema_view(get=extend_schema(summary="一台走航仪器：通道与最近的日志", tags=["patrols"]))
class InstrumentDetail(Instruments, Detail):
    serializer_class = InstrumentDetailSerializer

    def get_queryset(self) -> QuerySet[Instrument]:
        logs = Prefetch("logs", InstrumentLog.objects.order_by("-at", "-id")[:NEWEST], to_attr="newest_logs")
        return super().get_queryset().prefetch_related("channels", logs)


@extend_schema_view(
    post=extend_schema(
        summary="记仪器日志：开机、零点、跨度、校时、校准",
        tags=["patrols"],
        request=LogBody,
        responses={201: InstrumentLogSerializer},
        examples=[
            OpenApiExample(
                "跨度检查",
                value={"kind": "span", "at": "2021-08-04T08:10:00+08:00", "channel": "TVOC", "unit": "ppb",
                       "expected": 500, "shown": 478, "basis": "甲苯标气 GBW(E)061992"},
                request_only=True,
            ),
            OpenApiExample(
                "校准",
                value={"kind": "calibration", "at": "2021-08-02T09:00:00+08:00", "channel": "TVOC", "unit": "ppb",
                       "slope": 1.04, "intercept": -3.2, "basis": "多点校准 5 点"},
                request_only=True,
            ),
        ],
    )
)  # fmt: skip
class InstrumentLogs(Instruments, Writing):
    serializer_class = InstrumentLogSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        body = LogBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = actions.log(row, actions.LogLine(**body.validated_data), by=self.officer)
        return Made(InstrumentLogSerializer(made).data, row.pk)


@extend_schema_view(
    post=extend_schema(
        summary="作废一条仪器日志", tags=["patrols"], request=VoidBody, responses={200: InstrumentLogSerializer}
    )
)
class InstrumentLogVoid(Writing):
    policy = business("equipment")
    queryset = InstrumentLog.objects.none()
    serializer_class = InstrumentLogSerializer

    def get_queryset(self) -> QuerySet[InstrumentLog]:
        seen = Instrument.objects.visible_to(self.request.user)
        return InstrumentLog.objects.filter(instrument__in=seen).select_related("instrument__bureau__parent")

    def act(self, request: Request, **kwargs: Any) -> Made:
        row = self.get_object()
        body = VoidBody(data=request.data)
        body.is_valid(raise_exception=True)
        done = actions.void_log(row, by=self.officer, reason=body.validated_data["reason"])
        return Made(InstrumentLogSerializer(done).data, row.pk, status.HTTP_200_OK)


class Vehicles(Endpoint):
    policy = business("equipment")
    queryset = Vehicle.objects.none()

    def get_queryset(self) -> QuerySet[Vehicle]:
        return Vehicle.objects.visible_to(self.request.user).select_related("bureau")


@extend_schema_view(get=extend_schema(summary="走航车", tags=["patrols"], responses=VehicleSerializer(many=True)))
class VehicleList(Vehicles, Listing):
    serializer_class = VehicleSerializer
    filterset_class = EquipmentFilters
    orderings = {"plate": Ordering(("plate", "id")), "newest": Ordering(("id",), descending=True)}


@extend_schema_view(get=extend_schema(summary="一辆走航车与单位人员", tags=["patrols"]))
class VehicleDetail(Vehicles, Detail):
    serializer_class = VehicleDetailSerializer

    def get_queryset(self) -> QuerySet[Vehicle]:
        crew = Prefetch("bureau__crew_members", CrewMember.objects.order_by("-since", "-id"))
        return super().get_queryset().prefetch_related(crew)
