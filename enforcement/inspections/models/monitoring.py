"""How well a site's online monitoring was connected, month by month: counts, never a typed-in rate."""

from decimal import Decimal
from typing import ClassVar

import pghistory
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Site


@pghistory.track(append_only=True)
class MonitoringMonth(models.Model):
    """在线监测月度传输情况: hourly values that were due, that arrived, and that were valid, of all outlets of a site."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="monitoring", verbose_name=_("点位"))
    month = models.DateField(_("月份"), help_text=_("填当月1日"))
    due = models.PositiveIntegerField(_("应传小时值（个）"))
    arrived = models.PositiveIntegerField(_("实传小时值（个）"))
    valid = models.PositiveIntegerField(_("有效小时值（个）"))
    source = models.CharField(_("出处"), max_length=200)

    class Meta:
        ordering = ["-month"]
        verbose_name = verbose_name_plural = _("在线监测传输情况")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["site", "month"], name="monitoring_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="monitoring_month_is_a_month"),
            models.CheckConstraint(
                condition=Q(due__gt=0, arrived__lte=F("due"), valid__lte=F("arrived")), name="monitoring_counts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.month:%Y-%m}"

    def clean(self) -> None:
        errors = {}
        if self.month and self.month.day != 1:
            errors["month"] = _("请填当月1日，如 2026-06-01。")
        if None not in (self.due, self.arrived, self.valid) and not 0 < self.due >= self.arrived >= self.valid:
            errors["valid"] = _("应传、实传、有效个数应依次不增，且应传大于0。")
        if errors:
            raise ValidationError(errors)


def share(part: int, whole: int) -> Decimal:
    """Per cent to one decimal, half to even (GB/T 8170)."""
    return (Decimal(100 * part) / whole).quantize(Decimal("0.1"))
