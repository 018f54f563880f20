"""Which bureaus and sites an officer finds: the directory one hands off, reissues, delegates and files by."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple, Self

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from regions.errors import Invalid
from regions.models import Bureau, BureauKind, Division, Officer, Site
from regions.scoping import Reach, ScopedQuerySet, reach_of
from regions.statements import NUMBERS, Question


class Ways(NamedTuple):
    """From where an officer finds bureaus: primary keys of own bureaus, and of divisions of offices, of those hired by,
    and of those supervised or seconded to."""

    bureaus: frozenset[int] = frozenset()
    offices: frozenset[int] = frozenset()
    hired: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()
    everywhere: bool = False

    @property
    def sets(self) -> dict[str, frozenset[int]]:
        return {"bureaus": self.bureaus, "offices": self.offices, "hired": self.hired, "opened": self.opened}


_MARKS = dict(zip(("bureaus", "offices", "hired", "opened"), NUMBERS, strict=False))
_KEYS = NUMBERS[-1]


def _ways(officer: Any, on: date | None = None) -> Ways | None:
    if not isinstance(officer, Officer) or not officer.is_active:
        return None
    day = on or timezone.localdate()
    bureaus = [posting.bureau for posting in officer.postings_on(day)]
    if any(bureau.division.level == "province" and not bureau.is_contractor for bureau in bureaus):
        return Ways(everywhere=True)
    return Ways(
        frozenset(bureau.pk for bureau in bureaus),
        frozenset(bureau.division_id for bureau in bureaus if not bureau.is_contractor),
        frozenset(bureau.division_id for bureau in bureaus if bureau.is_contractor),
        reach_of(officer, day).divisions,
    )


class BureauQuerySet(ScopedQuerySet[Bureau]):
    def visible_to(self, officer: Any, on: Any = None) -> Self:
        """Bureaus of the officer's own divisions, those above and below, and of those supervised or seconded to.

        People of a contractor find their company and the departments of its division and above. The three
        administrators find bureaus too: they are reference data, not business.
        """
        found = _ways(officer, on)
        return self.none() if found is None else self.along(found)

    def along(self, ways: "Ways") -> Self:
        if ways.everywhere:
            return self
        doors = Q(pk__in=ways.bureaus)
        if ways.offices or ways.opened:
            near = _above(ways.offices) | Q(parent__in=ways.offices) | Q(pk__in=ways.opened)
            doors |= Q(division__in=Division.objects.filter(near).values("pk"))
        if ways.hired:
            above = Division.objects.filter(_above(ways.hired)).values("pk")
            doors |= Q(division__in=above, kind=BureauKind.DEPARTMENT)
        return self.filter(doors)

    def in_office(self) -> Self:
        return self.filter(ended_on=None)


def _above(own: frozenset[int]) -> Q:
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


def site_for(officer: Any, pk: int | None, field: str = "site") -> Site | None:
    """The site of that key, None for none. Raises Invalid for `field` when it isn't one this officer may choose."""
    if pk is None:
        return None
    found = sites_for(officer).filter(pk=pk).first()
    if found is None:
        raise Invalid(_("没有这个点位，请从点位列表中选择。"), field=field)
    return found


def site_named(officer: Any, text: str) -> list[Site]:
    """Sites of this very name, permit number or USCC among those the officer may choose; several share a name at times."""
    text = unicodedata.normalize("NFKC", text).replace("\x00", "").strip()
    if not text:
        return []
    named = sites_for(officer).filter(Q(name=text) | Q(permit_no=text) | Q(uscc=text))
    return list(named.select_related("division")[:5])


def bureaus_named(officer: Any, keys: Iterable[int]) -> dict[int, Bureau]:
    """Those of `bureaus_for` with these keys, with their divisions. One statement."""
    ways = _ways(officer)
    if ways is None:
        return {}
    marked = {name: frozenset({_MARKS[name]} if own else ()) for name, own in ways.sets.items()}
    values = {name: sorted(own) for name, own in ways.sets.items()}
    rows = _named(Ways(**marked, everywhere=ways.everywhere)).ask(keys=sorted(keys), **values)
    return {bureau.pk: bureau for bureau in rows}


@cache
def _named(ways: Ways) -> Question[Bureau]:
    rows = BureauQuerySet(Bureau).along(ways).in_office().filter(pk__in=[_KEYS]).select_related("division")
    return Question(rows.order_by(), {_KEYS: "keys", **{mark: name for name, mark in _MARKS.items()}})


def bureau_for(officer: Any, pk: int, field: str) -> Bureau:
    """The bureau of that key, with its division. Raises Invalid for `field` when it isn't one this officer finds."""
    found = bureaus_named(officer, [pk]).get(pk)
    if found is None:
        raise Invalid(_("没有这个单位，请从单位列表中选择。"), field=field)
    return found


def default_receiver(bureau: Bureau) -> Bureau:
    """The department a bureau's findings go to: itself, or for a team or contractor the one above or its division's."""
    if bureau.kind == BureauKind.DEPARTMENT:
        return bureau
    if bureau.parent is not None:
        return default_receiver(bureau.parent)
    return Bureau.objects.filter(division=bureau.division, answers_for_division=True).first() or bureau
