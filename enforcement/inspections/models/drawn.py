"""双随机: a campaign's draw of targets and inspectors, and its dated rule. Keys are random: no gap tells of a draw."""

import uuid
from typing import Any

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from enforcement.inspections.lifecycle import DRAW_SECRET, DrawState
from enforcement.inspections.models.campaigns import Campaign
from enforcement.inspections.models.visits import Visit
from enforcement.inspections.querysets import DrawQuerySet, LotQuerySet
from regions.models import Site


@pghistory.track(append_only=True)
class TargetRule(models.Model):
    """双随机规则: from a day on, how many inspectors a target gets, the shares of the grades, the weights of risk."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    team = models.PositiveSmallIntegerField(
        _("每个点位抽取人数"), validators=[MinValueValidator(2), MaxValueValidator(10)]
    )
    max_targets = models.PositiveSmallIntegerField(
        _("一次最多抽取点位数"), validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    strata: Any = models.JSONField(_("各绩效等级抽取比例"), default=dict, blank=True)
    risks: Any = models.JSONField(_("各绩效等级风险权重"), default=dict, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("双随机规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"


class TargetDraw(models.Model):
    """One draw of a campaign. Register and seed are set by the commitment it begins with and never change."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="draws", verbose_name=_("专项行动"))
    rule = models.ForeignKey(TargetRule, models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=10, choices=DrawState.choices, default=DrawState.COMMITTED)
    version = models.PositiveIntegerField(default=1)
    wanted = models.PositiveSmallIntegerField(_("抽取点位数"))
    since = models.DateField(_("检查日期起"))
    until = models.DateField(_("检查日期止"))
    register: Any = models.BinaryField()
    seed: Any = models.BinaryField()
    commitment = models.CharField(max_length=64, db_collation="C")
    committed_at = models.DateTimeField()
    draw_begun_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)
    #: SHA-256 of the lots; `gone` sites left the books between commitment and draw, `unmanned` ones found no team.
    result: Any = models.JSONField(null=True)
    revealed_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    synthetic = models.BooleanField(default=False)

    objects = DrawQuerySet.as_manager()

    class Meta:
        ordering = ["-committed_at", "-id"]
        verbose_name = verbose_name_plural = _("双随机抽取")
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("since")), name="draw_ends_after_start")]
        indexes = [
            models.Index(fields=["-committed_at", "-id"], name="draw_newest"),
            # Read by the sweep: draws that were begun and not written.
            models.Index(fields=["draw_begun_at"], name="draw_waiting", condition=~Q(draw_begun_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.committed_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("inspections:draw", args=[self.pk])

    @property
    def is_secret(self) -> bool:
        return self.state in DRAW_SECRET

    @property
    def gone(self) -> list[str]:
        """The numbers of the sites that left the books between commitment and draw."""
        return [str(key) for key in (self.result or {}).get("gone", [])]

    @cached_property
    def gone_names(self) -> list[str]:
        """The same with the names they had. One statement, however many say them: the notice, the check, the API."""
        return Site.called(self.gone)


class DrawnTarget(models.Model):
    """A site that was drawn, in its place; `visit` is what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draw = models.ForeignKey(TargetDraw, models.PROTECT, related_name="lots")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(_("抽取次序"))
    stratum = models.CharField(max_length=12, blank=True)
    visit = models.OneToOneField(Visit, models.PROTECT, null=True, related_name="lot")

    objects = LotQuerySet.as_manager()

    class Meta:
        ordering = ["draw", "place"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "place"], name="lot_place_once"),
            models.UniqueConstraint(fields=["draw", "site"], name="lot_site_once"),
        ]


class DrawnInspector(models.Model):
    """An inspector who was drawn for a target, in the order of the draw; the first leads."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lot = models.ForeignKey(DrawnTarget, models.PROTECT, related_name="team")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(_("次序"))

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["lot", "officer"], name="lot_officer_once"),
            models.UniqueConstraint(fields=["lot", "place"], name="lot_officer_place_once"),
        ]

    @property
    def leader(self) -> bool:
        return self.place == 1
