"""A patrol run: one drive, one file, its readings in the evidence store, its kilometres as rows."""

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.patrols.models.equipment import Instrument, Vehicle, responses_of
from enforcement.patrols.models.rules import TrackRuleSetting
from enforcement.patrols.querysets import PatrolRunQuerySet
from enforcement.patrols.tracks.rules import ChannelResponse
from regions.models import Bureau, Division


class PatrolRun(models.Model):
    """One imported run (走航). Written once by its import; afterwards only voiding changes it.

    `readings_key` names the readings in the evidence store (`tracks.codec`), `source_sha256` the file as uploaded.
    `km` and `hours` are the sums of the run's segments. `division` is set where the run stayed in one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="patrol_runs", verbose_name=_("单位"))
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, blank=True, verbose_name=_("走航车"))
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, verbose_name=_("仪器"))
    crew = models.CharField(_("人员"), max_length=120, blank=True)
    route = models.CharField(_("路线"), max_length=120, blank=True)
    day = models.DateField(_("日期"))
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"))
    division = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")

    source_name = models.CharField(_("文件名"), max_length=120)
    source_sha256 = models.CharField(max_length=64, db_collation="C")
    source_size = models.BigIntegerField()
    format_key = models.CharField(max_length=20)
    encoding = models.CharField(_("编码"), max_length=20, blank=True)
    time_zone = models.CharField(_("时区"), max_length=40)
    coordinate_system = models.CharField(_("坐标系"), max_length=10)
    mapping = models.JSONField(default=dict)

    rows_total = models.PositiveIntegerField(_("数据行数"))
    rows_kept = models.PositiveIntegerField(_("有效读数"))
    rows_outside = models.PositiveIntegerField(_("省外读数"), default=0)
    problems = models.JSONField(default=dict)
    # Every remark on a row as CSV (compressed), in the evidence store; "" where there was none.
    remarks_key = models.CharField(max_length=64, db_collation="C", default="", blank=True)
    channels = models.JSONField(default=list)
    rule = models.ForeignKey(TrackRuleSetting, models.PROTECT, related_name="+")
    km = models.DecimalField(_("里程（公里）"), max_digits=9, decimal_places=3)
    hours = models.DecimalField(_("时长（小时）"), max_digits=9, decimal_places=4)
    valid_share = models.DecimalField(_("有效率"), max_digits=5, decimal_places=4)
    readings_key = models.CharField(max_length=64, db_collation="C")

    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    imported_at = models.DateTimeField(_("导入时间"))
    synthetic = models.BooleanField(default=False)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = PatrolRunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        verbose_name = verbose_name_plural = _("走航")
        constraints = [
            models.UniqueConstraint(
                fields=["bureau", "source_sha256"], condition=Q(voided_at=None), name="patrol_file_once_per_bureau"
            ),
            models.CheckConstraint(condition=Q(km__gte=0, hours__gte=0), name="patrol_sums_not_negative"),
            models.CheckConstraint(condition=Q(rows_kept__lte=models.F("rows_total")), name="patrol_rows_kept"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-started_at", "-id"], name="patrol_newest"),
            models.Index(fields=["bureau", "-started_at", "-id"], name="patrol_bureau"),
            models.Index(fields=["day"], name="patrol_day"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The route, or else the file's name."""
        return self.route or self.source_name

    @cached_property
    def sheet(self) -> Any:
        """Its quality sheet that counts, None where none was computed. One statement, once; lists use `with_quality`."""
        return self.quality_sheets.select_related("rule", "made_by").order_by("-number").first()

    @cached_property
    def note(self) -> Any:
        """What is noted of it beside its file, the note that counts; None without one. One statement, once."""
        return self.notes.select_related("campaign", "route", "made_by").order_by("-number").first()

    def get_absolute_url(self) -> str:
        return reverse("patrols:run", args=[self.pk])

    def responses(self) -> dict[str, ChannelResponse]:
        """How each registered channel answered on the run's day, by its name in lower case: of the instruments of its
        files, and of the run's own, which comes first."""
        of_files = [one.instrument for one in self.sources.select_related("instrument")]
        return responses_of([*of_files, self.instrument], self.day)


class PatrolSegment(models.Model):
    """What one run drove in one division on one Beijing day: kilometres per county and day are sums of these.

    `division` is null outside the province. `hours` are hours driven, `readings` those lying there.
    """

    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="segments")
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    km = models.DecimalField(max_digits=9, decimal_places=3)
    hours = models.DecimalField(max_digits=9, decimal_places=4)
    readings = models.PositiveIntegerField()

    class Meta:
        ordering = ["run", "day", "division"]
        constraints = [
            models.UniqueConstraint(fields=["run", "division", "day"], nulls_distinct=False, name="patrol_segment_once")
        ]
        indexes: ClassVar = [
            # Sums per county and period; the scope of runs.
            models.Index(fields=["division", "day"], name="patrol_segment_place", include=["km", "hours", "run"]),
        ]
