"""Work a person asked of a worker and may leave, come back to and stop: how far it is, and why it failed."""

from datetime import date

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    QUEUED = "queued", _("排队中")
    WORKING = "working", _("处理中")
    DONE = "done", _("已完成")
    FAILED = "failed", _("没有完成")
    CANCELLED = "cancelled", _("已停止")


#: A worker owes an answer.
OWED = (Stage.QUEUED, Stage.WORKING)


class Job(models.Model):
    """Abstract. `done` of `total` rows are worked off (`total` 0: not counted yet); `sentence` says why it failed."""

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True)
    # Headings and labels are written in the language it was asked in.
    language = models.CharField(max_length=10)

    class Meta:
        abstract = True

    @property
    def waits(self) -> bool:
        """True while a worker owes an answer."""
        return self.stage in OWED


@pghistory.track(append_only=True)
class LedgerRule(models.Model):
    """From a day on: how large an export or an imported ledger may be, and how long files are kept."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    export_rows = models.PositiveIntegerField(
        _("导出行数上限"), validators=[MinValueValidator(100), MaxValueValidator(1_000_000)]
    )
    export_days = models.PositiveSmallIntegerField(
        _("导出文件保留天数"), validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    export_waiting = models.PositiveSmallIntegerField(
        _("每人同时排队的导出数"), validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    import_mb = models.PositiveSmallIntegerField(
        _("导入文件上限（MB）"), validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    import_rows = models.PositiveIntegerField(
        _("导入行数上限"), validators=[MinValueValidator(10), MaxValueValidator(100_000)]
    )
    attempts = models.PositiveSmallIntegerField(
        _("中断后最多重试次数"), validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("台账导入导出规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(export_rows__gt=0, export_days__gt=0, import_mb__gt=0, import_rows__gt=0, attempts__gt=0),
                name="ledger_rule_sane",
            )
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    @classmethod
    def in_force(cls, day: date) -> "LedgerRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )
