"""The finding (线索, 发现): a fact someone observed. It does not change; a correction is a new version."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.findings.lifecycle import State
from enforcement.findings.querysets import FindingQuerySet
from enforcement.issues.models import Issue, Severity, Source
from regions.models import Bureau, Division, PartyRow, Site


class Observation(models.Model):
    """Abstract: what was observed. The finding's row and each of its versions have these same fields.

    Place in WGS-84 degrees. Three times are kept: `occurred_at` (the event), `device_at` (the device's clock when it
    was filed) and `received_at` (the server's); their offset is shown.
    """

    title = models.CharField(_("标题"), max_length=120)
    description = models.TextField(_("情况"), blank=True, max_length=4000)
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices)
    pollution_type = models.CharField(_("污染类型"), max_length=30, blank=True)
    severity = models.CharField(_("严重程度"), max_length=12, choices=Severity.choices, default=Severity.GENERAL)
    lon = models.FloatField(_("经度"))
    lat = models.FloatField(_("纬度"))
    address = models.CharField(_("地址"), max_length=200, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("点位"))
    occurred_at = models.DateTimeField(_("发现时间"))
    device_at = models.DateTimeField(_("设备时间"), null=True, blank=True)
    received_at = models.DateTimeField(_("接收时间"))
    # Question's key -> answer, both text (see `questions`).
    answers = models.JSONField(_("填报问题的回答"), default=dict, db_default={}, blank=True)

    class Meta:
        abstract = True


class Finding(Observation):
    """One observation with its evidence. The id is random: drafts draw on no shared sequence."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    filer = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("填报单位"))
    receiver = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("转办单位"))
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("填报人"))
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Where it lies; null outside the province.
    located_in = models.ForeignKey(Division, models.PROTECT, null=True, related_name="findings")
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, blank=True, related_name="findings")
    # The open issue its filer took it for: a proposal, whoever hands off decides.
    same_as = models.ForeignKey(
        Issue, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("疑似同一问题")
    )
    # A new site stated with it waits to be settled (see `ProposedSite`).
    site_waits = models.BooleanField(default=False, db_default=False)
    synthetic = models.BooleanField(default=False)
    # Two-character pieces of title, address and site name; written by the actions (see `issues.search`).
    bigrams: Any = ArrayField(models.CharField(max_length=2), default=list, db_default=[], editable=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-id"]
        verbose_name = verbose_name_plural = _("线索")
        indexes: ClassVar = [
            models.Index(fields=["-received_at", "-id"], name="finding_newest"),
            models.Index(fields=["state", "-received_at", "-id"], name="finding_state"),
            models.Index(fields=["located_in", "-received_at", "-id"], name="finding_place"),
            GinIndex(fields=["bigrams"], name="finding_bigrams"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__gte=-180, lon__lte=180, lat__gte=-90, lat__lte=90), name="finding_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(issue=None) ^ Q(state__in=[State.PROMOTED, State.JOINED]), name="finding_issue_iff_handed"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("findings:detail", args=[self.pk])

    @property
    def is_clue(self) -> bool:
        """A contractor's unconfirmed finding: a lead, no evidence (domain: 第三方 may not inspect)."""
        return self.filer.is_contractor and self.confirmed_by_id is None


class FindingVersion(Observation):
    """A finding as it stood before a correction."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    superseded_at = models.DateTimeField()
    superseded_by: Any = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["finding", "version"], name="finding_version_once")]


class FindingParty(PartyRow):
    """Which bureau plays which part in a finding."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="parties")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["finding", "bureau", "part"], condition=Q(until=None), name="finding_party_live_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["bureau", "finding"], name="finding_party_door", condition=Q(until=None))
        ]


class FilingDraft(models.Model):
    """What an officer has typed into the filing form so far: words as they stand there, nothing checked.

    One per officer, theirs alone; its words are gone when the finding is filed or they let it go. `filed` is when the form
    last filed had been opened (ms): what it still sends, saved by itself while being submitted, isn't kept any more.
    """

    officer: Any = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    entered = models.JSONField(default=dict)
    saved_at = models.DateTimeField()
    filed = models.BigIntegerField(null=True)
