"""What people put on record along the way: feedback, verification, extension, escalation. Never rewritten."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from enforcement.issues import lifecycle
from regions.models import Bureau

from .responsibility import Responsibility


class _Record(models.Model):
    responsibility = models.ForeignKey(Responsibility, models.PROTECT, related_name="%(class)ss")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["at", "pk"]


class Feedback(_Record):
    """反馈: the responsible bureau's report on what it found and did."""

    verdict = models.CharField(_("调查结论"), max_length=20, choices=lifecycle.Verdict.choices)
    cause = models.TextField(_("原因"), blank=True, max_length=4000)
    measures = models.TextField(_("整改措施"), max_length=4000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("反馈")


class Verification(_Record):
    """核查: the check by someone who didn't rectify. The database refuses a verifier who wrote the feedback."""

    feedback = models.ForeignKey(Feedback, models.PROTECT, related_name="verifications")
    passed = models.BooleanField(_("通过"))
    opinion = models.TextField(_("意见"), max_length=4000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("核查")


class Extension(_Record):
    """延期: asked before the due date, decided by the issuing bureau."""

    days = models.PositiveSmallIntegerField(_("延期工作日数"))
    reason = models.TextField(_("理由"), max_length=2000)
    granted = models.BooleanField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True, max_length=2000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("延期")
        constraints = [
            models.UniqueConstraint(
                fields=["responsibility"], condition=models.Q(granted=None), name="one_pending_extension"
            )
        ]


class Escalation(_Record):
    """督办: a supervising bureau presses for an answer."""

    reason = models.TextField(_("理由"), max_length=2000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("督办")
