"""What the API shows of runs and hot spots, and what it takes."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.issues.models import Severity
from enforcement.patrols import actions
from enforcement.patrols.actions.importing import ON_PROBLEMS, TrialRead
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models import HotSpot, PatrolRun, QualitySheet, RunNote, RunSource, SheetVerdict, Sky
from enforcement.timeline.serializers import StepSerializer
from regions.api.fields import Body, Choice, Flag, Text, Whole, beijing
from regions.api.serializers import CodeField


class BeijingTime(serializers.DateTimeField):
    """A moment with Beijing's offset; null where there is none."""

    def to_representation(self, value: Any) -> Any:
        return beijing(value)


class ChannelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    role = serializers.CharField(allow_blank=True, help_text="wind_from、wind_speed 或空")


class SegmentSerializer(serializers.Serializer[Any]):
    """`division` is null outside the province."""

    division = CodeField(source="division.code", default=None)
    day = serializers.DateField()
    km = serializers.DecimalField(max_digits=9, decimal_places=3)
    hours = serializers.DecimalField(max_digits=9, decimal_places=4)
    readings = serializers.IntegerField()


class RunSourceSerializer(serializers.Serializer[RunSource]):
    """A file of the run. `conversions` are the units that were converted, with factor and what it rests on."""

    name = serializers.CharField()
    sha256 = serializers.CharField()
    size = serializers.IntegerField()
    format = serializers.CharField(source="format_key")
    encoding = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField()
    coordinate_system = serializers.CharField()
    mapping = serializers.DictField()
    channels = serializers.SerializerMethodField()
    conversions = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.CharField())
    rows_total = serializers.IntegerField()
    instrument = serializers.CharField(source="instrument.serial", default=None, allow_null=True)

    @extend_schema_field(ChannelSerializer(many=True))
    def get_channels(self, source: RunSource) -> list[dict[str, str]]:
        return [dict(zip(("name", "unit", "role"), parts, strict=True)) for parts in source.channels]


class PatrolRunSerializer(serializers.Serializer[PatrolRun]):
    """`division` is the county of a run that stayed in one, null for a run through several or outside."""

    id = serializers.UUIDField()
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.name")
    division = CodeField(source="division.code", default=None)
    route = serializers.CharField(allow_blank=True)
    crew = serializers.CharField(allow_blank=True)
    vehicle = serializers.CharField(source="vehicle.plate", default=None, allow_null=True)
    instrument = serializers.CharField(source="instrument.serial", default=None, allow_null=True)
    day = serializers.DateField()
    started_at = BeijingTime()
    ended_at = BeijingTime()
    km = serializers.DecimalField(max_digits=9, decimal_places=3)
    hours = serializers.DecimalField(max_digits=9, decimal_places=4)
    valid_share = serializers.DecimalField(max_digits=5, decimal_places=4)
    rows_total = serializers.IntegerField()
    rows_kept = serializers.IntegerField()
    rows_outside = serializers.IntegerField()
    problems = serializers.DictField(child=serializers.IntegerField())
    channels = serializers.SerializerMethodField()
    hot_spots = serializers.IntegerField(source="spot_count")
    quality = serializers.ChoiceField(
        choices=SheetVerdict.choices, allow_null=True, help_text="质控表的结论；null 为未计算"
    )
    time_zone = serializers.CharField()
    coordinate_system = serializers.CharField()
    source_name = serializers.CharField()
    source_sha256 = serializers.CharField()
    synthetic = serializers.BooleanField()
    imported_at = BeijingTime()
    voided_at = BeijingTime(allow_null=True)
    segments = SegmentSerializer(many=True)
    sources = RunSourceSerializer(many=True)

    @extend_schema_field(ChannelSerializer(many=True))
    def get_channels(self, run: PatrolRun) -> list[dict[str, str]]:
        return [dict(zip(("name", "unit", "role"), parts, strict=True)) for parts in run.channels]


class QualityItemSerializer(serializers.Serializer[Any]):
    """One line of a quality sheet; `at_least` says whether `limit` is a lower or an upper one."""

    key = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    limit = serializers.FloatField()
    at_least = serializers.BooleanField()
    outcome = serializers.CharField(help_text="passed、failed 或 missing")


class QualitySheetSerializer(serializers.Serializer[QualitySheet]):
    """`calibrations` maps a channel to the calibration in force at the start; it is on record and changes no value."""

    number = serializers.IntegerField()
    verdict = serializers.ChoiceField(choices=SheetVerdict.choices)
    rule = serializers.DateField(source="rule.valid_from", help_text="规则生效日期")
    items = QualityItemSerializer(many=True)
    calibrations = serializers.DictField()
    made_at = BeijingTime()


