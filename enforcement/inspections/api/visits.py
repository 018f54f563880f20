"""Visits in the API. An unannounced one that hasn't begun is answered to others as if it weren't there."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.inspections import actions, records
from enforcement.inspections.filters import VisitFilters
from enforcement.inspections.lifecycle import STEPS
from enforcement.inspections.models import Campaign, ChecklistVersion, Visit
from enforcement.inspections.serializers.visits import (
    PlanBody,
    VisitActionBody,
    VisitRowSerializer,
    VisitSerializer,
    VisitStandingSerializer,
    standing_of,
)
from enforcement.papers.downloads import sent
from enforcement.timeline.api import Made, Writing
from enforcement.timeline.uploads import EvidenceUpload, upload_schema
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.directory import sites_for
from regions.errors import Invalid
from regions.gatekeeper import business
from regions.models import Bureau, Officer, Site

DOCUMENT = {(200, "application/pdf"): OpenApiTypes.BINARY}
KIND = OpenApiParameter("kind", str, "path", enum=["pdf", "docx"])


class Visits(Endpoint):
    """Visits the officer may know of."""

    policy = business("visits")
    queryset = Visit.objects.none()

    def get_queryset(self) -> QuerySet[Visit]:
        return Visit.objects.visible_to(self.request.user)


@extend_schema_view(
    get=extend_schema(summary="检查列表", tags=["visits"], responses=VisitRowSerializer(many=True)),
    post=extend_schema(
        summary="安排一次检查",
        tags=["visits"],
        request=PlanBody,
        responses={201: VisitStandingSerializer},
        examples=[
            OpenApiExample(
                "四不两直",
                request_only=True,
                value={
                    "site": 42,
                    "checklist": "0f6c1f1f-8a11-4a52-9a39-7b0a2f0e6a8e",
                    "mode": "unannounced",
                    "planned_on": "2026-03-02",
                    "approver": "zhang-san",
                    "leader": "li-si",
                    "members": ["wang-wu"],
                },
            )
        ],
    ),
)
class VisitList(Visits, Writing, Listing):
    """可见范围内的检查，计划日期新的在前；POST 安排一次检查。"""

    serializer_class = VisitRowSerializer
    filterset_class = VisitFilters
    orderings = {
        "newest": Ordering(("planned_on", "id"), descending=True),
        "oldest": Ordering(("planned_on", "id")),
    }

    def get_queryset(self) -> QuerySet[Visit]:
        return super().get_queryset().select_related("site", "division", "bureau")

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = PlanBody(data=request.data)
        body.is_valid(raise_exception=True)
        planned = _planned(self.officer, dict(body.validated_data))
        try:
            made = actions.plan(by=self.officer, **planned)
        except Invalid as error:
            raise Invalid(str(error), errors=_as_sent(error.errors)) from error
        return Made(standing_of(made), made.pk)


def _as_sent(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Sentences under the names of the body: a list's version is sent as `checklist`."""
    return {"checklist" if field == "list_version" else field: told for field, told in errors.items()}


def _planned(officer: Officer, entered: dict[str, Any]) -> dict[str, Any]:
    """What planning takes, from keys and account names. Raises Invalid with a sentence for each that leads nowhere."""
    names = [entered["approver"], entered["leader"], *entered["members"]]
    people = {one.username: one for one in Officer.objects.filter(username__in=names, is_active=True)}
    errors = {
        field: [_("没有这些账号，或已停用：%(names)s。") % {"names": _("、").join(absent)}]
        for field in ("approver", "leader", "members")
        if (absent := [name for name in _listed(entered[field]) if name not in people])
    }
    site = sites_for(officer).filter(pk=entered["site"]).select_related("division").first()
    if site is None:
        errors["site"] = [_("没有这个点位，请从点位列表中选择。")]
    version = ChecklistVersion.objects.select_related("checklist").filter(pk=entered.pop("checklist")).first()
    if version is None:
        errors["checklist"] = [_("没有这份检查表。")]
    campaign = _campaign(officer, entered.get("campaign"))
    if entered.get("campaign") and campaign is None:
        errors["campaign"] = [_("没有这个进行中的专项行动。")]
    if errors:
        raise Invalid(next(iter(errors.values()))[0], errors=errors)
    assert isinstance(site, Site)
    return {
        **entered,
        "site": site,
        "campaign": campaign,
        "list_version": version,
        "bureau": _home(officer, entered.get("bureau")),
        "approver": people[entered["approver"]],
        "leader": people[entered["leader"]],
        "members": [people[name] for name in entered["members"]],
    }


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def _campaign(officer: Officer, key: Any) -> Campaign | None:
    return Campaign.objects.visible_to(officer).filter(pk=key).first() if key else None


