"""Visits in the API: the row, the whole of one, the bodies of planning and of every step."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.inspections import actions, rules
from enforcement.inspections.actions.checklists import MAX_ITEMS
from enforcement.inspections.lifecycle import State
from enforcement.inspections.models import Campaign, Mode, Side, Visit
from enforcement.issues.models import Source
from enforcement.timeline.serializers import (
    StepSerializer,
    attachments_field,
    attachments_shown,
    events_field,
    events_shown,
)
from regions.api.entries import Day, several
from regions.api.fields import Body, Choice, Degrees, Text, Whole, beijing
from regions.api.serializers import CodeField

KEY = 2**63 - 1


class VisitRowSerializer(serializers.Serializer[Visit]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    mode = serializers.ChoiceField(choices=Mode.choices)
    source: Any = serializers.ChoiceField(choices=Source.choices)
    site = serializers.IntegerField(source="site_id")
    site_name = serializers.CharField(source="site.name")
    division = CodeField(source="division.code")
    bureau = serializers.IntegerField(source="bureau_id", help_text="检查单位")
    bureau_name = serializers.CharField(source="bureau.short_name")
    checklist = serializers.UUIDField(source="list_version_id", help_text="检查表的版本")
    planned_on = serializers.DateField()
    begun_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    over_cap = serializers.BooleanField(help_text="超过年度上限，经审批")
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField()


class VisitOfficerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="officer.name")
    leader = serializers.BooleanField()
    badge_no = serializers.CharField(allow_blank=True)
    declared_at = serializers.DateTimeField(allow_null=True)


class VisitAnswerSerializer(serializers.Serializer[Any]):
    """An item that is asked, and its answer on the version of the list the visit was planned on."""

    code = serializers.CharField()
    text = serializers.CharField()
    value = serializers.CharField(allow_blank=True)
    shown = serializers.CharField(allow_blank=True, help_text="带单位的答案")
    note = serializers.CharField(allow_blank=True)
    failed = serializers.BooleanField()
    becomes = serializers.ChoiceField(choices=rules.Becomes.choices)
    finding = serializers.UUIDField(allow_null=True, help_text="转成的线索；不在可见范围内为空")


class VisitGuidanceSerializer(serializers.Serializer[Any]):
    item = serializers.CharField(source="item.code", default="")
    text = serializers.CharField()
    by = serializers.CharField(source="by.name")
    at = serializers.DateTimeField()


class VisitSignatureSerializer(serializers.Serializer[Any]):
    side = serializers.ChoiceField(choices=Side.choices)
    name = serializers.CharField()
    refusal = serializers.CharField(allow_blank=True)
    digest = serializers.CharField(help_text="签字所依据的答案与照片的 SHA-256")
    at = serializers.DateTimeField()


class VisitHandoverSerializer(serializers.Serializer[Any]):
    attachment = serializers.UUIDField(source="attachment_id")
    sha256 = serializers.CharField()
    item = serializers.CharField(source="item_code", allow_blank=True)
    taken_by = serializers.CharField()
    taken_at = serializers.DateTimeField()
    place = serializers.CharField(allow_blank=True)


class VisitSerializer(VisitRowSerializer):
    campaign = serializers.SerializerMethodField(help_text="专项行动；不在可见范围内为空")
    planner = serializers.CharField(source="planner.name")
    approver = serializers.CharField(source="approver.name")
    approval_no = serializers.CharField(allow_blank=True)
    notice_no = serializers.CharField(allow_blank=True)
    visits_this_year = serializers.SerializerMethodField(help_text="该点位今年已开始的其他检查")
    yearly_cap = serializers.IntegerField(source="rule.yearly_cap")
    check_in_flags = serializers.ListField(child=serializers.CharField(), help_text="入企核对的异常")
    check_in_metres = serializers.IntegerField(allow_null=True)
    summary = serializers.CharField(allow_blank=True)
    receiver = serializers.IntegerField(source="receiver_id", allow_null=True)
    handed_over_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    officers = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()
    guidance = serializers.SerializerMethodField()
    signatures = VisitSignatureSerializer(many=True)
    handovers = VisitHandoverSerializer(many=True)
    attachments = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_campaign(self, visit: Visit) -> str | None:
        mine = Campaign.objects.visible_to(self.context["request"].user)
        seen = visit.campaign_id and mine.filter(pk=visit.campaign_id).exists()
        return str(visit.campaign_id) if seen else None

    def get_visits_this_year(self, visit: Visit) -> int:
        return actions.visits_this_year(visit)

    @extend_schema_field(VisitOfficerSerializer(many=True))
    def get_officers(self, visit: Visit) -> Any:
        return VisitOfficerSerializer(visit.officers.select_related("officer"), many=True).data

    @extend_schema_field(VisitAnswerSerializer(many=True))
    def get_answers(self, visit: Visit) -> list[dict[str, Any]]:
        given, items = actions.answers_of(visit), actions.items_of(visit)
        asked = rules.asked(items, {code: row.value for code, row in given.items()})
        seen = actions.findings_seen(visit, self.context["request"].user)
        return [_answer(item, given.get(item.code), seen) for item in asked]

    @extend_schema_field(VisitGuidanceSerializer(many=True))
    def get_guidance(self, visit: Visit) -> Any:
        return VisitGuidanceSerializer(visit.guidance.select_related("item", "by"), many=True).data

    @attachments_field
    def get_attachments(self, visit: Visit) -> list[dict[str, Any]]:
        return attachments_shown("visit", visit.pk)

    @events_field
    def get_events(self, visit: Visit) -> list[dict[str, Any]]:
        return events_shown("visit", visit.pk)

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, visit: Visit) -> Any:
        return StepSerializer(actions.available(visit, self.context["request"].user), many=True).data


def _answer(item: Any, row: Any, seen: set[Any]) -> dict[str, Any]:
    return {
        "code": item.code,
        "text": item.text,
        "value": row.value if row else "",
        "shown": rules.shown(item, row.value) if row else "",
        "note": row.note if row else "",
        "failed": bool(row and row.failed),
        "becomes": item.becomes,
        "finding": str(row.finding_id) if row and row.finding_id in seen else None,
    }


class VisitStandingSerializer(serializers.Serializer[Visit]):
    """How a visit stands after it was planned or a step taken."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    check_in_flags = serializers.ListField(child=serializers.CharField())
    check_in_metres = serializers.IntegerField(allow_null=True)
    begun_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


