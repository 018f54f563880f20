"""What the API shows and takes of special inspections."""

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.issues.models import Issue, Severity
from enforcement.oversight.actions import inspecting, plans
from enforcement.oversight.lifecycle.specials import UNREAD, State
from enforcement.oversight.models import SpecialInspection
from enforcement.timeline import clock
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


class SpecialRowSerializer(serializers.Serializer[SpecialInspection]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    name = serializers.CharField()
    bureau = serializers.IntegerField(source="bureau_id", help_text="督察单位")
    bureau_name = serializers.CharField(source="bureau.short_name")
    division = CodeField(source="division.code", help_text="被督察地区")
    addressee = serializers.IntegerField(source="addressee_id", help_text="被督察单位")
    since = serializers.DateField()
    until = serializers.DateField()
    first_plan_due_on = serializers.DateField(allow_null=True, help_text="整改方案首次期限")
    plan_due_on = serializers.DateField(allow_null=True, help_text="整改方案当前期限")
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField()


class RequestSerializer(serializers.Serializer[Any]):
    place = serializers.IntegerField()
    text = serializers.CharField()
    due_on = serializers.DateField()
    supplied_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class TaskSerializer(serializers.Serializer[Any]):
    """A task of the newest plan; `issue` is empty until it is tracked, or for who may not read the issue."""

    problem = serializers.IntegerField()
    title = serializers.CharField()
    measure = serializers.CharField()
    bureau = serializers.IntegerField()
    bureau_name = serializers.CharField()
    due_on = serializers.DateField()
    issue = serializers.CharField(allow_blank=True)
    issue_state = serializers.CharField(allow_blank=True)


class ProblemSerializer(serializers.Serializer[Any]):
    place = serializers.IntegerField()
    title = serializers.CharField()
    facts = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)


class SpecialFiguresSerializer(serializers.Serializer[Any]):
    """`tasks` is the denominator; `closed` holds `struck_off`; `ended` are void, withdrawn or merged."""

    as_of = serializers.DateTimeField()
    tasks = serializers.IntegerField()
    closed = serializers.IntegerField()
    struck_off = serializers.IntegerField()
    overdue = serializers.IntegerField()
    ended = serializers.IntegerField()


class PublishedSerializer(SpecialFiguresSerializer):
    note = serializers.CharField(allow_blank=True)


class SpecialMemberSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(source="officer.name")
    leader = serializers.BooleanField()


class SpecialSerializer(SpecialRowSerializer):
    scope = serializers.CharField()
    basis = serializers.CharField()
    team = SpecialMemberSerializer(many=True, source="members")
    proposed_by = serializers.CharField(source="proposed_by.name")
    proposed_at = serializers.DateTimeField()
    approved_by = serializers.CharField(source="approved_by.name", default="")
    notice_no = serializers.CharField(allow_blank=True)
    entered_at = serializers.DateTimeField(allow_null=True)
    report_no = serializers.CharField(allow_blank=True)
    report = serializers.CharField(allow_blank=True)
    told_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    requests = RequestSerializer(many=True)
    problems = serializers.SerializerMethodField(help_text="反馈以前只有督察一方看得到")
    plan = serializers.SerializerMethodField(help_text="最新的整改方案全文")
    tasks = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField(help_text="现在的进展；转为问题以前为空")
    published = serializers.SerializerMethodField(help_text="已公布的进展，新的在前")
    attachments = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    @extend_schema_field(ProblemSerializer(many=True))
    def get_problems(self, row: SpecialInspection) -> Any:
        if row.state in UNREAD and not inspecting.is_own(row, self.context["request"].user):
            return []
        return ProblemSerializer(row.problems.all(), many=True).data

    @extend_schema_field(serializers.CharField())
    def get_plan(self, row: SpecialInspection) -> str:
        plan = row.plans.first()
        return plan.text if plan else ""

    @extend_schema_field(TaskSerializer(many=True))
    def get_tasks(self, row: SpecialInspection) -> Any:
        tasks = plans.tasks_now(row) if row.told_at else []
        keys = [task.problem.finding.issue_id for task in tasks if task.problem.finding.issue_id]
        issues = Issue.objects.visible_to(self.context["request"].user).filter(pk__in=keys) if keys else []
        seen = {issue.pk for issue in issues}
        return [_task(task, seen) for task in tasks]

    @extend_schema_field(SpecialFiguresSerializer(allow_null=True))
    def get_figures(self, row: SpecialInspection) -> Any:
        if row.state not in {State.RECTIFYING, State.CLOSED}:
            return None
        return {"as_of": beijing(clock.now()), **asdict(plans.figures_of(plans.tasks_now(row), clock.today()))}

    @extend_schema_field(PublishedSerializer(many=True))
    def get_published(self, row: SpecialInspection) -> Any:
        return [{"as_of": beijing(one.as_of), **one.figures, "note": one.note} for one in row.published.all()]

    @attachments_field
    def get_attachments(self, row: SpecialInspection) -> list[dict[str, Any]]:
        return attachments_shown("specialinspection", row.pk)

    @events_field
    def get_events(self, row: SpecialInspection) -> list[dict[str, Any]]:
        return events_shown("specialinspection", row.pk)

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, row: SpecialInspection) -> Any:
        return StepSerializer(inspecting.available(row, self.context["request"].user), many=True).data


