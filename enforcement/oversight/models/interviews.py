"""Interviews (约谈): why, whom, when, what was said, what was promised, what came of it. Keys are random."""

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

from enforcement.oversight.lifecycle import ENDED, Cause, State
from enforcement.oversight.querysets import InterviewQuerySet
from regions.models import Bureau, Division
from regions.models.places import Level


@pghistory.track(append_only=True)
class TriggerRule(models.Model):
    """约谈触发规则: when an interview is proposed by itself. `threshold` is per cent, or a count for 挂牌督办."""

    class Watched(models.TextChoices):
        OVERDUE = Cause.OVERDUE.value, Cause.OVERDUE.label
        RELAPSE = Cause.RELAPSE.value, Cause.RELAPSE.label
        NAMED = Cause.NAMED.value, Cause.NAMED.label
        DETERIORATION = Cause.DETERIORATION.value, Cause.DETERIORATION.label

    cause = models.CharField(_("情形"), max_length=14, choices=Watched.choices)
    level = models.CharField(
        _("对象"), max_length=10, choices=[(Level.COUNTY, _("县区")), (Level.CITY, _("市"))], default=Level.COUNTY
    )
    threshold = models.DecimalField(
        _("阈值（%或次）"), max_digits=6, decimal_places=2, validators=[MinValueValidator(0)]
    )
    least = models.PositiveSmallIntegerField(
        _("最少件数"), default=1, help_text=_("分母（空气质量为可比的月数）少于此数时不触发")
    )
    window_days = models.PositiveSmallIntegerField(
        _("统计天数"), default=90, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    report_days = models.PositiveSmallIntegerField(
        _("书面报告期限（工作日）"), default=20, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["cause", "level", "-valid_from"]
        verbose_name = verbose_name_plural = _("约谈触发规则")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cause", "level"], condition=Q(valid_to=None), name="one_trigger_rule_in_force"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="trigger_rule_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.valid_from:%Y-%m-%d}"


class Interview(models.Model):
    """One interview of a county's or a city's government, answered for by its department (`addressee`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("约谈单位"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("被约谈地区"))
    addressee = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("被约谈单位"))
    cause = models.CharField(_("情形"), max_length=14, choices=Cause.choices)
    reason = models.TextField(_("事由"), max_length=1000)
    rule = models.ForeignKey(TriggerRule, models.PROTECT, null=True, related_name="+")
    #: What the rule found: numerator, denominator, value, threshold, the day.
    figures: Any = models.JSONField(default=dict)
    report_days = models.PositiveSmallIntegerField(_("书面报告期限（工作日）"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PROPOSED)
    version = models.PositiveIntegerField(default=1)
    previous: Any = models.OneToOneField("self", models.PROTECT, null=True, related_name="following")

    proposed_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField()
    approved_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)

    notice_no = models.CharField(_("通知文号"), max_length=40, blank=True)
    meets_at = models.DateTimeField(_("约谈时间"), null=True)
    place = models.CharField(_("地点"), max_length=100, blank=True)
    agenda = models.TextField(_("议程"), max_length=2000, blank=True)
    attendees = models.CharField(_("参加人员"), max_length=300, blank=True)

    held_at = models.DateTimeField(_("约谈登记时间"), null=True)
    present = models.CharField(_("实到人员"), max_length=300, blank=True)
    minutes = models.TextField(_("约谈纪要"), max_length=8000, blank=True)

    first_report_due_on = models.DateField(_("书面报告首次期限"), null=True)
    report_due_on = models.DateField(_("书面报告期限"), null=True)
    report = models.TextField(_("书面报告"), max_length=8000, blank=True)
    reported_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(null=True)
    checked_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    opinion = models.TextField(_("核验意见"), max_length=2000, blank=True)
    closed_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    objects = InterviewQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at", "-id"]
        verbose_name = verbose_name_plural = _("约谈")
        indexes: ClassVar = [models.Index(fields=["-proposed_at", "-id"], name="interview_newest")]
        constraints: ClassVar = [
            # A rule that finds the same again waits until the one before is over.
            models.UniqueConstraint(
                fields=["division", "cause"],
                condition=~Q(state__in=sorted(ENDED)) & Q(rule__isnull=False),
                name="one_open_interview_of_a_rule",
            ),
            # Four eyes.
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(proposed_by=None) | ~Q(approved_by=F("proposed_by")),
                name="interview_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(checked_by=None) | Q(reported_by=None) | ~Q(checked_by=F("reported_by")),
                name="interview_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division.name} {self.get_cause_display()}"

    @property
    def report_owed_by(self) -> date | None:
        """The day its report is due, while it is owed."""
        return self.report_due_on if self.state == State.HELD else None

    def get_absolute_url(self) -> str:
        return reverse("oversight:interview", args=[self.pk])


class Commitment(models.Model):
    """承诺: what the interviewed promised and by when. Its words and first day never change; it is fulfilled once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interview = models.ForeignKey(Interview, models.PROTECT, related_name="commitments")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(_("承诺"), max_length=300)
    due_on = models.DateField(_("期限"))
    done_at = models.DateTimeField(_("完成时间"), null=True)
    done_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.CharField(_("完成情况"), max_length=500, blank=True)

    class Meta:
        ordering = ["place"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["interview", "place"], name="commitment_in_its_place")]
