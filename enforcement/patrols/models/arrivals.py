"""A file on its way: it arrives in pieces, over broken connections and reloaded pages, until it is whole."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from enforcement.patrols.models.equipment import Instrument, Vehicle
from enforcement.patrols.models.uploads import TrackUpload
from regions.models import Bureau


class ArrivalQuerySet(models.QuerySet["TrackArrival"]):
    def of(self, officer: models.Model) -> "ArrivalQuerySet":
        """One's own: nobody else sees a file that isn't imported yet."""
        return self.filter(officer=officer)

    def on_their_way(self) -> "ArrivalQuerySet":
        """Neither whole and handed on, nor given up."""
        return self.filter(upload=None, abandoned_at=None)

    def untouched_since(self, moment: datetime) -> "ArrivalQuerySet":
        """Nobody sent a piece of them since, nor of a file of the same drive: what is whole waits for the others."""
        same_drive = self.model.objects.filter(
            officer=OuterRef("officer"), bureau=OuterRef("bureau"), drive=OuterRef("drive"), touched_at__gte=moment
        ).exclude(drive="")
        return self.filter(upload=None, touched_at__lt=moment).exclude(Exists(same_drive))


class TrackArrival(models.Model):
    """One officer's file of `size` bytes, of which the first `received` lie in the evidence store's folder of parts.

    `mark` is what the sender knows the file by (name, size, date), so that the same file goes on where it stopped;
    `chain` the SHA-256 over the chain so far and the SHA-256 of the latest piece, by which both sides know that they
    speak of the same bytes. With `use_remembered` what the bureau remembers of the file's header is filled in when it is
    whole. `drive` is what the sender knows the `drive_files` files of one drive by, empty for a file alone; `sha256` is set
    when such a file is whole and waits for the others. `upload` is what became of it, of a drive's files of all of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    mark = models.CharField(max_length=300, blank=True)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    chain = models.CharField(max_length=64, blank=True, db_collation="C")
    drive = models.CharField(max_length=64, blank=True, db_collation="C")
    drive_files = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64, blank=True, db_collation="C")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    crew = models.CharField(max_length=120, blank=True)
    route = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=40)
    coordinate_system = models.CharField(max_length=10)
    mapping = models.JSONField(default=dict)
    use_remembered = models.BooleanField(default=False)
    begun_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    abandoned_at = models.DateTimeField(null=True)
    upload = models.ForeignKey(
        TrackUpload, models.CASCADE, null=True, related_name="arrivals", related_query_name="arrival"
    )

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        ordering = ["-begun_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received__gte=0) & Q(received__lte=F("size")), name="track_arrival_no_more_than_whole"
            ),
            models.CheckConstraint(
                condition=Q(drive="") ^ Q(drive_files__gte=2), name="track_arrival_drive_of_several"
            ),
            models.CheckConstraint(
                condition=Q(sha256="") | Q(received=F("size")), name="track_arrival_summed_when_whole"
            ),
        ]
        indexes: ClassVar = [
            # What an officer has on the way: quota, and the same file again.
            models.Index(fields=["officer", "-begun_at"], name="track_arrival_mine"),
            # Read by the sweep.
            models.Index(fields=["touched_at"], name="track_arrival_stale", condition=Q(upload=None)),
        ]

    @property
    def size_mb(self) -> float:
        """The whole file in megabytes."""
        return self.size / 1_048_576

    @property
    def received_mb(self) -> float:
        """What arrived of it in megabytes."""
        return self.received / 1_048_576

    @property
    def is_whole(self) -> bool:
        """All of it arrived and was summed; of a drive, it waits for the others."""
        return bool(self.sha256) or self.upload_id is not None

    def __str__(self) -> str:
        return self.name
