"""Persistent locations under /api/v1/."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers

from enforcement.patrols.filters import LocationFilters
from enforcement.patrols.models import HotSpot, PersistentLocation
from enforcement.patrols.serializers import BeijingTime
from regions.api.paging import Ordering
from regions.api.serializers import CodeField
from regions.api.views import Detail, Listing
from regions.gatekeeper import business


class LocationSerializer(serializers.Serializer[Any]):
    """`days` and `spots` are those that count; `lapsed` once the days are fewer than the rule asks for."""

    id = serializers.UUIDField()
    division = CodeField(source="division.code", default=None)
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    days = serializers.IntegerField()
    spots = serializers.IntegerField()
    first_on = serializers.DateField(allow_null=True)
    last_on = serializers.DateField(allow_null=True)
    lapsed = serializers.BooleanField()
    found_at = BeijingTime()
    synthetic = serializers.BooleanField()


class SeenSerializer(serializers.Serializer[Any]):
    hot_spot = serializers.UUIDField(source="pk")
    run = serializers.UUIDField(source="run_id")
    day = serializers.DateField(source="place.day")
    channel = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    peak = serializers.FloatField()
    counts = serializers.SerializerMethodField()

    def get_counts(self, spot: HotSpot) -> bool:
        """Neither voided nor dismissed."""
        return not spot.place.out


class LocationDetailSerializer(LocationSerializer):
    history = serializers.SerializerMethodField(help_text="可见的热点，最新在前，最多200个")

    @extend_schema_field(SeenSerializer(many=True))
    def get_history(self, location: PersistentLocation) -> Any:
        spots = HotSpot.objects.visible_to(self.context["request"].user).filter(place__location=location)
        return SeenSerializer(spots.select_related("place").order_by("-peak_at", "-id")[:200], many=True).data


EXAMPLE = OpenApiExample(
    "一个常驻点位",
    value={
        "id": "5f0c9b52-6a37-4f9c-9b3f-0a1c6f1d2e30", "division": "140107", "lon": 112.5863, "lat": 37.8937, "days": 4,
        "spots": 6, "first_on": "2021-07-02", "last_on": "2021-08-11", "lapsed": False,
        "found_at": "2021-07-20T10:00:00+08:00", "synthetic": True,
    },
    response_only=True,
)  # fmt: skip


@extend_schema_view(
    get=extend_schema(
        summary="常驻高值点位", tags=["patrols"], responses=LocationSerializer(many=True), examples=[EXAMPLE]
    )
)
class LocationList(Listing):
    policy = business("hot-spots")
    queryset = PersistentLocation.objects.none()
    serializer_class = LocationSerializer
    filterset_class = LocationFilters
    orderings = {
        "newest": Ordering(("found_at", "id"), descending=True),
        "oldest": Ordering(("found_at", "id")),
    }

    def get_queryset(self) -> QuerySet[PersistentLocation]:
        return PersistentLocation.objects.visible_to(self.request.user).select_related("division")


@extend_schema_view(get=extend_schema(summary="一个常驻高值点位及其热点", tags=["patrols"]))
class LocationDetail(Detail):
    policy = business("hot-spots")
    queryset = PersistentLocation.objects.none()
    serializer_class = LocationDetailSerializer

    def get_queryset(self) -> QuerySet[PersistentLocation]:
        return PersistentLocation.objects.visible_to(self.request.user).select_related("division")