def _home(officer: Officer, key: int | None) -> Bureau:
    """The bureau one plans for. Raises Invalid when there is a choice to make, Refused (by planning) for another's."""
    homes = {home.pk: home for home in actions.homes_of(officer)}
    if key is None and len(homes) != 1:
        raise Invalid(_("请指明单位。"), field="bureau")
    found = homes.get(key) if key is not None else next(iter(homes.values()))
    if found is None:
        raise Invalid(_("没有这个单位，请从单位列表中选择。"), field="bureau")
    return found


@extend_schema_view(get=extend_schema(summary="一次检查", tags=["visits"]))
class VisitDetail(Visits, Detail):
    """一次检查：检查组、答案、帮扶、签字、移交、材料、时间线，以及本人现在能做的操作。"""

    serializer_class = VisitSerializer

    def get_queryset(self) -> QuerySet[Visit]:
        related = ("site", "division__parent", "bureau__division", "list_version__checklist", "rule", "planner",
                   "approver", "receiver")  # fmt: skip
        return super().get_queryset().select_related(*related)


@extend_schema_view(
    post=extend_schema(
        summary="检查的各步：审批、通知、回避声明、入企、填表、帮扶、签字、笔录、移交、签收、作废",
        tags=["visits"],
        parameters=[OpenApiParameter("action", str, "path", enum=sorted(STEPS))],
        request=VisitActionBody,
        responses={200: VisitStandingSerializer},
        examples=[
            OpenApiExample("审批", value={"version": 1, "approval_no": "并环检审〔2026〕6号"}, request_only=True),
            OpenApiExample(
                "填检查表",
                value={"answers": {"1.1": "yes", "2.4": "9"}, "notes": {"1.1": "现场查看"}, "seen": {"1.1": ""}},
                request_only=True,
            ),
            OpenApiExample("扫码入企", value={"code": "42:签名", "lon": 112.57, "lat": 37.89}, request_only=True),
        ],
    )
)
class VisitAction(Visits, Writing):
    serializer_class = VisitActionBody

    def act(self, request: Request, **kwargs: Any) -> Made:
        visit = self.get_object()
        body = VisitActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        version = entered.pop("version", None)
        after = actions.perform(visit, self.kwargs["action"], by=self.officer, version=version, **entered)
        return Made(standing_of(after), after.pk, status.HTTP_200_OK)


class VisitAttachments(Visits, EvidenceUpload):
    """检查的现场照片和材料；`label` 写检查项编号。"""

    @upload_schema("上传检查的材料", "visits")
    def post(self, request: Request, **kwargs: Any) -> HttpResponse:
        return super().post(request, **kwargs)


@extend_schema_view(
    get=extend_schema(summary="现场检查笔录", tags=["visits"], parameters=[KIND], responses=DOCUMENT),
)
class VisitRecord(VisitDetail):
    def get(self, request: Request, **kwargs: Any) -> Any:
        visit = self.get_object()
        return sent(records.record_of(visit), f"record-{visit.planned_on:%Y%m%d}", self.kwargs["kind"])


@extend_schema_view(
    get=extend_schema(summary="证据移交清单", tags=["visits"], parameters=[KIND], responses=DOCUMENT),
)
class VisitHandover(VisitDetail):
    def get(self, request: Request, **kwargs: Any) -> Any:
        visit = self.get_object()
        if visit.handed_over_at is None:
            raise Http404
        return sent(records.handover_of(visit), f"handover-{visit.planned_on:%Y%m%d}", self.kwargs["kind"])
