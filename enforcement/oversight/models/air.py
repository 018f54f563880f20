"""How the air of a city or county was, month by month, as published: what a rule on worsening air compares."""

from decimal import Decimal
from typing import ClassVar

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.models import Division


class Standard(models.TextChoices):
    """By whose limits an index was computed: indices of different limits can't be compared (HJ 663)."""

    OF_2012 = "gb3095-2012", "GB 3095-2012"
    OF_2026 = "gb3095-2026", "GB 3095-2026"


@pghistory.track(append_only=True)
class AirMonth(models.Model):
    """环境空气质量综合指数 of a division in a month: no unit, smaller is better. A year before may stand on both standards."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("区划"))
    month = models.DateField(_("月份"), help_text=_("填当月1日"))
    standard = models.CharField(_("标准"), max_length=12, choices=Standard.choices)
    index = models.DecimalField(
        _("综合指数"), max_digits=5, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    source = models.CharField(_("出处"), max_length=200)

    class Meta:
        ordering = ["-month", "division__code"]
        verbose_name = verbose_name_plural = _("空气质量综合指数")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["division", "month", "standard"], name="air_month_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="air_month_is_a_month"),
            models.CheckConstraint(condition=Q(index__gt=0), name="air_index_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.month:%Y-%m}"

    def clean(self) -> None:
        if self.month and self.month.day != 1:
            raise ValidationError({"month": _("请填当月1日，如 2026-06-01。")})
