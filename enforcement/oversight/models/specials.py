"""Special inspections (专项督察): of whom, by whom, what was asked for and found, the plan and its tasks, what was published.

Keys are random. Every problem is a finding of the chain, every task of an accepted plan an issue: how far they are is read there.
"""

import uuid
from datetime import date
from typing import Any, ClassVar

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.findings.models import Finding
from enforcement.issues.models import Severity
from enforcement.oversight.lifecycle.specials import State
from enforcement.oversight.querysets import SpecialQuerySet
from regions.models import Bureau, Division


@pghistory.track(append_only=True)
class SpecialRule(models.Model):
    """专项督察规则: from a day on, how large a team is and how long a government has for its plan."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    team = models.PositiveSmallIntegerField(
        _("督察组最少人数"), default=3, validators=[MinValueValidator(2), MaxValueValidator(30)]
    )
    plan_days = models.PositiveSmallIntegerField(
        _("整改方案报送期限（工作日）"), default=30, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("专项督察规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"


class SpecialInspection(models.Model):
    """One special inspection of a county's or a city's government, answered for by its department (`addressee`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("督察单位"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("被督察地区"))
    addressee = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("被督察单位"))
    rule = models.ForeignKey(SpecialRule, models.PROTECT, related_name="+")
    name = models.CharField(_("名称"), max_length=80)
    scope = models.TextField(_("督察内容"), max_length=2000)
    basis = models.CharField(_("依据"), max_length=200)
    since = models.DateField(_("督察日期起"))
    until = models.DateField(_("督察日期止"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PROPOSED)
    version = models.PositiveIntegerField(default=1)

    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    notice_no = models.CharField(_("督察通知文号"), max_length=40, blank=True)
    entered_at = models.DateTimeField(_("进驻时间"), null=True)
    report_no = models.CharField(_("反馈意见文号"), max_length=40, blank=True)
    report = models.TextField(_("反馈意见"), max_length=8000, blank=True)
    told_at = models.DateTimeField(_("反馈时间"), null=True)
    first_plan_due_on = models.DateField(_("整改方案首次期限"), null=True)
    plan_due_on = models.DateField(_("整改方案期限"), null=True)
    closed_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    objects = SpecialQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        verbose_name = verbose_name_plural = _("专项督察")
        indexes: ClassVar = [models.Index(fields=["-proposed_at", "-id"], name="special_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="special_ends_after_start"),
            # Four eyes.
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("proposed_by")), name="special_approved_by_another"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def plan_owed_by(self) -> date | None:
        """The day its plan is due, while it is owed."""
        return self.plan_due_on if self.state == State.TOLD else None

    def get_absolute_url(self) -> str:
        return reverse("oversight:special", args=[self.pk])


class SpecialMember(models.Model):
    """督察组: who inspects, the leader marked."""

    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="members")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    leader = models.BooleanField(default=False)

    class Meta:
        ordering = ["-leader", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "officer"], name="special_member_once"),
            models.UniqueConstraint(fields=["inspection"], condition=Q(leader=True), name="special_has_one_leader"),
        ]


class EvidenceRequest(models.Model):
    """调阅: papers asked of the inspected by a day. Its words and day never change; it is answered once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="requests")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(_("调阅材料"), max_length=300)
    due_on = models.DateField(_("期限"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    supplied_at = models.DateTimeField(_("提供时间"), null=True)
    supplied_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("提供情况"), max_length=500, blank=True)

    class Meta:
        ordering = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["inspection", "place"], name="request_in_its_place")]


class Problem(models.Model):
    """督察发现的问题: what the feedback names, and the finding it entered the chain as."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="problems")
    place = models.PositiveSmallIntegerField()
    title = models.CharField(_("问题"), max_length=120)
    facts = models.TextField(_("事实"), max_length=2000)
    severity = models.CharField(_("严重程度"), max_length=12, choices=Severity.choices)
    finding = models.OneToOneField(Finding, models.PROTECT, related_name="special_problem")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["inspection", "place"], name="problem_in_its_place")]


class Plan(models.Model):
    """整改方案 in versions: one that was sent back stays as it was, the next one is another row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("整改方案"), max_length=8000)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    accepted = models.BooleanField(null=True)
    checked_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    opinion = models.TextField(_("审核意见"), max_length=2000, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["inspection", "number"], name="plan_number_once"),
            models.CheckConstraint(
                condition=Q(checked_by=None) | ~Q(checked_by=F("submitted_by")), name="plan_checked_by_another"
            ),
        ]


class PlanTask(models.Model):
    """整改任务: for one problem what is to be done, by whom, by when. Tracked as the issue of the problem's finding."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="tasks")
    problem = models.ForeignKey(Problem, models.PROTECT, related_name="tasks")
    measure = models.CharField(_("整改措施"), max_length=300)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("责任单位"))
    due_on = models.DateField(_("完成期限"))

    class Meta:
        ordering = ["problem__place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "problem"], name="one_task_a_problem")]


class Progress(models.Model):
    """整改进展公布: the figures of a cut-off as they were published; they are computed, never typed in."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspection = models.ForeignKey(SpecialInspection, models.PROTECT, related_name="published")
    as_of = models.DateTimeField(_("截止时点"))
    #: tasks (the denominator), closed, struck_off, overdue, ended.
    figures: Any = models.JSONField()
    note = models.CharField(_("说明"), max_length=500, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-as_of"]
