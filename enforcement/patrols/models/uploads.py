"""A file kept between the trial read and the import, so that nobody uploads it twice."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from enforcement.patrols.models.equipment import Instrument, Vehicle
from enforcement.patrols.models.runs import PatrolRun
from regions.models import Bureau


class TrackUpload(models.Model):
    """One officer's uploaded file and what was stated about it. The bytes lie in the evidence store."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="+")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64, db_collation="C")
    size = models.PositiveIntegerField()
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, null=True, related_name="+")
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, related_name="+")
    crew = models.CharField(max_length=120, blank=True)
    route = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=40)
    coordinate_system = models.CharField(max_length=10)
    mapping = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    run = models.ForeignKey(PatrolRun, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-uploaded_at"]
        indexes: ClassVar = [models.Index(fields=["officer", "-uploaded_at"], name="track_upload_mine")]
