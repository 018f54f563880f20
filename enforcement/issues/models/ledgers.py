"""Imported ledgers: the file, the layouts an office's columns were once explained by, and where each row came from."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from enforcement.issues.querysets import LedgerLayoutQuerySet
from regions.models import Bureau

from .issue import Issue
from .jobs import OWED, Job, Stage


class LedgerLayout(models.Model):
    """What the columns of a heading mean to a bureau: field -> column (from 0). Known again by its fingerprint."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64, db_collation="C")
    titles = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    objects = LedgerLayoutQuerySet.as_manager()

    class Meta:
        ordering = ["-used_at"]
        verbose_name = verbose_name_plural = _("台账版式")
        constraints = [models.UniqueConstraint(fields=["bureau", "fingerprint"], name="ledger_layout_once")]

    def __str__(self) -> str:
        return self.fingerprint[:12]


class LedgerImport(Job):
    """One uploaded ledger. `wanted` is what a worker was asked for (`trial`, `import`), `told` what it found.

    `source` is the source of problems whose ledger names none. `imported_at` is set once its rows are issues.
    """

    class Wanted(models.TextChoices):
        TRIAL = "trial", _("试读")
        IMPORT = "import", _("导入")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("转办单位"))
    name = models.CharField(_("文件"), max_length=120)
    sha256 = models.CharField(max_length=64, db_collation="C")
    size = models.PositiveIntegerField()
    source = models.CharField(_("来源"), max_length=20)
    wanted = models.CharField(max_length=6, choices=Wanted.choices, default=Wanted.TRIAL)
    told = models.JSONField(null=True)
    imported_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = verbose_name_plural = _("台账导入")
        indexes: ClassVar = [
            models.Index(fields=["officer", "-asked_at"], name="ledger_import_mine"),
            # Read by the sweep: ledgers a worker owes an answer.
            models.Index(fields=["asked_at"], name="ledger_import_owed", condition=Q(stage__in=sorted(OWED))),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_at=None) | Q(stage=Stage.DONE, wanted="import"), name="ledger_imported_when_done"
            )
        ]

    def __str__(self) -> str:
        return self.name


class LedgerRow(models.Model):
    """Where an imported issue stood in its ledger, and what was stated there. Fixed once written.

    `key` is what the row is known by when the ledger comes again (its number, or a digest), `digest` the fingerprint
    of `content` (field -> canonical text); `cells` are the row's cells as text, for a file in the same layout.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    key = models.CharField(max_length=60, db_collation="C")
    issue = models.OneToOneField(Issue, models.PROTECT, related_name="ledger_row")
    ledger = models.ForeignKey(LedgerImport, models.PROTECT, related_name="rows")
    layout = models.ForeignKey(LedgerLayout, models.PROTECT, related_name="+")
    sheet = models.CharField(max_length=60, blank=True)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, db_collation="C")
    content = models.JSONField(default=dict)
    cells = models.JSONField(default=list)

    class Meta:
        ordering = ["ledger", "number"]
        constraints = [models.UniqueConstraint(fields=["bureau", "key"], name="ledger_row_once")]

    def __str__(self) -> str:
        return self.key


def said_in_ledgers(words: str, reader: Any) -> Q:
    """Issues whose number in their office's ledger holds the words (for `search.register`): part of the issue's page."""
    rows = LedgerRow.objects.filter(issue=OuterRef("pk"), content__number__icontains=words)
    return Q(Exists(rows))
