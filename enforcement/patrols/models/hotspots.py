"""The hot spot (热点): a stretch of a run where a channel stood out, the numbers that say so, and what became of it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.findings.models import Finding
from enforcement.issues.models import Issue, Severity
from enforcement.patrols.lifecycle import Fate
from enforcement.patrols.models.rules import HotSpotRule
from enforcement.patrols.models.runs import PatrolRun
from enforcement.patrols.querysets import HotSpotQuerySet
from regions.models import Division

#: Fate -> state code of the house's badges.
BADGES = {
    Fate.OPEN: "leader_review",
    Fate.FINDING: "promoted",
    Fate.JOINED: "joined",
    Fate.DISMISSED: "dismissed",
    Fate.VOID: "void",
}


class HotSpot(models.Model):
    """`number` counts within the run, in order of time. Values in the channel's unit; indexes into the run's readings.

    `division` is null outside the province: such a hot spot is shown and may be dismissed, never promoted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="hot_spots")
    number = models.PositiveIntegerField(_("序号"))
    rule = models.ForeignKey(HotSpotRule, models.PROTECT, related_name="+")
    # The rule's numbers as they were: the record explains itself.
    rule_values = models.JSONField(default=dict)
    channel = models.CharField(_("通道"), max_length=60)
    unit = models.CharField(_("单位"), max_length=20, blank=True)
    started_at = models.DateTimeField(_("开始"))
    ended_at = models.DateTimeField(_("结束"))
    peak_at = models.DateTimeField(_("峰值时间"))
    duration_s = models.FloatField(_("持续（秒）"))
    peak = models.FloatField(_("峰值"))
    mean = models.FloatField(_("均值"))
    background = models.FloatField(_("背景"))
    ratio = models.FloatField(_("倍数"))
    # `FoundHotSpot.numbers`: what else the rule weighed. Empty for the first version of the rules' older rows.
    numbers = models.JSONField(default=dict)
    # `tracks.glimpses`: the minutes around it in some spans. Empty for hot spots found before it was kept.
    series = models.JSONField(default=dict)
    severity = models.CharField(_("程度"), max_length=10, choices=Severity.choices, blank=True)
    confirmed = models.JSONField(_("复测"), default=list)
    first_index = models.PositiveIntegerField()
    last_index = models.PositiveIntegerField()
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", verbose_name=_("所在区划"))

    fate = models.CharField(_("结果"), max_length=12, choices=Fate.choices, default=Fate.OPEN)
    version = models.PositiveIntegerField(default=1)
    finding = models.OneToOneField(Finding, models.PROTECT, null=True, blank=True, related_name="hot_spot")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="hot_spots")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    # Why it went on although its run had failed its quality control, and who says so.
    quality_reason = models.CharField(_("质控不合格仍采用的理由"), max_length=500, blank=True)
    quality_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = HotSpotQuerySet.as_manager()

    class Meta:
        ordering = ["-peak_at", "-id"]
        verbose_name = verbose_name_plural = _("热点")
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="hot_spot_number_once"),
            models.CheckConstraint(
                condition=Q(finding=None) ^ Q(fate=Fate.FINDING), name="hot_spot_finding_iff_promoted"
            ),
            models.CheckConstraint(condition=Q(issue=None) ^ Q(fate=Fate.JOINED), name="hot_spot_issue_iff_joined"),
            # Two pairs of eyes: one proposes, another decides.
            models.CheckConstraint(
                condition=~Q(fate=Fate.DISMISSED)
                | (
                    Q(proposed_by__isnull=False, decided_by__isnull=False)
                    & ~Q(decided_by=F("proposed_by"))
                    & ~Q(reason="")
                ),
                name="hot_spot_dismissed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(quality_reason="") ^ Q(quality_by__isnull=False), name="hot_spot_quality_reason_is_named"
            ),
            models.CheckConstraint(
                condition=~Q(fate__in=[Fate.FINDING, Fate.JOINED]) | Q(division__isnull=False),
                name="hot_spot_outside_not_promoted",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-peak_at", "-id"], name="hot_spot_newest"),
            models.Index(fields=["division", "-peak_at", "-id"], name="hot_spot_place"),
            # Read by workbenches: what waits for a look.
            models.Index(fields=["-peak_at", "-id"], name="hot_spot_open", condition=Q(fate=Fate.OPEN)),
        ]

    def __str__(self) -> str:
        return str(_("%(channel)s 热点 %(number)d")) % {"channel": self.channel, "number": self.number}

    @property
    def confirmation(self) -> str:
        """What confirms it within its run, in words; "" while it was met once only."""
        words = {"stop": _("停车复测"), "repeat": _("重复经过")}
        return str(_("、")).join(str(words[reason]) for reason in self.confirmed if reason in words)

    @property
    def standing(self) -> str:
        """Its fate in words; an open one says whether a dismissal waits for a second look."""
        waiting = self.fate == Fate.OPEN and self.proposed_at is not None
        return str(_("待复核排除") if waiting else Fate(self.fate).label)

    @property
    def badge(self) -> str:
        """The state code whose icon and colour its badge borrows."""
        return BADGES[Fate(self.fate)]

    def get_absolute_url(self) -> str:
        return reverse("patrols:hot-spot", args=[self.pk])
