"""What is driven and what measures: as much as a run has to name. Calibration and checks come with the register."""

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.models import Bureau


@pghistory.track(append_only=True)
class Vehicle(models.Model):
    """A patrol vehicle (走航车)."""

    plate = models.CharField(_("号牌"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60, blank=True)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="vehicles", verbose_name=_("单位"))
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["plate"]
        verbose_name = verbose_name_plural = _("走航车")

    def __str__(self) -> str:
        return f"{self.plate} {self.name}".strip()


@pghistory.track(append_only=True)
class Instrument(models.Model):
    """A measuring instrument by its serial number."""

    serial = models.CharField(_("出厂编号"), max_length=60, unique=True)
    name = models.CharField(_("型号"), max_length=80)
    method = models.CharField(_("测量原理"), max_length=60, blank=True)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="instruments", verbose_name=_("单位"))
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "serial"]
        verbose_name = verbose_name_plural = _("走航仪器")

    def __str__(self) -> str:
        return f"{self.name} {self.serial}"
