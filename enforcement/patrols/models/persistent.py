"""Persistent locations (常驻高值点位): places where hot spots of several days lie within 100 m of each other."""

import uuid
from datetime import date
from typing import ClassVar

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.hotspots import HotSpot
from enforcement.patrols.querysets import PersistentLocationQuerySet
from regions.models import Division


@pghistory.track(append_only=True)
class PersistenceRule(models.Model):
    """From a day on: how near, on how many days and within how long hot spots make a location."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    # The grid's cells are 100 m: 3 x 3 of them hold no more.
    radius_m = models.FloatField(_("同一点位半径（米）"), validators=[MinValueValidator(10), MaxValueValidator(100)])
    min_days = models.PositiveSmallIntegerField(
        _("最少出现天数"), validators=[MinValueValidator(2), MaxValueValidator(60)]
    )
    within_days = models.PositiveSmallIntegerField(
        _("在多少天之内"), validators=[MinValueValidator(1), MaxValueValidator(3660)]
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("常驻点位规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    @classmethod
    def in_force(cls, day: date) -> "PersistenceRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


class PersistentLocation(models.Model):
    """One location. Its centre (WGS-84) is that of the hot spots that founded it and doesn't move.

    `days`, `spots`, `first_on` and `last_on` are those of the hot spots that count; fewer days than the rule asks for, and
    it `lapsed`. `version` counts its events.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", verbose_name=_("所在区划"))
    rule = models.ForeignKey(PersistenceRule, models.PROTECT, related_name="+")
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    found_at = models.DateTimeField()
    days = models.PositiveIntegerField(_("出现天数"))
    spots = models.PositiveIntegerField(_("热点数"))
    first_on = models.DateField(_("首次出现"), null=True)
    last_on = models.DateField(_("最近出现"), null=True)
    lapsed = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    synthetic = models.BooleanField(default=False)

    objects = PersistentLocationQuerySet.as_manager()

    class Meta:
        ordering = ["-found_at", "-id"]
        verbose_name = verbose_name_plural = _("常驻高值点位")
        indexes: ClassVar = [
            models.Index(fields=["x", "y"], name="persistent_grid"),
            models.Index(fields=["division", "-found_at", "-id"], name="persistent_place"),
        ]

    def __str__(self) -> str:
        return str(_("%(place)s常驻点位 %(lon).4f, %(lat).4f")) % {
            "place": self.division or _("省外"), "lon": self.lon, "lat": self.lat,
        }  # fmt: skip

    def get_absolute_url(self) -> str:
        return reverse("patrols:persistent-one", args=[self.pk])


class HotSpotPlace(models.Model):
    """Where a hot spot lies in the grid of 100 m, and the location it belongs to, if any.

    `out`: it counts no more, since its run was voided or it was dismissed. It stays with the location it belonged to.
    """

    hot_spot = models.OneToOneField(HotSpot, models.PROTECT, primary_key=True, related_name="place")
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    day = models.DateField()
    location = models.ForeignKey(PersistentLocation, models.PROTECT, null=True, related_name="places")
    out = models.BooleanField(default=False)

    class Meta:
        ordering = ["day", "hot_spot"]
        indexes: ClassVar = [
            # What lies in 3 x 3 cells and counts.
            models.Index(fields=["x", "y"], name="hot_spot_grid", condition=Q(out=False)),
        ]
