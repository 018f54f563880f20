"""The scope of interviews: the interviewing bureau's own until the notice is out."""

from typing import Any, Self

from django.db.models import Q

from enforcement.oversight.lifecycle import UNTOLD
from regions.scoping import Reach, ScopedQuerySet


class InterviewQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """One's own bureau's; noticed ones also the interviewed bureau's and of divisions one supervises."""
        own = Q(bureau_id__in=sorted(reach.bureaus))
        told = Q(addressee_id__in=sorted(reach.bureaus)) | Q(division_id__in=sorted(reach.divisions))
        if reach.whole_province:
            told = Q()
        return self.filter(own | (told & ~Q(state__in=sorted(UNTOLD))))