class RunNoteSerializer(serializers.Serializer[RunNote]):
    """`covered` is the share of the planned route within `tolerance_m` of what was driven."""

    number = serializers.IntegerField()
    campaign = serializers.UUIDField(source="campaign_id", allow_null=True)
    route = serializers.UUIDField(source="route_id", allow_null=True)
    covered = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    spans = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), allow_null=True,
        help_text="已走的各段，为路线长度的起止比例",
    )  # fmt: skip
    tolerance_m = serializers.FloatField(allow_null=True)
    temperature_c = serializers.FloatField(allow_null=True)
    humidity_percent = serializers.FloatField(allow_null=True)
    wind_from_deg = serializers.FloatField(allow_null=True)
    wind_ms = serializers.FloatField(allow_null=True)
    sky = serializers.ChoiceField(choices=Sky.choices, allow_blank=True)
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    made_at = BeijingTime()


class PatrolRunDetailSerializer(PatrolRunSerializer):
    quality_sheet = QualitySheetSerializer(source="sheet", allow_null=True)
    note = RunNoteSerializer(allow_null=True)


class ProblemSerializer(serializers.Serializer[Any]):
    file = serializers.CharField(allow_blank=True, help_text="多个文件时的文件名")
    row = serializers.IntegerField(help_text="文件中的行号，首行为1")
    field = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    sentence = serializers.CharField()


class TrialFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sha256 = serializers.CharField()
    encoding = serializers.CharField()
    rows_total = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())
    mapping = serializers.DictField()
    conversions = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.CharField())


class TrialSerializer(serializers.Serializer[TrialRead]):
    """A dry run: what would be imported, and every kind of problem with its first rows. Nothing was kept."""

    sha256 = serializers.CharField()
    encoding = serializers.CharField(source="track.source.encoding")
    header_line = serializers.IntegerField(source="track.source.layout.header_line")
    columns = serializers.SerializerMethodField()
    mapping = serializers.SerializerMethodField()
    rows_total = serializers.IntegerField(source="track.rows_total")
    rows_kept = serializers.SerializerMethodField()
    rows_outside = serializers.IntegerField()
    started_at = BeijingTime()
    ended_at = BeijingTime()
    km = serializers.SerializerMethodField()
    hours = serializers.SerializerMethodField()
    valid_share = serializers.FloatField(source="quality.valid_share")
    files = serializers.SerializerMethodField()
    problem_counts = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField()
    earlier_run = serializers.UUIDField(source="earlier.pk", default=None, allow_null=True)

    @extend_schema_field(TrialFileSerializer(many=True))
    def get_files(self, trial: TrialRead) -> list[dict[str, Any]]:
        return [
            {
                "name": part.file.name,
                "sha256": part.file.sha256,
                "encoding": part.source.encoding,
                "rows_total": part.rows_total,
                "columns": [column.header for column in part.source.layout.columns],
                "mapping": part.mapping.as_dict(part.source.layout),
                "conversions": [one.as_dict() for one in part.conversions],
                "notes": list(part.notes),
            }
            for part in trial.track.parts
        ]

    def get_columns(self, trial: TrialRead) -> list[str]:
        return [column.header for column in trial.track.source.layout.columns]

    def get_mapping(self, trial: TrialRead) -> dict[str, Any]:
        return trial.track.mapping.as_dict(trial.track.source.layout)

    def get_rows_kept(self, trial: TrialRead) -> int:
        return len(trial.track.readings)

    def get_km(self, trial: TrialRead) -> str:
        return str(sum(piece.km for piece in trial.segments))

    def get_hours(self, trial: TrialRead) -> str:
        return str(sum(piece.hours for piece in trial.segments))

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_problem_counts(self, trial: TrialRead) -> dict[str, int]:
        return dict(trial.track.problems.counts)

    @extend_schema_field(ProblemSerializer(many=True))
    def get_problems(self, trial: TrialRead) -> list[dict[str, Any]]:
        return [
            {"file": one.file, "row": one.row, "field": one.field, "code": one.code, "sentence": one.sentence}
            for one in trial.track.problems.first()
        ]


class HotSpotSerializer(serializers.Serializer[HotSpot]):
    """Values in `unit`. `finding` and `issue` are shown to who may see them."""

    id = serializers.UUIDField()
    run = serializers.UUIDField(source="run_id")
    number = serializers.IntegerField()
    division = CodeField(source="division.code", default=None)
    channel = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    started_at = BeijingTime()
    ended_at = BeijingTime()
    peak_at = BeijingTime()
    duration_s = serializers.FloatField()
    peak = serializers.FloatField()
    mean = serializers.FloatField()
    background = serializers.FloatField()
    ratio = serializers.FloatField()
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    rule = serializers.CharField(source="rule.name")
    rule_values = serializers.DictField(help_text="判定时规则的各项数值")
    numbers = serializers.DictField(help_text="判定所依据的其他数值：累积、超限秒数、时滞等")
    severity = serializers.ChoiceField(choices=Severity.choices, allow_blank=True)
    confirmed = serializers.ListField(child=serializers.CharField(), help_text="stop 停车复测，repeat 重复经过")
    fate = serializers.ChoiceField(choices=Fate.choices)
    dismissal_proposed = serializers.SerializerMethodField()
    reason = serializers.CharField(allow_blank=True)
    quality = serializers.ChoiceField(choices=SheetVerdict.choices, allow_null=True, help_text="所属走航的质控结论")
    quality_reason = serializers.CharField(allow_blank=True, help_text="质控不合格仍采用的理由")
    finding = serializers.UUIDField(source="seen_finding", allow_null=True)
    issue = serializers.CharField(source="seen_issue", allow_null=True)
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField(source="run.synthetic")

    def get_dismissal_proposed(self, spot: HotSpot) -> bool:
        return spot.fate == Fate.OPEN and spot.proposed_at is not None


