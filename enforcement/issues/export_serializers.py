"""Exports as the API shows and takes them."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.issues.models import Export, Stage
from enforcement.issues.sheets import kinds, papers
from regions.api.fields import Body, Text, beijing, readable

MAX_WORDS = 30
MAX_WORD = 200


class ExportSerializer(serializers.Serializer[Export]):
    """One export; `done` of `total` rows are written, `ready` says that the file can be fetched."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    format = serializers.CharField()
    filter = serializers.DictField(child=serializers.CharField(), source="query")
    words = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    stage = serializers.ChoiceField(choices=Stage.choices)
    stage_label = serializers.CharField(source="get_stage_display")
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    sentence = serializers.CharField()
    asked_at = serializers.SerializerMethodField()
    cut_off = serializers.SerializerMethodField()
    finished_at = serializers.SerializerMethodField()
    ready = serializers.BooleanField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()

    def get_asked_at(self, export: Export) -> str | None:
        return beijing(export.asked_at)

    def get_cut_off(self, export: Export) -> str | None:
        return beijing(export.cut_off)

    def get_finished_at(self, export: Export) -> str | None:
        return beijing(export.finished_at)


class Words(serializers.DictField):
    """Filters as the list's page names them: names and values are text."""

    child = Text(allow_blank=True, max_length=MAX_WORD)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, dict) or len(data) > MAX_WORDS:
            raise serializers.ValidationError(_("应为不超过%(n)d项的筛选条件。") % {"n": MAX_WORDS})
        wrong = [name for name in data if len(name) > 40 or readable(name) != name]
        if wrong:
            raise serializers.ValidationError(_("没有“%(name)s”这个筛选条件。") % {"name": readable(wrong[0])})
        return dict(super().to_internal_value(data))


#: What can be asked for. Every app has registered its lists and papers before addresses, and so this module, are read.
KINDS = [*kinds.names(), *papers.names()]


@extend_schema_field({"type": "string", "enum": KINDS})
class KindField(Text):
    """The name of a list or a paper; another one is refused by the action, in a sentence."""


class ExportBody(Body):
    kind = KindField(max_length=20, help_text="列表或文书的名称，各列表的写法见示例；patrol-report 为走航报告")
    format = Text(max_length=10, help_text="列表为 xlsx、csv，各行有坐标的还可为 geojson；文书为 pdf 或 docx")
    filter = Words(required=False, default=dict)


class StopBody(Body):
    """Nothing to say."""
