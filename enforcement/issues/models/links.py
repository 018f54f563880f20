"""How issues hang together: one merged into another, one split into several. A link is never rewritten, only voided."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Bureau

from .issue import Issue


class _Link(models.Model):
    """Who linked, for which bureau, when and why; and the same of its undoing. `kept` is what undoing gives back."""

    reason = models.TextField(_("理由"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kept = models.JSONField(default=dict)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    voided_why = models.TextField(blank=True, max_length=2000)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]

    @property
    def stands(self) -> bool:
        return self.voided_at is None


class Merge(_Link):
    """合并: a duplicate joined to the issue that goes on. `into` took over the earlier dates, and the lateness, of `issue`.

    `kept`: for each part of both, by key, the dates it had.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="merges")
    into = models.ForeignKey(Issue, models.PROTECT, related_name="merged_in")

    class Meta(_Link.Meta):
        verbose_name = verbose_name_plural = _("合并")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue"], condition=Q(voided_at=None), name="merged_into_one"),
            models.CheckConstraint(condition=~Q(issue=F("into")), name="merged_into_another"),
        ]


class Split(_Link):
    """拆分: an issue parted into children, each with its bureau and place. The weight goes along; the parent stays open.

    `kept`: for each part of the parent, by key, the weight it had.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="splits")

    class Meta(_Link.Meta):
        verbose_name = verbose_name_plural = _("拆分")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue"], condition=Q(voided_at=None), name="split_once_at_a_time"),
        ]
