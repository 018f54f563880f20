"""Notices: the rules of reminding, the ledger of what was said, the outbox of what is still to be said."""

import uuid
from typing import ClassVar

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.models import Team
from enforcement.issues.models import Issue, Responsibility
from enforcement.notices.querysets import HeartbeatQuerySet, NoticeQuerySet, ReminderRuleQuerySet
from enforcement.notices.rules import Audience, Deadline, Kind
from enforcement.timeline.models import Event


@pghistory.track(append_only=True)
class ReminderRule(models.Model):
    """How many working days before (negative) or after a deadline whom to tell. Dated, editable reference data."""

    kind = models.CharField(_("类别"), max_length=10, choices=Kind.choices)
    deadline = models.CharField(_("期限"), max_length=10, choices=Deadline.choices)
    offset_days = models.SmallIntegerField(_("工作日"), help_text=_("负数为到期前，0为到期当日，正数为超期后"))
    audience = models.CharField(_("对象"), max_length=10, choices=Audience.choices)
    valid_from = models.DateField(_("生效日期"))
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200)

    objects = ReminderRuleQuerySet.as_manager()

    class Meta:
        ordering = ["deadline", "offset_days", "audience"]
        verbose_name = verbose_name_plural = _("提醒规则")
        constraints = [
            models.UniqueConstraint(
                fields=["deadline", "offset_days", "audience"], condition=Q(valid_to=None), name="reminder_rule_once"
            ),
            models.CheckConstraint(
                condition=Q(offset_days__gte=-60, offset_days__lte=60), name="reminder_rule_within_a_season"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="reminder_rule_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_deadline_display()} {self.offset_days:+d} {self.get_audience_display()}"


class Reminder(models.Model):
    """The ledger: one row for each (responsibility, deadline, offset, audience, due date) that was swept, for ever.

    Written in the transaction of its notices. The database refuses to change or remove it, so that no restart, lost
    message, second scheduler or clock set back says a thing twice. A moved due date is another row.

    Here and in `Notice`, keys of issues, responsibilities and recipients carry no foreign key in the database: those rows
    are read by the very sweep that writes these, nothing ever deletes them, and checking each key again would take the
    sweep longer than all its work.
    """

    deadline = models.CharField(max_length=10, db_collation="C")
    due_on = models.DateField()
    offset_days = models.SmallIntegerField()
    audience = models.CharField(max_length=10, db_collation="C")
    responsibility = models.ForeignKey(
        Responsibility, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            # In the order the sweep asks: all of one window, by responsibility.
            models.UniqueConstraint(
                fields=["deadline", "due_on", "offset_days", "audience", "responsibility"], name="reminder_once"
            )
        ]


class DutyReminder(models.Model):
    """The ledger of what is owed outside of issues: one row for each (duty, deadline, offset, audience, due date), for ever.

    `duty` is the key of the row that owes it (`enforcement.timeline.duties`). As fixed as `Reminder`.
    """

    duty = models.UUIDField()
    deadline = models.CharField(max_length=10, db_collation="C")
    due_on = models.DateField()
    offset_days = models.SmallIntegerField()
    audience = models.CharField(max_length=10, db_collation="C")
    marked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["duty", "deadline", "due_on", "offset_days", "audience"], name="duty_reminder_once"
            )
        ]


class Outbox(models.Model):
    """An event somebody has to hear of, written by the transaction of the event and kept until it was told.

    Claimed by the row's lock (SKIP LOCKED); telling and marking are one transaction, so it is told once.
    """

    event = models.OneToOneField(Event, models.PROTECT, related_name="+")
    # None for an event of another subject.
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, related_name="+", db_index=False)
    handled_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # After a failure: not before then; None once it was given up, for a person to look at.
    next_try_at = models.DateTimeField(null=True, db_default=Now())

    class Meta:
        indexes: ClassVar = [
            # Read by the outbox sweep; what was told is none of its business.
            models.Index(fields=["next_try_at", "id"], name="outbox_waiting", condition=Q(handled_at=None)),
        ]


