"""The responsibility: issue x bureau x weight, with its own state and clocks; and its history as dated spans."""

from decimal import Decimal
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enforcement.issues import lifecycle
from enforcement.issues.querysets import ResponsibilityQuerySet
from regions.models import Bureau, Division, WorkCalendar

from .documents import Handoff
from .issue import Issue
from .policies import DeadlinePolicy


class Standing(models.Model):
    """Abstract: how a responsibility stands. The live row and every span of its history have these same fields,

    so that a figure is one query, whether it is asked for now or for a past cut-off.
    """

    state = models.CharField(_("状态"), max_length=20, choices=lifecycle.State.choices)
    weight = models.DecimalField(
        _("权重"),
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    first_due_on = models.DateField(_("首次期限"))
    due_on = models.DateField(_("当前期限"))
    acknowledged_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    # Working days from acknowledgement to closure, counted at closing with the responsibility's calendar.
    handling_days = models.PositiveSmallIntegerField(null=True, blank=True)
    verification_count = models.PositiveSmallIntegerField(default=0)
    rejection_count = models.PositiveSmallIntegerField(default=0)
    extension_count = models.PositiveSmallIntegerField(default=0)
    return_count = models.PositiveSmallIntegerField(default=0)
    # Look-backs done, and those that failed.
    look_back_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    relapse_count = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        abstract = True


class Responsibility(Standing):
    """One bureau's part in an issue. Reissue ends one and opens another; delegation opens a child.

    Weights of an issue's live responsibilities add up to 1: delegation moves weight from parent to child.
    The overall clock starts at issuing (`due_on`), the stage clock with each stage (`stage_due_on`); a transfer carries
    the overall one. `counts_from` and `stage_from` are the days they count from (those don't count). While `paused_on`
    is set no stage runs, and `due_on` has been moved by the time the pause is planned to take.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="responsibilities")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="responsibilities", verbose_name=_("承办单位"))
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("责任区划"))
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False)
    handoff = models.ForeignKey(Handoff, models.PROTECT, related_name="items", db_index=False)
    item = models.PositiveSmallIntegerField(_("项次"))
    # Nearly all have the same ones: nothing is found by them.
    policy = models.ForeignKey(DeadlinePolicy, models.PROTECT, related_name="+", db_index=False)
    calendar = models.ForeignKey(WorkCalendar, models.PROTECT, related_name="+", db_index=False)
    provisional = models.BooleanField(default=False)
    # What `first_due_on` was before an earlier one came in with a merged issue.
    own_first_due_on = models.DateField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("转办时间"))
    stage_first_due_on = models.DateField(_("阶段首次期限"), null=True, blank=True)
    stage_due_on = models.DateField(_("阶段期限"), null=True, blank=True)
    plan = models.TextField(blank=True, max_length=4000)
    counts_from = models.DateField(null=True)
    stage_from = models.DateField(null=True)
    paused_on = models.DateField(_("暂停日期"), null=True, blank=True)
    # The nearest milestone not reached yet; the reply a supervisor waits for; since when it is listed (挂牌).
    milestone_due_on = models.DateField(_("节点期限"), null=True, blank=True)
    reply_due_on = models.DateField(_("督办回复期限"), null=True, blank=True)
    listed_on = models.DateField(_("挂牌日期"), null=True, blank=True)
    # The highest rung of supervision in force.
    rung = models.CharField(
        _("督办层级"), max_length=10, choices=lifecycle.Rung.choices, blank=True, default="", db_default=""
    )

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        ordering = ["opened_at", "pk"]
        verbose_name = verbose_name_plural = _("责任")
        constraints = [
            models.UniqueConstraint(fields=["handoff", "item", "bureau"], name="handoff_item_once"),
            models.UniqueConstraint(
                fields=["issue", "bureau"],
                condition=~Q(state__in=sorted(lifecycle.ENDED)),
                name="one_live_responsibility",
            ),
            models.CheckConstraint(condition=Q(weight__gte=0, weight__lte=1), name="weight_is_a_share"),
            models.CheckConstraint(condition=Q(due_on__gte=F("first_due_on")), name="due_never_before_first"),
            models.CheckConstraint(
                condition=Q(paused_on=None) | Q(state__in=sorted(lifecycle.PAUSABLE), stage_due_on=None),
                name="paused_runs_no_stage",
            ),
        ]
        indexes: ClassVar = [
            # Read by the reminder sweep.
            models.Index(
                fields=["stage_due_on", "id"],
                name="responsibility_stage",
                condition=Q(stage_due_on__isnull=False),
            ),
            # The same for the overall clock: it runs exactly while a stage does.
            models.Index(
                fields=["due_on", "id"],
                name="responsibility_overall",
                condition=Q(stage_due_on__isnull=False),
            ),
            # The same for milestones and for replies to supervisors.
            models.Index(
                fields=["milestone_due_on", "id"],
                name="responsibility_milestone",
                condition=Q(milestone_due_on__isnull=False),
            ),
            models.Index(
                fields=["reply_due_on", "id"], name="responsibility_reply", condition=Q(reply_due_on__isnull=False)
            ),
            # What was delegated: few of all.
            models.Index(fields=["parent"], name="responsibility_child", condition=Q(parent__isnull=False)),
            # The supervisors' door to issues of which their division has only a part (querysets.in_parts): few rows.
            models.Index(
                fields=["division", "issue"],
                name="responsibility_in_parts",
                condition=Q(weight__lt=1) | Q(parent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.issue_id}/{self.bureau_id}"

    @property
    def live(self) -> bool:
        return self.state not in lifecycle.ENDED


class Span(Standing):
    """How a responsibility stood from a moment on. Append-only; `occurred_at` and `recorded_at` are its event's.

    The standing at a cut-off is the last span that occurred by `as_of` and was recorded by `known_at`.
    """

    # Both indexes below begin with it.
    responsibility = models.ForeignKey(Responsibility, models.PROTECT, related_name="spans", db_index=False)
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="+")
    seq = models.PositiveIntegerField()  # the event's place in the issue's chain
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["responsibility", "occurred_at", "seq"]
        constraints = [models.UniqueConstraint(fields=["responsibility", "seq"], name="span_once_per_event")]
        indexes: ClassVar = [
            models.Index(fields=["responsibility", "-occurred_at", "-seq"], name="span_latest"),
        ]
