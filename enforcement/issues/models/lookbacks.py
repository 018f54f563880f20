"""Look-back (回头看): closed items drawn by a dated rule and a seed, checked again by another team."""

from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.issues.querysets import LookBackDrawQuerySet, LookBackQuerySet
from enforcement.timeline.models import Attachment
from regions.models import Bureau

from .issue import Issue
from .records import _Record


@pghistory.track(append_only=True)
class LookBackRule(models.Model):
    """How large a share of what was closed is looked at again, and by when. The newest row in force applies."""

    class Stratum(models.TextChoices):
        CITY = "city", _("按市")
        COUNTY = "county", _("按县")
        SEVERITY = "severity", _("按严重程度")
        SOURCE = "source", _("按来源")
        NONE = "none", _("不分层")

    name = models.CharField(_("名称"), max_length=60)
    stratum = models.CharField(_("分层"), max_length=10, choices=Stratum.choices, default=Stratum.CITY)
    share = models.DecimalField(_("抽取比例"), max_digits=5, decimal_places=4)
    least = models.PositiveSmallIntegerField(_("每层至少"), default=1)
    due_days = models.PositiveSmallIntegerField(_("完成期限（工作日）"), default=10)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from", "-pk"]
        verbose_name = verbose_name_plural = _("回头看规则")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="look_back_share"),
        ]

    def __str__(self) -> str:
        return self.name


class LookBackDraw(models.Model):
    """One draw: the register it was drawn from, the seed, and what came out. Never rewritten.

    An item takes part in one draw only, so nobody draws again until the result suits them. `register` holds
    [number, responsibility, stratum, [eligible teams]] in order; `drawn` [responsibility, team]. With seed, share and
    least anyone gets from the one to the other (`sampling.draw`).
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    rule = models.ForeignKey(LookBackRule, models.PROTECT, related_name="+")
    first = models.DateField(_("办结日期起"))
    last = models.DateField(_("办结日期止"))
    share = models.DecimalField(max_digits=5, decimal_places=4)
    least = models.PositiveSmallIntegerField()
    seed = models.CharField(max_length=64, db_collation="C")
    register = models.JSONField()
    commitment = models.CharField(max_length=64, db_collation="C")
    drawn = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = LookBackDrawQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("回头看抽取")


class LookBack(_Record):
    """One item to be looked at again. `bureau` is the team that does it; `draw` is empty where it was named by hand."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="look_backs")
    draw = models.ForeignKey(LookBackDraw, models.PROTECT, null=True, related_name="items")
    due_on = models.DateField(_("完成期限"))
    passed = models.BooleanField(_("结果"), null=True)
    opinion = models.TextField(_("意见"), max_length=4000, blank=True)
    evidence = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    objects = LookBackQuerySet.as_manager()

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("回头看")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["responsibility"], condition=Q(passed=None), name="one_look_back_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(passed=None) | Q(evidence__isnull=False, done_at__isnull=False), name="looked_with_evidence"
            ),
        ]
        indexes: ClassVar = [
            # What a team still has to do, the nearest first.
            models.Index(fields=["bureau", "due_on"], name="look_back_open", condition=Q(passed=None)),
        ]
