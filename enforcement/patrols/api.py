"""Patrol runs and hot spots under /api/v1/."""

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from enforcement.findings.models import Finding
from enforcement.issues.actions import exporting
from enforcement.issues.export_serializers import ExportSerializer
from enforcement.issues.models import Issue
from enforcement.patrols import actions
from enforcement.patrols.actions import remarks
from enforcement.patrols.actions.importing import limits, may_import
from enforcement.patrols.actions.receiving import layouts_of, received
from enforcement.patrols.actions.remembering import with_remembered
from enforcement.patrols.actions.stating import instruments_of, statement
from enforcement.patrols.filters import HotSpotFilters, PatrolRunFilters
from enforcement.patrols.models import HotSpot, Instrument, PatrolRun, Vehicle
from enforcement.patrols.report_kind import KIND
from enforcement.patrols.serializers import (
    HotSpotActionBody,
    HotSpotDetailSerializer,
    HotSpotSerializer,
    NothingBody,
    PatrolRunDetailSerializer,
    PatrolRunSerializer,
    QualitySheetSerializer,
    ReportBody,
    TrackBody,
    TrialSerializer,
    VoidBody,
)
from enforcement.patrols.sheets import csv_answer
from enforcement.timeline import clock
from enforcement.timeline.api import Made, Writing
from regions.api.fields import readable
from regions.api.paging import Ordering
from regions.api.parsing import JSONBody
from regions.api.views import Detail, Listing
from regions.directory import bureaus_for, sites_for
from regions.errors import Invalid
from regions.gatekeeper import business
from regions.models import Bureau, Officer

#: What a multipart body may weigh beyond its file.
ENVELOPE = 1024 * 1024


def shown_runs(officer: Any) -> QuerySet[PatrolRun]:
    return (
        PatrolRun.objects.visible_to(officer)
        .select_related("bureau", "division", "vehicle", "instrument")
        .prefetch_related("segments__division", "sources__instrument")
        .with_quality()
        .annotate(spot_count=Count("hot_spots"))
    )


def shown_hot_spots(officer: Any) -> QuerySet[HotSpot]:
    finding = Finding.objects.visible_to(officer).filter(pk=OuterRef("finding_id")).values("pk")[:1]
    issue = Issue.objects.visible_to(officer).filter(pk=OuterRef("issue_id")).values("number")[:1]
    return (
        HotSpot.objects.visible_to(officer)
        .select_related("run__bureau__parent", "division", "rule")
        .with_quality()
        .annotate(seen_finding=Subquery(finding), seen_issue=Subquery(issue))
    )


