"""Visits (检查): who went where on which approval, what was found on which list, who signed, what was handed over."""

import uuid
from datetime import date
from typing import Any

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.findings.models import Finding
from enforcement.inspections.lifecycle import UNBEGUN, State
from enforcement.inspections.models.campaigns import Campaign
from enforcement.inspections.models.checklists import ChecklistItem, ChecklistVersion
from enforcement.inspections.querysets import VisitQuerySet
from enforcement.issues.models import Source
from regions.models import Bureau, Division, Site


class Mode(models.TextChoices):
    NOTIFIED = "notified", _("事先通知")
    UNANNOUNCED = "unannounced", _("四不两直")


class Side(models.TextChoices):
    OFFICER = "officer", _("检查人员")
    PARTY = "party", _("被检查单位")


def _between(low: int, high: int) -> list[Any]:
    return [MinValueValidator(low), MaxValueValidator(high)]


@pghistory.track(append_only=True)
class VisitRule(models.Model):
    """入企检查规则: from a day on, how many officers, how many visits a year, how near a check-in must be."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    min_badged = models.PositiveSmallIntegerField(_("最少持证人数"), validators=_between(1, 20))
    yearly_cap = models.PositiveSmallIntegerField(_("每家企业年度检查上限（次）"), validators=_between(1, 366))
    check_in_metres = models.PositiveIntegerField(_("扫码允许距离（米）"), validators=_between(50, 20_000))
    clock_minutes = models.PositiveSmallIntegerField(_("设备时间允许相差（分钟）"), validators=_between(1, 720))
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("入企检查规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    @classmethod
    def in_force(cls, day: date) -> "VisitRule | None":
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first()


class Visit(models.Model):
    """One visit to one site. The key is random: a visit nobody may know of must not show in a gap between numbers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(
        Campaign, models.PROTECT, null=True, blank=True, related_name="visits", verbose_name=_("专项行动")
    )
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices, default=Source.SPECIAL_CHECK)
    site = models.ForeignKey(Site, models.PROTECT, related_name="visits", verbose_name=_("点位"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("属地"))
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("检查单位"))
    list_version = models.ForeignKey(ChecklistVersion, models.PROTECT, related_name="visits", verbose_name=_("检查表"))
    mode = models.CharField(_("方式"), max_length=12, choices=Mode.choices)
    planned_on = models.DateField(_("计划日期"))
    rule = models.ForeignKey(VisitRule, models.PROTECT, related_name="+")
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.PLANNED)
    version = models.PositiveIntegerField(default=1)

    planner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("审批人"))
    approval_no = models.CharField(_("审批单号"), max_length=40, blank=True)
    approved_at = models.DateTimeField(null=True)
    over_cap = models.BooleanField(_("超过年度上限"), default=False)
    notice_no = models.CharField(_("检查通知书文号"), max_length=40, blank=True)

    begun_at = models.DateTimeField(_("入企时间"), null=True)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Of the check-in: metres to the site (null: no position given), and what looked wrong about it.
    check_in_metres = models.PositiveIntegerField(null=True)
    check_in_flags: Any = models.JSONField(default=list)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    summary = models.TextField(_("小结"), blank=True, max_length=2000)

    receiver = models.ForeignKey(Bureau, models.PROTECT, null=True, related_name="+", verbose_name=_("接收单位"))
    handed_over_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    synthetic = models.BooleanField(default=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-planned_on", "-id"]
        verbose_name = verbose_name_plural = _("检查")
        indexes = [
            models.Index(fields=["-planned_on", "-id"], name="visit_newest"),
            models.Index(fields=["bureau", "-planned_on"], name="visit_bureau"),
            # Read by the yearly cap and by a site's history.
            models.Index(fields=["site", "begun_at"], name="visit_site"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("begun_at")), name="visit_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.planned_on:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        return reverse("inspections:visit", args=[self.pk])

    @property
    def is_secret(self) -> bool:
        return self.mode == Mode.UNANNOUNCED and self.state in UNBEGUN


class VisitOfficer(models.Model):
    """A member of the visiting team, with the badge as it stood, and when they declared no ground for recusal."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="officers")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    leader = models.BooleanField(_("组长"), default=False)
    badge_no = models.CharField(_("执法证号"), max_length=40, blank=True)
    declared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-leader", "officer__username"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "officer"], name="visit_officer_once"),
            models.UniqueConstraint(fields=["visit"], condition=Q(leader=True), name="visit_one_leader"),
        ]


class Answer(models.Model):
    """An item answered. `finding` is what a failed one became; the item tells which version was asked."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="answers")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="+")
    value = models.CharField(max_length=2000, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    failed = models.BooleanField(default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, related_name="checklist_answer")

    class Meta:
        ordering = ["item__place", "item__code"]
        constraints = [models.UniqueConstraint(fields=["visit", "item"], name="visit_answer_once")]


class Guidance(models.Model):
    """帮扶: advice given beside what was wrong."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="guidance")
    item = models.ForeignKey(ChecklistItem, models.PROTECT, null=True, related_name="+")
    text = models.CharField(max_length=1000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]


class Signature(models.Model):
    """Who signed the record, or refused to and why. Never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=8, choices=Side.choices)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=40)
    refusal = models.CharField(max_length=200, blank=True)
    # What was signed: SHA-256 of the answers as they stood.
    digest = models.CharField(max_length=64, db_collation="C")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["visit", "officer"], condition=~Q(officer=None), name="visit_signed_once")
        ]


class Handover(models.Model):
    """移交清单: one piece of evidence handed over: who took it, when, where, with what, and its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="handovers")
    attachment = models.ForeignKey("timeline.Attachment", models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64, db_collation="C")
    taken_by = models.CharField(max_length=40)
    taken_at = models.DateTimeField()
    place = models.CharField(max_length=60, blank=True)
    item_code = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["taken_at", "id"]
        constraints = [models.UniqueConstraint(fields=["visit", "attachment"], name="visit_handover_once")]
