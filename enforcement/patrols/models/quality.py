"""The quality sheet (质控表) of a run, and the dated rule whose limits it was held against."""

import uuid
from dataclasses import fields
from datetime import date
from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.runs import PatrolRun
from enforcement.patrols.tracks.control import FAILED, MISSING, PASSED, ControlRule


def _between(label: Any, low: float, high: float) -> models.FloatField:
    return models.FloatField(label, validators=[MinValueValidator(low), MaxValueValidator(high)])


@pghistory.track(append_only=True)
class QualityRule(models.Model):
    """From a day on: the limits of a run's quality sheet. A used rule doesn't change; add a newer one."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    warm_up_min = _between(_("预热至少（分钟）"), 0, 600)
    zero_max_h = _between(_("零点检查最长间隔（小时）"), 0.1, 720)
    span_max_h = _between(_("跨度检查最长间隔（小时）"), 0.1, 720)
    span_max_percent = _between(_("跨度偏差上限（%）"), 0.1, 100)
    min_valid_percent = _between(_("有效率下限（%）"), 0, 100)
    gap_s = _between(_("视为定位中断的间隔（秒）"), 1, 600)
    max_gap_percent = _between(_("定位中断时间上限（%）"), 0, 100)
    clock_max_h = _between(_("校时最长间隔（小时）"), 0.1, 8760)
    max_offset_s = _between(_("时钟偏差上限（秒）"), 0, 3600)
    idle_kmh = _between(_("自采尾气：车速不超过（km/h）"), 0, 20)
    tail_deg = _between(_("自采尾气：风来自正后方两侧（度）"), 1, 180)
    max_exhaust_percent = _between(_("自采尾气时间上限（%）"), 0, 100)
    route_tolerance_m = models.FloatField(
        _("计划路线容差（米）"), default=50, validators=[MinValueValidator(5), MaxValueValidator(500)]
    )
    missing_fails = models.BooleanField(_("没有记录视为不合格"), default=False)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("走航质控规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    def value(self) -> ControlRule:
        return ControlRule(**{one.name: getattr(self, one.name) for one in fields(ControlRule)})

    @classmethod
    def in_force(cls, day: date) -> "QualityRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


class SheetVerdict(models.TextChoices):
    PASSED = PASSED, _("质控合格")
    FAILED = FAILED, _("质控不合格")
    MISSING = MISSING, _("质控记录不全")


#: Key of a line -> its name.
ITEMS: dict[str, Any] = {
    "warm_up": _("预热时间"),
    "zero_age": _("距零点检查"),
    "span_age": _("距跨度检查"),
    "span_deviation": _("跨度偏差"),
    "valid_share": _("有效率"),
    "gaps": _("定位中断时间占比"),
    "clock_offset": _("时钟偏差"),
    "exhaust": _("自采尾气时间占比"),
}
OUTCOMES: dict[str, Any] = {PASSED: _("合格"), FAILED: _("不合格"), MISSING: _("没有记录")}
UNITS: dict[str, Any] = {"min": _("分钟"), "h": _("小时"), "s": _("秒"), "%": "%"}


class QualitySheet(models.Model):
    """One computation for a run; the highest `number` counts, earlier ones stay. Rows are never changed.

    `items` are `tracks.control.Item`s as they were; `calibrations` maps a channel to the calibration in force at the
    run's start: {"log", "at", "slope", "intercept", "unit"}.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="quality_sheets")
    number = models.PositiveIntegerField()
    rule = models.ForeignKey(QualityRule, models.PROTECT, related_name="+")
    verdict = models.CharField(_("质控"), max_length=10, choices=SheetVerdict.choices)
    items = models.JSONField(default=list)
    calibrations = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["run", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="quality_sheet_number_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="quality_sheet_counts_from_one"),
        ]

    @property
    def failed(self) -> bool:
        return self.verdict == SheetVerdict.FAILED

    @property
    def incomplete(self) -> bool:
        """Some records are missing and the rule doesn't fail it for that: it stops nothing, and is said wherever one goes on."""
        return self.verdict == SheetVerdict.MISSING

    def lines(self) -> list[dict[str, str]]:
        """The sheet as people read it: name, value, limit, outcome (code and word), in the reader's language."""
        return [_line(item) for item in self.items]

    def faults(self) -> str:
        """What it failed by, in words; "" when it didn't."""
        return self._names(FAILED)

    def lacks(self) -> str:
        """What it has no record of, in words; "" when nothing lacks."""
        return self._names(MISSING)

    def _names(self, outcome: str) -> str:
        names = [str(ITEMS[item["key"]]) for item in self.items if item["outcome"] == outcome and item["key"] in ITEMS]
        return gettext("、").join(names)


def _line(item: dict[str, Any]) -> dict[str, str]:
    unit = str(UNITS.get(item["unit"], item["unit"]))
    bound = gettext("不少于 %(limit)s %(unit)s") if item["at_least"] else gettext("不超过 %(limit)s %(unit)s")
    value = "—" if item["value"] is None else f"{item['value']:g} {unit}"
    return {
        "key": item["key"],
        "name": str(ITEMS.get(item["key"], item["key"])),
        "value": value,
        "detail": _detail(item),
        "limit": bound % {"limit": f"{item['limit']:g}", "unit": unit},
        "outcome": item["outcome"],
        "word": str(OUTCOMES.get(item["outcome"], item["outcome"])),
    }


def _detail(item: dict[str, Any]) -> str:
    """The numbers behind a share."""
    more = item.get("detail") or {}
    if item["key"] == "gaps" and more.get("gaps"):
        return gettext("%(n)d 处，共 %(seconds)d 秒，最长 %(longest)d 秒") % {
            "n": more["gaps"], "seconds": more["seconds"], "longest": more["longest_s"],
        }  # fmt: skip
    if item["key"] == "exhaust" and more.get("seconds"):
        return gettext("共 %(seconds)d 秒") % {"seconds": more["seconds"]}
    return ""