def _task(task: Any, seen: set[Any]) -> dict[str, Any]:
    issue = task.problem.finding.issue
    return {
        "problem": task.problem.place,
        "title": task.problem.title,
        "measure": task.measure,
        "bureau": task.bureau_id,
        "bureau_name": task.bureau.short_name,
        "due_on": task.due_on.isoformat(),
        "issue": issue.number if issue and issue.pk in seen else "",
        "issue_state": str(issue.state) if issue else "",
    }


class SpecialStandingSerializer(serializers.Serializer[SpecialInspection]):
    """How a special inspection stands after it was proposed or a step taken."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    plan_due_on = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


def standing_of(row: SpecialInspection) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "version": row.version,
        "state": str(row.state),
        "state_label": str(State(row.state).label),
        "plan_due_on": row.plan_due_on,
        "closed_at": beijing(row.closed_at),
    }


class SpecialBody(Body):
    """A special inspection to propose; `bureau` may be left out by those who may propose for one only."""

    bureau = Whole(required=False, max_value=KEY)
    addressee = Whole(max_value=KEY, help_text="被督察地区的主管部门")
    name = Text(max_length=80)
    scope = Text(max_length=2000)
    basis = Text(max_length=200)
    since = Day()
    until = Day()
    leader = Text(max_length=60, help_text="组长账号")
    members = several(30, 60, help_text="组员账号")


class TaskBody(Body):
    problem = Whole(max_value=1000, help_text="问题的序号")
    measure = Text(max_length=300)
    bureau = Text(max_length=80, help_text="责任单位的全称或简称")
    due_on = Day()


class SpecialActionBody(Body):
    """The fields of every step; which one needs and accepts which stands under `actions` of the inspection."""

    version = Whole(required=False)
    note = Text(required=False, allow_blank=True, max_length=500)
    reason = Text(required=False, allow_blank=True, max_length=500)
    notice_no = Text(required=False, max_length=40)
    text = Text(required=False, max_length=300)
    due_on = Day(required=False)
    request = Whole(required=False, max_value=1000, help_text="调阅材料的序号")
    title = Text(required=False, max_length=120)
    facts = Text(required=False, max_length=2000)
    severity = Choice(choices=Severity.choices, required=False)
    lon = Degrees(min_value=-180, max_value=180, required=False, help_text="WGS-84 经度")
    lat = Degrees(min_value=-90, max_value=90, required=False, help_text="WGS-84 纬度")
    address = Text(required=False, allow_blank=True, max_length=200)
    report_no = Text(required=False, max_length=40)
    report = Text(required=False, max_length=8000)
    plan = Text(required=False, max_length=8000)
    tasks: Any = serializers.ListSerializer(child=TaskBody(), required=False, max_length=200)
    opinion = Text(required=False, max_length=2000)
    verifier = Whole(required=False, max_value=KEY, help_text="核查单位")
