"""What a run was driven for: the patrol campaign (走航专项), the planned route, and the weather somebody noted."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.quality import QualityRule
from enforcement.patrols.models.runs import PatrolRun
from enforcement.patrols.querysets import PatrolCampaignQuerySet
from regions.models import Bureau


class PatrolCampaign(models.Model):
    """A named task of a bureau over some weeks. `version` counts what its timeline tells."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("名称"), max_length=80)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="patrol_campaigns", verbose_name=_("单位"))
    since = models.DateField(_("起"))
    until = models.DateField(_("止"))
    # Free text: no standard for mobile VOC patrols could be verified.
    method_basis = models.CharField(_("方法依据"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    objects = PatrolCampaignQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = verbose_name_plural = _("走航专项")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="patrol_campaign_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("patrols:campaign", args=[self.pk])


class PlannedRoute(models.Model):
    """A line to be driven, of a campaign; `line` is [[lon, lat], ...] in WGS-84. Never changed; a better one is added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(PatrolCampaign, models.PROTECT, related_name="routes", verbose_name=_("走航专项"))
    name = models.CharField(_("路线名称"), max_length=80)
    line = models.JSONField()
    km = models.DecimalField(_("长度（公里）"), max_digits=7, decimal_places=3)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["campaign", "made_at"]
        verbose_name = verbose_name_plural = _("计划路线")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "name"], name="planned_route_named_once"),
            models.CheckConstraint(condition=Q(km__gt=0), name="planned_route_has_a_length"),
        ]

    def __str__(self) -> str:
        return self.name


class Sky(models.TextChoices):
    CLEAR = "clear", _("晴")
    CLOUDY = "cloudy", _("多云")
    OVERCAST = "overcast", _("阴")
    FOG = "fog", _("雾或霾")
    DUST = "dust", _("扬沙")
    RAIN = "rain", _("雨")
    SNOW = "snow", _("雪")


def _reading(label: Any, low: float, high: float) -> models.FloatField:
    return models.FloatField(label, null=True, validators=[MinValueValidator(low), MaxValueValidator(high)])


class RunNote(models.Model):
    """What is said of a run beside its file; the highest `number` counts, earlier ones stay. Rows are never changed.

    `covered` is the share (0-1) of the planned route within `tolerance_m` of what was driven, null without a route; `spans`
    the parts that were, as shares of its length from and to, null in notes from before they were kept.
    Wind is where it comes from, in degrees from north, and m/s; `source` says from whom the weather is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="notes")
    number = models.PositiveIntegerField()
    campaign = models.ForeignKey(PatrolCampaign, models.PROTECT, null=True, related_name="notes")
    route = models.ForeignKey(PlannedRoute, models.PROTECT, null=True, related_name="notes")
    rule = models.ForeignKey(QualityRule, models.PROTECT, null=True, related_name="+")
    covered = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    spans = models.JSONField(null=True)
    tolerance_m = models.FloatField(null=True)
    temperature_c = _reading(_("气温（℃）"), -50, 60)
    humidity_percent = _reading(_("相对湿度（%）"), 0, 100)
    wind_from_deg = _reading(_("风向（度）"), 0, 360)
    wind_ms = _reading(_("风速（m/s）"), 0, 60)
    sky = models.CharField(_("天气"), max_length=10, choices=Sky.choices, blank=True)
    source = models.CharField(_("气象来源"), max_length=80, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["run", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="run_note_number_once"),
            models.CheckConstraint(
                condition=Q(route=None, covered=None, tolerance_m=None, rule=None)
                | Q(route__isnull=False, covered__gte=0, covered__lte=1, tolerance_m__gt=0, rule__isnull=False),
                name="run_note_covers_its_route",
            ),
        ]
