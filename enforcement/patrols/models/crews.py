"""Who drives and measures for a team or a contractor, from when to when."""

import uuid
from datetime import date
from typing import ClassVar

import pghistory
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.querysets import EquipmentQuerySet
from regions.models import Bureau


class Duty(models.TextChoices):
    OPERATOR = "operator", _("仪器操作")
    DRIVER = "driver", _("驾驶")
    QUALITY = "quality", _("质控")
    ANALYST = "analyst", _("数据分析")


@pghistory.track(append_only=True)
class CrewMember(models.Model):
    """One person on one duty for a bureau, both days included; open while `until` is empty."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="crew_members", verbose_name=_("单位"))
    name = models.CharField(_("姓名"), max_length=40)
    duty = models.CharField(_("职责"), max_length=10, choices=Duty.choices)
    certificate = models.CharField(_("培训或上岗证"), max_length=80, blank=True)
    since = models.DateField(_("起"))
    until = models.DateField(_("止"), null=True, blank=True)
    synthetic = models.BooleanField(default=False)

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = verbose_name_plural = _("走航人员")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="crew_ends_after_it_begins"
            ),
            models.UniqueConstraint(
                fields=["bureau", "name", "duty"], condition=Q(until=None), name="crew_member_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def serves(self, day: date) -> bool:
        """On duty on a Beijing day."""
        return self.since <= day and (self.until is None or day <= self.until)
