"""Patrol campaigns, their planned routes, and notes of runs, under /api/v1/."""

import json
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request

from enforcement.patrols import actions
from enforcement.patrols.driven import RouteDriven, notes_of, routes_driven
from enforcement.patrols.equipment_serializers import Figure
from enforcement.patrols.models import PatrolCampaign, PatrolRun, PlannedRoute, Sky
from enforcement.patrols.serializers import BeijingTime, RunNoteSerializer
from enforcement.timeline.api import Made, Writing
from regions.api.fields import Body, Choice, Text, Whole
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.errors import Invalid
from regions.gatekeeper import business

SYSTEMS = ("wgs84", "gcj02", "bd09")


class Day(serializers.DateField):
    """A JSON string like 2021-08-04."""


class RunShareSerializer(serializers.Serializer[Any]):
    run = serializers.UUIDField(source="run_id")
    day = serializers.DateField(source="run.day")
    covered = serializers.DecimalField(max_digits=5, decimal_places=4)


@extend_schema_field({"type": "array", "items": {"type": "array", "items": {"type": "number"}}})
class Line(serializers.ReadOnlyField):
    """A GeoJSON LineString's coordinates: [[lon, lat], ...]."""


class PlannedRouteSerializer(serializers.Serializer[PlannedRoute]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    km = serializers.DecimalField(max_digits=7, decimal_places=3)
    line = Line()
    made_at = BeijingTime()


class DrivenRouteSerializer(serializers.Serializer[Any]):
    """`covered` is the share of the route that the runs one may see drove together (what two drove counts once), null
    without a run; `runs` are these, each with its own share."""

    id = serializers.UUIDField(source="route.id")
    name = serializers.CharField(source="route.name")
    km = serializers.DecimalField(source="route.km", max_digits=7, decimal_places=3)
    line = Line(source="route.line")
    made_at = BeijingTime(source="route.made_at")
    covered = serializers.FloatField(source="share", allow_null=True, help_text="各次合计已走的比例，0至1")
    runs = serializers.SerializerMethodField()

    @extend_schema_field(RunShareSerializer(many=True))
    def get_runs(self, one: RouteDriven) -> Any:
        return RunShareSerializer(one.notes, many=True).data


class PatrolCampaignSerializer(serializers.Serializer[PatrolCampaign]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.name")
    since = serializers.DateField()
    until = serializers.DateField()
    method_basis = serializers.CharField(allow_blank=True)
    synthetic = serializers.BooleanField()
    voided_at = BeijingTime(allow_null=True)


class PatrolCampaignDetailSerializer(PatrolCampaignSerializer):
    routes = serializers.SerializerMethodField()

    @extend_schema_field(DrivenRouteSerializer(many=True))
    def get_routes(self, campaign: PatrolCampaign) -> Any:
        notes = notes_of(campaign, self.context["request"].user)
        return DrivenRouteSerializer(routes_driven(list(campaign.routes.all()), notes), many=True).data


class CampaignBody(Body):
    bureau = Whole()
    name = Text(max_length=80)
    since = Day()
    until = Day()
    method_basis = Text(required=False, default="", allow_blank=True, max_length=300)


class RouteBody(Body):
    """`line` is a GeoJSON LineString's coordinates: [[lon, lat], ...]."""

    name = Text(max_length=80)
    coordinate_system = Choice(choices=SYSTEMS, required=False, default="wgs84")
    line = serializers.ListField(
        child=serializers.ListField(child=Figure(), min_length=2, max_length=3), max_length=50_000
    )


class NoteBody(Body):
    campaign = serializers.UUIDField(required=False, allow_null=True, default=None)
    route = serializers.UUIDField(required=False, allow_null=True, default=None)
    temperature_c = Figure(required=False, allow_null=True, default=None)
    humidity_percent = Figure(required=False, allow_null=True, default=None)
    wind_from_deg = Figure(required=False, allow_null=True, default=None)
    wind_ms = Figure(required=False, allow_null=True, default=None)
    sky = Choice(choices=("", *Sky.values), required=False, default="")
    source = Text(required=False, default="", allow_blank=True, max_length=80)  # type: ignore[assignment]


class Campaigns(Endpoint):
    policy = business("equipment")
    queryset = PatrolCampaign.objects.none()

    def get_queryset(self) -> QuerySet[PatrolCampaign]:
        rows = PatrolCampaign.objects.visible_to(self.request.user)
        return rows.select_related("bureau__parent")


@extend_schema_view(
    get=extend_schema(summary="走航专项", tags=["patrols"], responses=PatrolCampaignSerializer(many=True)),
    post=extend_schema(
        summary="设立走航专项",
        tags=["patrols"],
        request=CampaignBody,
        responses={201: PatrolCampaignSerializer},
        examples=[
            OpenApiExample(
                "夏季走航",
                value={"bureau": 12, "name": "夏季臭氧走航", "since": "2021-06-01", "until": "2021-08-31"},
                request_only=True,
            )
        ],
    ),
)
class PatrolCampaignList(Campaigns, Listing, Writing):
    serializer_class = PatrolCampaignSerializer
    orderings = {"newest": Ordering(("since", "id"), descending=True), "oldest": Ordering(("since", "id"))}

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = CampaignBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = dict(body.validated_data)
        bureau = next((one for one in actions.kept_bureaus(self.officer) if one.pk == sent["bureau"]), None)
        if bureau is None:
            raise Invalid(_("请填写您任组长的单位，或委托的走航单位。"), field="bureau")
        made = actions.open_campaign(by=self.officer, **{**sent, "bureau": bureau})
        return Made(PatrolCampaignSerializer(made).data, made.pk)


@extend_schema_view(get=extend_schema(summary="一个走航专项与计划路线", tags=["patrols"]))
class PatrolCampaignDetail(Campaigns, Detail):
    serializer_class = PatrolCampaignDetailSerializer

    def get_queryset(self) -> QuerySet[PatrolCampaign]:
        return super().get_queryset().prefetch_related("routes")


@extend_schema_view(
    post=extend_schema(
        summary="新增计划路线",
        tags=["patrols"],
        request=RouteBody,
        responses={201: PlannedRouteSerializer},
        examples=[
            OpenApiExample(
                "东线", value={"name": "东线", "line": [[112.55, 37.87], [112.58, 37.88]]}, request_only=True
            )
        ],
    )
)
class PatrolCampaignRoutes(Campaigns, Writing):
    serializer_class = PlannedRouteSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        campaign = self.get_object()
        body = RouteBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        data = json.dumps({"type": "LineString", "coordinates": sent["line"]}).encode()
        made = actions.plan_route(
            campaign, by=self.officer, name=sent["name"], data=data, system=sent["coordinate_system"]
        )
        return Made(PlannedRouteSerializer(made).data, campaign.pk)


@extend_schema_view(
    post=extend_schema(
        summary="补充走航情况：专项、计划路线、气象",
        tags=["patrols"],
        request=NoteBody,
        responses={201: RunNoteSerializer},
        examples=[
            OpenApiExample(
                "气象",
                value={"temperature_c": 31, "humidity_percent": 42, "wind_from_deg": 315, "wind_ms": 2.1, "sky": "clear",
                       "source": "车载气象仪"},
                request_only=True,
            )
        ],
    )
)  # fmt: skip
class PatrolRunNotes(Writing):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = RunNoteSerializer

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return PatrolRun.objects.visible_to(self.request.user).select_related("bureau", "rule")

    def act(self, request: Request, **kwargs: Any) -> Made:
        run = self.get_object()
        body = NoteBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = dict(body.validated_data)
        seen = PatrolCampaign.objects.visible_to(self.officer)
        route = _one(
            PlannedRoute.objects.filter(campaign__in=seen).select_related("campaign"), sent.pop("route"), "route"
        )
        campaign = _one(seen, sent.pop("campaign"), "campaign") or (route.campaign if route else None)
        made = actions.note_run(
            run,
            actions.readings_of(run),
            by=self.officer,
            campaign=campaign,
            route=route,
            weather=actions.Weather(**sent),
        )
        return Made(RunNoteSerializer(made).data, run.pk)


def _one(rows: Any, pk: Any, field: str) -> Any:
    if pk is None:
        return None
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Invalid(_("没有这一项，请核对。"), field=field)
    return found
