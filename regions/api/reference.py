"""Divisions, joint-control areas, bureaus, sites: where and who."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view

from regions.api.filters import BureauFilters, DivisionFilters, SiteFilters
from regions.api.paging import Ordering
from regions.api.serializers import (
    AreaSerializer,
    BureauSerializer,
    DivisionDetailSerializer,
    DivisionSerializer,
    SiteDetailSerializer,
    SiteSerializer,
)
from regions.api.views import Detail, Listing
from regions.directory import bureaus_for, sites_for
from regions.gatekeeper import business, signed_in
from regions.models import AreaMembership, Bureau, Division, JointControlArea, Site

BY_NAME = {"name": Ordering(("name", "id"))}


@extend_schema_view(get=extend_schema(summary="区划", tags=["regions"]))
class DivisionList(Listing):
    """现行区划；`ended=true` 列出已撤销的。"""

    policy = signed_in("reference")
    queryset = Division.objects.select_related("parent")
    serializer_class = DivisionSerializer
    filterset_class = DivisionFilters
    orderings = {"code": Ordering(("code", "id"))}


@extend_schema_view(get=extend_schema(summary="一个区划", tags=["regions"]))
class DivisionDetail(Detail):
    """按六位代码或固定标识查区划，附历次代码与沿革。"""

    policy = signed_in("reference")
    queryset = Division.objects.select_related("parent").prefetch_related("codes")
    serializer_class = DivisionDetailSerializer

    def get_object(self) -> Division:
        wanted = self.kwargs["code"]
        if wanted.isdigit():
            # A code may have passed on to a successor: the one in force, else the last to carry it.
            found = self.get_queryset().filter(code=wanted).order_by("-ended_on", "-id").first()
            return found or get_object_or_404(self.get_queryset().none())
        return get_object_or_404(self.get_queryset(), key=wanted)


def _areas() -> QuerySet[JointControlArea]:
    memberships = AreaMembership.objects.select_related("division").order_by("division__code", "valid_from")
    return JointControlArea.objects.prefetch_related(Prefetch("memberships", memberships))


@extend_schema_view(get=extend_schema(summary="联防联控区域", tags=["regions"]))
class AreaList(Listing):
    policy = signed_in("reference")
    queryset = _areas()
    serializer_class = AreaSerializer
    orderings = {"order": Ordering(("order", "id"))}


@extend_schema_view(get=extend_schema(summary="一个联防联控区域", tags=["regions"]))
class AreaDetail(Detail):
    policy = signed_in("reference")
    queryset = _areas()
    serializer_class = AreaSerializer
    lookup_field = "key"


@extend_schema_view(get=extend_schema(summary="单位", tags=["regions"]))
class BureauList(Listing):
    """本级、上级、下级以及督办、借调所及区划的单位。"""

    policy = signed_in("reference")
    queryset = Bureau.objects.none()
    serializer_class = BureauSerializer
    filterset_class = BureauFilters
    orderings = BY_NAME

    def get_queryset(self) -> Any:
        return bureaus_for(self.request.user).select_related("division")


@extend_schema_view(get=extend_schema(summary="一个单位", tags=["regions"]))
class BureauDetail(Detail):
    policy = signed_in("reference")
    queryset = Bureau.objects.none()
    serializer_class = BureauSerializer

    def get_queryset(self) -> Any:
        return bureaus_for(self.request.user).select_related("division")


@extend_schema_view(get=extend_schema(summary="点位", tags=["regions"]))
class SiteList(Listing):
    """本单位所在区划及下级、督办和借调所及的点位。"""

    policy = business("sites")
    queryset = Site.objects.none()
    serializer_class = SiteSerializer
    filterset_class = SiteFilters
    orderings = BY_NAME

    def get_queryset(self) -> Any:
        return sites_for(self.request.user).select_related("division")


@extend_schema_view(get=extend_schema(summary="一个点位", tags=["regions"]))
class SiteDetail(Detail):
    policy = business("sites")
    queryset = Site.objects.none()
    serializer_class = SiteDetailSerializer

    def get_queryset(self) -> Any:
        return sites_for(self.request.user).select_related("division").prefetch_related("outlets")
