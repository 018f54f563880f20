"""What the API shows of divisions, areas, bureaus, sites and tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from regions.api.fields import Body, Text
from regions.api.filters import CODE
from regions.models import AreaMembership, Bureau, BureauKind, Division, JointControlArea, Level, Outlet, Site


class CodeField(serializers.CharField):
    """A division's current six-digit code; null for a zone that carries none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def to_representation(self, value: Any) -> Any:
        return value or None


extend_schema_field({**CODE, "nullable": True})(CodeField)


class DivisionSerializer(serializers.Serializer[Division]):
    code = CodeField()
    key = serializers.CharField()
    level = serializers.ChoiceField(choices=Level.choices)
    name = serializers.CharField()
    short_name = serializers.CharField()
    english = serializers.CharField()
    pinyin = serializers.CharField()
    parent: Any = CodeField(source="parent.code", default=None)
    lon = serializers.FloatField(allow_null=True, help_text="标注点经度，WGS-84")
    lat = serializers.FloatField(allow_null=True, help_text="标注点纬度，WGS-84")
    began_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)


class DatedCodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    source: Any = serializers.CharField(allow_blank=True)


class SuccessionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    on = serializers.DateField()


class DivisionDetailSerializer(DivisionSerializer):
    codes = DatedCodeSerializer(many=True)
    predecessors = serializers.SerializerMethodField()
    successors = serializers.SerializerMethodField()

    @extend_schema_field(SuccessionSerializer(many=True))
    def get_predecessors(self, division: Division) -> list[dict[str, Any]]:
        rows = division.inheritances.select_related("predecessor")
        return [{"key": r.predecessor.key, "name": r.predecessor.name, "on": r.on.isoformat()} for r in rows]

    @extend_schema_field(SuccessionSerializer(many=True))
    def get_successors(self, division: Division) -> list[dict[str, Any]]:
        rows = division.successions.select_related("successor")
        return [{"key": r.successor.key, "name": r.successor.name, "on": r.on.isoformat()} for r in rows]


class MembershipSerializer(serializers.Serializer[AreaMembership]):
    division = CodeField(source="division.code")
    name = serializers.CharField(source="division.name")
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True, help_text="不含当日")
    confidence = serializers.ChoiceField(choices=AreaMembership.Confidence.choices)
    source: Any = serializers.CharField()


class AreaSerializer(serializers.Serializer[JointControlArea]):
    key = serializers.CharField()
    name = serializers.CharField()
    english = serializers.CharField()
    note = serializers.CharField(allow_blank=True)
    members = MembershipSerializer(source="memberships", many=True)


class BureauSerializer(serializers.Serializer[Bureau]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    short_name = serializers.CharField()
    kind = serializers.ChoiceField(choices=BureauKind.choices)
    division = CodeField(source="division.code")
    parent: Any = serializers.IntegerField(source="parent_id", allow_null=True)
    answers_for_division = serializers.BooleanField()


class SiteSerializer(serializers.Serializer[Site]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    uscc = serializers.CharField(allow_blank=True)
    permit_no = serializers.CharField(allow_blank=True)
    industry = serializers.CharField(allow_blank=True)
    grade = serializers.ChoiceField(choices=Site.Grade.choices, allow_blank=True)
    division = CodeField(source="division.code")
    address = serializers.CharField(allow_blank=True)
    lon = serializers.FloatField()
    lat = serializers.FloatField()
    synthetic = serializers.BooleanField()


class OutletSerializer(serializers.Serializer[Outlet]):
    code = serializers.CharField()
    name = serializers.CharField(allow_blank=True)


class SiteDetailSerializer(SiteSerializer):
    outlets = OutletSerializer(many=True)


class SignInSerializer(Body):
    username = Text(max_length=60)
    password = Text(max_length=200, trim_whitespace=False)


class TokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="此后每个请求带上 Authorization: Token …")
    expires_at = serializers.DateTimeField()
