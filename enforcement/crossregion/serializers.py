"""What the API shows of rounds and takes for their steps."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.crossregion import actions
from enforcement.crossregion.lifecycle import State
from enforcement.crossregion.models import Clue, DailyReport, Round, Target
from enforcement.crossregion.wording import cut_short, explained, sentence
from enforcement.inspections.lifecycle import State as VisitState
from enforcement.inspections.models import Visit
from enforcement.issues.models import Severity
from enforcement.timeline.serializers import StepSerializer
from regions.api.fields import Body, Text, Whole
from regions.api.serializers import CodeField


class RoundSerializer(serializers.Serializer[Round]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    campaign = serializers.CharField(allow_blank=True, help_text="所属行动的名称")
    bureau = serializers.CharField(source="bureau.short_name")
    state = serializers.ChoiceField(choices=State.choices)
    version = serializers.IntegerField()
    since = serializers.DateField()
    until = serializers.DateField()
    commitment = serializers.CharField(allow_blank=True, help_text="封存时公布的 SHA-256")
    synthetic = serializers.BooleanField()


class CommitmentSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    commitments = serializers.SerializerMethodField(help_text="当日承诺树的根，SHA-256；每天都有，与有无轮次无关")
    digest = serializers.SerializerMethodField(help_text="当日锚定的摘要，SHA-256")

    def get_commitments(self, anchor: Any) -> str:
        return bytes(anchor.commitments).hex()

    def get_digest(self, anchor: Any) -> str:
        return bytes(anchor.digest).hex()


class RoundTeamSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    city = serializers.CharField(source="city.code")
    leader = serializers.CharField(source="leader.name")
    people = serializers.IntegerField()
    county = serializers.SerializerMethodField()
    pinned = serializers.SerializerMethodField(help_text="抽取前指定的县区代码")

    moved_from = serializers.SerializerMethodField(help_text="公布后改派前所在的县区：代码和最后一天")
    equipment = serializers.ListField(child=serializers.CharField(), help_text="自带设备的代号")
    loans = serializers.SerializerMethodField(help_text="从机动设备中借用的代号")

    def get_loans(self, team: Any) -> list[str]:
        return list(team.borrowed)

    def get_moved_from(self, team: Any) -> list[dict[str, str]]:
        return [{"county": row.place.code, "until": row.until.isoformat()} for row in team.moved_from]

    def get_pinned(self, team: Any) -> str | None:
        pin = getattr(team, "pin", None)
        return str(pin.division.code) if pin else None

    def get_county(self, team: Any) -> str | None:
        assignment = getattr(team, "assignment", None)
        return str(assignment.division.code) if assignment else None


class RoundCheckSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    looked_at = serializers.IntegerField()
    off = serializers.BooleanField()
    faults = serializers.ListField(child=serializers.CharField())


class RoundDetailSerializer(RoundSerializer):
    campaign_id = serializers.SerializerMethodField(help_text="专项行动；系统中没有或不在可见范围内为空")
    drawing = serializers.SerializerMethodField(help_text="后台正在抽取")
    explanation = serializers.SerializerMethodField(help_text="没有抽出结果时的说明")
    seed = serializers.SerializerMethodField(help_text="公布后揭示的种子，十六进制；此前为空")
    objective_km = serializers.SerializerMethodField(help_text="现在的目标值：有人工对调、改派的，为调整以后的")
    drawn_objective_km = serializers.SerializerMethodField(help_text="抽取时的目标值，与 bound_km、gap 同一时点")
    bound_km = serializers.SerializerMethodField(help_text="抽取时求解器给出的下界")
    gap = serializers.SerializerMethodField(help_text="抽取时目标值与下界的相对间隙")
    cut_short = serializers.SerializerMethodField(help_text="求解到时限为止、间隙大于要求时的说明；否则为空")
    checks = serializers.SerializerMethodField()
    teams = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    def get_campaign_id(self, round_: Round) -> UUID | None:
        shown = actions.campaign_shown(round_, self.context["request"].user)
        return shown.pk if shown else None

    def get_drawing(self, round_: Round) -> bool:
        return round_.draw_begun_at is not None

    def get_explanation(self, round_: Round) -> list[str]:
        return explained(round_.explanation)

    def get_seed(self, round_: Round) -> str:
        return "" if round_.is_secret else bytes(round_.seed or b"").hex()

    def get_objective_km(self, round_: Round) -> str | None:
        return round_.certificate["objective_km"] if round_.certificate else None

    def get_drawn_objective_km(self, round_: Round) -> str | None:
        return round_.result["objective_km"] if round_.result else None

    def get_bound_km(self, round_: Round) -> str | None:
        return round_.result["bound_km"] if round_.result else None

    def get_gap(self, round_: Round) -> str | None:
        return round_.result["gap"] if round_.result else None

    def get_cut_short(self, round_: Round) -> str:
        return cut_short(round_)

    def get_checks(self, round_: Round) -> list[dict[str, Any]]:
        checks = (round_.certificate or {}).get("checks", [])
        return [{**check, "faults": [sentence(fault) for fault in check["faults"]]} for check in checks]

    def get_teams(self, round_: Round) -> list[dict[str, Any]]:
        return RoundTeamSerializer(actions.teams_of(round_), many=True).data  # type: ignore[return-value]

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, round_: Round) -> list[dict[str, Any]]:
        offers = actions.available(round_, self.context["request"].user)
        return StepSerializer(offers, many=True).data  # type: ignore[return-value]


class RoundTargetSerializer(serializers.Serializer[Target]):
    site = serializers.IntegerField(source="site_id")
    name = serializers.CharField(source="site.name")
    county = serializers.CharField(source="division.code")
    team = serializers.CharField(source="team.name", allow_null=True, default=None)
    place = serializers.IntegerField(help_text="在本县区的抽取次序")


class RoundTargetsSerializer(serializers.Serializer[Any]):
    results = RoundTargetSerializer(many=True)


class RoundReportSerializer(serializers.Serializer[DailyReport]):
    id = serializers.UUIDField()
    team = serializers.CharField(source="team.name")
    day = serializers.DateField()
    version = serializers.IntegerField(help_text="同一天再次报送是下一版；迟报按第一版计算")
    due_at = serializers.DateTimeField()
    filed_at = serializers.DateTimeField()
    filed_by = serializers.CharField(source="filed_by.name")
    minutes_late = serializers.IntegerField()
    work = serializers.CharField()
    troubles = serializers.CharField(allow_blank=True)
    plan = serializers.CharField(allow_blank=True)
    figures: Any = serializers.JSONField(
        help_text="报送时统计：检查次数、检查抽中点位、本队抽中点位、帮扶指导、报送线索"
    )


class RoundClueSerializer(serializers.Serializer[Clue]):
    id = serializers.UUIDField()
    team = serializers.CharField(source="team.name")
    finding = serializers.UUIDField(source="finding_id")
    title = serializers.CharField(source="finding.title")
    state = serializers.CharField(source="finding.state")
    county = serializers.CharField(source="finding.located_in.code", allow_null=True, default=None)
    issue = serializers.CharField(source="finding.issue.number", allow_null=True, default=None, help_text="问题编号")
    filed_at = serializers.DateTimeField()


class RoundVisitSerializer(serializers.Serializer[Visit]):
    id = serializers.UUIDField()
    site = serializers.IntegerField(source="site_id")
    name = serializers.CharField(source="site.name")
    county = CodeField(source="division.code")
    team = serializers.SerializerMethodField(help_text="队名")
    state = serializers.ChoiceField(choices=VisitState.choices)
    begun_at = serializers.DateTimeField()
    guidance = serializers.IntegerField(source="given", help_text="帮扶指导条数")

    def get_team(self, visit: Any) -> str:
        names: dict[Any, str] = self.context["teams"]
        return names[visit.team]


class RoundFigureSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label: Any = serializers.CharField()
    count = serializers.IntegerField(help_text="分子")
    of = serializers.IntegerField(allow_null=True, help_text="分母；计数没有分母")
    of_label = serializers.CharField(allow_blank=True)
    rate = serializers.DecimalField(5, 2, allow_null=True, help_text="百分比，四舍六入五成双")
    rows = serializers.CharField(help_text="分子的明细；按查看人的权限列出")


class RoundLateSerializer(serializers.Serializer[Any]):
    team = serializers.CharField(source="team.name")
    day = serializers.DateField()
    missing = serializers.BooleanField()
    minutes_late = serializers.IntegerField()


class RoundSummarySerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="统计截止时点")
    figures = RoundFigureSerializer(many=True)
    late = RoundLateSerializer(many=True)


class Day(serializers.DateField):
    """A day as an ISO string."""


class RoundBody(Body):
    name = Text(max_length=80)
    campaign = Text(
        required=False,
        default="",
        allow_blank=True,
        max_length=80,
        help_text="系统中没有的行动的名称；与 campaign_id 只填其一",
    )
    campaign_id = serializers.UUIDField(
        required=False, default=None, allow_null=True, help_text="未结束的专项行动，见 /api/v1/campaigns/"
    )
    since = Day()
    until = Day()


class RoundActionBody(Body):
    version = Whole(required=False)
    campaign = Text(required=False, allow_blank=True, max_length=80, help_text="系统中没有的行动的名称")
    campaign_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="未结束的专项行动；与 campaign 都不填即不属于任何行动"
    )
    text = Text(required=False, allow_blank=True, max_length=60_000)
    reason = Text(required=False, max_length=500)
    team = Text(required=False, max_length=40)
    other = Text(required=False, max_length=40)
    county = Text(required=False, max_length=6)
    officer = Text(required=False, max_length=60)
    max_km = Whole(required=False)
    spread = Whole(required=False)
    per_city = Whole(required=False)
    off = serializers.ListField(child=Text(max_length=20), required=False, max_length=20)
    waived = serializers.ListField(
        child=Text(max_length=20), required=False, max_length=20, help_text="公布后的调整所放宽的规则"
    )
    leaves = Text(required=False, max_length=60, help_text="离队的队员，账号")
    joins = Text(required=False, max_length=60, help_text="补充的队员，账号")
    skills = Text(required=False, allow_blank=True, max_length=200, help_text="补充队员的专长，用顿号隔开")
    leader = Text(required=False, max_length=60, help_text="组长离队时的新组长，账号")


class RoundReportBody(Body):
    day = Day(required=False)
    work = Text(max_length=2000)
    troubles = Text(required=False, allow_blank=True, max_length=1000)
    plan = Text(required=False, allow_blank=True, max_length=1000)


class RoundClueBody(Body):
    """On a drawn target (`site`), or at a place (`lon`, `lat`, WGS-84)."""

    title = Text(max_length=120)
    site = Whole(required=False, max_value=2**63 - 1)
    lon = serializers.FloatField(required=False, min_value=-180, max_value=180)
    lat = serializers.FloatField(required=False, min_value=-90, max_value=90)
    address = Text(required=False, allow_blank=True, max_length=200)
    occurred_at = serializers.DateTimeField(required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    pollution_type = Text(required=False, allow_blank=True, max_length=30)
    description = Text(required=False, allow_blank=True, max_length=4000)
