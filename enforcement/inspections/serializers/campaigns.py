"""Campaigns in the API: what is counted, how far it is, what was done."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from enforcement.inspections import units
from enforcement.inspections.actions import campaigns
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models import Campaign, Tally
from enforcement.inspections.models.campaigns import UNIT_CHOICES
from regions.api.entries import Amount, Day, several
from regions.api.fields import Body, Choice, Text, Whole
from regions.api.serializers import CodeField


class CampaignSerializer(serializers.Serializer[Campaign]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=CampaignState.choices)
    bureau = serializers.IntegerField(source="bureau_id", help_text="组织单位")
    bureau_name = serializers.CharField(source="bureau.short_name")
    division = CodeField(source="division.code")
    area = serializers.CharField(source="area.key", default=None, allow_null=True)
    since = serializers.DateField()
    until = serializers.DateField()
    industries = serializers.ListField(child=serializers.CharField())
    legal_basis = serializers.CharField()
    version = serializers.IntegerField()
    synthetic = serializers.BooleanField()


class ProgressSerializer(serializers.Serializer[Any]):
    """How far a division is; a city's amount holds its counties'."""

    division = CodeField()
    name = serializers.CharField()
    done = serializers.CharField(help_text="完成量，单位同指标")
    target = serializers.CharField(allow_null=True)
    share = serializers.CharField(allow_null=True, help_text="完成率，百分数")
    below = serializers.ListField(child=serializers.DictField())


class CampaignQuantitySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    unit = serializers.CharField()
    target = serializers.CharField(allow_null=True)
    done = serializers.CharField(help_text="可见区划的完成量合计")
    share = serializers.CharField(allow_null=True)
    published = serializers.CharField(help_text="按公布口径，如“1.92万亩”")
    rows = ProgressSerializer(many=True)


class CampaignDetailSerializer(CampaignSerializer):
    checklists = serializers.SerializerMethodField()
    quantities = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_checklists(self, campaign: Campaign) -> list[str]:
        return [str(row.pk) for row in campaign.checklists.all()]

    @extend_schema_field(CampaignQuantitySerializer(many=True))
    def get_quantities(self, campaign: Campaign) -> list[dict[str, Any]]:
        divisions = campaigns.divisions_read(self.context["request"].user, campaign)
        quantities = list(campaign.quantities.all())
        progress = campaigns.progress(quantities, divisions)
        return [_quantity(row, progress[row.pk]) for row in quantities]


def _quantity(row: Any, progress: list[campaigns.Progress]) -> dict[str, Any]:
    done = sum((one.done for one in progress), start=Decimal(0))
    amount, unit = units.published(done, row.unit)
    return {
        "id": str(row.pk),
        "name": row.name,
        "unit": row.unit,
        "target": _plain(row.target),
        "done": _plain(done),
        "share": _plain((100 * done / row.target).quantize(Decimal("0.1"))) if row.target else None,
        "published": f"{_plain(amount)}{unit}",
        "rows": [_progress(one) for one in progress],
    }


def _progress(one: campaigns.Progress) -> dict[str, Any]:
    return {
        "division": one.division.code or None,
        "name": one.division.name,
        "done": _plain(one.done),
        "target": _plain(one.target),
        "share": _plain(one.share),
        "below": [_progress(below) for below in one.below],
    }


def _plain(amount: Decimal | None) -> str | None:
    return f"{amount.normalize():f}" if amount is not None else None


class TallySerializer(serializers.Serializer[Tally]):
    """An amount done: as entered, and in the quantity's own unit."""

    id = serializers.UUIDField()
    quantity = serializers.UUIDField(source="quantity_id")
    name = serializers.CharField(source="quantity.name")
    division = CodeField(source="division.code")
    amount = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(source="quantity.unit")
    entered = serializers.DecimalField(max_digits=18, decimal_places=6)
    entered_unit = serializers.CharField()
    done_on = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    bureau = serializers.IntegerField(source="bureau_id")
    at = serializers.DateTimeField()
    voided_at = serializers.DateTimeField(allow_null=True)
    synthetic = serializers.BooleanField()


class CountBody(Body):
    name = Text(max_length=40)
    unit = Choice(choices=UNIT_CHOICES)
    target = Amount(required=False, allow_null=True, min_value=Decimal("0.000001"))


class CampaignBody(Body):
    name = Text(max_length=80)
    legal_basis = Text(max_length=300)
    since = Day()
    until = Day()
    checklists = serializers.ListField(child=serializers.UUIDField(), required=False, default=list, max_length=20)
    counts: Any = serializers.ListSerializer(
        child=CountBody(), required=False, default=list, max_length=campaigns.MAX_QUANTITIES
    )
    area = Text(required=False, allow_null=True, max_length=40, help_text="联防联控区域的代号")
    industries = several(20, 20, required=False, default=list)


class CampaignActionBody(Body):
    version = Whole(required=False)
    reason = Text(required=False, allow_blank=True, max_length=500)
    quantity = serializers.UUIDField(required=False, help_text="分解目标：指标")
    division = Text(required=False, max_length=6, help_text="分解目标：区划代码")
    target = Amount(required=False, help_text="分解目标：数量，单位同指标")
    tally = serializers.UUIDField(required=False, help_text="作废完成量：哪一条")


class TallyBody(Body):
    quantity = serializers.UUIDField()
    division = Text(max_length=6, help_text="区划代码")
    amount = Amount()
    unit = Choice(choices=UNIT_CHOICES)
    done_on = Day()
    bureau = Whole(required=False, max_value=2**63 - 1, help_text="只在一个单位任职的可以不填")
    note = Text(required=False, allow_blank=True, default="", max_length=200)
