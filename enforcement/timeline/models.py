"""The timeline: what happened to a subject, in order, for ever."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that happened to one subject. The database refuses UPDATE, DELETE and TRUNCATE.

    `payload` holds plain facts (codes, dates, ids); names and words of persons are referenced by `person` ids and by
    `PersonalText` so that they can be erased without breaking a chain. `hash` covers `previous` and the canonical
    bytes of the row in the layout named by `layout`, under the algorithm named by `algorithm`.
    """

    subject_type = models.CharField(max_length=20, db_collation="C")
    subject_id = models.CharField(max_length=40, db_collation="C")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=40, db_collation="C")
    # Events are found by their subject and read in the order of recording; by who acted nothing is looked for.
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    bureau = models.ForeignKey("regions.Bureau", models.PROTECT, null=True, related_name="+", db_index=False)
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    layout = models.PositiveSmallIntegerField(default=1)
    algorithm = models.CharField(max_length=10, default="sha256")
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    class Meta:
        ordering = ["subject_type", "subject_id", "seq"]
        verbose_name = verbose_name_plural = _("时间线")
        constraints = [models.UniqueConstraint(fields=["subject_type", "subject_id", "seq"], name="event_in_its_place")]
        indexes: ClassVar = [
            # Read by anchors and by verify_timeline.
            models.Index(fields=["recorded_at"], name="event_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} #{self.seq} {self.kind}"


class PersonalText(models.Model):
    """Words that may hold personal data. An event keeps this id and a salted digest; erasing empties `text`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = models.TextField()
    salt = models.BinaryField(max_length=16)
    erased_at = models.DateTimeField(null=True)


class Attachment(models.Model):
    """Evidence: the bytes live in the evidence store under their SHA-256; this row says whose and when.

    Three times: `captured_at` (the device says), `received_at` (the server saw the first byte kept).
    """

    class Role(models.TextChoices):
        """What a picture or paper is to show."""

        BEFORE = "before", _("整改前")
        AFTER = "after", _("整改后")
        SCENE = "scene", _("现场")
        PAPER = "paper", _("书面材料")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    subject_type = models.CharField(max_length=20, db_collation="C")
    subject_id = models.CharField(max_length=40, db_collation="C")
    role = models.CharField(_("用途"), max_length=10, choices=Role.choices, blank=True, db_collation="C", db_default="")
    label = models.CharField(_("说明"), max_length=20, blank=True)
    name = models.CharField(_("文件名"), max_length=120)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, db_collation="C", db_index=True)
    # Evidence key of the re-encoded small picture; empty for what isn't a picture.
    thumbnail = models.CharField(max_length=64, db_collation="C", blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    captured_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["received_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "sha256"], name="attachment_once_per_subject")
        ]


class Likeness(models.Model):
    """The difference hash of an attached picture, whole and in pieces (see `likeness`). Never rewritten."""

    attachment = models.OneToOneField(Attachment, models.PROTECT, primary_key=True, related_name="likeness")
    dhash = models.CharField(max_length=32, db_collation="C")
    bands = ArrayField(models.IntegerField())

    class Meta:
        indexes: ClassVar = [
            # Read by `likeness.look_alikes`: pictures that share a piece.
            GinIndex(fields=["bands"], name="likeness_bands", fastupdate=False),
        ]


class Anchor(models.Model):
    """The day's digest over every chain head, written outside the database too. `digest` chains to the day before."""

    day = models.DateField(unique=True)
    chains = models.PositiveBigIntegerField()
    events = models.PositiveBigIntegerField()
    last_event = models.PositiveBigIntegerField()
    digest = models.BinaryField(max_length=32)
    # Root of the day's commitments (`pledges`); null for anchors made before there were any.
    commitments = models.BinaryField(max_length=32, null=True)
    made_at = models.DateTimeField()


class Pledge(models.Model):
    """A commitment deposited to be published with the next anchor, and afterwards its place there and its path to the root.

    The key is random and the table is read by nothing but verification: that it holds a row must not show.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    commitment = models.BinaryField(max_length=32, unique=True)
    deposited_at = models.DateTimeField()
    anchor = models.ForeignKey(Anchor, models.PROTECT, null=True, related_name="pledges")
    place = models.PositiveSmallIntegerField(null=True)
    path = ArrayField(models.CharField(max_length=64), default=list)


class Receipt(models.Model):
    """The answer first given to a keyed POST (Idempotency-Key): same key, same body, same answer."""

    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, db_collation="C")
    request_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["officer", "key"], name="receipt_once")]