class Delivery(models.Model):
    """One letter to one officer over one channel, holding the notices that arose together.

    The call outside runs without a lock: a lease is claimed, the letter goes out under `key` (its Message-ID), then
    the row is marked. At least once: whoever is killed between sending and marking sends the same letter again, under
    the same key.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("邮件")

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())
    # The worker that claimed it has until then; a failed letter rests until then.
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("发送")
        indexes: ClassVar = [
            # Read by the letter sweep.
            models.Index(fields=["id"], name="delivery_waiting", condition=Q(sent_at=None, parked_at=None)),
        ]


class Notice(models.Model):
    """A line in an officer's inbox: of a reminder, or of an event of an issue, a special inspection or a round under way; of
    a team's report that is due, or of what is owed elsewhere (`enforcement.timeline.duties`).

    It keeps codes and dates only; words and title are the issue's and are shown while the officer may see it. The two
    unique constraints are the ledger's last word: one line per person and reminder, one per person and event.
    """

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    issue = models.ForeignKey(Issue, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False)
    # Of a team instead: an event, or its report of the day `due_on`, so many minutes before (negative) or after its due time.
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="+", db_index=False)
    offset_minutes = models.SmallIntegerField(null=True)
    # Or of another subject of the timeline: what it is, and the row of it that owes something by a day.
    subject_type = models.CharField(max_length=30, blank=True, db_default="", db_collation="C")
    subject = models.UUIDField(null=True)
    duty = models.UUIDField(null=True)
    responsibility = models.ForeignKey(
        Responsibility, models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    # A kind of reminder (due_soon, due_today, overdue, escalation) or of event; templates/notices/<kind>.txt words it.
    kind = models.CharField(max_length=30, db_collation="C")
    deadline = models.CharField(max_length=10, choices=Deadline.choices, blank=True, db_collation="C")
    offset_days = models.SmallIntegerField(null=True)
    due_on = models.DateField(null=True)
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+", db_index=False)
    facts = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)
    delivery = models.ForeignKey(Delivery, models.PROTECT, null=True, related_name="notices", db_index=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = _("提醒")
        constraints = [
            models.UniqueConstraint(
                fields=["responsibility", "deadline", "offset_days", "due_on", "recipient"],
                condition=Q(event=None),
                name="reminded_once",
            ),
            models.UniqueConstraint(
                fields=["team", "due_on", "offset_minutes", "recipient"],
                condition=Q(team__isnull=False),
                name="report_reminded_once",
            ),
            models.UniqueConstraint(fields=["event", "recipient"], condition=Q(event__isnull=False), name="told_once"),
            models.UniqueConstraint(
                fields=["duty", "deadline", "offset_days", "due_on", "recipient"],
                condition=Q(duty__isnull=False),
                name="reminded_of_duty_once",
            ),
            models.CheckConstraint(
                condition=Q(issue__isnull=False, team=None, subject=None, duty=None)
                | Q(issue=None, team__isnull=False, subject=None, duty=None)
                | Q(issue=None, team=None, subject__isnull=False)
                & (Q(duty__isnull=False) | Q(event__isnull=False))
                & ~Q(subject_type=""),
                name="notice_of_one_thing",
            ),
        ]
        indexes: ClassVar = [
            # The inbox, newest first, and how many are unread.
            models.Index(fields=["recipient", "-id"], name="notice_inbox"),
            models.Index(fields=["recipient", "-id"], name="notice_unread", condition=Q(read_at=None)),
            models.Index(fields=["delivery"], name="notice_delivery", condition=Q(delivery__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.issue_id or self.subject} → {self.recipient_id}"


class Heartbeat(models.Model):
    """When a part of the machinery was last seen at work, by the database's clock. `day`: how far the sweep has come."""

    class Part(models.TextChoices):
        WORKER = "worker"
        BEAT = "beat"
        ROUND_TRIP = "round_trip"
        SWEEP = "sweep"

    part = models.CharField(max_length=12, choices=Part.choices, primary_key=True, db_collation="C")
    seen_at = models.DateTimeField(db_default=Now())
    day = models.DateField(null=True)

    objects = HeartbeatQuerySet.as_manager()
