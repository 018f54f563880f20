"""Dated settings of the import, the files a run was made of, and what is remembered of their headers."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.equipment import Instrument
from enforcement.patrols.models.runs import PatrolRun
from enforcement.patrols.tracks.rules import CeilingRule
from enforcement.patrols.tracks.units import Species, UnitTable, name_key
from regions.models import Bureau


@pghistory.track(append_only=True)
class ImportRule(models.Model):
    """From a day on: how an imported file's values are checked."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    ceiling_repeats = models.PositiveSmallIntegerField(
        _("饱和：最高值连续出现次数（0 为不查）"), validators=[MaxValueValidator(1000)]
    )
    ceiling_times = models.FloatField(
        _("饱和：最高值超过中位数的倍数"), validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    ceilings = models.CharField(
        _("饱和：格式上限值"), max_length=200, blank=True, help_text=_("用逗号分开，如 9999,65535。")
    )
    max_files = models.PositiveSmallIntegerField(
        _("一次走航最多文件数"), default=8, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    join_within_s = models.FloatField(
        _("合并多台仪器的时间差（秒）"), default=1, validators=[MinValueValidator(0), MaxValueValidator(30)]
    )
    # The state of the gas a conversion between ppb and µg/m³ is for; kept with each conversion.
    temperature_c = models.FloatField(
        _("换算温度（°C）"), default=25, validators=[MinValueValidator(-50), MaxValueValidator(60)]
    )
    pressure_kpa = models.FloatField(
        _("换算气压（kPa）"), default=101.325, validators=[MinValueValidator(50), MaxValueValidator(110)]
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("导入检查规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        try:
            self.ceiling()
        except ValueError as error:
            raise ValidationError({"ceilings": _("请填用逗号分开的数值，如 9999,65535。")}) from error

    def ceiling(self) -> CeilingRule:
        """As the reading takes it."""
        numbers = [one for one in self.ceilings.replace("，", ",").split(",") if one.strip()]
        return CeilingRule(self.ceiling_repeats, self.ceiling_times, frozenset(float(one) for one in numbers))

    def units(self) -> UnitTable:
        """What may be converted: the substances registered, at this rule's temperature and pressure."""
        known: dict[str, Species] = {}
        for one in Substance.objects.all():
            mass = None if one.molar_mass is None else float(one.molar_mass)
            known |= {name_key(name): Species(one.name, mass) for name in one.names()}
        return UnitTable(known, self.temperature_c, self.pressure_kpa)

    @classmethod
    def in_force(cls, day: date) -> "ImportRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


@pghistory.track(append_only=True)
class Substance(models.Model):
    """A species a channel may measure: its molar mass in g/mol, none for a sum like TVOC, and the names files give it."""

    name = models.CharField(_("物质"), max_length=60, unique=True)
    aliases = models.CharField(_("别名"), max_length=300, blank=True, help_text=_("用分号分开，不分大小写。"))
    molar_mass = models.DecimalField(
        _("摩尔质量（g/mol）"), max_digits=8, decimal_places=4, null=True, blank=True,
        validators=[MinValueValidator(Decimal("1")), MaxValueValidator(Decimal("2000"))],
        help_text=_("多种物质之和（如 TVOC、NMHC）留空：没有组成不能在 ppb 与 µg/m³ 之间换算。"),
    )  # fmt: skip
    source = models.CharField(_("来源"), max_length=200, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = verbose_name_plural = _("物质")

    def __str__(self) -> str:
        return self.name

    def names(self) -> list[str]:
        """All names it goes by."""
        return [self.name, *(one for one in self.aliases.replace("；", ";").split(";") if one.strip())]

    @classmethod
    def names_by_key(cls) -> dict[str, frozenset[str]]:
        """Of every name a substance goes by, as names are compared, all of them."""
        found: dict[str, frozenset[str]] = {}
        for one in cls.objects.all():
            keys = frozenset(name_key(name) for name in one.names())
            found |= dict.fromkeys(keys, keys)
        return found


class RunSource(models.Model):
    """One file of a run, as it was uploaded and as it was understood. Written with the run, never changed.

    `conversions` are the units that were converted (`tracks.units.Conversion.as_dict`), `notes` what was asked for and
    couldn't be done. A file that only says where the vehicle was has no `channels`.
    """

    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="sources")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("文件名"), max_length=120)
    sha256 = models.CharField(max_length=64, db_collation="C")
    size = models.PositiveBigIntegerField()
    format_key = models.CharField(max_length=20)
    encoding = models.CharField(_("编码"), max_length=20, blank=True)
    time_zone = models.CharField(_("时区"), max_length=40)
    coordinate_system = models.CharField(_("坐标系"), max_length=10)
    mapping = models.JSONField(default=dict)
    channels = models.JSONField(default=list)
    conversions = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    rows_total = models.PositiveIntegerField(_("数据行数"))
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+", verbose_name=_("仪器"))

    class Meta:
        ordering = ["run", "position"]
        verbose_name = verbose_name_plural = _("走航来源文件")
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="run_source_once")]
        indexes: ClassVar = [
            # Whether a file was imported before, alone or among others.
            models.Index(fields=["sha256"], name="run_source_file"),
        ]

    def __str__(self) -> str:
        return self.name


class HeaderMapping(models.Model):
    """What was understood of a file with this header when a bureau last imported one. A correction is a new version.

    `fingerprint` is that of format and header (`tracks.layout.Layout.fingerprint`); `mapping` is column number by field, as
    `tracks.mapping.resolve` takes it, with channels and units.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64, db_collation="C")
    version = models.PositiveIntegerField(_("版本"))
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+", verbose_name=_("仪器"))
    time_zone = models.CharField(_("时区"), max_length=40)
    coordinate_system = models.CharField(_("坐标系"), max_length=10)
    mapping = models.JSONField(default=dict)
    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="+")
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        ordering = ["bureau", "fingerprint", "-version"]
        verbose_name = verbose_name_plural = _("记住的列对应")
        constraints = [
            models.UniqueConstraint(fields=["bureau", "fingerprint", "version"], name="header_mapping_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.fingerprint[:12]} {self.version}"
