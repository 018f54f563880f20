"""The stored squares of a run: what heat maps and the matching of re-drives read instead of every track."""

from typing import ClassVar

from django.db import models

from enforcement.patrols.models.runs import PatrolRun
from regions.models import Division


class PatrolSquare(models.Model):
    """What one run measured in one square of the grid, division and Beijing day (`tracks.grid`). Never changed.

    `values` is {channel key: [median, peak, readings]} in the channel's unit; `division` is null outside the province.
    """

    run = models.ForeignKey(PatrolRun, models.PROTECT, related_name="squares")
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+")
    day = models.DateField()
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    readings = models.PositiveIntegerField()
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["run", "day", "x", "y"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "day", "x", "y", "division"], nulls_distinct=False, name="patrol_square_once"
            )
        ]
        indexes: ClassVar = [
            # A county's heat map of a period.
            models.Index(fields=["division", "day"], name="patrol_square_place"),
            # Which runs passed a stretch of road.
            models.Index(fields=["x", "y"], name="patrol_square_grid"),
        ]
