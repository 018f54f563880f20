"""What the API shows of a subject's timeline and evidence, and of the steps it offers."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.timeline.models import Attachment, Event
from enforcement.timeline.telling import events_of, tell
from regions.api.fields import beijing


class EventSerializer(serializers.Serializer[Any]):
    """One event: the sentence a person reads, the words written, and the facts as they are chained."""

    seq = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField(allow_blank=True, help_text="所写的理由、意见等")
    actor = serializers.CharField(allow_blank=True)
    bureau = serializers.CharField(allow_blank=True)
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    facts = serializers.DictField()


class AttachmentSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    label: Any = serializers.CharField(allow_blank=True)
    role = serializers.CharField(
        allow_blank=True, help_text="用途：before 整改前，after 整改后，scene 现场，paper 书面材料"
    )
    media_type = serializers.CharField()
    size = serializers.IntegerField(help_text="字节")
    sha256 = serializers.CharField()
    url = serializers.CharField()
    captured_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    synthetic = serializers.BooleanField()


class StepSerializer(serializers.Serializer[Any]):
    """A step of a lifecycle an officer may take now, or may not: `why` says why not."""

    action = serializers.CharField()
    label: Any = serializers.CharField()
    allowed = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)
    needs = serializers.ListField(child=serializers.CharField(), help_text="必填的字段")
    accepts = serializers.ListField(child=serializers.CharField(), help_text="可填的字段")


def events_shown(kind: str, pk: Any, parts: dict[int, str] | None = None) -> list[dict[str, Any]]:
    """A subject's events, oldest first. At most three statements."""
    events = events_of(kind, pk)
    return [_event(event, told) for event, told in zip(events, reversed(tell(events, parts)), strict=True)]


def _event(event: Event, told: Any) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "title": told.title,
        "text": told.text,
        "actor": told.actor,
        "bureau": told.bureau,
        "occurred_at": beijing(event.occurred_at),
        "recorded_at": beijing(event.recorded_at),
        "facts": event.payload,
    }


def attachments_shown(kind: str, pk: Any) -> list[dict[str, Any]]:
    """A subject's evidence, oldest first. One statement."""
    return [attachment_shown(row) for row in Attachment.objects.filter(subject_type=kind, subject_id=str(pk))]


def attachment_shown(row: Attachment) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "name": row.name,
        "label": row.label,
        "role": row.role,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.sha256,
        "url": reverse("timeline:download", args=[row.pk]),
        "captured_at": beijing(row.captured_at),
        "received_at": beijing(row.received_at),
        "synthetic": row.synthetic,
    }


events_field = extend_schema_field(EventSerializer(many=True))
attachments_field = extend_schema_field(AttachmentSerializer(many=True))
