"""What people put on record along the way: feedback and measures, verification, extension, pause. Never rewritten."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from enforcement.issues import lifecycle
from enforcement.timeline.models import Attachment
from regions.models import Bureau

from .answering import LawArticle, MeasureKind
from .responsibility import Responsibility


class _Record(models.Model):
    responsibility = models.ForeignKey(Responsibility, models.PROTECT, related_name="%(class)ss")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["at", "pk"]


class Feedback(_Record):
    """反馈: the responsible bureau's report on what it found and did."""

    verdict = models.CharField(_("调查结论"), max_length=20, choices=lifecycle.Verdict.choices)
    cause = models.TextField(_("原因"), blank=True, max_length=4000)
    measures = models.TextField(_("整改措施"), max_length=4000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("反馈")


class Measure(models.Model):
    """One thing the bureau did, as the figures of measures count it. `amount` in yuan, `persons` held to account.

    Rows of their feedback: a later feedback brings its own, and those of the latest one count.
    """

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="enforced")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(_("措施"), max_length=20, choices=MeasureKind.choices)
    article = models.ForeignKey(LawArticle, models.PROTECT, null=True, related_name="+", verbose_name=_("法律依据"))
    amount = models.DecimalField(
        _("金额（元）"), max_digits=14, decimal_places=2, null=True, validators=[MinValueValidator(Decimal("0.01"))]
    )
    persons = models.PositiveSmallIntegerField(_("人数"), null=True)
    document = models.CharField(_("文书号"), max_length=60, blank=True)

    class Meta:
        ordering = ["feedback", "place"]
        verbose_name = verbose_name_plural = _("执法措施")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["feedback", "place"], name="measure_in_its_place"),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) | models.Q(amount__gt=0), name="measure_amount"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="fine") | models.Q(amount__isnull=False), name="a_fine_has_an_amount"
            ),
        ]


class Verification(_Record):
    """核查: the check by someone who didn't rectify. The database refuses a verifier who wrote the feedback."""

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="verifications")
    method = models.CharField(
        _("核查方式"), max_length=10, choices=lifecycle.Method.choices, blank=True, default="", db_default=""
    )
    passed = models.BooleanField(_("通过"))
    opinion = models.TextField(_("意见"), max_length=4000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("核查")


class Extension(_Record):
    """延期: asked before the due date, decided by the issuing bureau."""

    days = models.PositiveSmallIntegerField(_("延期工作日数"))
    reason = models.TextField(_("理由"), max_length=2000)
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, max_length=2000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("延期")
        constraints = [
            models.UniqueConstraint(
                fields=["responsibility"], condition=models.Q(granted=None), name="one_pending_extension"
            )
        ]


class Pause(_Record):
    """暂停计时: asked before the due date with a reason and a paper, decided by the issuing bureau.

    The clock stands from `paused_on` until `resumed_on`, `resume_on` at the latest. What was due before is kept, so that
    the dates after it can be proven to have moved by exactly the time paused. `stage_due_on_recounted` is the stage's
    date before the pause by a calendar that came while it lasted.
    """

    reason_code = models.CharField(_("暂停类型"), max_length=20, choices=lifecycle.PauseReason.choices)
    reason = models.TextField(_("理由"), max_length=2000)
    evidence = models.ForeignKey(Attachment, models.PROTECT, related_name="+")
    resume_on = models.DateField(_("计划恢复日期"))
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, max_length=2000)
    paused_on = models.DateField(_("暂停日期"), null=True)
    due_on_before = models.DateField(null=True)
    stage_due_on_before = models.DateField(null=True)
    stage_first_due_on_before = models.DateField(null=True)
    stage_due_on_recounted = models.DateField(null=True)
    resumed_on = models.DateField(_("恢复日期"), null=True)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("暂停计时")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["responsibility"],
                condition=models.Q(granted=None) | models.Q(granted=True, resumed_on=None),
                name="one_pause_at_a_time",
            ),
        ]
        indexes: ClassVar = [
            # Read by the sweep that ends pauses on their planned day.
            models.Index(fields=["resume_on"], name="pause_running", condition=models.Q(granted=True, resumed_on=None)),
        ]

    @property
    def stage_kept(self) -> date | None:
        """The stage's date as if the clock had run, by the newest calendar it was counted with."""
        return self.stage_due_on_recounted or self.stage_due_on_before


class Milestone(models.Model):
    """One step of long works: what, until when, and the evidence that it was reached. Replaced ones stay on record.

    `from_split` is the day its splitter gave a child (内部期限): no plan of who rectifies replaces it.
    """

    responsibility = models.ForeignKey(Responsibility, models.PROTECT, related_name="milestones")
    place = models.PositiveSmallIntegerField()
    title = models.CharField(_("节点"), max_length=120)
    due_on = models.DateField(_("期限"))
    planned_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True)
    reached_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    evidence = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    note = models.TextField(blank=True, max_length=2000)
    replaced_at = models.DateTimeField(null=True)
    from_split = models.BooleanField(_("拆分时定"), default=False, db_default=False)

    class Meta:
        ordering = ["due_on", "place", "pk"]
        verbose_name = verbose_name_plural = _("整改节点")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(reached_at=None) | models.Q(evidence__isnull=False, replaced_at=None),
                name="reached_with_evidence",
            ),
        ]

    @property
    def open(self) -> bool:
        return self.reached_at is None and self.replaced_at is None
