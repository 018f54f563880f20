"""How issues hang together: one merged into another, one split into several. A link is never rewritten, only voided.

Where two bureaus issued them, a merge stands on an offer of the one that the other took.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from enforcement.issues.querysets import MergeOfferQuerySet
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


class MergeOffer(models.Model):
    """合并征询: a bureau that issued one of two duplicates asks the one that issued the other whether `issue` may end in

    `into`. Answered once, by a dispatcher of `asked`; taken back by one of `bureau`. It lapses, by the database itself, as
    soon as one of the two is no longer in a state to be joined; `told_at` is when the timelines told of that.
    """

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        TAKEN = "taken", _("已同意")
        DECLINED = "declined", _("不同意")
        WITHDRAWN = "withdrawn", _("已撤回")
        LAPSED = "lapsed", _("已失效")

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="merge_offers", verbose_name=_("并入的问题"))
    into = models.ForeignKey(Issue, models.PROTECT, related_name="merge_offers_in", verbose_name=_("保留的问题"))
    reason = models.TextField(_("理由"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("征询单位"))
    asked = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("被征询单位"))
    at = models.DateTimeField()
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_why = models.TextField(blank=True, max_length=2000)
    told_at = models.DateTimeField(null=True)

    objects = MergeOfferQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("合并征询")
        ordering: ClassVar = ["-at", "-pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["issue"], condition=Q(state="open"), name="one_open_merge_offer"),
            models.CheckConstraint(condition=~Q(issue=F("into")), name="offered_into_another"),
            models.CheckConstraint(condition=~Q(bureau=F("asked")), name="offered_to_another_bureau"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(ended_at__isnull=False), name="an_offer_ended_says_when"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "lapsed"]) | Q(ended_by__isnull=False), name="an_answer_has_a_name"
            ),
            models.CheckConstraint(
                condition=~Q(state="taken") | ~Q(ended_by=F("by")), name="an_offer_is_taken_by_another"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["declined", "withdrawn"]) | ~Q(ended_why=""), name="a_refusal_has_a_reason"
            ),
        ]
        indexes: ClassVar = [
            # Read by the workbench of who is asked, and by the trigger that lets offers lapse.
            models.Index(fields=["asked"], name="merge_offer_waiting", condition=Q(state="open")),
            models.Index(fields=["into"], name="merge_offer_open_into", condition=Q(state="open")),
            # Read by `merge_offers.tell_lapsed`.
            models.Index(fields=["id"], name="merge_offer_untold", condition=Q(state="lapsed", told_at=None)),
        ]

    @property
    def open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def link(self) -> "Merge | None":
        """The merge it led to. A statement unless the rows came with it."""
        return getattr(self, "merge", None)

    def get_absolute_url(self) -> str:
        return reverse("issues:merge_offer", args=[self.pk])


class Merge(_Link):
    """合并: a duplicate joined to the issue that goes on. `into` took over the earlier dates, and the lateness, of `issue`.

    `kept`: for each part of both, by key, the dates it had. `offer`: the one that was taken, where two bureaus issued them.
    """

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="merges")
    into = models.ForeignKey(Issue, models.PROTECT, related_name="merged_in")
    offer = models.OneToOneField(MergeOffer, models.PROTECT, null=True, related_name="merge")

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