class MultiPart(MultiPartParser):
    """Multipart, refused before it is read when it is larger than a track may be."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request")
        length = str(request.META.get("CONTENT_LENGTH") or "0") if request is not None else "0"
        if length.isdigit() and int(length) > limits().max_bytes + ENVELOPE:
            limits().check_size(int(length))
        return super().parse(stream, media_type, parser_context)


@extend_schema_view(
    get=extend_schema(summary="走航", tags=["patrols"], responses=PatrolRunSerializer(many=True)),
    post=extend_schema(
        summary="导入走航轨迹（dry_run=true 时只试读）",
        tags=["patrols"],
        request={"multipart/form-data": TrackBody},
        responses={
            201: PatrolRunSerializer,
            200: OpenApiResponse(TrialSerializer, description="试读结果，未保存任何数据"),
        },
    ),
)
class PatrolRunList(Listing, Writing):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = PatrolRunSerializer
    filterset_class = PatrolRunFilters
    parser_classes: tuple[type[BaseParser], ...] = (MultiPart, JSONBody)
    orderings = {
        "newest": Ordering(("started_at", "id"), descending=True),
        "oldest": Ordering(("started_at", "id")),
    }

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return shown_runs(self.request.user)

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = TrackBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        officer = _officer(request)
        bureau = importing_bureau(officer, sent.get("bureau"))
        name, data = received(sent["file"])
        mapping = sent["mapping"]
        if sent["use_remembered"] == "true":
            mapping = with_remembered(bureau, mapping, layouts_of(data, name))
        stated = statement(sent["time_zone"], sent["coordinate_system"], mapping)
        common: dict[str, Any] = {"by": officer, "bureau": bureau, "name": name, "statement": stated}
        facts = actions.RunFacts(
            sent["route"],
            sent["crew"],
            registered(Vehicle, bureau, "plate", sent["vehicle"], "vehicle"),
            registered(Instrument, bureau, "serial", sent["instrument"], "instrument"),
            instruments=instruments_of(bureau, mapping),
        )
        if sent["dry_run"] == "true":
            trial = actions.trial_read(**common, data=data, facts=facts)
            return Made(TrialSerializer(trial).data, status=status.HTTP_200_OK)
        run = actions.import_track(**common, data=data, facts=facts, on_problems=sent["on_problems"])
        return Made(self.get_serializer(self.get_queryset().get(pk=run.pk)).data, run.pk)


@extend_schema_view(get=extend_schema(summary="一次走航", tags=["patrols"]))
class PatrolRunDetail(Detail):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = PatrolRunDetailSerializer

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return shown_runs(self.request.user)


@extend_schema_view(
    post=extend_schema(
        summary="生成走航监测报告（PDF 或 DOCX）",
        description="由后台生成：得到一项导出，用 `exports/{id}/` 查询进度，`ready` 为真后从 `exports/{id}/file/` 下载。",
        tags=["patrols"],
        request=ReportBody,
        responses={201: ExportSerializer},
        examples=[OpenApiExample("PDF", {"format": "pdf"}, request_only=True)],
    )
)
class PatrolRunReport(Writing):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = ExportSerializer

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return PatrolRun.objects.visible_to(self.request.user)

    def act(self, request: Request, **kwargs: Any) -> Made:
        run = self.get_object()
        body = ReportBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = exporting.ask(_officer(request), KIND.name, body.validated_data["format"], {"run": str(run.pk)})
        return Made(self.get_serializer(asked).data, asked.pk)


@extend_schema_view(
    post=extend_schema(
        summary="重新计算质控表（仪器日志补记之后）",
        tags=["patrols"],
        request=None,
        responses={201: QualitySheetSerializer},
    )
)
class PatrolRunQuality(Writing):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = QualitySheetSerializer

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return PatrolRun.objects.visible_to(self.request.user).select_related("bureau")

    def act(self, request: Request, **kwargs: Any) -> Made:
        run = self.get_object()
        NothingBody(data=request.data).is_valid(raise_exception=True)
        sheet = actions.requalify(run, actions.readings_of(run), by=_officer(request))
        return Made(QualitySheetSerializer(sheet).data, run.pk)


@extend_schema_view(
    get=extend_schema(
        summary="一次走航的逐行问题清单（CSV）", tags=["patrols"], responses={(200, "text/csv"): OpenApiTypes.STR}
    )
)
class PatrolRunRemarks(Detail):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = PatrolRunSerializer

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return PatrolRun.objects.visible_to(self.request.user)

    def get(self, request: Request, **kwargs: Any) -> Any:
        return csv_answer("remarks", remarks.headers(), remarks.remarks_of(self.get_object()))


@extend_schema_view(
    post=extend_schema(summary="作废走航", tags=["patrols"], request=VoidBody, responses={200: PatrolRunSerializer})
)
class PatrolRunVoid(Writing):
    policy = business("patrols")
    queryset = PatrolRun.objects.none()
    serializer_class = PatrolRunSerializer

    def get_queryset(self) -> QuerySet[PatrolRun]:
        return shown_runs(self.request.user)

    def act(self, request: Request, **kwargs: Any) -> Made:
        run = self.get_object()
        body = VoidBody(data=request.data)
        body.is_valid(raise_exception=True)
        actions.void_run(run, by=_officer(request), reason=body.validated_data["reason"])
        return Made(self.get_serializer(self.get_object()).data, run.pk, status.HTTP_200_OK)


@extend_schema_view(get=extend_schema(summary="走航热点", tags=["patrols"], responses=HotSpotSerializer(many=True)))
class HotSpotList(Listing):
    policy = business("hot-spots")
    queryset = HotSpot.objects.none()
    serializer_class = HotSpotSerializer
    filterset_class = HotSpotFilters
    orderings = {
        "newest": Ordering(("peak_at", "id"), descending=True),
        "oldest": Ordering(("peak_at", "id")),
    }

    def get_queryset(self) -> QuerySet[HotSpot]:
        return shown_hot_spots(self.request.user)


@extend_schema_view(get=extend_schema(summary="一个走航热点", tags=["patrols"]))
class HotSpotDetail(Detail):
    policy = business("hot-spots")
    queryset = HotSpot.objects.none()
    serializer_class = HotSpotDetailSerializer

    def get_queryset(self) -> QuerySet[HotSpot]:
        return shown_hot_spots(self.request.user)


@extend_schema_view(
    post=extend_schema(
        summary="研判热点：转为线索、并入问题、建议排除、同意或不同意排除",
        tags=["patrols"],
        request=HotSpotActionBody,
        responses={200: HotSpotDetailSerializer},
        examples=[
            OpenApiExample(
                "转为线索并提交审核",
                {"title": "杏花岭区走航发现TVOC高值", "severity": "serious", "site": 42, "submit": True},
                request_only=True,
            ),
        ],
    )
)
class HotSpotAction(Writing):
    policy = business("hot-spots")
    queryset = HotSpot.objects.none()
    serializer_class = HotSpotDetailSerializer

    def get_queryset(self) -> QuerySet[HotSpot]:
        return shown_hot_spots(self.request.user)

    def act(self, request: Request, **kwargs: Any) -> Made:
        spot = self.get_object()
        body = HotSpotActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = _resolved(request.user, dict(body.validated_data))
        actions.perform(
            spot, self.kwargs["action"], by=_officer(request), version=entered.pop("version", None), **entered
        )
        return Made(self.get_serializer(self.get_object()).data, spot.pk, status.HTTP_200_OK)


def _officer(request: Request) -> Officer:
    """The gate lets nobody in without a token or a session."""
    assert isinstance(request.user, Officer)
    return request.user


def _resolved(officer: Any, entered: dict[str, Any]) -> dict[str, Any]:
    """Keys to the rows they name, as far as the officer may choose them."""
    if "receiver" in entered:
        entered["receiver"] = bureaus_for(officer).filter(pk=entered["receiver"]).first()
        if entered["receiver"] is None:
            raise Invalid(_("没有这个单位，请核对编号。"), field="receiver")
    if "site" in entered:
        entered["site"] = sites_for(officer).filter(pk=entered["site"]).first()
        if entered["site"] is None:
            raise Invalid(_("没有这个点位，请核对编号。"), field="site")
    if "issue" in entered:
        entered["issue"] = Issue.objects.visible_to(officer).filter(number=entered["issue"]).first()
        if entered["issue"] is None:
            raise Invalid(_("没有这个问题，请核对编号。"), field="issue")
    return entered


def importing_bureau(officer: Officer, pk: int | None) -> Bureau:
    """The bureau a file is imported for: named, or the only one the officer may import for."""
    mine = {p.bureau_id: p.bureau for p in officer.postings_on(clock.today()) if may_import(officer, p.bureau)}
    if pk is not None and pk in mine:
        return mine[pk]
    if pk is None and len(mine) == 1:
        return next(iter(mine.values()))
    if not mine:
        raise Invalid(_("您的岗位不能导入走航数据，须由巡查员或组长导入。"), field="bureau")
    names = _("、").join(f"{pk} {bureau.short_name}" for pk, bureau in sorted(mine.items()))
    raise Invalid(_("请指明导入单位，可选：%(names)s。") % {"names": names}, field="bureau")


def registered(model: Any, bureau: Bureau, field: str, value: str, name: str) -> Any:
    """The bureau's vehicle or instrument so called; None for an empty value. Raises Invalid."""
    if not value:
        return None
    found = model.objects.filter(bureau=bureau, **{field: value}).first()
    if found is None:
        raise Invalid(_("本单位没有登记“%(value)s”，请核对。") % {"value": readable(value)}, field=name)
    return found
