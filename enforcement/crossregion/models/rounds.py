"""The round, its receiving counties, its need-to-know list, and the dated rules of a draw.

Every key is a random UUID: a round in preparation must not show in a gap between numbers.
"""

import uuid
from datetime import date, time, timedelta
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.lifecycle import SECRET, State
from enforcement.crossregion.querysets import RoundQuerySet
from enforcement.inspections.models import Campaign
from regions.models import Bureau, Division


def _between(low: int, high: int) -> list[Any]:
    return [MinValueValidator(low), MaxValueValidator(high)]


def _reminders() -> list[int]:
    """Two hours and half an hour before, and an hour after: our default."""
    return [-120, -30, 60]


@pghistory.track(append_only=True)
class DrawRule(models.Model):
    """抽取规则: the numbers of a draw from a day on. `strata`, `risks` and `needs` say what a site's data mean."""

    valid_from = models.DateField(_("生效日期"), unique=True)
    min_members = models.PositiveSmallIntegerField(_("每队最少人数"), validators=_between(1, 20))
    min_badged = models.PositiveSmallIntegerField(_("每队最少持证人数"), validators=_between(1, 20))
    repeat_rounds = models.PositiveSmallIntegerField(_("不重复前几轮"), validators=_between(0, 10))
    max_km = models.PositiveIntegerField(_("路程上限（公里）"), validators=_between(1, 3000))
    spread = models.PositiveSmallIntegerField(_("县区队数最多相差"), validators=_between(1, 10))
    per_city = models.PositiveSmallIntegerField(_("同一市在一县最多队数"), validators=_between(1, 50))
    road_factor_percent = models.PositiveSmallIntegerField(_("道路系数（%）"), validators=_between(100, 300))
    noise_percent = models.PositiveSmallIntegerField(_("扰动幅度（%）"), validators=_between(0, 100))
    worst_load_percent = models.PositiveSmallIntegerField(_("最远市权重（%）"), validators=_between(0, 1000))
    gap_permille = models.PositiveSmallIntegerField(_("求解间隙（‰）"), validators=_between(1, 500))
    time_limit_s = models.PositiveSmallIntegerField(_("求解时限（秒）"), validators=_between(1, 400))
    targets_per_team = models.PositiveSmallIntegerField(_("每队点位数"), validators=_between(1, 100))
    handover_days = models.PositiveSmallIntegerField(_("结束后移交天数"), validators=_between(0, 60))
    # Whether a draw waits until its commitment was published with a daily anchor: the next one after midnight.
    publish_first = models.BooleanField(_("承诺公布后才能抽取"), default=False)
    # Beijing time of day; minutes before (negative) or after it at which a team without a report is reminded.
    report_due = models.TimeField(_("日报期限"), default=time(20, 0))
    report_reminders: Any = ArrayField(
        models.SmallIntegerField(validators=[MinValueValidator(-720), MaxValueValidator(720)]),
        default=_reminders,
        verbose_name=_("日报提醒（期限前为负、后为正的分钟数）"),
        size=6,
    )
    strata = models.JSONField(_("各绩效等级抽取比例"), default=dict, blank=True)
    risks = models.JSONField(_("各绩效等级风险权重"), default=dict, blank=True)
    needs = models.JSONField(_("各行业所需专长"), default=dict, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = verbose_name_plural = _("交叉执法抽取规则")

    def __str__(self) -> str:
        return f"{self.valid_from:%Y-%m-%d}"

    @classmethod
    def in_force(cls, day: date) -> "DrawRule | None":
        return cls.objects.filter(valid_from__lte=day).order_by("-valid_from").first()


class Round(models.Model):
    """一轮交叉执法. `register` and `seed` are set by committing and don't change after; see `drawing`.

    `places` is the solver's answer (team -> county code) before anyone swapped; the rows of Assignment are what holds.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("名称"), max_length=80)
    # The campaign's name: of `part_of` as it was chosen, or as typed where the system holds none.
    campaign = models.CharField(_("所属行动"), max_length=80, blank=True)
    # No way back from a campaign to its rounds: one in preparation must leave no trace there.
    part_of = models.ForeignKey(Campaign, models.PROTECT, null=True, related_name="+", verbose_name=_("专项行动"))
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("组织单位"))
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    since = models.DateField(_("开始"))
    until = models.DateField(_("结束"))
    rule = models.ForeignKey(DrawRule, models.PROTECT, related_name="+")
    # What this round changes in the rule, with the reason in the timeline: max_km, spread, per_city, off.
    changes = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    register = models.BinaryField(null=True)
    seed = models.BinaryField(null=True)
    commitment = models.CharField(max_length=64, blank=True, db_collation="C")
    committed_at = models.DateTimeField(null=True)
    draw_begun_at = models.DateTimeField(null=True)
    drawn_at = models.DateTimeField(null=True)
    places: Any = models.JSONField(null=True)
    result: Any = models.JSONField(null=True)
    certificate: Any = models.JSONField(null=True)
    explanation: Any = models.JSONField(null=True)
    released_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    #: What a member's step just filed: a report or a clue.
    filed: Any = None
    #: The tail of its chain, where a step read it along under the row's lock.
    tail: Any = None

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = verbose_name_plural = _("交叉执法轮次")
        constraints = [models.CheckConstraint(condition=Q(until__gte=F("since")), name="round_ends_after_start")]
        indexes = [models.Index(fields=["-since", "-id"], name="round_newest")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("crossregion:round", args=[self.pk])

    @property
    def is_secret(self) -> bool:
        return self.state in SECRET

    @property
    def handover_until(self) -> date:
        """The last day on which the teams still see what they handed over."""
        return self.until + timedelta(days=self.rule.handover_days)


class RoundCounty(models.Model):
    """受检县区. `air_rank` 1 is the worst air of the round; equal ranks are allowed."""

    round = models.ForeignKey(Round, models.CASCADE, related_name="counties")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    air_rank = models.PositiveSmallIntegerField(validators=_between(1, 1000))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        ordering = ["air_rank", "division__code"]
        constraints = [models.UniqueConstraint(fields=["round", "division"], name="round_county_once")]


class Clearance(models.Model):
    """知情名单: who sees a round before it is released."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="clearances")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    class Meta:
        ordering = ["granted_at"]
        constraints = [models.UniqueConstraint(fields=["round", "officer"], name="round_clearance_once")]
