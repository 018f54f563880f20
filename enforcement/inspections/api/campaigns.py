"""Campaigns in the API: set up, begun, counted; progress by city and county."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request

from enforcement.inspections.actions import campaigns as actions
from enforcement.inspections.filters import CampaignFilters
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import Campaign, ChecklistVersion, Tally
from enforcement.inspections.serializers.campaigns import (
    CampaignActionBody,
    CampaignBody,
    CampaignDetailSerializer,
    CampaignSerializer,
    TallyBody,
    TallySerializer,
)
from enforcement.timeline.api import Made, Writing
from regions.api.paging import Ordering
from regions.api.views import Detail, Endpoint, Listing
from regions.errors import Invalid
from regions.gatekeeper import business
from regions.models import Bureau, Division, JointControlArea, Officer

MOVES = {"begin": CampaignState.RUNNING, "end": CampaignState.ENDED, "void": CampaignState.VOID}
ACTIONS = sorted([*MOVES, "set_target", "void_tally"])


class Campaigns(Endpoint):
    policy = business("campaigns")
    queryset: Any = Campaign.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Campaign.objects.visible_to(self.request.user).select_related("bureau", "division", "area")


@extend_schema_view(
    get=extend_schema(summary="专项行动列表", tags=["campaigns"], responses=CampaignSerializer(many=True)),
    post=extend_schema(
        summary="组织一次专项行动",
        tags=["campaigns"],
        request=CampaignBody,
        responses={201: CampaignDetailSerializer},
        examples=[
            OpenApiExample(
                "扬尘整治",
                request_only=True,
                value={
                    "name": "扬尘整治百日清零",
                    "legal_basis": "晋气防办〔2021〕22号",
                    "since": "2021-05-01",
                    "until": "2021-08-08",
                    "counts": [
                        {"name": "整治堆场", "unit": "个", "target": "7420"},
                        {"name": "绿化", "unit": "亩", "target": "19200"},
                    ],
                },
            )
        ],
    ),
)
class CampaignList(Campaigns, Writing, Listing):
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilters
    orderings = {"newest": Ordering(("since", "id"), descending=True), "oldest": Ordering(("since", "id"))}

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = CampaignBody(data=request.data)
        body.is_valid(raise_exception=True)
        entered = dict(body.validated_data)
        entered["checklists"] = _checklists(entered["checklists"])
        entered["counts"] = [actions.Count(**count) for count in entered["counts"]]
        key = entered.pop("area", None)
        entered["area"] = JointControlArea.objects.filter(key=key).first() if key else None
        if key and entered["area"] is None:
            raise Invalid(_("没有这个联防联控区域。"), field="area")
        made = actions.create(by=self.officer, **entered)
        return Made(CampaignDetailSerializer(made, context=self.get_serializer_context()).data, made.pk)


def _checklists(keys: list[Any]) -> list[ChecklistVersion]:
    found = list(ChecklistVersion.objects.filter(pk__in=keys))
    if len(found) < len(set(keys)):
        raise Invalid(_("没有这份检查表。"), field="checklists")
    return found


@extend_schema_view(get=extend_schema(summary="一次专项行动和它的进度", tags=["campaigns"]))
class CampaignDetail(Campaigns, Detail):
    serializer_class = CampaignDetailSerializer


@extend_schema_view(
    post=extend_schema(
        summary="启动、结束、作废专项行动，分解目标，作废完成量",
        tags=["campaigns"],
        parameters=[OpenApiParameter("action", str, "path", enum=ACTIONS)],
        request=CampaignActionBody,
        responses={200: CampaignSerializer},
        examples=[
            OpenApiExample("启动", value={"version": 1}, request_only=True),
            OpenApiExample(
                "分解目标",
                value={"quantity": "7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11", "division": "140100", "target": "1200"},
                request_only=True,
            ),
        ],
    )
)
class CampaignAction(Campaigns, Writing):
    serializer_class = CampaignSerializer

    def act(self, request: Request, **kwargs: Any) -> Made:
        campaign, action = self.get_object(), self.kwargs["action"]
        body = CampaignActionBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        if action in MOVES:
            how: dict[str, Any] = {"by": self.officer, "seen": sent.get("version"), "reason": sent.get("reason", "")}
            actions.change_state(campaign, MOVES[action], **how)
        elif action == "set_target":
            _set_target(campaign, sent, self.officer)
        elif action == "void_tally":
            tally = _tallies(campaign, self.officer).filter(pk=sent["tally"]).first() if "tally" in sent else None
            if tally is None:
                raise Invalid(_("没有这条完成量。"), field="tally")
            actions.void_tally(tally, by=self.officer, reason=sent.get("reason", ""))
        else:
            raise Invalid(_("没有“%(action)s”这个操作。") % {"action": action[:40]}, field="action")
        return Made(self.get_serializer(self.get_object()).data, campaign.pk, status.HTTP_200_OK)


def _set_target(campaign: Campaign, sent: dict[str, Any], by: Officer) -> None:
    quantity = campaign.quantities.filter(pk=sent["quantity"]).first() if "quantity" in sent else None
    if quantity is None:
        raise Invalid(_("没有这项指标。"), field="quantity")
    if sent.get("target") is None:
        raise Invalid(_("此项必填。"), field="target")
    actions.set_target(campaign, quantity, _division(sent.get("division", "")), sent["target"], by=by)


def _division(code: str) -> Division:
    found = Division.objects.current().filter(code=code).first() if code else None
    if found is None:
        raise Invalid(_("没有这个区划代码。"), field="division")
    return found


def _tallies(campaign: Campaign, officer: Any) -> QuerySet[Tally]:
    divisions = actions.divisions_read(officer, campaign)
    return Tally.objects.filter(quantity__campaign=campaign, division__in=divisions)


@extend_schema_view(
    get=extend_schema(summary="完成量", tags=["campaigns"], responses=TallySerializer(many=True)),
    post=extend_schema(
        summary="填报完成量",
        tags=["campaigns"],
        request=TallyBody,
        responses={201: TallySerializer},
        examples=[
            OpenApiExample(
                "绿化",
                request_only=True,
                value={
                    "quantity": "7b0a2f0e-6a8e-4a52-9a39-0f6c1f1f8a11",
                    "division": "140107",
                    "amount": "1.2",
                    "unit": "公顷",
                    "done_on": "2021-07-05",
                },
            )
        ],
    ),
)
class CampaignTallies(Campaigns, Writing, Listing):
    """可见区划的完成量，含已作废的；POST 填报一条。"""

    serializer_class = TallySerializer
    queryset: Any = Tally.objects.none()
    orderings = {"newest": Ordering(("at", "id"), descending=True), "oldest": Ordering(("at", "id"))}

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return Tally.objects.none()
        campaign = get_object_or_404(Campaign.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        return _tallies(campaign, self.request.user).select_related("quantity", "division")

    def act(self, request: Request, **kwargs: Any) -> Made:
        campaign = get_object_or_404(super().get_queryset(), pk=self.kwargs["pk"])
        body = TallyBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = dict(body.validated_data)
        quantity = campaign.quantities.filter(pk=sent.pop("quantity")).first()
        if quantity is None:
            raise Invalid(_("没有这项指标。"), field="quantity")
        sent["division"] = _division(sent["division"])
        bureau = _counting(self.officer, sent.pop("bureau", None))
        made = actions.tally(quantity, by=self.officer, bureau=bureau, **sent)
        return Made(TallySerializer(made).data, made.pk)


def _counting(officer: Officer, key: int | None) -> Bureau:
    bureaus = {one.pk: one for one in actions.counting_bureaus(officer)}
    if key is None and len(bureaus) != 1:
        raise Invalid(_("请指明单位。"), field="bureau")
    found = bureaus.get(key) if key is not None else next(iter(bureaus.values()))
    if found is None:
        raise Invalid(_("没有这个单位，请从单位列表中选择。"), field="bureau")
    return found
