"""What the API shows and takes of findings, and of handing them off."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.findings import actions, new_sites, turns
from enforcement.findings.lifecycle import MOVES, State
from enforcement.findings.models import Finding, ProposedSite
from enforcement.findings.questions import MAX_ANSWER, MAX_ANSWERS
from enforcement.issues.actions.handing_off import MAX_ITEMS, MAX_SHARES
from enforcement.issues.models import Severity, Source
from enforcement.timeline.serializers import (
    StepSerializer,
    attachments_field,
    attachments_shown,
    events_field,
    events_shown,
)
from regions.api.fields import Body, Choice, Degrees, Flag, Moment, Share, Text, Whole, beijing
from regions.api.serializers import CodeField

KEY = 2**63 - 1

#: What a row of the list is read from, by one statement.
COLUMNS = (
    "id",
    "title",
    "state",
    "source",
    "severity",
    "pollution_type",
    "located_in__code",
    "address",
    "lon",
    "lat",
    "site_id",
    "filer_id",
    "receiver_id",
    "occurred_at",
    "received_at",
    "issue__number",
    "version",
    "synthetic",
)


def row_of(values: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """A row of the list from its columns."""
    values["id"] = str(values["id"])
    values["division"] = values.pop("located_in__code") or None
    values["state_label"] = labels[values["state"]]
    values["site"] = values.pop("site_id")
    values["filer"] = values.pop("filer_id")
    values["receiver"] = values.pop("receiver_id")
    values["issue"] = values.pop("issue__number")
    values["occurred_at"] = beijing(values["occurred_at"])
    values["received_at"] = beijing(values["received_at"])
    return values


class FindingRowSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField(source="get_state_display")
    source: Any = serializers.ChoiceField(choices=Source.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    pollution_type = serializers.CharField(allow_blank=True)
    division = CodeField(source="located_in.code", default=None, help_text="所在区划现行代码；省外为空")
    address = serializers.CharField(allow_blank=True)
    lon = serializers.FloatField(help_text="WGS-84")
    lat = serializers.FloatField(help_text="WGS-84")
    site = serializers.IntegerField(source="site_id", allow_null=True)
    filer = serializers.IntegerField(source="filer_id", help_text="填报单位")
    receiver = serializers.IntegerField(source="receiver_id", help_text="转办单位")
    occurred_at = serializers.DateTimeField(help_text="发现时间")
    received_at = serializers.DateTimeField(help_text="接收时间")
    issue = serializers.CharField(source="issue.number", default=None, allow_null=True)
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField()


class FindingVersionSerializer(serializers.Serializer[Any]):
    """What was written before a correction."""

    version = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    source: Any = serializers.ChoiceField(choices=Source.choices)
    severity = serializers.ChoiceField(choices=Severity.choices)
    pollution_type = serializers.CharField(allow_blank=True)
    address = serializers.CharField(allow_blank=True)
    lon = serializers.FloatField(help_text="WGS-84")
    lat = serializers.FloatField(help_text="WGS-84")
    site = serializers.IntegerField(source="site_id", allow_null=True)
    occurred_at = serializers.DateTimeField()
    superseded_at = serializers.DateTimeField(help_text="被修改的时间")
    superseded_by = serializers.CharField(source="superseded_by.name", help_text="修改人")


class ProposedSiteSerializer(serializers.Serializer[ProposedSite]):
    """A site its filer found in no register; it waits for `POST findings/{id}/new-site/`."""

    name = serializers.CharField()
    uscc = serializers.CharField(allow_blank=True)
    industry = serializers.CharField(allow_blank=True)
    proposed_by = serializers.CharField(source="proposed_by.name")
    proposed_at = serializers.DateTimeField()


class FindingSerializer(FindingRowSerializer):
    description = serializers.CharField(allow_blank=True)
    answers = serializers.DictField(child=serializers.CharField(), help_text="填报问题的回答，见 findings/questions/")
    device_at = serializers.DateTimeField(allow_null=True)
    filer_name = serializers.CharField(source="filer.short_name")
    receiver_name = serializers.CharField(source="receiver.short_name")
    filed_by = serializers.CharField(source="filed_by.name")
    confirmed_by = serializers.CharField(source="confirmed_by.name", default="")
    is_clue = serializers.BooleanField(help_text="第三方填报、尚未由持证人员确认，仅作线索")
    awaited = serializers.SerializerMethodField(help_text="轮到谁办理，一句话；已转办或已结束的为空")
    new_site = serializers.SerializerMethodField(help_text="等待审核的新点位；没有则为空")
    versions = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()
    attachments = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()

    def get_awaited(self, finding: Finding) -> str:
        return turns.awaited(finding)

    @extend_schema_field(ProposedSiteSerializer(allow_null=True))
    def get_new_site(self, finding: Finding) -> Any:
        proposed = new_sites.waiting(finding)
        return ProposedSiteSerializer(proposed).data if proposed else None

    @extend_schema_field(FindingVersionSerializer(many=True))
    def get_versions(self, finding: Finding) -> Any:
        if finding.version == 1:
            return []
        return FindingVersionSerializer(finding.versions.select_related("superseded_by"), many=True).data

    @events_field
    def get_events(self, finding: Finding) -> list[dict[str, Any]]:
        return events_shown("finding", finding.pk)

    @attachments_field
    def get_attachments(self, finding: Finding) -> list[dict[str, Any]]:
        return attachments_shown("finding", finding.pk)

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, finding: Finding) -> Any:
        return StepSerializer(actions.available(finding, self.context["request"].user), many=True).data


class FindingStandingSerializer(serializers.Serializer[Finding]):
    """How a finding stands after it was filed or an action taken."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=State.choices)
    state_label = serializers.CharField()
    title = serializers.CharField()
    division = CodeField()
    issue = serializers.CharField(allow_null=True)


