"""The scope of oversight: the interviewing or inspecting bureau's own until the notice is out, or the team has entered."""

from datetime import date
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from enforcement.oversight.lifecycle import UNTOLD, specials
from regions.scoping import Reach, ScopedQuerySet, reach_of


def _own_and_told(reach: Reach, untold: frozenset[Any]) -> Q:
    """One's own bureau's; those told also the addressed bureau's and of divisions one supervises."""
    own = Q(bureau_id__in=sorted(reach.bureaus))
    told = Q(addressee_id__in=sorted(reach.bureaus)) | Q(division_id__in=sorted(reach.divisions))
    if reach.whole_province:
        told = Q()
    return own | (told & ~Q(state__in=sorted(untold)))


class InterviewQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        return self.filter(_own_and_told(reach, UNTOLD))


class SpecialQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        return self.filter(_own_and_told(reach, specials.UNTOLD))

    def visible_to(self, officer: Any, on: date | None = None) -> Self:
        """Also of whose team one is a member, whatever bureau one comes from."""
        reach = reach_of(officer, on)
        if reach.empty:
            return self.none()
        member = self.model._meta.get_field("members").related_model.objects.filter(
            inspection=OuterRef("pk"), officer=officer
        )
        return self.filter(_own_and_told(reach, specials.UNTOLD) | Exists(member))
