"""Imported ledgers as the API shows and takes them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.issues.ledger.headings import BY_KEY, FIELDS
from enforcement.issues.ledger.opening import MAX_COLUMNS
from enforcement.issues.lifecycle import State
from enforcement.issues.models import LedgerImport, LedgerRow, Source, Stage
from regions.api.fields import Body, Choice, Text, Whole, readable

KEY = 2**63 - 1


class LedgerBriefSerializer(serializers.Serializer[LedgerImport]):
    """One ledger and how far it is."""

    id = serializers.UUIDField()
    bureau = serializers.IntegerField(source="bureau_id", help_text="转办单位")
    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    source: Any = serializers.ChoiceField(choices=Source.choices, help_text="没有写明来源的问题按此")
    wanted = serializers.ChoiceField(choices=LedgerImport.Wanted.choices, help_text="trial 试读，import 导入")
    stage = serializers.ChoiceField(choices=Stage.choices)
    stage_label = serializers.CharField(source="get_stage_display")
    waits = serializers.BooleanField(help_text="后台还没有处理完")
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    sentence = serializers.CharField(help_text="没有完成的原因")
    asked_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    imported_at = serializers.DateTimeField(allow_null=True, help_text="已导入的时间")


class SheetSerializer(serializers.Serializer[Any]):
    """A sheet whose heading was found: what stands over its columns, and what they were taken for."""

    name = serializers.CharField(help_text="CSV 为空")
    rows = serializers.IntegerField()
    line = serializers.IntegerField(help_text="表头所在的行，从1起")
    fingerprint = serializers.CharField(help_text="表头的标识，说明列对应关系时填写")
    titles = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField(child=serializers.IntegerField(), help_text="字段→第几列，从0起")


class CountsSerializer(serializers.Serializer[Any]):
    rows = serializers.IntegerField()
    new = serializers.IntegerField(help_text="将导入")
    same = serializers.IntegerField(help_text="导入过，内容相同")
    changed = serializers.IntegerField(help_text="导入过，内容不同：只说明，不改动")
    faulty = serializers.IntegerField(help_text="需要改正；有一行即不能导入")


class FoundSerializer(serializers.Serializer[Any]):
    """What a trial found."""

    counts = CountsSerializer(allow_null=True)
    sheets = SheetSerializer(many=True)
    passed = serializers.ListField(child=serializers.CharField(), help_text="没有读的工作表及原因")
    faults = serializers.ListField(child=serializers.CharField(), help_text="逐行问题，最多200句")
    fault_count = serializers.IntegerField()
    changes = serializers.ListField(child=serializers.CharField(), help_text="与已导入内容的不同，最多200句")


class LedgerSerializer(LedgerBriefSerializer):
    """The same with what a trial found; empty until a worker looked."""

    found = serializers.SerializerMethodField()

    @extend_schema_field(FoundSerializer(allow_null=True))
    def get_found(self, ledger: LedgerImport) -> dict[str, Any] | None:
        told = ledger.told
        if told is None:
            return None
        lists = {name: told.get(name) or [] for name in ("sheets", "passed", "faults", "changes")}
        return {"counts": told.get("counts") or None, **lists, "fault_count": told.get("fault_count", 0)}


class LedgerIssueSerializer(serializers.Serializer[LedgerRow]):
    """One row of the ledger and the issue it came in as."""

    issue = serializers.CharField(source="issue.number", help_text="问题编号")
    key = serializers.CharField(help_text="台账中的编号；没有编号的为内容的标识")
    sheet = serializers.CharField(allow_blank=True)
    row = serializers.IntegerField(source="number", help_text="台账中的行")
    title = serializers.CharField(source="issue.title")
    state = serializers.ChoiceField(source="issue.state", choices=State.choices)


# --- what is taken ----------------------------------------------------------------------------------------------


class LedgerFile(serializers.FileField):
    default_error_messages = {
        "required": _("请选择台账文件。"),
        "invalid": _("应为文件，请以文件形式放在 multipart/form-data 中。"),
        "empty": _("文件是空的，请重新导出后上传。"),
        "no_name": _("文件没有名称，请命名后再传。"),
    }


class LedgerUpload(Body):
    """A ledger: XLSX or CSV. `bureau` may be left out by those posted to one bureau only."""

    file = LedgerFile(allow_empty_file=True, help_text="XLSX 或 CSV")
    bureau = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=KEY,
        help_text="转办单位",
        error_messages={"invalid": _("应为整数。")},
    )
    source: Any = Choice(choices=Source.choices, default=Source.SPECIAL_CHECK, help_text="没有写明来源的问题按此")


class Columns(serializers.DictField):
    """Field -> column, from 0."""

    child = Whole(min_value=0, max_value=MAX_COLUMNS - 1)

    def to_internal_value(self, data: Any) -> dict[str, int]:
        if not isinstance(data, dict) or len(data) > len(FIELDS):
            raise serializers.ValidationError(_("应为字段与列号的对应，如 {“title”: 1}。"))
        if wrong := [str(name) for name in data if name not in BY_KEY]:
            raise serializers.ValidationError(_("没有“%(name)s”这个字段。") % {"name": readable(wrong[0])})
        return dict(super().to_internal_value(data))


class MappingBody(Body):
    """What the columns under one heading mean; kept for this bureau and every ledger with the same heading."""

    fingerprint = Text(max_length=64)
    mapping = Columns(help_text="字段→第几列，从0起；字段见 `found.sheets.mapping`")
