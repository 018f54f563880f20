"""Dated settings: how a track is measured and when a stretch of it is a hot spot. Edited by adding a newer row."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.tracks.groups import SpeciesGroup
from enforcement.patrols.tracks.rules import HotSpotSettings, TrackRule
from enforcement.patrols.tracks.units import name_key


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


def _seconds(label: Any, most: float) -> models.FloatField:
    return models.FloatField(label, default=0, validators=[MinValueValidator(0), MaxValueValidator(most)])


def _share(label: Any) -> models.FloatField:
    return models.FloatField(label, default=0, validators=[MinValueValidator(0), MaxValueValidator(1)])


def _level(label: Any) -> models.FloatField:
    return models.FloatField(label, default=0, validators=[MinValueValidator(0)])


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
    # From here on 0 (or empty) switches a test off, as it was in the first version of the rules.
    restart_gap_s = _seconds(_("背景重新起算的间隔（秒）"), 86_400)
    idle_kmh = models.FloatField(
        _("视为停车的速度（km/h）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(20)]
    )
    min_moving_s = _seconds(_("行驶中最短持续（秒）"), 600)
    spike_s = _seconds(_("尖峰宽度（秒）"), 60)
    release_share = models.FloatField(
        _("延续限值比例"), default=1, validators=[MinValueValidator(0.1), MaxValueValidator(1)]
    )
    tracer = models.CharField(_("尾气示踪通道"), max_length=20, blank=True)
    tracer_ratio = models.FloatField(
        _("示踪比（ppm/单位）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    max_rise = _share(_("最陡上升比例"))
    min_steady = _share(_("平稳部分比例"))
    min_hold = _share(_("平稳峰值比例"))
    medium_peak = _level(_("较重：峰值"))
    severe_peak = _level(_("严重：峰值"))
    medium_dose = _level(_("较重：累积（单位·秒）"))
    severe_dose = _level(_("严重：累积（单位·秒）"))
    stop_min_s = _seconds(_("停车复测最短（秒）"), 3600)
    stop_max_s = _seconds(_("停车复测最长（秒）"), 3600)
    repeat_m = models.FloatField(
        _("复测距离（米）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(1000)]
    )
    repeat_after_s = _seconds(_("复测间隔（秒）"), 86_400)
    calm_ms = models.FloatField(
        _("静风不判：平均风速低于（m/s）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(5)]
    )
    slow_kmh = models.FloatField(
        _("过慢不判：行驶中平均车速低于（km/h）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(40)]
    )
    fast_kmh = models.FloatField(
        _("过快不判：行驶中平均车速高于（km/h）"), default=0, validators=[MinValueValidator(0), MaxValueValidator(200)]
    )
    members = models.CharField(
        _("组分"),
        max_length=300,
        blank=True,
        help_text=_(
            "按多种物质之和判定时，填各物质名称，用分号分开（“物质”中登记的别名同样认）；“通道”填这一组的名称。"
        ),
    )
    least_members = models.PositiveSmallIntegerField(
        _("至少测到的组分数"), default=2, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    compare_only = models.BooleanField(
        _("仅供比较"),
        default=False,
        help_text=_("勾选时不用于判定，只在“换规则重判”中与现行规则比较；看过结果再取消勾选，即从生效日期起启用。"),
    )
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
        words = gettext("%(name)s（%(day)s，仅供比较）") if self.compare_only else gettext("%(name)s（%(day)s）")
        return words % {"name": self.name, "day": f"{self.valid_from:%Y-%m-%d}"}

    def value(self) -> HotSpotSettings:
        return HotSpotSettings(**{one.name: getattr(self, one.name) for one in fields(HotSpotSettings)})

    def clean(self) -> None:
        if self.members.strip() and self.least_members > len({name_key(one) for one in self._members()}):
            raise ValidationError({"least_members": _("不能多于所填的组分数，同一物质只算一种。")})
        if 0 < self.fast_kmh <= self.slow_kmh:
            raise ValidationError({"fast_kmh": _("应高于过慢的车速，或填 0 不设。")})

    def _members(self) -> list[str]:
        return [one.strip() for one in self.members.replace("；", ";").split(";") if one.strip()]

    def group(self, names: Mapping[str, frozenset[str]]) -> SpeciesGroup:
        """What is judged together; ``names`` are all names of each substance (`Substance.names_by_key`)."""
        members = (names.get(name_key(one), frozenset({name_key(one)})) for one in self._members())
        return SpeciesGroup(self.channel, self.unit, tuple(members), self.least_members)

    @classmethod
    def in_force(cls, day: date) -> "dict[tuple[str, str], HotSpotRule]":
        """The newest rule of each (channel in lower case, unit) on a Beijing day; none that is only to compare with."""
        found: dict[tuple[str, str], HotSpotRule] = {}
        for rule in cls.objects.filter(valid_from__lte=day, compare_only=False).order_by("valid_from"):
            found[rule.channel.lower(), rule.unit] = rule
        return found
