"""While a round is under way: each team's report of the day, and the clues it found."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.models.rounds import Round
from enforcement.crossregion.models.teams import Team
from enforcement.crossregion.querysets import OfTeamQuerySet
from enforcement.findings.models import Finding


class DailyReport(models.Model):
    """日报: a team's day. `figures` were counted from the rows when it was filed, words are the team's own.

    A row never changes: what is filed again is the next version, and whether it was on time is the first one's matter.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="reports")
    team = models.ForeignKey(Team, models.PROTECT, related_name="reports")
    day = models.DateField(_("日期"))
    version = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField(_("期限"))
    work = models.TextField(_("工作情况"), max_length=2000)
    troubles = models.TextField(_("需要协调的困难"), max_length=1000, blank=True)
    plan = models.TextField(_("次日安排"), max_length=1000, blank=True)
    figures: Any = models.JSONField(default=dict)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField(_("报送时间"))

    objects = OfTeamQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "team__name", "-version"]
        verbose_name = verbose_name_plural = _("交叉执法日报")
        constraints = [models.UniqueConstraint(fields=["team", "day", "version"], name="daily_report_version_once")]
        indexes = [models.Index(fields=["round", "-day"], name="daily_report_of_round")]

    def __str__(self) -> str:
        return f"{self.team} {self.day}"

    def get_absolute_url(self) -> str:
        return reverse("crossregion:report", args=[self.round_id, self.pk])

    @property
    def minutes_late(self) -> int:
        """Whole minutes after the due time, 0 for on time."""
        return minutes_late(self.due_at, self.filed_at)

    @property
    def lateness(self) -> str:
        return late_words(self.minutes_late)


def minutes_late(due_at: datetime, at: datetime) -> int:
    return max(0, int((at - due_at).total_seconds() // 60))


def late_words(minutes: int) -> str:
    """A lateness as one says it."""
    if minutes < 120:
        return gettext("迟 %(n)d 分钟") % {"n": minutes}
    return gettext("迟 %(hours)d 小时 %(n)d 分") % {"hours": minutes // 60, "n": minutes % 60}


class Clue(models.Model):
    """What a team found: its finding, by whom and, for a site that was drawn, of which target. Never rewritten."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="clues")
    team = models.ForeignKey(Team, models.PROTECT, related_name="clues")
    target = models.ForeignKey("crossregion.Target", models.PROTECT, null=True, related_name="clues")
    finding = models.OneToOneField(Finding, models.PROTECT, related_name="round_clue")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    objects = OfTeamQuerySet.as_manager()

    class Meta:
        ordering = ["-filed_at", "-id"]
        verbose_name = verbose_name_plural = _("交叉执法线索")
        indexes = [models.Index(fields=["round", "-filed_at", "-id"], name="clue_of_round")]

    def __str__(self) -> str:
        return str(self.finding_id)
