"""Draws of a campaign in the API. What isn't revealed is shown to its maker, and to the drawn their own."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.inspections.actions import targets, verifying
from enforcement.inspections.lifecycle import DrawState
from enforcement.inspections.models import DrawnTarget, TargetDraw, Visit
from enforcement.timeline.serializers import StepSerializer
from regions.api.entries import Day
from regions.api.fields import Body, Text, Whole
from regions.api.serializers import CodeField


class DrawSerializer(serializers.Serializer[TargetDraw]):
    id = serializers.UUIDField()
    campaign = serializers.UUIDField(source="campaign_id")
    state = serializers.ChoiceField(choices=DrawState.choices)
    version = serializers.IntegerField()
    wanted = serializers.IntegerField(help_text="抽取点位数")
    since = serializers.DateField()
    until = serializers.DateField()
    commitment = serializers.CharField(help_text="封存时的 SHA-256")
    committed_at = serializers.DateTimeField()
    drawing = serializers.SerializerMethodField(help_text="后台正在抽取")
    drawn_at = serializers.DateTimeField(allow_null=True)
    revealed_at = serializers.DateTimeField(allow_null=True)
    synthetic = serializers.BooleanField()

    def get_drawing(self, row: TargetDraw) -> bool:
        return row.draw_begun_at is not None


class DrawnTargetSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    site = serializers.IntegerField()
    name = serializers.CharField()
    division = CodeField()
    grade = serializers.CharField(allow_blank=True)
    place = serializers.IntegerField(help_text="抽取次序")
    team = serializers.ListField(child=serializers.CharField(), help_text="检查人员，组长在前；无人可派为空")
    visit = serializers.UUIDField(allow_null=True, help_text="安排的检查；不在可见范围内为空")


class DrawCheckSerializer(serializers.Serializer[Any]):
    holds = serializers.BooleanField()
    text = serializers.CharField()


class DrawDetailSerializer(DrawSerializer):
    seed = serializers.SerializerMethodField(help_text="公布后揭示的种子，十六进制；此前为空")
    register = serializers.SerializerMethodField(help_text="公布后的登记册原文；此前为空")
    gone = serializers.SerializerMethodField(help_text="封存后从名录中删除的点位的编号")
    gone_names = serializers.SerializerMethodField(help_text="同上，名称和编号，依次对应")
    lots = serializers.SerializerMethodField()
    checks = serializers.SerializerMethodField(help_text="公布后由记录重做一遍的结果")
    actions = serializers.SerializerMethodField()

    def get_seed(self, row: TargetDraw) -> str:
        return "" if row.is_secret else bytes(row.seed).hex()

    def get_register(self, row: TargetDraw) -> str:
        return "" if row.is_secret else bytes(row.register).decode()

    def get_gone(self, row: TargetDraw) -> list[str]:
        return row.gone if self._told(row) else []

    def get_gone_names(self, row: TargetDraw) -> list[str]:
        return row.gone_names if self._told(row) else []

    def _told(self, row: TargetDraw) -> bool:
        mine: bool = row.made_by_id == self.context["request"].user.pk
        return mine or not row.is_secret

    @extend_schema_field(DrawnTargetSerializer(many=True))
    def get_lots(self, row: TargetDraw) -> list[dict[str, Any]]:
        officer = self.context["request"].user
        rows = DrawnTarget.objects.visible_to(officer).filter(draw=row).select_related("site__division")
        held = list(rows.prefetch_related("team__officer").order_by("place"))
        keys = [lot.visit_id for lot in held if lot.visit_id]
        seen = set(Visit.objects.visible_to(officer).filter(pk__in=keys).values_list("pk", flat=True))
        return [_lot(lot, seen) for lot in held]

    @extend_schema_field(DrawCheckSerializer(many=True))
    def get_checks(self, row: TargetDraw) -> list[dict[str, Any]]:
        if row.state != DrawState.REVEALED:
            return []
        return [{"holds": one.holds, "text": one.text} for one in verifying.verify(row)]

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, row: TargetDraw) -> Any:
        return StepSerializer(targets.available(row, self.context["request"].user), many=True).data


def _lot(lot: DrawnTarget, seen: set[Any]) -> dict[str, Any]:
    return {
        "id": str(lot.pk),
        "site": lot.site_id,
        "name": lot.site.name,
        "division": lot.site.division.code or None,
        "grade": lot.site.grade,
        "place": lot.place,
        "team": [one.officer.name for one in lot.team.all()],
        "visit": str(lot.visit_id) if lot.visit_id in seen else None,
    }


class DrawBody(Body):
    """A draw to commit to."""

    wanted = Whole(max_value=5000, help_text="抽取点位数")
    since = Day()
    until = Day()
    recusals = Text(required=False, allow_blank=True, max_length=20_000, help_text="每行：账号 点位名称或区划代码")


class DrawActionBody(Body):
    version = Whole(required=False)
    reason = Text(required=False, allow_blank=True, max_length=500)
