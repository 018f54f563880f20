"""A list or a paper somebody asked for as a file: what was asked, how far their sight went then, and the file while it is kept."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .jobs import OWED, Job, Stage


class Export(Job):
    """`query` are the words of the list's address, `words` the same as a person reads them (pairs of label and value).

    `scope` is the asker's reach (`regions.scoping.Reach`) at `asked_at`: a file never holds rows seen only later.
    `cut_off` is the moment the rows were read. The file lies under `sha256` in the store of exports until it expires;
    the row stays.
    """

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel（XLSX）")
        CSV = "csv", _("CSV")
        GEOJSON = "geojson", _("GeoJSON")
        PDF = "pdf", _("PDF")
        DOCX = "docx", _("Word（DOCX）")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, db_collation="C")
    format = models.CharField(_("格式"), max_length=10, choices=Format.choices)
    query = models.JSONField(default=dict)
    words = models.JSONField(default=list)
    scope = models.JSONField(default=dict)
    cut_off = models.DateTimeField(_("数据截止"), null=True)
    sha256 = models.CharField(max_length=64, blank=True, db_collation="C")
    size = models.PositiveBigIntegerField(default=0)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = verbose_name_plural = _("导出")
        indexes: ClassVar = [
            models.Index(fields=["officer", "-asked_at"], name="export_mine"),
            # Read by the sweep: exports a worker owes an answer.
            models.Index(fields=["asked_at"], name="export_owed", condition=Q(stage__in=sorted(OWED))),
            # Read by the purge: files still kept.
            models.Index(fields=["finished_at"], name="export_kept", condition=Q(stage=Stage.DONE, expired_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_paper(self) -> bool:
        """A document of one thing, not the rows of a list: `done` and `total` are the steps of its making."""
        return self.format in (self.Format.PDF, self.Format.DOCX)

    @property
    def ready(self) -> bool:
        """The file is there to be fetched."""
        return self.stage == Stage.DONE and self.expired_at is None
