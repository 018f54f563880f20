"""Handoff documents (转办单) and the series their numbers and issue numbers are drawn from."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enforcement.issues.querysets import HandoffQuerySet
from regions.models import Bureau

if TYPE_CHECKING:
    from enforcement.issues.models.responsibility import Responsibility


class NumberSeries(models.Model):
    """A gap-free series. The row is locked by the transaction that draws, so a rolled-back draw leaves no gap."""

    name = models.CharField(max_length=60, primary_key=True, db_collation="C")
    last = models.PositiveIntegerField(default=0)


class Handoff(models.Model):
    """转办单: a numbered document of one bureau; each of its items opens a responsibility.

    Number like 晋环转〔2021〕12号: gap-free per bureau and year.
    """

    number = models.CharField(_("文号"), max_length=60, unique=True)
    # The series below begins with it.
    bureau = models.ForeignKey(
        Bureau, models.PROTECT, related_name="handoffs", verbose_name=_("转办单位"), db_index=False
    )
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    title = models.CharField(_("标题"), max_length=200)
    issued_at = models.DateTimeField(_("转办时间"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    synthetic = models.BooleanField(default=False)
    # Made from an imported ledger: numbered in a series of its own, so that the official one keeps no gap and no double.
    imported = models.BooleanField(default=False, db_default=False)
    # The responsibilities it opened, item by item: on the instance `hand_off` gives only.
    opened: "list[Responsibility]"

    objects = HandoffQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = verbose_name_plural = _("转办单")
        indexes: ClassVar = [models.Index(fields=["-issued_at", "-id"], name="handoff_newest")]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "year", "serial", "imported"], name="handoff_number_once")
        ]

    def __str__(self) -> str:
        return self.number
