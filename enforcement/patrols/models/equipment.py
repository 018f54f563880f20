"""What is driven and what measures, and how each channel of an instrument answers."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.querysets import EquipmentQuerySet
from enforcement.patrols.tracks.rules import ChannelResponse
from regions.models import Bureau


class Kind(models.TextChoices):
    """What an instrument is; domain practice, section 2."""

    PTR_TOF = "ptr_tof", _("质子转移反应质谱（PTR-TOF）")
    SPI_TOF = "spi_tof", _("单光子电离质谱（SPI-TOF）")
    DIRECT_MS = "direct_ms", _("直接进样质谱")
    GC_MS = "gc_ms", _("车载气相色谱质谱（GC-MS）")
    PID = "pid", _("光离子化检测器（PID）")
    FID = "fid", _("氢火焰离子化检测器（FID）")
    GAS = "gas", _("常规气体分析仪")
    PARTICLES = "particles", _("颗粒物分析仪")
    WEATHER = "weather", _("气象仪")
    OTHER = "other", _("其他")


class CountedAs(models.TextChoices):
    """What a channel's figure counts. TVOC of one basis is no TVOC of another."""

    UNSTATED = "", _("未说明")
    SPECIES = "species", _("单一物种")
    SUM = "sum", _("各物种之和")
    TOLUENE = "toluene", _("以甲苯计")
    ISOBUTYLENE = "isobutylene", _("以异丁烯计")
    CARBON = "carbon", _("以碳计")


@pghistory.track(append_only=True)
class Vehicle(models.Model):
    """A patrol vehicle (走航车). `version` counts what its timeline tells: 0 for one that the admin site registered."""

    plate = models.CharField(_("号牌"), max_length=20)
    name = models.CharField(_("名称"), max_length=60, blank=True)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="vehicles", verbose_name=_("单位"))
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        ordering = ["plate"]
        verbose_name = verbose_name_plural = _("走航车")
        # Within a bureau: a refusal must not tell what another one has.
        constraints: ClassVar = [models.UniqueConstraint(fields=["bureau", "plate"], name="vehicle_once_a_bureau")]

    def __str__(self) -> str:
        return f"{self.plate} {self.name}".strip()

    def get_absolute_url(self) -> str:
        return reverse("patrols:vehicle", args=[self.pk])


@pghistory.track(append_only=True)
class Instrument(models.Model):
    """A measuring instrument by its serial number. `version` counts what its timeline tells."""

    serial = models.CharField(_("出厂编号"), max_length=60)
    name = models.CharField(_("型号"), max_length=80)
    kind = models.CharField(_("类型"), max_length=12, choices=Kind.choices, default=Kind.OTHER)
    method = models.CharField(_("测量原理"), max_length=60, blank=True)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="instruments", verbose_name=_("单位"))
    retired_on = models.DateField(_("停用日期"), null=True, blank=True)
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        ordering = ["name", "serial"]
        verbose_name = verbose_name_plural = _("走航仪器")
        constraints: ClassVar = [models.UniqueConstraint(fields=["bureau", "serial"], name="instrument_once_a_bureau")]

    def __str__(self) -> str:
        return f"{self.name} {self.serial}"

    def get_absolute_url(self) -> str:
        return reverse("patrols:instrument", args=[self.pk])

    def responses(self, day: date) -> dict[str, ChannelResponse]:
        """How each registered channel answered on a Beijing day, by its name in lower case."""
        found: dict[str, ChannelResponse] = {}
        for one in self._channels_on(day):
            found[one.channel.strip().lower()] = ChannelResponse(one.lag_s, one.response_s, one.detection_limit)
        return found

    def ranges(self, day: date) -> dict[str, float]:
        """The upper end of each registered channel's range on a Beijing day, by its name in lower case."""
        found = {one.channel.strip().lower(): one.range_max for one in self._channels_on(day)}
        return {channel: most for channel, most in found.items() if most is not None}

    def _channels_on(self, day: date) -> "models.QuerySet[InstrumentChannel]":
        return self.channels.filter(valid_from__lte=day).order_by("valid_from")


def responses_of(instruments: Iterable[Instrument | None], day: date) -> dict[str, ChannelResponse]:
    """The same of several, of which a later one counts where two register a channel."""
    found: dict[str, ChannelResponse] = {}
    for instrument in instruments:
        found |= instrument.responses(day) if instrument else {}
    return found


@pghistory.track(append_only=True)
class InstrumentChannel(models.Model):
    """From a day on: how late a channel is, how slowly it answers and what it can't see. Another test adds a newer row.

    Lag is the transport from the inlet to the detector, response the time to 63 % of a step; both in seconds, measured
    at the inlet with span gas. A 40 s lag at 24 km/h is 270 m.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="channels", verbose_name=_("走航仪器"))
    channel = models.CharField(_("通道"), max_length=60)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    counted_as = models.CharField(_("计量基准"), max_length=12, choices=CountedAs.choices, blank=True, default="")
    valid_from = models.DateField(_("生效日期"))
    lag_s = models.FloatField(_("传输时滞（秒）"), validators=[MinValueValidator(0), MaxValueValidator(300)])
    response_s = models.FloatField(
        _("响应时间 T63（秒）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(60)]
    )
    detection_limit = models.FloatField(_("检出限"), default=0, validators=[MinValueValidator(0)])
    range_max = models.FloatField(
        _("量程上限"), null=True, blank=True, validators=[MinValueValidator(0)], help_text=_("读数达到它即按饱和标记。")
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["instrument", "channel", "-valid_from"]
        verbose_name = verbose_name_plural = _("仪器通道响应")
        constraints = [
            models.UniqueConstraint(fields=["instrument", "channel", "valid_from"], name="channel_response_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(lag_s__gte=0, response_s__gte=0, detection_limit__gte=0),
                name="channel_response_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.valid_from:%Y-%m-%d}"
