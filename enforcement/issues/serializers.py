"""What the API shows and takes of issues and handoffs. Rows of lists are plain dicts of this same shape."""

from datetime import date
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.issues import actions, bulk, lifecycle
from enforcement.issues.inner_due import with_inner_due
from enforcement.issues.lifecycle import MOVES, Method, PauseReason, ReturnReason, Rung, State, Verdict
from enforcement.issues.models import Handoff, Issue, MeasureKind, Responsibility, Severity, Source
from enforcement.timeline import clock
from enforcement.timeline.serializers import (
    StepSerializer,
    attachments_field,
    attachments_shown,
    events_field,
    events_shown,
)
from regions.api.fields import Body, Choice, Flag, Text, Whole, beijing
from regions.api.serializers import CodeField

# --- rows of lists ----------------------------------------------------------------------------------------------

#: What a row of the list is read from, by one statement.
COLUMNS = (
    "id",
    "number",
    "title",
    "state",
    "source",
    "severity",
    "pollution_type",
    "starred",
    "division__code",
    "located_in__code",
    "address",
    "lon",
    "lat",
    "site_id",
    "site__name",
    "issuer_id",
    "verifier_id",
    "bureaus",
    "issued_at",
    "issued_on",
    "first_due_on",
    "due_on",
    "inner_due_on",
    "provisional",
    "closed_at",
    "version",
    "synthetic",
    "listed",
    "rung",
)


#: By hand: it is in every list, and the condition is the index's own (`one_live_responsibility`).
_BUREAUS = RawSQL(
    "ARRAY(SELECT (SELECT b.short_name FROM regions_bureau b WHERE b.id = r.bureau_id) FROM issues_responsibility r "
    f"WHERE r.issue_id = issues_issue.id AND r.state NOT IN ({', '.join(repr(s.value) for s in sorted(lifecycle.ENDED))}) "
    "ORDER BY r.weight DESC, r.id)",
    [],
    ArrayField(CharField()),
)


def with_bureaus(issues: QuerySet[Issue]) -> QuerySet[Issue]:
    """With the short names of the bureaus that answer, the heaviest share first, and the inner due date."""
    return with_inner_due(issues.annotate(bureaus=_BUREAUS))


def row_of(values: dict[str, Any], labels: dict[str, str], today: date) -> dict[str, Any]:
    """A row of the list from its columns."""
    values.pop("id")
    values["division"] = values.pop("division__code") or None
    values["located_in"] = values.pop("located_in__code") or None
    values["site"] = values.pop("site_id")
    values["site_name"] = values.pop("site__name") or ""
    values["issuer"] = values.pop("issuer_id")
    values["verifier"] = values.pop("verifier_id")
    values["state_label"] = labels[values["state"]]
    values["overdue"] = is_overdue(values["state"], values["closed_at"], values["due_on"], today)
    values["issued_at"] = beijing(values["issued_at"])
    values["closed_at"] = beijing(values["closed_at"])
    for name in ("issued_on", "first_due_on", "due_on", "inner_due_on"):
        values[name] = values[name].isoformat() if values[name] else None
    return values


def is_overdue(state: str, closed_at: Any, due_on: date, today: date) -> bool:
    return closed_at is None and state in lifecycle.OPEN and due_on < today


class IssueRowSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    source: Any = serializers.ChoiceField(choices=Source.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    pollution_type = serializers.CharField(allow_blank=True)
    starred = serializers.BooleanField()
    division = CodeField(help_text="责任区划现行代码")
    located_in = CodeField(help_text="所在区划现行代码")
    address = serializers.CharField(allow_blank=True)
    lon = serializers.FloatField(help_text="WGS-84")
    lat = serializers.FloatField(help_text="WGS-84")
    site = serializers.IntegerField(allow_null=True)
    site_name = serializers.CharField(allow_blank=True)
    issuer = serializers.IntegerField(help_text="转办单位")
    verifier = serializers.IntegerField(help_text="核查单位")
    bureaus = serializers.ListField(child=serializers.CharField(), help_text="承办单位简称，权重大的在前")
    issued_at = serializers.DateTimeField()
    issued_on = serializers.DateField(help_text="首次转办的北京日期")
    first_due_on = serializers.DateField()
    due_on = serializers.DateField()
    inner_due_on = serializers.DateField(allow_null=True, help_text="拆分时定的内部期限，完成或办结后为空")
    provisional = serializers.BooleanField(help_text="期限跨入日历尚未公布的年份，暂定")
    overdue = serializers.BooleanField()
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField(help_text="演示数据")
    listed = serializers.BooleanField(help_text="挂牌督办")
    rung = serializers.ChoiceField(choices=[("", ""), *Rung.choices], help_text="现行督办的最高层级")


# --- one issue --------------------------------------------------------------------------------------------------


class ResponsibilitySerializer(serializers.Serializer[Responsibility]):
    id = serializers.IntegerField()
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.short_name")
    division = CodeField(source="division.code")
    parent: Any = serializers.IntegerField(source="parent_id", allow_null=True, help_text="交办此项的上级责任")
    handoff = serializers.IntegerField(source="handoff_id")
    handoff_number = serializers.CharField(source="handoff.number")
    item = serializers.IntegerField(help_text="在转办单中的项次")
    state = serializers.ChoiceField(choices=State.choices)
    weight = serializers.DecimalField(max_digits=5, decimal_places=4)
    first_due_on = serializers.DateField()
    due_on = serializers.DateField()
    stage_due_on = serializers.DateField(allow_null=True)
    provisional = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    handling_days = serializers.IntegerField(allow_null=True, help_text="签收至办结的工作日")
    verification_count = serializers.IntegerField()
    rejection_count = serializers.IntegerField()
    extension_count = serializers.IntegerField()
    return_count = serializers.IntegerField()


class AvailableSerializer(StepSerializer):
    """A step, and the responsibility it would be taken for."""

    responsibility = serializers.IntegerField()
    primary = serializers.BooleanField()


class IssueSerializer(serializers.Serializer[Issue]):
    number = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(source="get_state_display")
    source: Any = serializers.ChoiceField(choices=Source.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    pollution_type = serializers.CharField(allow_blank=True)
    starred = serializers.BooleanField()
    division = CodeField(source="division.code")
    located_in = CodeField(source="located_in.code")
    address = serializers.CharField(allow_blank=True)
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    site = serializers.IntegerField(source="site_id", allow_null=True)
    site_name = serializers.CharField(source="site.name", default="")
    issuer = serializers.IntegerField(source="issuer_id")
    issuer_name = serializers.CharField(source="issuer.short_name")
    verifier = serializers.IntegerField(source="verifier_id")
    verifier_name = serializers.CharField(source="verifier.short_name")
    issued_at = serializers.DateTimeField()
    issued_on = serializers.DateField()
    first_due_on = serializers.DateField()
    due_on = serializers.DateField()
    provisional = serializers.BooleanField()
    overdue = serializers.SerializerMethodField()
    closed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(help_text="操作时带回，以免覆盖他人的更新")
    imported = serializers.BooleanField()
    synthetic = serializers.BooleanField()
    listed = serializers.BooleanField(help_text="挂牌督办")
    rung = serializers.ChoiceField(choices=[("", ""), *Rung.choices], help_text="现行督办的最高层级")
    responsibilities = ResponsibilitySerializer(many=True)
    events = serializers.SerializerMethodField()
    attachments = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    def get_overdue(self, issue: Issue) -> bool:
        return is_overdue(issue.state, issue.closed_at, issue.due_on, clock.today())

    @events_field
    def get_events(self, issue: Issue) -> list[dict[str, Any]]:
        return events_shown("issue", issue.pk, {r.pk: r.bureau.short_name for r in issue.responsibilities.all()})

    @attachments_field
    def get_attachments(self, issue: Issue) -> list[dict[str, Any]]:
        return attachments_shown("issue", issue.pk)

    @extend_schema_field(AvailableSerializer(many=True))
    def get_actions(self, issue: Issue) -> Any:
        return AvailableSerializer(actions.available(issue, self.context["request"].user), many=True).data


# --- acting -----------------------------------------------------------------------------------------------------


class Day(serializers.DateField):
    default_error_messages = {"invalid": _("日期应写作 2021-08-04。")}


class MilestoneBody(Body):
    """整改节点。"""

    title = Text(max_length=120)
    due_on = Day()


class MeasureBody(Body):
    """一项执法措施。"""

    kind = Choice(choices=MeasureKind.choices)
    article = Whole(required=False, max_value=2**63 - 1, help_text="法律条款")
    amount = Text(required=False, allow_blank=True, max_length=20, help_text="元，最多两位小数")
    persons = Whole(required=False, max_value=999, help_text="问责、约谈人数")
    document = Text(required=False, allow_blank=True, max_length=60, help_text="文书号")


class ActionSerializer(Body):
    """What an action takes: which of these it needs and accepts stands in the issue's `actions`."""

    responsibility = Whole(required=False, max_value=2**63 - 1, help_text="只有一项可选时可以不填")
    version = Whole(required=False, help_text="所见的版本；已被他人更新则得到409")
    reason_code = Choice(choices=ReturnReason.choices, required=False)
    reason = Text(required=False)
    bureau = Whole(required=False, max_value=2**63 - 1)
    due_on = Day(required=False)
    plan = Text(required=False, allow_blank=True)
    days = Whole(required=False, max_value=250)
    verdict = Choice(choices=Verdict.choices, required=False)
    measures = Text(required=False)
    cause = Text(required=False, allow_blank=True)
    opinion = Text(required=False, allow_blank=True)
    publication = Text(required=False, allow_blank=True)
    enforced = MeasureBody(many=True, required=False, help_text="执法措施，最多20行")
    pause_code = Choice(choices=PauseReason.choices, required=False)
    resume_on = Day(required=False)
    evidence = serializers.UUIDField(
        required=False,
        error_messages={"invalid": _("没有找到这个材料，请先上传到本问题。")},
        help_text="本问题的一个材料",
    )
    milestones = MilestoneBody(many=True, required=False, help_text="整改节点，最多20行")
    milestone = Whole(required=False, max_value=2**63 - 1)
    note = Text(required=False, allow_blank=True)
    method = Choice(choices=Method.choices, required=False)
    look_by = Day(required=False)
    leader = Text(required=False, max_length=60)
    reply_by = Day(required=False)
    reply = Text(required=False)


ACTIONS = sorted(MOVES)


class ChosenBody(Body):
    """One of several issues, as it was seen."""

    number = Text(max_length=24)
    version = Whole(required=False, help_text="所见的版本；已被他人更新则该件不办理")
    responsibility = Whole(required=False, max_value=2**63 - 1, help_text="只有一项可选时可以不填")


class SeveralBody(Body):
    """One action for several issues; its fields are those of the single action that need no file and no works."""

    action = Choice(choices=[(name, name) for name in bulk.OFFERED])
    items = ChosenBody(many=True, help_text="最多100件")
    preview: Any = Flag(required=False, default=False, help_text="只看每件会怎样，不办理")
    reason = Text(required=False)
    bureau = Whole(required=False, max_value=2**63 - 1)
    due_on = Day(required=False)
    plan = Text(required=False, allow_blank=True)
    opinion = Text(required=False, allow_blank=True)
    publication = Text(required=False, allow_blank=True)
    reply_by = Day(required=False)


class OutcomeSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    done = serializers.BooleanField(help_text="已办理；预览时为可以办理")
    detail = serializers.CharField(help_text="结果或原因", allow_blank=True)
    version = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(choices=State.choices, allow_null=True)


class SeveralSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    left = serializers.IntegerField()
    results = OutcomeSerializer(many=True)


class StandingSerializer(serializers.Serializer[Issue]):
    """How the issue stands after an action."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(source="get_state_display")
    division = CodeField(source="division.code")
    first_due_on = serializers.DateField()
    due_on = serializers.DateField()
    provisional = serializers.BooleanField()
    overdue = serializers.BooleanField()
    closed_at = serializers.DateTimeField(allow_null=True)


def standing_of(issue: Issue) -> dict[str, Any]:
    """A plain dict of that shape, of an issue `perform` gave: no statement."""
    moved = Issue.division.is_cached(issue)  # by a reissue
    code = issue.division.code if moved else issue.division_code  # type: ignore[attr-defined]
    return {
        "number": issue.number,
        "version": issue.version,
        "state": str(issue.state),
        "state_label": str(State(issue.state).label),
        "division": code or None,
        "first_due_on": issue.first_due_on,
        "due_on": issue.due_on,
        "provisional": issue.provisional,
        "overdue": is_overdue(issue.state, issue.closed_at, issue.due_on, clock.today()),
        "closed_at": beijing(issue.closed_at),
    }


# --- handoffs ---------------------------------------------------------------------------------------------------


class HandoffRowSerializer(serializers.Serializer[Handoff]):
    id = serializers.IntegerField()
    number = serializers.CharField(help_text="文号，如 晋环转〔2021〕12号")
    title = serializers.CharField()
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.short_name")
    division = CodeField(source="bureau.division.code", help_text="转办单位的区划")
    issued_at = serializers.DateTimeField()
    synthetic = serializers.BooleanField()


class HandoffItemSerializer(serializers.Serializer[Responsibility]):
    item = serializers.IntegerField()
    responsibility = serializers.IntegerField(source="pk")
    issue = serializers.CharField(source="issue.number")
    title = serializers.CharField(source="issue.title")
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.short_name")
    division = CodeField(source="division.code")
    weight = serializers.DecimalField(max_digits=5, decimal_places=4)
    state = serializers.ChoiceField(choices=State.choices)
    first_due_on = serializers.DateField()
    due_on = serializers.DateField()


class HandoffSerializer(HandoffRowSerializer):
    items = HandoffItemSerializer(many=True, source="visible_items", help_text="可见范围内的各项")
