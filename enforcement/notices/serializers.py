"""What the API shows of notices, and what marking them takes."""

from typing import Any

from rest_framework import serializers

from enforcement.notices.wording import HEADINGS, Line
from regions.api.fields import Body, Whole, beijing
from regions.api.serializers import CodeField


class NoticeSerializer(serializers.Serializer[Any]):
    """A notice of an issue one may no longer see has no kind, no issue and no due date."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=sorted(HEADINGS), allow_null=True)
    heading = serializers.CharField()
    text = serializers.CharField()
    issue = serializers.CharField(allow_null=True, help_text="问题编号；已无权查看或与问题无关时为空")
    url = serializers.CharField(allow_null=True, help_text="所涉问题或约谈的页面；已无权查看时为空")
    title = serializers.CharField(allow_blank=True)
    division = CodeField()
    due_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True)


def row_of(line: Line) -> dict[str, Any]:
    return {
        "id": line.pk,
        "kind": line.kind or None,
        "heading": line.heading,
        "text": line.text,
        "issue": line.number if line.subject_type == "issue" else None,
        "url": line.url or None,
        "title": line.title,
        "division": line.division or None,
        "due_on": line.due_on.isoformat() if line.due_on else None,
        "created_at": beijing(line.at),
        "read_at": beijing(line.read_at),
    }


class ReadBody(Body):
    """Nothing."""


class ReadAllBody(Body):
    up_to = Whole(max_value=2**63 - 1, required=False, help_text="只标记到这一条为止，含此条；不填则全部")


class MarkedSerializer(serializers.Serializer[Any]):
    marked = serializers.IntegerField(help_text="标为已读的条数")
