"""What figures are counted from: one narrow row per responsibility and per finding, and sums of them.

All tables are derived and can be made again (`folding.rebuild`); nothing here is evidence of anything. They hold no
person, no place on a map and no words. Divisions are referred to without a constraint: checking one would lock the
division's row for every event.
"""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from enforcement.findings.models import Finding
from enforcement.issues.models import Issue, Responsibility
from regions.models import Division

#: The month of a cell that holds all months.
ALL_MONTHS = date(1, 1, 1)


class _Counted(models.Model):
    """Abstract: what a figure can be filtered by, and the last moments on record for the row."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    source = models.CharField(max_length=20)
    severity = models.CharField(max_length=12)
    last_occurred_at = models.DateTimeField()
    last_recorded_at = models.DateTimeField()

    class Meta:
        abstract = True


class Tally(_Counted):
    """How one responsibility stands, reduced to what figures ask. Written with every event of its issue.

    `weight` is in ten-thousandths, `closed_on` a Beijing day. `late`: at some event so far its then due date had
    passed with the clock running.
    """

    responsibility = models.OneToOneField(Responsibility, models.PROTECT, primary_key=True, related_name="+")
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="+")
    issued_on = models.DateField()
    weight = models.PositiveSmallIntegerField()
    live = models.BooleanField()
    done = models.BooleanField()
    interim = models.BooleanField()
    returned = models.BooleanField()
    verified = models.BooleanField()
    reworked = models.BooleanField()
    extended = models.BooleanField()
    looked_back = models.BooleanField(db_default=False)
    relapsed = models.BooleanField(db_default=False)
    late = models.BooleanField()
    due_on = models.DateField()
    closed_on = models.DateField(null=True)
    handling_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            # The days of a period that don't fill a month.
            models.Index(fields=["issued_on"], name="tally_issued"),
            # What isn't due yet: the only rows whose part in a figure changes from day to day.
            models.Index(fields=["due_on"], name="tally_waiting", condition=Q(live=True)),
            # Whether, and what, moved after a cut-off.
            models.Index(fields=["last_occurred_at"], name="tally_moved"),
        ]


class Clue(_Counted):
    """One finding, reduced likewise. `day` is the Beijing day it was found; `counted`: it was submitted.

    `division` is where it lies, or that of the bureau it was put before when it lies outside the province.
    """

    finding = models.OneToOneField(Finding, models.PROTECT, primary_key=True, related_name="+")
    day = models.DateField()
    counted = models.BooleanField()
    # The first event that made it count. `irregular`: it went back to be a draft since, or something filed late says it
    # counted earlier; then a past cut-off reads the events.
    submitted_occurred_at = models.DateTimeField(null=True)
    submitted_recorded_at = models.DateTimeField(null=True)
    irregular = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes: ClassVar = [
            # With all that is asked of the days at a period's edges: the rows themselves lie scattered.
            models.Index(
                fields=["day"], include=["counted", "source", "severity", "division"], name="clue_day_covering"
            ),
            models.Index(fields=["last_occurred_at"], name="clue_moved"),
        ]


class _Measured(models.Model):
    """Abstract: sums of `rules.SETTLED`, in ten-thousandths, of rows that share month and handling days (-1: none)."""

    month = models.DateField()
    source = models.CharField(max_length=20)
    severity = models.CharField(max_length=12)
    days = models.SmallIntegerField()
    gross = models.BigIntegerField()
    returned = models.BigIntegerField()
    issued = models.BigIntegerField()
    closed = models.BigIntegerField()
    interim_closed = models.BigIntegerField()
    verified = models.BigIntegerField()
    reworked = models.BigIntegerField()
    extended = models.BigIntegerField()
    on_time = models.BigIntegerField()
    late = models.BigIntegerField()
    never_late = models.BigIntegerField()
    handled = models.BigIntegerField()
    findings = models.BigIntegerField()
    looked_back = models.BigIntegerField(db_default=0)
    relapsed = models.BigIntegerField(db_default=0)

    class Meta:
        abstract = True


class Delta(_Measured):
    """A change of the sums not yet folded into the cells. Inserted only, so that writers never wait for each other."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False, db_constraint=False)


class Cell(_Measured):
    """A sum over a division's whole subtree (`node`). Empty source or severity, and ALL_MONTHS, stand for all."""

    node = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "source", "severity", "month", "days"], name="cell_once")
        ]


class Fold(models.Model):
    """One row: the division tree the cells were summed under, and when they last took in what had changed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tree = models.CharField(max_length=64)
    folded_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_fold")]
