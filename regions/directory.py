"""Which bureaus and sites an officer finds: the directory one hands off, reissues, delegates and files by."""

from typing import Any, Self

from django.db.models import Q
from django.utils import timezone

from regions.models import Bureau, BureauKind, Division, Officer, Site
from regions.scoping import Reach, ScopedQuerySet, reach_of


class BureauQuerySet(ScopedQuerySet[Bureau]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Bureaus of the officer's own divisions, those above and below, and of those supervised or seconded to.

        The three administrators find those too: bureaus are reference data, not business.
        """
        if not isinstance(officer, Officer) or not officer.is_active:
            return self.none()
        day = on or timezone.localdate()
        homes = [posting.bureau.division for posting in officer.postings_on(day)]
        opened = reach_of(officer, day).divisions
        if any(home.level == "province" for home in homes):
            return self
        own = {home.pk for home in homes}
        near = Division.objects.filter(
            Q(pk__in=own | opened) | Q(parent__in=own) | Q(children__in=own) | Q(children__children__in=own)
        )
        return self.filter(division__in=near)

    def in_office(self) -> Self:
        return self.filter(ended_on=None)


class SiteQuerySet(ScopedQuerySet[Site]):
    def within(self, reach: Reach) -> Self:
        """Sites in the divisions of one's bureaus and below, in supervised or seconded divisions, and seconded sites.

        A contractor's bureau opens none: what a contractor may visit is named by a secondment.
        """
        if reach.whole_province:
            return self
        homes = Division.objects.filter(
            bureaus__in=Bureau.objects.filter(pk__in=reach.bureaus).exclude(kind=BureauKind.CONTRACTOR)
        )
        below = Q(pk__in=homes) | Q(parent__in=homes) | Q(parent__parent__in=homes)
        return self.filter(
            Q(division__in=Division.objects.filter(below)) | Q(division__in=reach.divisions) | Q(pk__in=reach.sites)
        )


def bureaus_for(officer: Any) -> BureauQuerySet:
    """The bureaus in office this officer may choose among."""
    return BureauQuerySet(Bureau).visible_to(officer).in_office()


def sites_for(officer: Any) -> SiteQuerySet:
    """The sites this officer may choose among."""
    return SiteQuerySet(Site).visible_to(officer)
