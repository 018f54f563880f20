"""The issue (问题): a duty with a clock. Its state and due date derive from its live responsibilities."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.issues import lifecycle
from enforcement.issues.querysets import IssueQuerySet
from regions.models import Bureau, Division, PartyRow, Site


class Source(models.TextChoices):
    PATROL = "patrol", _("走航")
    SPECIAL_INSPECTION = "special_inspection", _("专项督察")
    SPECIAL_CHECK = "special_check", _("专项检查")
    CROSS_ENFORCEMENT = "cross_enforcement", _("交叉执法")
    ONLINE_MONITORING = "online_monitoring", _("在线监测")
    EMERGENCY = "emergency", _("应急检查")


class Severity(models.TextChoices):
    GENERAL = "general", _("一般")
    SERIOUS = "serious", _("较重")
    MAJOR = "major", _("严重")


#: A clock runs; said the same way by `IssueQuerySet.open`, so that the indexes are found.
_OPEN = Q(state__in=sorted(lifecycle.OPEN))


#: Newest first: by the day of first issuing, so that what a ledger brought in stands where it was lived.
NEWEST = ("-issued_on", "-id")


class Issue(models.Model):
    """One problem handed off. `number` (SX-2021-ZH-00557) is allotted at issuing and encodes no county.

    `located_in` is where it lies, `division` which division answers. `state`, `due_on`, `first_due_on`, `provisional`,
    `paused` (no clock runs), `listed` (挂牌督办), `rung` (the highest level that supervises its open parts) and `version` are written by `actions.move` only, with the responsibility they derive from.
    """

    number = models.CharField(_("编号"), max_length=24, unique=True, db_collation="C")
    # Nothing is looked for by it, and an index of what is drawn at random is written to anew on every page of it.
    uuid = models.UUIDField(default=uuid.uuid4, editable=False)
    title = models.CharField(_("标题"), max_length=120)
    description = models.TextField(_("情况"), blank=True, max_length=4000)
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True)
    severity = models.CharField(_("严重程度"), max_length=12, choices=Severity.choices)
    starred = models.BooleanField(_("加星件"), default=False)
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    address = models.CharField(_("地址"), max_length=200, blank=True)
    located_in = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("所在区划"))
    # Division and site have indexes of their own below; by who issued, verifies or is in charge nothing is looked for:
    # every index is written with every change of state.
    division = models.ForeignKey(
        Division, models.PROTECT, related_name="issues", verbose_name=_("责任区划"), db_index=False
    )
    site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="issues", verbose_name=_("点位"), db_index=False
    )
    issuer = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("转办单位"), db_index=False)
    verifier = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("核查单位"), db_index=False)

    state = models.CharField(_("状态"), max_length=20, choices=lifecycle.State.choices)
    first_due_on = models.DateField(_("首次期限"))
    due_on = models.DateField(_("当前期限"))
    # What `first_due_on` was before an earlier one came in with a merged issue; empty where none did.
    own_first_due_on = models.DateField(null=True, blank=True, editable=False)
    provisional = models.BooleanField(_("期限暂定"), default=False)
    paused = models.BooleanField(_("暂停计时"), default=False, db_default=False)
    listed = models.BooleanField(_("挂牌督办"), default=False, db_default=False)
    rung = models.CharField(
        _("督办层级"), max_length=10, choices=lifecycle.Rung.choices, blank=True, default="", db_default=""
    )
    version = models.PositiveIntegerField(default=1)

    issued_at = models.DateTimeField(_("首次转办时间"))
    # The Beijing day of the first issuing: the day a period counts it under.
    issued_on = models.DateField(_("首次转办日期"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    # Brought in from the office's ledger (`ledger_row` says from where); never changes.
    imported = models.BooleanField(_("历史导入"), default=False)
    synthetic = models.BooleanField(default=False)
    # The split it came from, for a child; never changes.
    split = models.ForeignKey(
        "issues.Split", models.PROTECT, null=True, blank=True, related_name="children", db_index=False
    )
    # Bigrams of all it is searched by (actions.searching): two-character words are found by an index without contrib.
    bigrams = ArrayField(models.CharField(max_length=2), default=list, editable=False)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = NEWEST
        verbose_name = verbose_name_plural = _("问题")
        indexes: ClassVar = [
            # Lists newest first, and those under a division scope.
            models.Index(fields=[*NEWEST], name="issue_newest"),
            models.Index(fields=["division", *NEWEST], name="issue_division"),
            models.Index(fields=["state", *NEWEST], name="issue_state"),
            # What is open is a small part of all there ever was: newest first, by due date, by division.
            # The date beside the key: what isn't late is passed over in the index, without a look at its row.
            models.Index(fields=[*NEWEST, "due_on"], name="issue_open", condition=_OPEN),
            # The calendar counts by day, the paused among them, without a look at a row.
            models.Index(fields=["due_on", "id"], name="issue_open_due", include=["paused"], condition=_OPEN),
            models.Index(fields=["division", "due_on"], name="issue_open_division", condition=_OPEN),
            # The board: a state's nearest dates. The map: where they lie and which are late, in the index alone.
            models.Index(fields=["state", "due_on", "id"], name="issue_open_state", condition=_OPEN),
            models.Index(fields=["lon", "lat"], name="issue_open_place", include=["due_on"], condition=_OPEN),
            # All there ever was, by its dates, its place, and what few are by: none would be looked for among a million.
            models.Index(fields=["due_on", "id"], name="issue_due"),
            models.Index(fields=["first_due_on"], name="issue_first_due"),
            models.Index(fields=["lon", "lat"], name="issue_place"),
            models.Index(fields=["source", *NEWEST], name="issue_source"),
            # The few that stand still, and the few that are listed.
            models.Index(fields=[*NEWEST], name="issue_paused", condition=Q(paused=True)),
            models.Index(fields=[*NEWEST], name="issue_listed", condition=Q(listed=True)),
            models.Index(fields=[*NEWEST], name="issue_supervised", condition=~Q(rung="")),
            models.Index(fields=[*NEWEST], name="issue_starred", condition=Q(starred=True)),
            models.Index(fields=[*NEWEST], name="issue_imported", condition=Q(imported=True)),
            models.Index(fields=[*NEWEST], name="issue_provisional", condition=Q(provisional=True)),
            models.Index(fields=[*NEWEST], name="issue_extended", condition=Q(due_on__gt=F("first_due_on"))),
            models.Index(fields=[*NEWEST], name="issue_synthetic", condition=Q(synthetic=True)),
            models.Index(fields=["closed_at"], name="issue_closed", condition=Q(closed_at__isnull=False)),
            models.Index(fields=["site"], name="issue_site"),
            # The children of a split: few of all issues.
            models.Index(fields=["split"], name="issue_of_split", condition=Q(split__isnull=False)),
            GinIndex(fields=["bigrams"], name="issue_bigrams"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__gte=-180, lon__lte=180, lat__gte=-90, lat__lte=90), name="issue_on_earth"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("issues:detail", args=[self.number])


class IssueParty(PartyRow):
    """Which bureau plays which part in an issue. Ended rows open nothing any more."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="parties")
    # The doors below begin with it.
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", db_index=False)
    # Whether a clock of the issue runs; kept by the database, whatever is written here.
    open = models.BooleanField(default=True, db_default=True, editable=False)
    # The day of the issue's first issuing; kept by the database too.
    issued_on = models.DateField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issue", "bureau", "part"], condition=Q(until=None), name="issue_party_live_once"
            )
        ]
        indexes: ClassVar = [
            # The door: a bureau's live issues, newest first. With the part, by which one of several rows is the door, and whether it is open: nothing is read but the index.
            models.Index(
                fields=["bureau", "-issued_on", "-issue"],
                name="issue_party_newest",
                include=["part", "open"],
                condition=Q(until=None),
            ),
            models.Index(
                fields=["bureau", "-issued_on", "-issue"],
                name="issue_party_open",
                include=["part"],
                condition=Q(until=None, open=True),
            ),
        ]
