"""Supervision (督办): a supervising bureau presses for an answer, by a numbered letter; listed ones name a leader."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.issues import lifecycle

from .records import _Record


class Escalation(_Record):
    """督办: a step of the ladder county, city, province. `listed` (挂牌督办) is public and names the leader who answers.

    `number` is that of its urging letter (督办函). A listing ends by an act of its own, with a reason.
    """

    reason = models.TextField(_("理由"), max_length=2000)
    level = models.CharField(
        _("督办层级"), max_length=10, choices=lifecycle.Rung.choices, blank=True, default="", db_default=""
    )
    listed = models.BooleanField(_("挂牌督办"), default=False, db_default=False)
    leader = models.CharField(_("挂牌领导"), max_length=60, blank=True, default="", db_default="")
    number = models.CharField(_("文号"), max_length=60, blank=True, default="", db_default="")
    reply_by = models.DateField(_("回复期限"), null=True)
    # Lifted by the level that pressed; ending a listing lifts it too.
    lifted_at = models.DateTimeField(null=True)
    lifted_why = models.TextField(blank=True, max_length=2000, db_default="")
    unlisted_at = models.DateTimeField(null=True)
    unlisted_why = models.TextField(blank=True, max_length=2000, db_default="")

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("督办")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="urging_number_once"),
            models.UniqueConstraint(
                fields=["responsibility"], condition=Q(listed=True, unlisted_at=None), name="one_listing_at_a_time"
            ),
            models.CheckConstraint(condition=Q(listed=False) | ~Q(leader=""), name="a_listing_names_its_leader"),
            models.CheckConstraint(
                condition=Q(unlisted_at=None) | Q(lifted_at__isnull=False), name="a_listing_ended_is_lifted"
            ),
        ]


class Reply(_Record):
    """The responsible bureau's answer to an escalation."""

    escalation = models.ForeignKey(Escalation, models.PROTECT, related_name="replies")
    text = models.TextField(_("回复"), max_length=4000)

    class Meta(_Record.Meta):
        verbose_name = verbose_name_plural = _("督办回复")
