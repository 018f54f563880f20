"""Dated settings: how a track is measured and when a stretch of it is a hot spot. Edited by adding a newer row."""

from datetime import date

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.tracks.rules import HotSpotSettings, TrackRule


@pghistory.track(append_only=True)
class TrackRuleSetting(models.Model):
    """From a day on: which steps between readings count as driven."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    max_gap_s = models.FloatField(_("最长间隔（秒）"), validators=[MinValueValidator(1), MaxValueValidator(60)])
    max_speed_kmh = models.FloatField(_("最高速度（km/h）"), validators=[MinValueValidator(60), MaxValueValidator(400)])
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("里程计算规则")
        constraints = [
            models.CheckConstraint(condition=Q(max_gap_s__gt=0, max_speed_kmh__gt=0), name="track_rule_sane")
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    def value(self) -> TrackRule:
        return TrackRule(max_gap_s=self.max_gap_s, max_speed_kmh=self.max_speed_kmh)

    @classmethod
    def in_force(cls, day: date) -> "TrackRuleSetting":
        """The setting of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


@pghistory.track(append_only=True)
class HotSpotRule(models.Model):
    """From a day on, for one channel in one unit: what makes a hot spot. A used rule doesn't change; add a newer one."""

    name = models.CharField(_("名称"), max_length=60)
    channel = models.CharField(_("通道"), max_length=60)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    valid_from = models.DateField(_("生效日期"))
    window_s = models.FloatField(_("背景窗口（秒）"), validators=[MinValueValidator(60), MaxValueValidator(7200)])
    percentile = models.FloatField(_("背景分位（%）"), validators=[MinValueValidator(0), MaxValueValidator(50)])
    step_s = models.FloatField(_("背景计算间隔（秒）"), validators=[MinValueValidator(1), MaxValueValidator(600)])
    min_window_share = models.FloatField(
        _("窗口最少数据比例"), validators=[MinValueValidator(0.01), MaxValueValidator(1)]
    )
    ratio = models.FloatField(_("倍数"), validators=[MinValueValidator(1), MaxValueValidator(100)])
    floor = models.FloatField(_("浓度下限"), validators=[MinValueValidator(0)])
    background_min = models.FloatField(_("背景下限"), validators=[MinValueValidator(0.001)])
    min_duration_s = models.FloatField(_("最短持续（秒）"), validators=[MinValueValidator(1), MaxValueValidator(600)])
    merge_gap_s = models.FloatField(_("合并间隔（秒）"), validators=[MinValueValidator(0), MaxValueValidator(600)])
    merge_gap_m = models.FloatField(_("合并距离（米）"), validators=[MinValueValidator(0), MaxValueValidator(1000)])
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["channel", "unit", "-valid_from"]
        verbose_name = verbose_name_plural = _("热点判定规则")
        constraints = [
            models.UniqueConstraint(fields=["channel", "unit", "valid_from"], name="hot_spot_rule_once_a_day"),
            models.CheckConstraint(
                condition=Q(window_s__gt=0, step_s__gt=0, ratio__gte=1, background_min__gt=0), name="hot_spot_rule_sane"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s（%(day)s）") % {"name": self.name, "day": f"{self.valid_from:%Y-%m-%d}"}

    def value(self) -> HotSpotSettings:
        return HotSpotSettings(
            window_s=self.window_s,
            percentile=self.percentile,
            step_s=self.step_s,
            min_window_share=self.min_window_share,
            ratio=self.ratio,
            floor=self.floor,
            background_min=self.background_min,
            min_duration_s=self.min_duration_s,
            merge_gap_s=self.merge_gap_s,
            merge_gap_m=self.merge_gap_m,
        )

    @classmethod
    def in_force(cls, day: date) -> "dict[tuple[str, str], HotSpotRule]":
        """The newest rule of each (channel in lower case, unit) on a Beijing day."""
        found: dict[tuple[str, str], HotSpotRule] = {}
        for rule in cls.objects.filter(valid_from__lte=day).order_by("valid_from"):
            found[rule.channel.lower(), rule.unit] = rule
        return found
