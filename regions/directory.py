"""Which bureaus and sites an officer finds: the directory one hands off, reissues, delegates and files by."""

from typing import Any, Self

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from regions.errors import Invalid
from regions.models import Bureau, BureauKind, Division, Officer, Site
from regions.scoping import Reach, ScopedQuerySet, reach_of


class BureauQuerySet(ScopedQuerySet[Bureau]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Bureaus of the officer's own divisions, those above and below, and of those supervised or seconded to.

        People of a contractor find their company and the departments of its division and above. The three
        administrators find bureaus too: they are reference data, not business.
        """
        if not isinstance(officer, Officer) or not officer.is_active:
            return self.none()
        day = on or timezone.localdate()
        bureaus = [posting.bureau for posting in officer.postings_on(day)]
        offices = {bureau.division_id for bureau in bureaus if not bureau.is_contractor}
        hired = {bureau.division_id for bureau in bureaus if bureau.is_contractor}
        if any(bureau.division.level == "province" and not bureau.is_contractor for bureau in bureaus):
            return self
        opened = reach_of(officer, day).divisions
        doors = Q(pk__in={bureau.pk for bureau in bureaus})
        if offices or opened:
            near = _above(offices) | Q(parent__in=offices) | Q(pk__in=opened)
            doors |= Q(division__in=Division.objects.filter(near).values("pk"))
        if hired:
            above = Division.objects.filter(_above(hired)).values("pk")
            doors |= Q(division__in=above, kind=BureauKind.DEPARTMENT)
        return self.filter(doors)

    def in_office(self) -> Self:
        return self.filter(ended_on=None)


def _above(own: set[int]) -> Q:
    """Divisions and those they lie in."""
    return Q(pk__in=own) | Q(children__in=own) | Q(children__children__in=own)


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


def bureau_for(officer: Any, pk: int, field: str) -> Bureau:
    """The bureau of that key, with its division. Raises Invalid for `field` when it isn't one this officer finds."""
    found = bureaus_for(officer).select_related("division").filter(pk=pk).first()
    if found is None:
        raise Invalid(_("没有这个单位，请从单位列表中选择。"), field=field)
    return found
