"""The scope of campaigns and visits. An unannounced visit that hasn't begun is known to its people alone."""

from typing import Any, Self

from django.db.models import Q

from enforcement.inspections.lifecycle import DRAW_SECRET, UNBEGUN, CampaignState, State
from regions.models import Bureau, Officer
from regions.scoping import Reach, ScopedQuerySet, reach_of


class CampaignQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """One's own bureau's; begun ones of one's own division or one above it, and of divisions one supervises."""
        own = Q(bureau_id__in=sorted(reach.bureaus))
        homes = Bureau.objects.filter(pk__in=sorted(reach.bureaus))
        over = (
            Q(division__in=homes.values("division"))
            | Q(division__in=homes.values("division__parent"))
            | Q(division__in=homes.values("division__parent__parent"))
            | Q(division_id__in=sorted(reach.divisions))
        )
        return self.filter(own | (over & ~Q(state__in=[CampaignState.DRAFT, CampaignState.VOID])))


class VisitQuerySet(ScopedQuerySet[Any]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Visits of one's own bureaus, of divisions one supervises or is lent to, handed over to one's bureaus.

        An unannounced one before it begins: its planner's, its approver's and its team's, whatever else one may see.
        """
        reach = reach_of(officer, on)
        if reach.empty or not isinstance(officer, Officer):
            return self.none()
        members = self.model._meta.get_field("officers").related_model.objects.filter(officer=officer)
        posted = Q(bureau_id__in=sorted(reach.bureaus))
        mine = (posted & (Q(planner=officer) | Q(approver=officer))) | Q(pk__in=members.values("visit_id"))
        doors = posted | Q(receiver_id__in=sorted(reach.bureaus), state__in=[State.HANDED_OVER, State.RECEIVED])
        if reach.whole_province:
            doors = Q()
        elif reach.divisions:
            doors |= Q(division_id__in=sorted(reach.divisions))
        if reach.sites and not reach.whole_province:
            doors |= Q(site_id__in=sorted(reach.sites))
        secret = Q(mode="unannounced", state__in=sorted(UNBEGUN))
        return self.filter(mine | (doors & ~secret))


class ListQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Checklists are everyone's who sees business: they are rules, not findings."""
        return self.all()


class DrawQuerySet(ScopedQuerySet[Any]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Its maker's; once drawn, of those it drew; once revealed, of everyone who sees its campaign."""
        reach = reach_of(officer, on)
        if reach.empty or not isinstance(officer, Officer):
            return self.none()
        lots = self.model._meta.get_field("lots").related_model.objects.filter(team__officer=officer)
        mine = Q(made_by=officer, campaign__bureau_id__in=sorted(reach.bureaus))
        drawn = Q(pk__in=lots.values("draw_id")) & Q(state="drawn")
        campaigns = self.model._meta.get_field("campaign").related_model.objects.visible_to(officer, on)
        told = Q(campaign__in=campaigns) & ~Q(state__in=sorted(DRAW_SECRET))
        return self.filter(mine | drawn | told)


class LotQuerySet(ScopedQuerySet[Any]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Of a draw one may know of: all its lots for its maker and once revealed, one's own for the drawn."""
        draws = self.model._meta.get_field("draw").related_model.objects.visible_to(officer, on)
        if not isinstance(officer, Officer):
            return self.none()
        own = Q(draw__made_by=officer) | ~Q(draw__state__in=sorted(DRAW_SECRET)) | Q(team__officer=officer)
        return self.filter(own, draw__in=draws).distinct()
