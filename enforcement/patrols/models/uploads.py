"""A file kept between the trial read and the import, so that nobody uploads it twice, and how far a worker is with it."""

import uuid
from datetime import date
from typing import ClassVar

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.equipment import Instrument, Vehicle
from enforcement.patrols.models.runs import PatrolRun
from regions.models import Bureau


@pghistory.track(append_only=True)
class UploadRule(models.Model):
    """From a day on: which files are read at once, what a worker may spend on one, how long abandoned ones are kept."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    at_once_mb = models.FloatField(_("当场读取上限（MB）"), validators=[MinValueValidator(0), MaxValueValidator(50)])
    max_mb = models.PositiveIntegerField(
        _("单个文件上限（MB）"), default=2048, validators=[MinValueValidator(1), MaxValueValidator(16_384)]
    )
    max_rows = models.PositiveIntegerField(
        _("后台读取行数上限"), default=40_000_000, validators=[MinValueValidator(1), MaxValueValidator(50_000_000)]
    )
    whole_mb = models.PositiveIntegerField(
        _("须整体读取的文件上限（MB）"),
        default=128,
        validators=[MinValueValidator(1), MaxValueValidator(2048)],
        help_text=_("XLSX、GPX、UTF-16 及引号跨行的文件不能分段读取。"),
    )
    unpacked_mb = models.PositiveIntegerField(
        _("XLSX解压上限（MB）"),
        default=96,
        validators=[MinValueValidator(1), MaxValueValidator(1024)],
        help_text=_("XLSX须整体展开读取，内存约为解压大小的数倍。"),
    )
    open_files = models.PositiveSmallIntegerField(
        _("每人未传完文件上限（个）"), default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    kept_mb = models.PositiveIntegerField(
        _("每人未导入文件合计上限（MB）"),
        default=10_240,
        validators=[MinValueValidator(1), MaxValueValidator(1_048_576)],
    )
    part_hours = models.PositiveSmallIntegerField(
        _("未传完文件保留小时数"), default=72, validators=[MinValueValidator(1), MaxValueValidator(720)]
    )
    max_seconds = models.FloatField(_("后台读取时限（秒）"), validators=[MinValueValidator(10), MaxValueValidator(500)])
    memory_mb = models.PositiveIntegerField(
        _("后台读取内存上限（MB）"), validators=[MinValueValidator(64), MaxValueValidator(16_384)]
    )
    attempts = models.PositiveSmallIntegerField(
        _("中断后最多重试次数"), validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    keep_days = models.PositiveSmallIntegerField(
        _("未导入文件保留天数"), validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    basis = models.CharField(_("依据"), max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("轨迹上传规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(at_once_mb__gte=0, max_seconds__gt=0, memory_mb__gt=0, attempts__gt=0, keep_days__gt=0),
                name="upload_rule_sane",
            )
        ]

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    @classmethod
    def in_force(cls, day: date) -> "UploadRule":
        """The rule of a Beijing day; the oldest for days before it. Raises DoesNotExist without reference data."""
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first() or cls.objects.earliest(
            "valid_from"
        )


class Reading(models.TextChoices):
    """How far a worker is with a file. A small one stays `kept`: it is read whenever somebody looks."""

    KEPT = "kept", _("未排队")
    QUEUED = "queued", _("排队中")
    WORKING = "working", _("读取中")
    READ = "read", _("已试读")
    FAILED = "failed", _("不能读取")
    CANCELLED = "cancelled", _("已停止")
    REFUSED = "refused", _("不导入")


class TrackUpload(models.Model):
    """One officer's uploaded file and what was stated about it. The bytes lie in the evidence store.

    `wanted` is what a worker was asked for (`trial`, `import`), `progress` per cent, `told` what a trial read found (as
    `describing.described` gives it), `sentence` why a reading failed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, db_collation="C")
    size = models.BigIntegerField()
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    crew = models.CharField(max_length=120, blank=True)
    route = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=40)
    coordinate_system = models.CharField(max_length=10)
    mapping = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    run = models.ForeignKey(PatrolRun, models.PROTECT, null=True, related_name="+")

    reading = models.CharField(max_length=10, choices=Reading.choices, default=Reading.KEPT)
    wanted = models.CharField(max_length=6, default="trial")
    asked_at = models.DateTimeField(null=True)
    progress = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    sentence = models.CharField(max_length=500, blank=True)
    told = models.JSONField(null=True)
    # What was remembered of the files' headers and filled in, a sentence for each file.
    recalled = models.JSONField(default=list)
    # The remarks a worker made, as `actions.remarks` packs them.
    remarks = models.BinaryField(null=True)

    class Meta:
        ordering = ["-uploaded_at"]
        indexes: ClassVar = [
            models.Index(fields=["officer", "-uploaded_at"], name="track_upload_mine"),
            # Read by the sweep: files a worker owes an answer.
            models.Index(fields=["asked_at"], name="track_upload_owed", condition=Q(reading__in=["queued", "working"])),
        ]

    @property
    def waits(self) -> bool:
        """True while a worker owes an answer."""
        return self.reading in (Reading.QUEUED, Reading.WORKING)
