"""`visible_to(officer)`: the one door to rows. It fails closed.

Party rows come first: an officer sees what the bureaus they are posted to play a part in. The division tree opens
rows to supervising roles only, and a secondment to one division or site until its last day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.utils import timezone

from regions.models.officers import Officer, Posting
from regions.roles import TABLE, Role, Sight
from regions.statements import NUMBERS, Question, planned

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one officer sees on one day. Division and bureau members are primary keys."""

    bureaus: frozenset[int] = frozenset()
    divisions: frozenset[int] = frozenset()
    sites: frozenset[int] = frozenset()
    # Every division of the home province: lists may then leave the division filter out.
    whole_province: bool = False
    # Divisions a coordinator or supervisor may ask statistics of; secondments don't open statistics.
    supervised: frozenset[int] = frozenset()
    # Of a reach made of marks: the mark among the bureaus stands for several.
    of_several: bool = False

    @property
    def empty(self) -> bool:
        return not (self.bureaus or self.divisions or self.sites)

    def marked(self) -> "Reach":
        """A reach of this shape made of marks, to build the question that every reach of the shape asks (`Question`)."""
        own = zip((self.bureaus, self.divisions, self.sites), REACH_MARKS, strict=True)
        bureaus, divisions, sites = (frozenset({mark} if some else ()) for some, mark in own)
        return Reach(bureaus, divisions, sites, self.whole_province, of_several=len(self.bureaus) > 1)

    @property
    def only_bureau(self) -> int | None:
        """The one bureau that is all there is to this reach, if it is one."""
        if self.whole_province or self.divisions or self.sites or self.of_several or len(self.bureaus) != 1:
            return None
        return next(iter(self.bureaus))

    def values(self) -> dict[str, list[int]]:
        """What the marks stand for."""
        return {"bureaus": sorted(self.bureaus), "divisions": sorted(self.divisions), "sites": sorted(self.sites)}


NOTHING = Reach()
REACH_MARKS = dict(zip(NUMBERS, ("bureaus", "divisions", "sites"), strict=False))


def reach_of(officer: Officer | AnonymousUser | None, on: date | None = None) -> Reach:
    """The reach of an officer on a Beijing day (today by default); nothing for strangers and the disabled."""
    if not isinstance(officer, Officer) or not officer.is_active:
        return NOTHING
    kept: Reach | None = officer.__dict__.get("_kept_reach")
    if kept is not None:
        return kept
    day = on or timezone.localdate()
    cache: dict[date, Reach] = officer.__dict__.setdefault("_reach", {})
    if day not in cache:
        cache[day] = _reach(officer, day)
    return cache[day]


def keep_reach(officer: Officer, reach: Reach) -> None:
    """From here on this one object of an officer sees with the reach given, as it was kept when they asked for work.

    For a worker that goes on with what somebody asked; rows they have come to see since stay out.
    """
    officer.__dict__["_kept_reach"] = reach


def _reach(officer: Officer, day: date) -> Reach:
    bureaus: set[int] = set()
    over: list[Posting] = []
    for posting in officer.postings_on(day):
        sight = TABLE[Role(posting.role)].sight
        if sight is not Sight.NOTHING:
            bureaus.add(posting.bureau_id)
        if sight is Sight.TREE:
            over.append(posting)
    # A secondment widens what a posting opens; alone it opens nothing.
    secondments = officer.secondments_on(day) if bureaus else []
    own = {posting.bureau.division_id for posting in over if posting.below is None}
    lent = {s.division_id for s in secondments if s.division_id and s.below is None}
    tree = _tree(own | lent)
    told = {pk for p in over if p.below is not None for pk in (p.bureau.division_id, *p.below)}
    supervised = _below(own, tree) | told
    known = {pk for s in secondments if s.division_id and s.below is not None for pk in (s.division_id, *s.below)}
    return Reach(
        bureaus=frozenset(bureaus),
        divisions=supervised | _below(lent, tree) | known,
        sites=frozenset(s.site_id for s in secondments if s.site_id),
        whole_province=any(posting.bureau.division.level == "province" for posting in over),
        supervised=supervised,
    )


_UNDER = """
SELECT d.id, d.parent_id, p.parent_id FROM regions_division d JOIN regions_division p ON p.id = d.parent_id
WHERE d.parent_id = ANY(%(roots)s) OR p.parent_id = ANY(%(roots)s)
"""


def _tree(roots: set[int]) -> dict[int, tuple[int | None, int | None]]:
    """The divisions under some roots, each with its parent and grandparent. One statement, none without roots."""
    if not roots:
        return {}
    with planned() as cursor:
        cursor.execute(_UNDER, {"roots": sorted(roots)})
        return {pk: (parent, above) for pk, parent, above in cursor.fetchall()}


def _below(roots: set[int], tree: dict[int, tuple[int | None, int | None]]) -> frozenset[int]:
    """The divisions under the given ones, themselves included; ended divisions stay with their last parent."""
    if not roots:
        return frozenset()
    return frozenset(roots | {pk for pk, above in tree.items() if roots.intersection(above)})


class ScopedQuerySet(models.QuerySet[M]):
    """Base of every queryset whose rows belong to somebody. A subclass says what `within` a reach means."""

    #: Fields that have a copy in a joined row, by whose index pages are walked (`keyset`): field -> path of the copy.
    walked_by: Mapping[str, str] = {}
    #: Pages gather the rows first and put them in order then, instead of walking the order's index until they are met.
    gathered = False
    #: What an index of words finds, of which the rows are some. Few are gathered; among many the order's index meets
    #: them soon. Which it is the database sees when asked: it can't tell a word nothing has from a common one before.
    candidates: "models.QuerySet[Any, Any] | None" = None

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.walked_by, clone.gathered, clone.candidates = self.walked_by, self.gathered, self.candidates
        return clone

    def visible_to(self, officer: Any, on: date | None = None) -> Self:
        """Rows this officer may see on a day; none for strangers, the disabled and the three administrators."""
        reach = reach_of(officer, on)
        return self.none() if reach.empty else self.within(reach)

    def sole(self) -> M | None:
        """The one row asked for by its key, or None. `first` would put rows in order, which costs more than the rest."""
        return next(iter(self.order_by()[:1]), None)

    def within(self, reach: Reach) -> Self:
        """Fails closed: a queryset that doesn't say is empty."""
        return self.none()


def asked(question: Callable[[Reach | None], Question[M]], seen_by: Officer | None, **values: Any) -> list[M]:
    """The rows a kept question finds among what an officer may see (all, if nobody is named).

    `question` gives the one of a shape of reach, built through `within`: the same door, kept open.
    """
    if seen_by is None:
        return question(None).ask(**values)
    reach = reach_of(seen_by)
    return [] if reach.empty else question(reach.marked()).ask(**values, **reach.values())