def standing_of(finding: Finding) -> dict[str, Any]:
    return {
        "id": str(finding.pk),
        "version": finding.version,
        "state": str(finding.state),
        "state_label": str(State(finding.state).label),
        "title": finding.title,
        "division": (finding.located_in.code or None) if finding.located_in else None,
        "issue": finding.issue.number if finding.issue else None,
    }


# --- what is taken ----------------------------------------------------------------------------------------------


class Answers(serializers.DictField):
    """Question's key -> answer. Checked against the questions of the source and type by the view."""

    child = serializers.CharField(max_length=MAX_ANSWER, allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MAX_ANSWERS:
            raise serializers.ValidationError(_("一次最多%(n)d个回答。") % {"n": MAX_ANSWERS})
        return super().to_internal_value(data)


class FilingSerializer(Body):
    """A finding to file. `filer` may be left out by those posted to one bureau only."""

    title = Text(max_length=120)
    source: Any = Choice(choices=Source.choices)
    severity = Choice(choices=Severity.choices, default=Severity.GENERAL)
    description = Text(max_length=4000, required=False, allow_blank=True)
    pollution_type = Text(max_length=30, required=False, allow_blank=True)
    address = Text(max_length=200, required=False, allow_blank=True)
    lon = Degrees(
        min_value=-180, max_value=180, required=False,
        help_text="WGS-84；与纬度一并省略时，取所选点位的位置，或名册中此地址的位置",
    )  # fmt: skip
    lat = Degrees(min_value=-90, max_value=90, required=False, help_text="WGS-84")
    site = Whole(required=False, allow_null=True, max_value=KEY)
    filer = Whole(required=False, max_value=KEY, help_text="填报单位")
    receiver = Whole(max_value=KEY, help_text="转办单位")
    occurred_at = Moment(help_text="发现时间")
    device_at = Moment(required=False, allow_null=True, help_text="填报设备的时间")
    answers = Answers(required=False, help_text="填报问题的回答：标识→回答")
    same_as = Text(max_length=24, required=False, allow_blank=True, help_text="疑似同一问题的编号，须在办且可见")
    new_site_name = Text(
        max_length=120, required=False, allow_blank=True, help_text="名册中没有的点位：名称，由审核人登记"
    )
    new_site_uscc = Text(max_length=60, required=False, allow_blank=True, help_text="其统一社会信用代码，核对校验位")
    new_site_industry = Text(max_length=60, required=False, allow_blank=True, help_text="其行业")


class CorrectionSerializer(Body):
    """What to correct in a draft; what is left out stays. `site` null takes the site away."""

    version = Whole(help_text="所见的版本；已被他人更新则得到409")
    title = Text(max_length=120, required=False)
    source: Any = Choice(choices=Source.choices, required=False)
    severity = Choice(choices=Severity.choices, required=False)
    description = Text(max_length=4000, required=False, allow_blank=True)
    pollution_type = Text(max_length=30, required=False, allow_blank=True)
    address = Text(max_length=200, required=False, allow_blank=True)
    lon = Degrees(min_value=-180, max_value=180, required=False, help_text="WGS-84")
    lat = Degrees(min_value=-90, max_value=90, required=False, help_text="WGS-84")
    site = Whole(required=False, allow_null=True, max_value=KEY)
    occurred_at = Moment(required=False, help_text="发现时间")
    answers = Answers(required=False, help_text="填报问题的回答；给出则整体替换")
    new_site_name = Text(max_length=120, required=False, allow_blank=True, help_text="新点位的名称；三项全为空则撤回")
    new_site_uscc = Text(max_length=60, required=False, allow_blank=True)
    new_site_industry = Text(max_length=60, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if set(attrs) == {"version"}:
            raise serializers.ValidationError(_("请写明要修改的内容，至少一项。"))
        return attrs


class FindingActionSerializer(Body):
    version = Whole(required=False)
    reason = Text(required=False, allow_blank=True)
    issue = Text(required=False, max_length=24, help_text="并入的问题编号")
    site = Whole(
        required=False, allow_null=True, max_value=KEY, help_text="确认时指明或改正的点位，为空则不写明；不填则不变"
    )


#: Handing off is a document of its own: `POST handoffs/`.
ACTIONS = sorted(action for action in MOVES if action != "promote")


class PartSerializer(Body):
    bureau = Whole(max_value=KEY)
    weight = Share()


class HandoffItemBody(Body):
    """One finding to hand off: to one `bureau`, or to several `bureaus` with weights that add up to 1."""

    finding = serializers.UUIDField(error_messages={"invalid": _("应为线索的标识（UUID）。")})
    version = Whole(required=False)
    bureau = Whole(required=False, max_value=KEY)
    bureaus: Any = serializers.ListSerializer(child=PartSerializer(), required=False, max_length=MAX_SHARES)
    verifier = Whole(required=False, allow_null=True, max_value=KEY, help_text="核查单位；不填则为转办单位")
    starred = Flag(default=False)
    severity = Choice(choices=Severity.choices, required=False)
    deviates = Flag(default=False, help_text="承办单位与转办规则的建议不同时须为 true，表示已核对")
    confirms = Flag(
        default=False, help_text="线索尚待审核、本人也可确认时为 true：转办同时确认；填报人不能确认自己的线索"
    )
    site = Whole(required=False, allow_null=True, max_value=KEY, help_text="转办同时确认时指明或改正的点位；不填则不变")


class HandoffBody(Body):
    """A document to issue. `bureau` may be left out by dispatchers of one bureau only."""

    bureau = Whole(required=False, max_value=KEY, help_text="转办单位")
    title = Text(max_length=200, required=False, allow_blank=True)
    items: Any = serializers.ListSerializer(child=HandoffItemBody(), min_length=1, max_length=MAX_ITEMS)


class ProposalSerializer(serializers.Serializer[Any]):
    """Whom the routing rules in force propose, and by which rule of which version."""

    bureau = serializers.IntegerField()
    bureau_name = serializers.CharField()
    version = serializers.IntegerField(help_text="转办规则的版本")
    rule = serializers.IntegerField(help_text="第几条；0为没有规则适用，由所在地主管部门承办")


class IssuedItemSerializer(serializers.Serializer[Any]):
    item = serializers.IntegerField()
    finding = serializers.UUIDField()
    issue = serializers.CharField(help_text="问题编号")
    responsibility = serializers.IntegerField()
    bureau = serializers.IntegerField()
    division = CodeField()
    weight = serializers.DecimalField(max_digits=5, decimal_places=4)
    due_on = serializers.DateField()
    provisional = serializers.BooleanField()
    proposal = ProposalSerializer(allow_null=True, help_text="转办规则的建议；没有规则适用时为空")


class IssuedSerializer(serializers.Serializer[Any]):
    """The document issued."""

    id = serializers.IntegerField()
    number = serializers.CharField()
    title = serializers.CharField()
    bureau = serializers.IntegerField()
    division = CodeField()
    issued_at = serializers.DateTimeField()
    items = IssuedItemSerializer(many=True)
