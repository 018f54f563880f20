"""What the API shows and takes of files that arrive in pieces."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.patrols.actions import arriving
from enforcement.patrols.models import Reading, TrackArrival
from enforcement.patrols.serializers import BeijingTime
from regions.api.fields import Body, Flag, Text, Whole


class ReadingSerializer(serializers.Serializer[Any]):
    """How far a worker is with a whole file; `run` once it is imported, `sentence` why it can't be."""

    id = serializers.UUIDField()
    sha256 = serializers.CharField()
    reading = serializers.ChoiceField(choices=Reading.choices)
    wanted = serializers.CharField(help_text="trial 试读，import 导入")
    progress = serializers.IntegerField(help_text="百分比")
    rows_read = serializers.IntegerField(help_text="已读行数")
    sentence = serializers.CharField(allow_blank=True)
    run = serializers.UUIDField(source="run_id", allow_null=True)
    page = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_page(self, upload: Any) -> str:
        return reverse("patrols:trial", args=[upload.pk])


class ArrivalSerializer(serializers.Serializer[TrackArrival]):
    """`received` bytes count; the next piece begins there. `chain` joins the SHA-256 of all pieces so far:
    chain = SHA-256(chain before + SHA-256 of the piece), over the bytes, from an empty one."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    mark = serializers.CharField(allow_blank=True)
    bureau = serializers.IntegerField(source="bureau_id")
    size = serializers.IntegerField()
    received = serializers.IntegerField()
    chain = serializers.CharField(allow_blank=True)
    piece_bytes = serializers.SerializerMethodField()
    begun_at = BeijingTime()
    touched_at = BeijingTime()
    abandoned_at = BeijingTime(allow_null=True)
    drive = serializers.CharField(allow_blank=True)
    drive_files = serializers.IntegerField()
    whole = serializers.BooleanField(source="is_whole", help_text="已传完并核对；同一走航的其他文件传完后一起试读")
    upload = ReadingSerializer(allow_null=True)

    def get_piece_bytes(self, arrival: TrackArrival) -> int:
        return arriving.PIECE


class ArrivalBody(Body):
    name = Text(max_length=255)
    size = Whole(max_value=2**53 - 1, help_text="文件字节数")
    mark = Text(required=False, default="", allow_blank=True, max_length=300, help_text="发送方识别同一文件的标记")
    drive = Text(
        required=False, default="", allow_blank=True, max_length=64, help_text="发送方给同一次走航各文件的同一标记"
    )
    drive_files = Whole(required=False, default=1, max_value=1000, help_text="这次走航共几个文件")
    bureau = Whole(required=False, help_text="单位编号；只任职一个可导入单位时可不填")
    time_zone = Text(required=False, default="Asia/Shanghai", max_length=40)
    coordinate_system = Text(required=False, default="wgs84", max_length=10)
    mapping = serializers.DictField(required=False, default=dict, help_text="列对应关系：字段到列名")
    use_remembered = Flag(
        required=False, default=False, help_text="没有给出 mapping 时，按本单位上次对同一表头的理解填写"
    )
    route = Text(required=False, default="", allow_blank=True, max_length=120)
    crew = Text(required=False, default="", allow_blank=True, max_length=120)
    vehicle = Text(required=False, default="", allow_blank=True, max_length=20, help_text="号牌")
    instrument = Text(required=False, default="", allow_blank=True, max_length=60, help_text="出厂编号")


class FinishBody(Body):
    """Either sum is enough; the other actions take an empty body."""

    sha256 = Text(required=False, default="", allow_blank=True, max_length=64)
    chain = Text(required=False, default="", allow_blank=True, max_length=64)
