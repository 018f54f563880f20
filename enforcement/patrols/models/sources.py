"""Tracing (溯源): the dated rule and the industries' fingerprints, what was found upwind of a hot spot, and its cause.

A tracing never changes: tracing again makes the next version. Neither does a cause: whoever corrects it adds a newer one.
"""

import uuid
from datetime import date
from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.equipment import Instrument
from enforcement.patrols.models.hotspots import HotSpot
from enforcement.patrols.tracing.patterns import unknown_species
from enforcement.patrols.tracing.scoring import ScoreSettings
from enforcement.patrols.tracing.sectors import SectorSettings
from enforcement.patrols.tracing.winds import Reference
from regions.models import Bureau, Site


def _metres(label: Any, most: float) -> models.FloatField:
    return models.FloatField(label, validators=[MinValueValidator(1), MaxValueValidator(most)])


def _share(label: Any) -> models.FloatField:
    return models.FloatField(label, validators=[MinValueValidator(0.01), MaxValueValidator(1)])


def _weight(label: Any) -> models.FloatField:
    return models.FloatField(label, validators=[MinValueValidator(0), MaxValueValidator(10)])


def _degrees(label: Any) -> models.FloatField:
    return models.FloatField(label, validators=[MinValueValidator(5), MaxValueValidator(90)])


def shares_by_name(value: Any) -> dict[str, float]:
    """A mapping of names to numbers from 0 to 1. Raises ValidationError for anything else."""
    if not isinstance(value, dict) or len(value) > 60:
        raise ValidationError(_('应为名称与数值的对照，如 {"苯": 0.4}。'))
    for number in value.values():
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            raise ValidationError(_("各项数值应在0到1之间。"))
    return value


def known_shares(value: Any) -> None:
    """Shares of species by the names they go by (`tracing.patterns.SPECIES`), not all zero."""
    shares = shares_by_name(value)
    if unknown := unknown_species(shares):
        raise ValidationError(_("没有这些组分：%(names)s，请用标准名称。"), params={"names": _("、").join(unknown)})
    if not any(shares.values()):
        raise ValidationError(_("至少有一个组分的份额应大于0。"))


def known_grades(value: Any) -> None:
    """Numbers by performance grade; "" stands for ungraded sites."""
    if not set(shares_by_name(value)) <= {"", *Site.Grade.values}:
        raise ValidationError(_("绩效等级应为 A、B、C、D、leading、not_leading 或空。"))


