"""Checklists in the API: a version, its items, what a keeper may send."""

from typing import Any

from rest_framework import serializers

from enforcement.inspections import rules
from enforcement.inspections.lifecycle import ListState
from enforcement.inspections.models import ChecklistVersion
from enforcement.issues.models import Severity
from regions.api.entries import Amount, several
from regions.api.fields import Body, Choice, Flag, Text, Whole


class ChecklistSerializer(serializers.Serializer[ChecklistVersion]):
    """One version of a list."""

    id = serializers.UUIDField()
    key = serializers.CharField(source="checklist.key")
    name = serializers.CharField(source="checklist.name")
    number = serializers.IntegerField(help_text="版本号")
    state = serializers.ChoiceField(choices=ListState.choices)
    source: Any = serializers.CharField(help_text="出处")
    industries = serializers.ListField(source="checklist.industries", child=serializers.CharField())
    version = serializers.IntegerField(help_text="所见的修改次数，修改时带上")
    published_at = serializers.DateTimeField(allow_null=True)
    retired_at = serializers.DateTimeField(allow_null=True)


class ChecklistItemSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    place = serializers.IntegerField()
    section = serializers.CharField()
    code = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.ChoiceField(choices=rules.Kind.choices)
    choices = serializers.ListField(child=serializers.CharField())
    unit = serializers.CharField(allow_blank=True)
    low = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    high = serializers.DecimalField(max_digits=16, decimal_places=4, allow_null=True)
    failing = serializers.ListField(child=serializers.CharField(), help_text="不合格的答案")
    asked_if = serializers.CharField(allow_blank=True, help_text="前提项编号")
    asked_if_answers = serializers.ListField(child=serializers.CharField())
    evidence = serializers.ChoiceField(choices=rules.Evidence.choices, help_text="何时要照片")
    law = serializers.CharField(allow_blank=True)
    severity = serializers.ChoiceField(choices=Severity.choices)
    becomes = serializers.ChoiceField(choices=rules.Becomes.choices, help_text="不合格转为")
    pollution_type = serializers.CharField(allow_blank=True)


class ChecklistDetailSerializer(ChecklistSerializer):
    items = ChecklistItemSerializer(many=True)


class ChecklistBody(Body):
    """A new list; its first version is an empty draft."""

    key = serializers.RegexField(r"^[a-z0-9-]{1,40}\Z", max_length=40)
    name = Text(max_length=60)
    source: Any = Text(max_length=300)
    industries = several(20, 20, required=False, default=list)


class ChecklistActionBody(Body):
    version = Whole(required=False)
    source: Any = Text(required=False, allow_blank=True, max_length=300, help_text="复制时新版本的出处")


class ChecklistItemBody(Body):
    """An item of a draft. Of one that stands only what is sent changes; `drop` takes it out, `move` shifts it a place."""

    version = Whole(required=False)
    section = Text(max_length=60)
    code = Text(max_length=12)
    text = Text(max_length=300)
    kind = Choice(choices=rules.Kind.choices, required=False)
    choices = several(20, 40, required=False)
    unit = Text(max_length=12, required=False, allow_blank=True)
    low = Amount(max_digits=16, decimal_places=4, required=False, allow_null=True)
    high = Amount(max_digits=16, decimal_places=4, required=False, allow_null=True)
    failing = several(20, 40, required=False)
    asked_if = Text(max_length=12, required=False, allow_blank=True)
    asked_if_answers = several(20, 40, required=False)
    evidence = Choice(choices=rules.Evidence.choices, required=False)
    law = Text(max_length=200, required=False, allow_blank=True)
    severity = Choice(choices=Severity.choices, required=False)
    becomes = Choice(choices=rules.Becomes.choices, required=False)
    pollution_type = Text(max_length=30, required=False, allow_blank=True)
    drop = Flag(required=False)
    move = Choice(choices=[("up", "上移"), ("down", "下移")], required=False)