def standing_of(visit: Visit) -> dict[str, Any]:
    return {
        "id": str(visit.pk),
        "version": visit.version,
        "state": str(visit.state),
        "state_label": str(State(visit.state).label),
        "check_in_flags": list(visit.check_in_flags),
        "check_in_metres": visit.check_in_metres,
        "begun_at": beijing(visit.begun_at),
        "ended_at": beijing(visit.ended_at),
    }


class PlanBody(Body):
    """A visit to plan. Officers go by their account names; `bureau` may be left out by those who plan for one only."""

    bureau = Whole(required=False, max_value=KEY, help_text="检查单位")
    site = Whole(max_value=KEY)
    checklist = serializers.UUIDField(help_text="已发布的检查表版本")
    mode = Choice(choices=Mode.choices)
    source: Any = Choice(choices=[(s.value, s.label) for s in actions.SOURCES], required=False)
    planned_on = Day()
    approver = Text(max_length=60, help_text="审批人账号")
    leader = Text(max_length=60, help_text="组长账号")
    members = several(20, 60, help_text="组员账号")
    campaign = serializers.UUIDField(required=False, allow_null=True)
    lot = serializers.UUIDField(required=False, allow_null=True, help_text="双随机抽中的点位，见 draws 的 lots")


class _Words(serializers.DictField):
    """Words by the code of their item."""

    child = Text(allow_blank=True, max_length=rules.MAX_WORDS)
    default_error_messages = {"too_many": _("最多{most}项。"), "not_a_dict": _("请按编号填写答案。")}

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MAX_ITEMS:
            self.fail("too_many", most=MAX_ITEMS)
        return super().to_internal_value(data)


class VisitActionBody(Body):
    """The fields of every step; which one needs and accepts which stands under `actions` of the visit."""

    version = Whole(required=False)
    approval_no = Text(required=False, max_length=40)
    notice_no = Text(required=False, max_length=40)
    reason = Text(required=False, allow_blank=True, max_length=500)
    code = Text(required=False, allow_blank=True, max_length=200, help_text="点位二维码内容")
    lon = Degrees(required=False, min_value=-180, max_value=180, help_text="WGS-84")
    lat = Degrees(required=False, min_value=-90, max_value=90, help_text="WGS-84")
    device_at = Text(required=False, allow_blank=True, max_length=40, help_text="设备时间，带时区")
    answers = _Words(required=False, help_text="编号 -> 答案")
    notes = _Words(required=False, help_text="编号 -> 说明")
    seen = _Words(required=False, help_text="编号 -> 所见的答案；他人已改动的不覆盖")
    item = Text(required=False, allow_blank=True, max_length=12)
    text = Text(required=False, max_length=1000)
    side = Choice(choices=Side.choices, required=False)
    name = Text(required=False, max_length=40)
    refusal = Text(required=False, allow_blank=True, max_length=200)
    summary = Text(required=False, allow_blank=True, max_length=2000)
    bureau = Whole(required=False, max_value=KEY, help_text="接收单位")
    note = Text(required=False, allow_blank=True, max_length=500)