@pghistory.track(append_only=True)
class TracingRule(models.Model):
    """From a day on: how the wind is averaged, how wide the sector is, and what the parts of a score weigh."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    wind_before_s = models.FloatField(_("风取峰值前（秒）"), validators=[MinValueValidator(5), MaxValueValidator(1800)])
    wind_after_s = models.FloatField(_("风取峰值后（秒）"), validators=[MinValueValidator(0), MaxValueValidator(1800)])
    void_ms = models.FloatField(_("不溯源的风速（m/s）"), validators=[MinValueValidator(0), MaxValueValidator(5)])
    light_ms = models.FloatField(_("小风风速（m/s）"), validators=[MinValueValidator(0.1), MaxValueValidator(10)])
    half_deg = _degrees(_("扇区半角（度）"))
    light_half_deg = _degrees(_("小风扇区最大半角（度）"))
    near_m = _metres(_("近处不减分（米）"), 1000)
    far_m = _metres(_("最远距离（米）"), 5000)
    extent_m = _metres(_("厂区半径（米）"), 500)
    direction_weight = _weight(_("权重：方位"))
    distance_weight = _weight(_("权重：距离"))
    species_weight = _weight(_("权重：组分"))
    permit_weight = _weight(_("权重：排污许可"))
    grade_weight = _weight(_("权重：绩效等级"))
    history_weight = _weight(_("权重：既往"))
    distance_scale_m = _metres(_("距离衰减（米）"), 10_000)
    no_permit = _share(_("无许可证的分值"))
    no_history = _share(_("无既往的分值"))
    no_industry = _share(_("行业无指纹的分值"))
    grades = models.JSONField(_("绩效等级的分值"), default=dict, blank=True, validators=[known_grades])
    history_days = models.PositiveIntegerField(_("既往回看天数"), validators=[MaxValueValidator(3660)])
    least_species = models.PositiveSmallIntegerField(
        _("组分最少个数"), validators=[MinValueValidator(2), MaxValueValidator(20)]
    )
    match_at = _share(_("视为匹配的相似度"))
    most = models.PositiveSmallIntegerField(_("候选最多个数"), validators=[MinValueValidator(1), MaxValueValidator(50)])
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("溯源规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(light_ms__gt=models.F("void_ms"), far_m__gt=models.F("extent_m"), most__gt=0),
                name="tracing_rule_sane",
            )
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        if self.light_ms is not None and self.void_ms is not None and self.light_ms <= self.void_ms:
            raise ValidationError({"light_ms": _("小风风速应大于不溯源的风速。")})
        if self.far_m is not None and self.extent_m is not None and self.far_m <= self.extent_m:
            raise ValidationError({"far_m": _("最远距离应大于厂区半径。")})

    def sector(self) -> SectorSettings:
        return SectorSettings(
            self.void_ms, self.light_ms, self.half_deg, self.light_half_deg, self.far_m, self.extent_m
        )

    def score(self) -> ScoreSettings:
        names = ScoreSettings.__dataclass_fields__
        return ScoreSettings(**{name: getattr(self, name) for name in names})

    @classmethod
    def in_force(cls, day: date) -> "TracingRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


@pghistory.track(append_only=True)
class IndustryFingerprint(models.Model):
    """From a day on: what an industry gives off, as shares by number (ppb) of the species it is told by.

    A site belongs to the industry whose `words` (one a line) its own industry contains; the longest word wins.
    """

    industry = models.CharField(_("行业"), max_length=40)
    valid_from = models.DateField(_("生效日期"))
    words = models.TextField(_("行业名称中的词（每行一个）"), max_length=1000)
    shares = models.JSONField(_("组分份额"), default=dict, validators=[known_shares])
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["industry", "-valid_from"]
        verbose_name = verbose_name_plural = _("行业组分指纹")
        constraints = [models.UniqueConstraint(fields=["industry", "valid_from"], name="fingerprint_once_a_day")]

    def __str__(self) -> str:
        return f"{self.industry} {self.valid_from:%Y-%m-%d}"

    @property
    def word_list(self) -> list[str]:
        return [word.strip() for word in self.words.splitlines() if word.strip()]

    @classmethod
    def in_force(cls, day: date) -> "list[IndustryFingerprint]":
        """The newest of each industry on a Beijing day."""
        found = {one.industry: one for one in cls.objects.filter(valid_from__lte=day).order_by("valid_from")}
        return list(found.values())


class WindReference(models.TextChoices):
    TRUE = Reference.TRUE.value, _("真风（已扣除车速，正北为0°）")
    APPARENT = Reference.APPARENT.value, _("视风（未扣除车速，正北为0°）")
    BOW = Reference.BOW.value, _("视风（未扣除车速，车头为0°）")


@pghistory.track(append_only=True)
class Anemometer(models.Model):
    """From a day on: what an instrument's wind channels are measured against. Without one they are taken as true wind."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="anemometers", verbose_name=_("走航仪器"))
    valid_from = models.DateField(_("生效日期"))
    reference = models.CharField(_("风的基准"), max_length=10, choices=WindReference.choices)
    offset_deg = models.FloatField(
        _("安装偏角（度）"), default=0, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["instrument", "-valid_from"]
        verbose_name = verbose_name_plural = _("风仪基准")
        constraints = [
            models.UniqueConstraint(fields=["instrument", "valid_from"], name="anemometer_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"


class Usable(models.TextChoices):
    """Whether the wind told from where the air came."""

    YES = "yes", _("可溯源")
    CALM = "calm", _("风速过小")
    NO_WIND = "no_wind", _("没有风的数据")


class Tracing(models.Model):
    """One version of what lay upwind. `wind_from` degrees from north, `wind_ms` m/s, `half_deg` degrees to either side.

    `outline` is the sector as [[lon, lat], ...]; `pattern` the species' excess in ppb; both empty where there is none.
    `made_by` is null for the version made when the run was imported.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hot_spot = models.ForeignKey(HotSpot, models.PROTECT, related_name="tracings")
    number = models.PositiveIntegerField(_("版本"))
    rule = models.ForeignKey(TracingRule, models.PROTECT, related_name="+")
    usable = models.CharField(_("风况"), max_length=8, choices=Usable.choices)
    reference = models.CharField(_("风的基准"), max_length=10, choices=WindReference.choices)
    wind_from = models.FloatField(_("风向"), null=True)
    wind_ms = models.FloatField(_("风速"), null=True)
    wind_spread = models.FloatField(_("风向摆动"), null=True)
    half_deg = models.FloatField(_("扇区半角"), null=True)
    outline = models.JSONField(default=list)
    pattern = models.JSONField(default=dict)
    channels = models.JSONField(default=dict)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["hot_spot", "-number"]
        verbose_name = verbose_name_plural = _("溯源")
        constraints = [
            models.UniqueConstraint(fields=["hot_spot", "number"], name="tracing_version_once"),
            models.CheckConstraint(
                condition=~Q(usable=Usable.YES) | Q(wind_from__isnull=False, wind_ms__isnull=False),
                name="tracing_usable_has_wind",
            ),
        ]

    def __str__(self) -> str:
        return str(_("第%(number)d版")) % {"number": self.number}


class Candidate(models.Model):
    """A site in the sector, by its rank. `score` is 0 to 100; `parts` say what it is made of (`scoring.Candidate`),
    `site` its `industry` and `grade` as the register had them then (candidates from before they were kept have none)."""

    tracing = models.ForeignKey(Tracing, models.PROTECT, related_name="candidates")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField(_("名次"))
    score = models.FloatField(_("得分"))
    distance_m = models.FloatField(_("距离（米）"))
    bearing_deg = models.FloatField(_("方位（度）"))
    off_deg = models.FloatField(_("偏离轴线（度）"))
    parts = models.JSONField(default=dict)

    class Meta:
        ordering = ["tracing", "rank"]
        verbose_name = verbose_name_plural = _("候选点位")
        constraints = [
            models.UniqueConstraint(fields=["tracing", "rank"], name="candidate_rank_once"),
            models.UniqueConstraint(fields=["tracing", "site"], name="candidate_site_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.site_id}"


class CauseKind(models.TextChoices):
    SITE = "site", _("登记点位")
    UNREGISTERED = "unregistered", _("未登记的污染源")
    NOT_FOUND = "not_found", _("未查到原因")


class Cause(models.Model):
    """What the people on the ground found to be the cause; the newest `number` counts.

    `tracing` is the version that stood when they said so, `rank` the place of `site` in it (null: not among its candidates).
    """

    hot_spot = models.ForeignKey(HotSpot, models.PROTECT, related_name="causes")
    number = models.PositiveIntegerField()
    kind = models.CharField(_("成因"), max_length=12, choices=CauseKind.choices)
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+", verbose_name=_("点位"))
    tracing = models.ForeignKey(Tracing, models.PROTECT, null=True, related_name="causes")
    rank = models.PositiveSmallIntegerField(null=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["hot_spot", "-number"]
        verbose_name = verbose_name_plural = _("污染成因")
        constraints = [
            models.UniqueConstraint(fields=["hot_spot", "number"], name="cause_number_once"),
            models.CheckConstraint(condition=Q(site=None) ^ Q(kind=CauseKind.SITE), name="cause_site_iff_registered"),
            models.CheckConstraint(condition=Q(rank=None) | Q(tracing__isnull=False), name="cause_rank_in_a_tracing"),
        ]
        indexes: ClassVar = [models.Index(fields=["site"], name="cause_site")]

    def __str__(self) -> str:
        return str(self.get_kind_display())
