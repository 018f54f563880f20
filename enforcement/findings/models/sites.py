"""A site its filer found in no register (新点位): proposed with the finding, settled by a second person."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.models import Site

from .finding import Finding


class ProposedSite(models.Model):
    """What was stated of a site that isn't in the register, and what became of it. It lies where its finding does.

    A finding has one that waits at most; another one stated in its stead withdraws it. What is settled stays.
    """

    class Fate(models.TextChoices):
        WAITING = "waiting", _("待审核")
        ENTERED = "entered", _("已登记")
        KNOWN = "known", _("名册中已有")
        REFUSED = "refused", _("不予登记")
        WITHDRAWN = "withdrawn", _("已撤回")

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="proposed_sites")
    name = models.CharField(_("名称"), max_length=120)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, db_collation="C")
    industry = models.CharField(_("行业"), max_length=60, blank=True)
    fate = models.CharField(max_length=10, choices=Fate.choices, default=Fate.WAITING)
    proposed_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+")
    settled_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = _("新点位")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["finding"], condition=Q(fate="waiting"), name="proposed_site_waits_once"),
            models.CheckConstraint(
                condition=Q(fate="waiting", settled_at=None, settled_by=None)
                | ~Q(fate="waiting") & Q(settled_at__isnull=False, settled_by__isnull=False),
                name="proposed_site_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(fate__in=["entered", "known"], site__isnull=False)
                | ~Q(fate__in=["entered", "known"]) & Q(site=None),
                name="proposed_site_leads_to_a_site",
            ),
        ]

    def __str__(self) -> str:
        return self.name
