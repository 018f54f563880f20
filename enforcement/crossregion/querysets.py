"""The scope of rounds: before release only the need-to-know list, whatever else an officer may see."""

from typing import Any, Self

from django.db.models import Q

from enforcement.crossregion.lifecycle import SECRET
from regions.models import Officer
from regions.scoping import Reach, ScopedQuerySet, reach_of


class RoundQuerySet(ScopedQuerySet[Any]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Rounds an officer is cleared for; released ones also for their teams, their bureau and the province."""
        reach = reach_of(officer, on)
        if reach.empty or not isinstance(officer, Officer):
            return self.none()
        cleared = Q(pk__in=self.model._meta.get_field("clearances").related_model.objects.filter(
            officer=officer).values("round_id"))  # fmt: skip
        return self.filter(cleared | (Q(pk__in=self._released(officer, reach)) & ~Q(state__in=SECRET)))

    def _released(self, officer: Officer, reach: Reach) -> Any:
        rows = self.model._base_manager.exclude(state__in=SECRET)
        if reach.whole_province:
            return rows.values("pk")
        mine = Q(teams__members__officer=officer) | Q(bureau_id__in=sorted(reach.bureaus))
        return rows.filter(mine).values("pk")


class OfTeamQuerySet(ScopedQuerySet[Any]):
    """Rows of a team in a round: its reports, its clues. A team sees its own; who holds the round sees all."""

    def visible_to(self, officer: Any, on: Any = None) -> Self:
        reach = reach_of(officer, on)
        if reach.empty or not isinstance(officer, Officer):
            return self.none()
        rows = self.exclude(round__state__in=SECRET)
        if reach.whole_province:
            return rows
        team = self.model._meta.get_field("team").related_model
        holders = Q(round__bureau_id__in=sorted(reach.bureaus)) | Q(round__in=self._cleared(officer))
        own = team._base_manager.filter(members__officer=officer).values("pk")
        return rows.filter(holders | Q(team__in=own))

    def _cleared(self, officer: Officer) -> Any:
        clearances = self.model._meta.get_field("round").related_model._meta.get_field("clearances")
        return clearances.related_model.objects.filter(officer=officer).values("round_id")
