"""The handoff letter (转办单): the office's words in versions, and where each letter was sent and who received it."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.models import Bureau
from regions.scoping import Reach, ScopedQuerySet

from .documents import Handoff


class LetterTemplateQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """A bureau's own, and the one every office begins with."""
        return self.filter(Q(bureau=None) | Q(bureau_id__in=sorted(reach.bureaus)))


class LetterTemplate(models.Model):
    """One version of an office's letter; `bureau` null is the one every office begins with.

    Never rewritten (the database refuses). A letter is set in the version that was in force when its document was
    issued, so that a letter printed again is the same letter. Places in braces are filled in: see `letters.PLACES`.
    """

    bureau = models.ForeignKey(Bureau, models.PROTECT, null=True, related_name="+", verbose_name=_("转办单位"))
    version = models.PositiveIntegerField(_("版本"))
    heading = models.CharField(_("标题"), max_length=60)
    opening = models.TextField(_("正文开头"), max_length=2000)
    item = models.TextField(_("每项说明"), max_length=1000, blank=True)
    closing = models.TextField(_("正文结尾"), max_length=2000, blank=True)
    valid_from = models.DateField(_("生效日期"))
    basis = models.CharField(_("依据"), max_length=200)
    published_at = models.DateTimeField(_("发布时间"))
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = LetterTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["bureau", "-version"]
        verbose_name = verbose_name_plural = _("转办单模板")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bureau", "version"], nulls_distinct=False, name="letter_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.heading} {self.version}"


class DeliveryQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Those of the issuer, of the receiver, and of receivers in supervised divisions."""
        if reach.whole_province:
            return self
        own = sorted(reach.bureaus)
        return self.filter(
            Q(handoff__bureau_id__in=own) | Q(bureau_id__in=own) | Q(bureau__division_id__in=sorted(reach.divisions))
        )


class Delivery(models.Model):
    """送达: the letter of a document sent to one of its bureaus, once; its receipt says who, when and how.

    The receipt of a letter is not the acknowledgement (签收) of an item: that is the bureau's act on the issue.
    """

    class Channel(models.TextChoices):
        SYSTEM = "system", _("本系统")
        NETWORK = "network", _("政务专网")
        FAX = "fax", _("传真")
        POST = "post", _("邮寄")
        HAND = "hand", _("当面送达")

    handoff = models.ForeignKey(Handoff, models.PROTECT, related_name="deliveries")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+", verbose_name=_("收件单位"))
    channel = models.CharField(_("送达方式"), max_length=10, choices=Channel.choices)
    sent_at = models.DateTimeField(_("送达时间"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    received_at = models.DateTimeField(_("回执时间"), null=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    received_through = models.CharField(_("回执方式"), max_length=10, choices=Channel.choices, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["sent_at", "pk"]
        verbose_name = verbose_name_plural = _("送达")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["handoff", "bureau"], name="letter_sent_once"),
            models.CheckConstraint(
                condition=Q(received_at=None, received_by=None, received_through="")
                | Q(received_at__isnull=False, received_by__isnull=False, received_at__gte=F("sent_at")),
                name="letter_receipt_whole",
            ),
        ]
