"""Two tables: an issue and its events."""

from django.db import models


class FloorIssue(models.Model):
    """One row; no scope, no number, no clock."""

    title = models.CharField(max_length=120)
    source = models.CharField(max_length=20)
    severity = models.CharField(max_length=12)
    state = models.CharField(max_length=20, default="issued")
    division = models.CharField(max_length=6)
    lon = models.FloatField()
    lat = models.FloatField()
    due_on = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"
        indexes = [models.Index(fields=["division", "-id"], name="floor_division")]

    def __str__(self) -> str:
        return self.title


class FloorEvent(models.Model):
    """One row per change."""

    issue = models.ForeignKey(FloorIssue, models.CASCADE)
    kind = models.CharField(max_length=20)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.kind
