"""What the API shows and takes of interviews."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.oversight import actions
from enforcement.oversight.actions.holding import MAX_COMMITMENTS
from enforcement.oversight.lifecycle import Cause, State
from enforcement.oversight.models import Interview
from enforcement.timeline.serializers import (
    StepSerializer,
    attachments_field,
    attachments_shown,
    events_field,
    events_shown,
)
from regions.api.entries import Day
from regions.api.fields import Body, Choice, Moment, Text, Whole, beijing
from regions.api.serializers import CodeField

KEY = 2**63 - 1


class InterviewRowSerializer(serializers.Serializer[Interview]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=State.choices)
    cause = serializers.ChoiceField(choices=Cause.choices)
    bureau = serializers.IntegerField(source="bureau_id", help_text="约谈单位")
    bureau_name = serializers.CharField(source="bureau.short_name")
    division = CodeField(source="division.code", help_text="被约谈地区")
    addressee = serializers.IntegerField(source="addressee_id", help_text="被约谈单位")
    reason = serializers.CharField()
    meets_at = serializers.DateTimeField(allow_null=True)
    first_report_due_on = serializers.DateField(allow_null=True, help_text="书面报告首次期限")
    report_due_on = serializers.DateField(allow_null=True, help_text="书面报告当前期限")
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField()


class CommitmentSerializer(serializers.Serializer[Any]):
    place = serializers.IntegerField()
    text = serializers.CharField()
    due_on = serializers.DateField()
    done_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_blank=True)


class InterviewFiguresSerializer(serializers.Serializer[Any]):
    """What a rule found: the share or count with both its parts, the threshold, the day."""

    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    value = serializers.CharField()
    threshold = serializers.CharField()
    as_of = serializers.DateField()


class InterviewSerializer(InterviewRowSerializer):
    figures = serializers.SerializerMethodField(help_text="按规则提出时的数字；由人提出的为空")
    proposed_by = serializers.CharField(source="proposed_by.name", default="", help_text="空为按规则自动提出")
    proposed_at = serializers.DateTimeField()
    approved_by = serializers.CharField(source="approved_by.name", default="")
    notice_no = serializers.CharField(allow_blank=True)
    place = serializers.CharField(allow_blank=True)
    agenda = serializers.CharField(allow_blank=True)
    attendees = serializers.CharField(allow_blank=True)
    held_at = serializers.DateTimeField(allow_null=True)
    present = serializers.CharField(allow_blank=True)
    minutes = serializers.CharField(allow_blank=True)
    report = serializers.CharField(allow_blank=True)
    reported_at = serializers.DateTimeField(allow_null=True)
    opinion = serializers.CharField(allow_blank=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    commitments = CommitmentSerializer(many=True)
    attachments = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    @extend_schema_field(InterviewFiguresSerializer(allow_null=True))
    def get_figures(self, row: Interview) -> Any:
        return row.figures or None

    @attachments_field
    def get_attachments(self, row: Interview) -> list[dict[str, Any]]:
        return attachments_shown("interview", row.pk)

    @events_field
    def get_events(self, row: Interview) -> list[dict[str, Any]]:
        return events_shown("interview", row.pk)

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, row: Interview) -> Any:
        return StepSerializer(actions.available(row, self.context["request"].user), many=True).data


class InterviewStandingSerializer(serializers.Serializer[Interview]):
    """How an interview stands after it was proposed or a step taken."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    report_due_on = serializers.DateField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


def standing_of(row: Interview) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "version": row.version,
        "state": str(row.state),
        "state_label": str(State(row.state).label),
        "report_due_on": row.report_due_on,
        "closed_at": beijing(row.closed_at),
    }


class ProposalBody(Body):
    """An interview to propose; `bureau` may be left out by those who may propose for one only."""

    bureau = Whole(required=False, max_value=KEY)
    addressee = Whole(max_value=KEY, help_text="被约谈地区的主管部门")
    cause = Choice(choices=Cause.choices)
    reason = Text(max_length=1000)


class CommitmentBody(Body):
    text = Text(max_length=300)
    due_on = Day()


class InterviewActionBody(Body):
    """The fields of every step; which one needs and accepts which stands under `actions` of the interview."""

    version = Whole(required=False)
    note = Text(required=False, allow_blank=True, max_length=500)
    reason = Text(required=False, allow_blank=True, max_length=500)
    notice_no = Text(required=False, max_length=40)
    meets_at = Moment(required=False)
    place = Text(required=False, max_length=100)
    agenda = Text(required=False, max_length=2000)
    attendees = Text(required=False, max_length=300)
    present = Text(required=False, max_length=300)
    minutes = Text(required=False, max_length=8000)
    commitments: Any = serializers.ListSerializer(child=CommitmentBody(), required=False, max_length=MAX_COMMITMENTS)
    commitment = Whole(required=False, max_value=MAX_COMMITMENTS, help_text="承诺的序号")
    report = Text(required=False, max_length=8000)
    opinion = Text(required=False, max_length=2000)
