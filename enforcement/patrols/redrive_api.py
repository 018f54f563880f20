"""Re-drives (回头看复测) under /api/v1/: plan, compare with a run, decide, void."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request

from enforcement.issues.models import Issue
from enforcement.patrols import actions
from enforcement.patrols.models import HotSpot, PatrolRun, Redrive, Vehicle, Verdict
from enforcement.patrols.serializers import BeijingTime
from enforcement.timeline.api import Made, Writing
from regions.api.fields import Body, Choice, Text, Whole
from regions.api.paging import Ordering
from regions.api.views import Detail, Listing
from regions.errors import Absent, Invalid
from regions.gatekeeper import business

#: A key that is none.
NO_KEY: dict[str, Any] = {"invalid": gettext_lazy("标识应为UUID，请核对。")}


class RedriveSerializer(serializers.Serializer[Redrive]):
    """`numbers` are those of the comparison, in the hot spot's unit; `issue` is shown to who may see it."""

    id = serializers.UUIDField()
    issue = serializers.SerializerMethodField()
    hot_spot = serializers.UUIDField(source="hot_spot_id")
    bureau = serializers.IntegerField(source="bureau_id")
    vehicle = serializers.CharField(source="vehicle.plate", default=None, allow_null=True)
    crew = serializers.CharField(allow_blank=True)
    stretch = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    due_on = serializers.DateField()
    planned_at = BeijingTime()
    run = serializers.UUIDField(source="run_id", allow_null=True)
    numbers = serializers.DictField()
    proposal = serializers.ChoiceField(choices=Verdict.choices, allow_blank=True)
    verdict = serializers.ChoiceField(choices=Verdict.choices, allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    decided_at = BeijingTime(allow_null=True)
    voided_at = BeijingTime(allow_null=True)
    version = serializers.IntegerField()

    def get_issue(self, redrive: Redrive) -> str | None:
        return getattr(redrive, "seen_issue", None)


class PlanBody(Body):
    issue = Text(max_length=24)
    hot_spot = serializers.UUIDField(error_messages=NO_KEY)
    due_on = serializers.DateField(error_messages={"invalid": gettext_lazy("日期应写作 2021-08-04。")})
    vehicle = Text(required=False, default="", allow_blank=True, max_length=20, help_text="号牌")
    crew = Text(required=False, default="", allow_blank=True, max_length=120)


class RunBody(Body):
    run = serializers.UUIDField(error_messages=NO_KEY)
    version = Whole(required=False)


class VerdictBody(Body):
    verdict = Choice(choices=Verdict.choices)
    reason = Text(required=False, default="", allow_blank=True, max_length=500)
    version = Whole(required=False)


class VoidBody(Body):
    reason = Text(max_length=500)
    version = Whole(required=False)


def shown(officer: Any) -> QuerySet[Redrive]:
    issue = Issue.objects.visible_to(officer).filter(pk=OuterRef("issue_id")).values("number")[:1]
    return (
        Redrive.objects.visible_to(officer)
        .select_related("issue", "hot_spot__run__bureau__parent", "hot_spot__run__rule", "hot_spot__rule",
                        "bureau__parent", "vehicle", "rule")
        .annotate(seen_issue=Subquery(issue))
    )  # fmt: skip


class _Redrives(Writing):
    policy = business("patrols")
    queryset = Redrive.objects.none()
    serializer_class = RedriveSerializer

    def get_queryset(self) -> QuerySet[Redrive]:
        return shown(self.request.user)

    def answer(self, redrive: Redrive, code: int = status.HTTP_200_OK) -> Made:
        return Made(self.get_serializer(self.get_queryset().get(pk=redrive.pk)).data, redrive.pk, code)


@extend_schema_view(
    get=extend_schema(summary="回头看复测", tags=["patrols"], responses=RedriveSerializer(many=True)),
    post=extend_schema(
        summary="安排回头看复测",
        tags=["patrols"],
        request=PlanBody,
        responses={201: RedriveSerializer},
        examples=[
            OpenApiExample(
                "安排",
                value={"issue": "SX-2021-ZH-00557", "hot_spot": "0b4c6f5e-3d0e-4a44-9a0e-1f6c1c8b7a10",
                       "due_on": "2021-09-10", "crew": "王、李"},
                request_only=True,
            )
        ],
    ),
)  # fmt: skip
class RedriveList(Listing, _Redrives):
    orderings = {
        "newest": Ordering(("planned_at", "id"), descending=True),
        "oldest": Ordering(("planned_at", "id")),
    }

    def act(self, request: Request, **kwargs: Any) -> Made:
        body = PlanBody(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data
        issue = Issue.objects.visible_to(self.officer).filter(number=sent["issue"]).first()
        if issue is None:
            raise Invalid(_("没有这个问题，请核对编号。"), field="issue")
        spot = next((one for one in actions.spots_of(issue, self.officer) if one.pk == sent["hot_spot"]), None)
        if spot is None:
            raise Invalid(_("请选择这个问题的走航热点。"), field="hot_spot")
        made = actions.plan_redrive(
            issue, spot, by=self.officer, due_on=sent["due_on"], vehicle=_vehicle(spot, sent["vehicle"]),
            crew=sent["crew"],
        )  # fmt: skip
        return self.answer(made, status.HTTP_201_CREATED)


def _vehicle(spot: HotSpot, plate: str) -> Vehicle | None:
    if not plate:
        return None
    found = Vehicle.objects.filter(bureau=spot.run.bureau, plate=plate).first()
    if found is None:
        raise Invalid(_("走航车不属于走航单位，请重新选择。"), field="vehicle")
    return found


@extend_schema_view(get=extend_schema(summary="一次回头看复测", tags=["patrols"]))
class RedriveDetail(Detail):
    policy = business("patrols")
    queryset = Redrive.objects.none()
    serializer_class = RedriveSerializer

    def get_queryset(self) -> QuerySet[Redrive]:
        return shown(self.request.user)


#: Action -> its body.
BODIES: dict[str, type[Body]] = {"measure": RunBody, "decide": VerdictBody, "void": VoidBody}


@extend_schema_view(
    post=extend_schema(
        summary="复测的操作：measure 选走航比较，decide 给出结论，void 作废",
        tags=["patrols"],
        request=VerdictBody,
        responses={200: RedriveSerializer},
        examples=[
            OpenApiExample("比较", value={"run": "5f0c9b52-6a37-4f9c-9b3f-0a1c6f1d2e30", "version": 1}, request_only=True),
            OpenApiExample("结论", value={"verdict": "improved", "version": 2}, request_only=True),
            OpenApiExample("作废", value={"reason": "路段施工"}, request_only=True),
        ],
    )
)  # fmt: skip
class RedriveAction(_Redrives):
    def act(self, request: Request, **kwargs: Any) -> Made:
        redrive, action = self.get_object(), str(self.kwargs["action"])
        if action not in BODIES:
            raise Absent(_("没有这个地址。"))
        body = BODIES[action](data=request.data)
        body.is_valid(raise_exception=True)
        sent = dict(body.validated_data)
        if action == "measure":
            run = PatrolRun.objects.visible_to(self.officer).valid().filter(pk=sent.pop("run")).first()
            if run is None:
                raise Invalid(_("没有这次走航，请重新选择。"), field="run")
            actions.measure_redrive(redrive, run, by=self.officer, **sent)
        elif action == "decide":
            actions.decide_redrive(redrive, by=self.officer, **sent)
        else:
            actions.void_redrive(redrive, by=self.officer, **sent)
        return self.answer(redrive)
