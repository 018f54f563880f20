"""Who goes: teams, their members, who is recused from where, what is set by hand. Rewritten freely in a draft."""

import uuid
from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion.models.rounds import Round
from regions.models import Division, Site


class Earlier(NamedTuple):
    """A county a team was in until a day."""

    place: Division
    until: date


class Team(models.Model):
    """队伍: a leader and members of one city, with the equipment they take along."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="teams")
    name = models.CharField(_("队名"), max_length=40)
    city = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name=_("派出市"))
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("组长"))
    equipment: Any = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("设备"))
    available_since = models.DateField(null=True)
    available_until = models.DateField(null=True)

    class Meta:
        ordering = ["city__code", "name"]
        constraints = [models.UniqueConstraint(fields=["round", "name"], name="round_team_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def moved_from(self) -> list[Earlier]:
        """Where it was before it was moved while the round was under way, in order, as `releasing.teams_of` reads it along."""
        told = getattr(self, "earlier_places", ())
        return [Earlier(Division(**row["place"]), date.fromisoformat(row["until"])) for row in told]


class TeamMember(models.Model):
    """队员. Whether they hold a badge is the register's to say on the day of committing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("人员"))
    skills: Any = ArrayField(models.CharField(max_length=20), default=list, verbose_name=_("专长"))
    # Replaced while the round was under way: their last day with the team.
    left_on = models.DateField(null=True)

    class Meta:
        ordering = ["officer__username"]
        constraints = [models.UniqueConstraint(fields=["team", "officer"], name="team_member_once")]


class Recusal(models.Model):
    """回避: an officer doesn't inspect a division or a site (行政处罚法: party or near kin, interest, other relation)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="recusals")
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+")
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+")
    ground = models.CharField(_("事由"), max_length=100)

    class Meta:
        ordering = ["officer__username"]
        constraints = [
            models.CheckConstraint(
                condition=Q(division=None, site__isnull=False) | Q(division__isnull=False, site=None),
                name="recusal_names_division_or_site",
            )
        ]


class PoolItem(models.Model):
    """机动设备: how many pieces of a kind the round can lend; the draw says to whom."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="pool")
    kind = models.CharField(_("设备"), max_length=20, db_collation="C")
    number = models.PositiveSmallIntegerField(_("数量"))

    class Meta:
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["round", "kind"], name="round_pool_once")]


class Pin(models.Model):
    """指定: set by hand before the draw, with a reason in the timeline."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, models.CASCADE, related_name="pins")
    team = models.OneToOneField(Team, models.CASCADE, related_name="pin")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")


class Wish(models.Model):
    """倾向: a soft preference, never at the cost of travel or a rule."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="wishes")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    weight = models.SmallIntegerField()