class HotSpotDetailSerializer(HotSpotSerializer):
    series = serializers.DictField(
        help_text="判定时保存的前后曲线：from_ms 起点（UTC毫秒）、step_ms 每段时长、values 各段最高值；早先的热点为空"
    )
    actions = serializers.SerializerMethodField()

    @extend_schema_field(StepSerializer(many=True))
    def get_actions(self, spot: HotSpot) -> list[dict[str, Any]]:
        offered = actions.available(spot, self.context["request"].user)
        return StepSerializer(offered, many=True).data  # type: ignore[return-value]


# --- what is sent -----------------------------------------------------------------------------------------------


class Number(serializers.IntegerField):
    """A whole number as a form sends it."""

    default_error_messages = {"invalid": _("应为整数。"), "min_value": _("不能小于{min_value}。")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=2**31 - 1, **kwargs)


class Upload(serializers.FileField):
    default_error_messages = {
        "required": _("请选择要上传的轨迹文件。"),
        "invalid": _("请以文件形式上传轨迹。"),
        "empty": _("文件是空的，请重新导出后上传。"),
        "no_name": _("文件没有名称，请改名后上传。"),
    }


class Files(serializers.ListField):
    default_error_messages = {
        "required": _("请选择要上传的轨迹文件。"),
        "empty": _("请选择要上传的轨迹文件。"),
        "not_a_list": _("请以文件形式上传轨迹。"),
    }


class TrackBody(Body):
    """A track with what is stated about it, as multipart/form-data; `file` several times for the files of one drive.

    `mapping` is a JSON object: column by field, `channels`, `units` (a unit, or one by column) and, for several files,
    `files`: by file name what differs (`time_zone`, `coordinate_system`, `mapping`, `instrument`).
    """

    file = Files(child=Upload(allow_empty_file=True), allow_empty=False)
    bureau = Number(required=False, help_text="单位编号；只任职一个可导入单位时可不填")
    time_zone = Text(required=False, default="Asia/Shanghai", max_length=40)
    coordinate_system = Text(required=False, default="wgs84", max_length=10)
    mapping = Text(required=False, default="", allow_blank=True, max_length=20_000)
    route = Text(required=False, default="", allow_blank=True, max_length=120)
    crew = Text(required=False, default="", allow_blank=True, max_length=120)
    vehicle = Text(required=False, default="", allow_blank=True, max_length=20, help_text="号牌")
    instrument = Text(required=False, default="", allow_blank=True, max_length=60, help_text="出厂编号")
    on_problems = Choice(choices=ON_PROBLEMS, required=False, default="flag")
    use_remembered = Choice(
        choices=("true", "false"),
        required=False,
        default="false",
        help_text="true 时，按本单位上次导入同样表头时的列对应、时区、坐标系和仪器读取；mapping 中写明的文件除外",
    )
    dry_run = Choice(choices=("true", "false"), required=False, default="false")

    def validate_mapping(self, text: str) -> dict[str, Any]:
        if not text:
            return {}
        try:
            mapping = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise serializers.ValidationError(_('列对应关系应为JSON对象，如 {"time": "采样时间"}。')) from error
        if not isinstance(mapping, dict):
            raise serializers.ValidationError(_('列对应关系应为JSON对象，如 {"time": "采样时间"}。'))
        return mapping


class HotSpotActionBody(Body):
    version = Whole(required=False)
    title = Text(required=False, max_length=120)
    severity = Choice(choices=Severity.choices, required=False)
    pollution_type = Text(required=False, max_length=30)
    description = Text(required=False, allow_blank=True, max_length=4000)
    receiver = Whole(required=False)
    site = Whole(required=False, help_text="企业或点位，如溯源候选")
    submit = Flag(default=False, help_text="转为线索的同时提交组长审核；由本单位巡查员")
    issue = Text(required=False, max_length=24)
    reason = Text(required=False, max_length=500)
    quality_reason = Text(required=False, max_length=500, help_text="走航质控不合格时必填")


class ReportBody(Body):
    format = Choice(choices=[("pdf", "PDF"), ("docx", "Word（DOCX）")])


class NothingBody(Body):
    """An action that takes nothing: whatever is sent is named as too much."""


class VoidBody(Body):
    reason = Text(max_length=500)
