"""What was drawn: each team's county, what it is lent from the pool, and each target's team."""

import uuid

from django.db import models

from enforcement.crossregion.models.rounds import Round
from enforcement.crossregion.models.teams import Team
from regions.models import Division, Site


class Assignment(models.Model):
    """A team goes to a county."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="assignments")
    team = models.OneToOneField(Team, models.PROTECT, related_name="assignment")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["division__code", "team__name"]


class EarlierPlace(models.Model):
    """Where a team was until a day, and was moved from, while the round was under way."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="earlier")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    until = models.DateField()

    class Meta:
        ordering = ["team", "until"]


class Target(models.Model):
    """A site drawn for its county, in the order of the draw, and the team that inspects it (null: nobody can)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="targets")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    team = models.ForeignKey(Team, models.PROTECT, null=True, related_name="targets")

    class Meta:
        ordering = ["division__code", "place"]
        constraints = [models.UniqueConstraint(fields=["round", "site"], name="round_target_once")]


class Loan(models.Model):
    """借用: a piece of the round's pool that goes with a team. Rewritten with the places, by a swap or a move."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="loans")
    team = models.ForeignKey(Team, models.PROTECT, related_name="loans")
    kind = models.CharField(max_length=20, db_collation="C")

    class Meta:
        ordering = ["kind", "team__name"]
        constraints = [models.UniqueConstraint(fields=["team", "kind"], name="round_loan_once")]
