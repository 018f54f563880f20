"""Campaigns (专项行动): what is checked where and when, what is counted, and what was counted so far."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.inspections import units
from enforcement.inspections.lifecycle import CampaignState
from enforcement.inspections.models.checklists import ChecklistVersion
from enforcement.inspections.querysets import CampaignQuerySet
from regions.models import Bureau, Division, JointControlArea

UNIT_CHOICES = [(unit, unit) for unit in units.UNITS]


class Campaign(models.Model):
    """一次专项行动 of a bureau, in its division or a joint-control area."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("名称"), max_length=80)
    legal_basis = models.CharField(_("依据"), max_length=300)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("组织单位"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("范围"))
    area = models.ForeignKey(
        JointControlArea, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("联防联控区域")
    )
    since = models.DateField(_("开始日期"))
    until = models.DateField(_("结束日期"))
    industries: Any = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name=_("检查对象"))
    checklists = models.ManyToManyField(ChecklistVersion, related_name="campaigns", verbose_name=_("检查表"))
    state = models.CharField(_("状态"), max_length=8, choices=CampaignState.choices, default=CampaignState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    synthetic = models.BooleanField(default=False)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = verbose_name_plural = _("专项行动")
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("since")), name="campaign_ends_after_start")]
        indexes = [models.Index(fields=["-since", "-id"], name="campaign_newest")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("inspections:campaign", args=[self.pk])


class Quantity(models.Model):
    """What a campaign counts (清理堆场, 绿化), in which unit, and the target for the whole (null: none set)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="quantities")
    name = models.CharField(_("指标"), max_length=40)
    unit = models.CharField(_("单位"), max_length=6, choices=UNIT_CHOICES)
    target = models.DecimalField(_("目标"), max_digits=18, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["campaign", "name"], name="campaign_quantity_once")]

    def __str__(self) -> str:
        return self.name


class QuantityTarget(models.Model):
    """The share of a target one city or county answers for."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quantity = models.ForeignKey(Quantity, models.CASCADE, related_name="targets")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    target = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quantity", "division"], name="quantity_target_once")]


class Tally(models.Model):
    """完成量: an amount done in a division up to a day, in the unit it was counted in and in the quantity's own.

    Never rewritten: a wrong one is voided with a reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quantity = models.ForeignKey(Quantity, models.PROTECT, related_name="tallies")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    amount = models.DecimalField(_("完成量"), max_digits=18, decimal_places=6)
    entered = models.DecimalField(max_digits=18, decimal_places=6)
    entered_unit = models.CharField(max_length=6, choices=UNIT_CHOICES)
    done_on = models.DateField(_("完成日期"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = verbose_name_plural = _("完成量")
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="tally_is_something")]
        indexes = [models.Index(fields=["quantity", "division"], name="tally_of")]
