"""The re-drive (回头看复测): the stretch of a closed issue's hot spot, driven again, and what people make of it."""

import uuid
from datetime import date

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Issue
from enforcement.patrols.models.equipment import Vehicle
from enforcement.patrols.models.hotspots import HotSpot
from enforcement.patrols.models.runs import PatrolRun
from enforcement.patrols.querysets import RedriveQuerySet
from enforcement.patrols.tracks.redrive import RedriveSettings
from regions.models import Bureau


class Verdict(models.TextChoices):
    IMPROVED = "improved", _("有改善")
    UNCHANGED = "unchanged", _("无明显变化")
    WORSE = "worse", _("有恶化")
    NOT_COMPARABLE = "not_comparable", _("不可比")


@pghistory.track(append_only=True)
class RedriveRule(models.Model):
    """From a day on: which stretch is driven again, when two drives compare, and what a change is."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    reach_m = models.FloatField(_("热点前后各取（米）"), validators=[MinValueValidator(50), MaxValueValidator(3000)])
    tolerance_m = models.FloatField(_("同一路段容差（米）"), validators=[MinValueValidator(5), MaxValueValidator(200)])
    min_share = models.FloatField(_("两次都须测到的比例"), validators=[MinValueValidator(0.1), MaxValueValidator(1)])
    percentile = models.FloatField(_("比较的分位（%）"), validators=[MinValueValidator(50), MaxValueValidator(100)])
    improved_share = models.FloatField(
        _("改善：不高于原增量的比例"), validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    worse_share = models.FloatField(
        _("恶化：不低于原增量的比例"), validators=[MinValueValidator(1), MaxValueValidator(10)]
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("复测比较规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    def value(self) -> RedriveSettings:
        return RedriveSettings(self.tolerance_m, self.min_share, self.percentile, self.improved_share, self.worse_share)

    @classmethod
    def in_force(cls, day: date) -> "RedriveRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


class Redrive(models.Model):
    """A plan to drive a stretch again; with a `run`, its comparison; with a `verdict`, a person's decision.

    `stretch` is [[lon, lat], ...] in WGS-84; `numbers` and `proposal` are those of `rule` when the run was chosen.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="redrives", verbose_name=_("问题"))
    hot_spot = models.ForeignKey(HotSpot, models.PROTECT, related_name="redrives", verbose_name=_("热点"))
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("走航单位"))
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True, verbose_name=_("走航车"))
    crew = models.CharField(_("人员"), max_length=120, blank=True)
    stretch = models.JSONField(default=list)
    rule = models.ForeignKey(RedriveRule, models.PROTECT, related_name="+")
    due_on = models.DateField(_("复测期限"))
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    run = models.ForeignKey(PatrolRun, models.PROTECT, null=True, blank=True, related_name="redrives")
    numbers = models.JSONField(default=dict)
    proposal = models.CharField(_("系统建议"), max_length=16, choices=Verdict.choices, blank=True)
    verdict = models.CharField(_("结论"), max_length=16, choices=Verdict.choices, blank=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(_("作废理由"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = RedriveQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_at", "-id"]
        verbose_name = verbose_name_plural = _("回头看复测")
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "hot_spot"], condition=Q(decided_at=None, voided_at=None), name="redrive_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, verdict="")
                | (Q(decided_at__isnull=False, decided_by__isnull=False, run__isnull=False) & ~Q(verdict="")),
                name="redrive_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(voided_at=None, voided_by=None, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False, decided_at=None) & ~Q(void_reason="")),
                name="redrive_voided_whole",
            ),
            models.CheckConstraint(condition=Q(run=None) ^ ~Q(proposal=""), name="redrive_proposal_iff_run"),
            # Who differs from the proposal says why.
            models.CheckConstraint(
                condition=Q(verdict="") | Q(verdict=F("proposal")) | ~Q(reason=""), name="redrive_reason_if_differing"
            ),
        ]

    def __str__(self) -> str:
        return str(_("复测 %(spot)s")) % {"spot": self.hot_spot}

    @property
    def is_open(self) -> bool:
        """Planned and not driven yet."""
        return self.run_id is None and self.voided_at is None

    @property
    def standing(self) -> str:
        """Where it stands, in words."""
        if self.voided_at is not None:
            return str(_("已作废"))
        if self.decided_at is not None:
            return str(_("已结论：%(verdict)s")) % {"verdict": self.get_verdict_display()}
        return str(_("已测，待结论") if self.run_id else _("待复测"))

    @property
    def badge(self) -> str:
        """The state code whose icon and colour its badge borrows."""
        if self.voided_at is not None:
            return "void"
        if self.decided_at is not None:
            return "promoted"
        return "leader_review" if self.run_id else "submitted"

    def get_absolute_url(self) -> str:
        return reverse("patrols:redrive", args=[self.pk])
