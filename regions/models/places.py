"""Divisions and joint-control areas: WHERE, with dates, so that redistricting rewrites no history."""

from datetime import date
from typing import Any

import pghistory
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Level(models.TextChoices):
    PROVINCE = "province", _("省")
    CITY = "city", _("市")
    COUNTY = "county", _("县（市、区）")
    ZONE = "zone", _("功能区")


class DivisionQuerySet(models.QuerySet["Division"]):
    def current(self) -> "DivisionQuerySet":
        return self.filter(ended_on=None)

    def counties(self) -> "DivisionQuerySet":
        """The GB/T 2260 counties in force (117 in Shanxi); functional zones are not among them."""
        return self.filter(level=Level.COUNTY, ended_on=None)

    def within(self, code: str) -> "DivisionQuerySet":
        """The division of a six-digit code and all below it, by a prefix range on the code (C collation)."""
        low, high = prefix_range(code)
        return self.filter(code__gte=low, code__lt=high)


def prefix_range(code: str) -> tuple[str, str]:
    """`140100` -> `("140100", "140200")`: a GB/T 2260 subtree as a half-open range of codes.

    A province ends in 0000, a city in 00; anything else is its own range. Raises ValueError unless six digits.
    """
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        raise ValueError(f"not a six-digit division code: {code!r}")
    step = 10_000 if code.endswith("0000") else 100 if code.endswith("00") else 1
    return code, f"{int(code) + step:06d}"


@pghistory.track(append_only=True)
class Division(models.Model):
    """A province, city, county or functional zone. `key` never changes; codes are dated rows beside it."""

    key = models.CharField(max_length=40, unique=True, db_collation="C")
    level = models.CharField(max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(_("名称"), max_length=60)
    short_name = models.CharField(max_length=30)
    pinyin = models.CharField(max_length=120, db_collation="C")
    english = models.CharField(max_length=120)
    # The code in force (or the last one, for an ended division); empty for a zone without one.
    code = models.CharField(max_length=6, blank=True, db_collation="C", db_index=True)
    began_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    # Label point, WGS-84 degrees; boundaries live in regions/data with their provenance.
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        ordering = ["code", "key"]
        verbose_name = verbose_name_plural = _("行政区划")
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=models.Q(ended_on=None) & ~models.Q(code=""), name="division_code_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.english if (translation.get_language() or "").startswith("en") else self.name


class DivisionCode(models.Model):
    """A GB/T 2260 (or NBS zone) code a division carried from one day to another."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="codes")
    code = models.CharField(max_length=6, db_collation="C", db_index=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["code", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="division_code_once_a_day")]

    def __str__(self) -> str:
        return self.code


class DivisionSuccession(models.Model):
    """A former division, wholly or partly taken over by a later one."""

    predecessor = models.ForeignKey(Division, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Division, models.PROTECT, related_name="inheritances")
    on = models.DateField()
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["predecessor", "successor"], name="succession_once")]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class JointControlArea(models.Model):
    """联防联控区域: cuts across the tree, overlaps others, is edited by the office."""

    key = models.CharField(max_length=40, unique=True, db_collation="C")
    name = models.CharField(_("名称"), max_length=60)
    english = models.CharField(max_length=120)
    order = models.PositiveSmallIntegerField(default=0)
    note = models.TextField(blank=True)
    divisions: Any = models.ManyToManyField(Division, through="AreaMembership", related_name="areas")

    class Meta:
        ordering = ["order", "key"]
        verbose_name = verbose_name_plural = _("联防联控区域")

    def __str__(self) -> str:
        return self.english if (translation.get_language() or "").startswith("en") else self.name


class AreaMembershipQuerySet(models.QuerySet["AreaMembership"]):
    def on(self, day: date) -> "AreaMembershipQuerySet":
        return self.filter(valid_from__lte=day).filter(models.Q(valid_to=None) | models.Q(valid_to__gt=day))


@pghistory.track(append_only=True)
class AreaMembership(models.Model):
    """A division belongs to an area from `valid_from` until the day before `valid_to`. A city brings its counties."""

    class Confidence(models.TextChoices):
        HIGH = "high", _("高")
        MEDIUM = "medium", _("中")
        LOW = "low", _("低")

    area = models.ForeignKey(JointControlArea, models.PROTECT, related_name="memberships")
    division = models.ForeignKey(Division, models.PROTECT, related_name="memberships")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=300)
    confidence = models.CharField(max_length=10, choices=Confidence.choices)

    objects = AreaMembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "division", "valid_from"], name="membership_once_a_day")]
        verbose_name = verbose_name_plural = _("区域成员")

    def __str__(self) -> str:
        return f"{self.area} / {self.division}"
