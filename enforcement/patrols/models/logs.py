"""The log of an instrument: what was checked, against what, and what it showed. Written once; a wrong line is voided."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.equipment import Instrument


class LogKind(models.TextChoices):
    POWER_ON = "power_on", _("开机")
    ZERO = "zero", _("零点检查")
    SPAN = "span", _("跨度检查")
    CLOCK = "clock", _("校时")
    CALIBRATION = "calibration", _("校准")


#: Kinds that speak of one channel; the others of the whole instrument.
OF_A_CHANNEL = frozenset({LogKind.ZERO, LogKind.SPAN, LogKind.CALIBRATION})


class InstrumentLog(models.Model):
    """One line. `expected` and `shown` are in `unit`; `offset_s` is the instrument's clock less true time.

    A calibration's `slope` and `intercept` say: true = slope x shown + intercept, in `unit`. They are on record and are
    never applied to a run's values (docs/adr/0007).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="logs", verbose_name=_("走航仪器"))
    kind = models.CharField(_("类别"), max_length=12, choices=LogKind.choices)
    channel = models.CharField(_("通道"), max_length=60, blank=True)
    at = models.DateTimeField(_("时间"))
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    expected = models.FloatField(_("标称值"), null=True)
    shown = models.FloatField(_("示值"), null=True)
    slope = models.FloatField(_("斜率"), null=True)
    intercept = models.FloatField(_("截距"), null=True)
    offset_s = models.FloatField(_("时钟偏差（秒）"), null=True)
    basis = models.CharField(_("标准物质或依据"), max_length=200, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("登记时间"))
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(_("作废理由"), max_length=500, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = verbose_name_plural = _("仪器日志")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["calibration", "span", "zero"]) ^ Q(channel=""),
                name="instrument_log_channel_where_due",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["zero", "span"]) | Q(expected__isnull=False, shown__isnull=False),
                name="instrument_log_check_has_values",
            ),
            models.CheckConstraint(
                condition=~Q(kind="calibration") | Q(slope__gt=0, intercept__isnull=False),
                name="instrument_log_calibration_has_a_line",
            ),
            models.CheckConstraint(
                condition=~Q(kind="clock") | Q(offset_s__isnull=False), name="instrument_log_clock_has_an_offset"
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
                name="instrument_log_voided_whole",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["instrument", "-at", "-id"], name="instrument_log_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.channel}".strip()

    @property
    def deviation_percent(self) -> float | None:
        """How far a span check was off its standard, in per cent; None for other lines and a standard of nothing."""
        if self.kind != LogKind.SPAN or self.expected is None or self.shown is None or not self.expected:
            return None
        return (self.shown - self.expected) / abs(self.expected) * 100

    @classmethod
    def before(cls, instrument: Instrument, moment: datetime, since: datetime) -> "list[InstrumentLog]":
        """The valid lines from `since` up to a moment, newest first, calibrations however old. One statement."""
        lines = cls.objects.filter(instrument=instrument, voided_at=None, at__lte=moment)
        return list(lines.filter(Q(at__gte=since) | Q(kind=LogKind.CALIBRATION)).order_by("-at", "-id"))
