"""A site's history in the API: the lines its page shows."""

from typing import Any

from rest_framework import serializers

KINDS = ("visit", "finding", "issue", "measure", "guidance", "grade", "monitoring")


class HistoryLineSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS, help_text="检查、线索、问题、执法措施、帮扶指导、绩效等级、在线监测")
    at = serializers.DateTimeField(help_text="绩效等级为生效日期，没有录入的为录入时间")
    text = serializers.CharField()
    state = serializers.CharField(allow_blank=True, help_text="检查、线索、问题现在的状态，其他为空")
    url = serializers.CharField(allow_blank=True, help_text="所涉页面；绩效等级和在线监测为空")


class SiteHistorySerializer(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="更早的记录；没有时为空")
    results = HistoryLineSerializer(many=True)
