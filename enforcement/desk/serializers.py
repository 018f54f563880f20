"""What the API shows and takes of saved views."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.desk.models import SavedView
from enforcement.desk.saving import KEPT, LONGEST_NAME, LONGEST_QUERY
from regions.api.fields import Body, Choice, Flag, Text


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    list = serializers.ChoiceField(choices=sorted(KEPT))
    query = serializers.CharField(help_text="页面地址中的筛选条件，如 clock=overdue&division=140100")
    shared_with = serializers.IntegerField(source="bureau_id", allow_null=True, help_text="共享的单位；私有的为空")
    by = serializers.CharField(source="officer.name", help_text="保存的人")
    mine = serializers.SerializerMethodField()
    default = serializers.BooleanField(source="is_default")

    class Meta:
        model = SavedView
        fields = ("id", "list", "name", "query", "shared_with", "by", "mine", "default", "made_at")

    @extend_schema_field(serializers.BooleanField())
    def get_mine(self, view: SavedView) -> bool:
        return bool(view.officer_id == self.context["request"].user.pk)


class SavedViewBody(Body):
    list = Choice(choices=[(name, name) for name in sorted(KEPT)])
    name = Text(max_length=LONGEST_NAME)
    query = Text(max_length=LONGEST_QUERY)
    shared: Any = Flag(required=False, default=False, help_text="与本单位共享")
    default: Any = Flag(required=False, default=False, help_text="设为本人的默认视图")


class NothingBody(Body):
    """An action that asks for nothing."""
