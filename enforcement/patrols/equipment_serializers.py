"""What the API shows and takes of instruments, their logs, and vehicles."""

import math
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from enforcement.patrols.models import CountedAs, CrewMember, Duty, Instrument, InstrumentLog, Kind, LogKind, Vehicle
from enforcement.patrols.serializers import BeijingTime
from enforcement.timeline import clock
from regions.api.fields import Body, Choice, Moment, Text


class Figure(serializers.FloatField):
    """A JSON number that is one: no text, no true, nothing infinite."""

    default_error_messages = {"invalid": _("应为数字。")}

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        try:
            value = float(data)
        except OverflowError:
            self.fail("invalid")
        if not math.isfinite(value):
            self.fail("invalid")
        return value


class ChannelRowSerializer(serializers.Serializer[Any]):
    """`lag_s` inlet to detector, `response_s` time to 63 % of a step, both in seconds; `detection_limit` in `unit`."""

    channel = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    counted_as = serializers.ChoiceField(choices=CountedAs.choices, allow_blank=True)
    valid_from = serializers.DateField()
    lag_s = serializers.FloatField()
    response_s = serializers.FloatField()
    detection_limit = serializers.FloatField()
    range_max = serializers.FloatField(allow_null=True)
    basis = serializers.CharField(allow_blank=True)


class InstrumentLogSerializer(serializers.Serializer[InstrumentLog]):
    """A calibration says: true = slope x shown + intercept. `offset_s` is the instrument's clock less true time."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=LogKind.choices)
    channel = serializers.CharField(allow_blank=True)
    at = BeijingTime()
    unit = serializers.CharField(allow_blank=True)
    expected = serializers.FloatField(allow_null=True)
    shown = serializers.FloatField(allow_null=True)
    slope = serializers.FloatField(allow_null=True)
    intercept = serializers.FloatField(allow_null=True)
    offset_s = serializers.FloatField(allow_null=True)
    basis = serializers.CharField(allow_blank=True)
    made_at = BeijingTime()
    voided_at = BeijingTime(allow_null=True)
    void_reason = serializers.CharField(allow_blank=True)


class InstrumentSerializer(serializers.Serializer[Instrument]):
    """`retired_on` is null while it is in use."""

    id = serializers.IntegerField()
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.name")
    name = serializers.CharField()
    serial = serializers.CharField()
    kind = serializers.ChoiceField(choices=Kind.choices)
    method = serializers.CharField(allow_blank=True)
    retired_on = serializers.DateField(allow_null=True)
    synthetic = serializers.BooleanField()
    version = serializers.IntegerField()


class InstrumentDetailSerializer(InstrumentSerializer):
    """With every channel row and the newest lines of the log."""

    channels = ChannelRowSerializer(many=True)
    logs = InstrumentLogSerializer(many=True, source="newest_logs")


class VehicleSerializer(serializers.Serializer[Vehicle]):
    id = serializers.IntegerField()
    bureau = serializers.IntegerField(source="bureau_id")
    bureau_name = serializers.CharField(source="bureau.name")
    plate = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    retired_on = serializers.DateField(allow_null=True)
    synthetic = serializers.BooleanField()
    version = serializers.IntegerField()


class CrewMemberSerializer(serializers.Serializer[CrewMember]):
    name = serializers.CharField()
    duty = serializers.ChoiceField(choices=Duty.choices)
    certificate = serializers.CharField(allow_blank=True)
    since = serializers.DateField()
    until = serializers.DateField(allow_null=True)
    on_duty = serializers.SerializerMethodField()

    def get_on_duty(self, member: CrewMember) -> bool:
        return member.serves(clock.today())


class VehicleDetailSerializer(VehicleSerializer):
    """With the people its bureau put on duty, those who left included."""

    crew = CrewMemberSerializer(many=True, source="bureau.crew_members")


class LogBody(Body):
    """`zero` and `span` want `channel`, `expected`, `shown`; `calibration` `channel`, `slope`, `intercept`; `clock` `offset_s`."""

    kind = Choice(choices=LogKind.choices)
    at = Moment()
    channel = Text(required=False, default="", allow_blank=True, max_length=60)
    unit = Text(required=False, default="", allow_blank=True, max_length=20)
    expected = Figure(required=False, allow_null=True, default=None)
    shown = Figure(required=False, allow_null=True, default=None)
    slope = Figure(required=False, allow_null=True, default=None)
    intercept = Figure(required=False, allow_null=True, default=None)
    offset_s = Figure(required=False, allow_null=True, default=None)
    basis = Text(required=False, default="", allow_blank=True, max_length=200)
