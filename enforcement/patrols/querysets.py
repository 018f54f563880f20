"""The scope of runs and hot spots: the bureau that drove, and who supervises the counties driven through."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any, Self

from django.db.models import Count, Exists, OuterRef, Q, Subquery

from enforcement.patrols.lifecycle import Fate
from enforcement.timeline.clock import BEIJING
from regions.scoping import Reach, ScopedQuerySet


def begin_of(day: date) -> datetime:
    """The first moment of a Beijing day."""
    return datetime.combine(day, time(), BEIJING)


def end_of(day: date) -> datetime:
    """The first moment that no longer belongs to a Beijing day."""
    return begin_of(day + timedelta(days=1))


def driven_there(since: date | None, until: date | None, divisions: Collection[int] | None) -> Q:
    """Segments of these days and divisions, as a condition; empty for no bounds."""
    conditions = Q()
    if since:
        conditions &= Q(day__gte=since)
    if until:
        conditions &= Q(day__lte=until)
    if divisions is not None:
        conditions &= Q(division_id__in=divisions)
    return conditions


class EquipmentQuerySet(ScopedQuerySet[Any]):
    """Vehicles, instruments, crews: what a bureau has for its patrols."""

    def within(self, reach: Reach) -> Self:
        """What one's bureaus and their contractors have, and bureaus in supervised divisions; secondments open none."""
        if reach.whole_province:
            return self
        doors = Q()
        if reach.bureaus:
            ids = sorted(reach.bureaus)
            doors |= Q(bureau_id__in=ids) | Q(bureau__kind="contractor", bureau__parent_id__in=ids)
        if reach.supervised:
            doors |= Q(bureau__division_id__in=sorted(reach.supervised))
        return self.filter(doors) if doors else self.none()

    def in_use(self) -> Self:
        """Not retired."""
        return self.filter(retired_on=None)


class PatrolCampaignQuerySet(EquipmentQuerySet):
    """A contractor also sees the campaigns of the department it works for."""

    def within(self, reach: Reach) -> Self:
        seen = super().within(reach)
        if reach.whole_province or not reach.bureaus:
            return seen
        bureaus = self.model._meta.get_field("bureau").related_model.objects
        mine = bureaus.filter(pk__in=sorted(reach.bureaus), kind="contractor").values("parent_id")
        return seen | self.filter(bureau__in=mine)


def _newest_verdict(runs: Any, path: str) -> Subquery:
    sheets = runs._meta.get_field("quality_sheets").related_model.objects
    return Subquery(sheets.filter(run=OuterRef(path)).order_by("-number").values("verdict")[:1])


class PatrolRunQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Runs of one's bureaus and of their contractors, runs through supervised or seconded divisions."""
        if reach.whole_province:
            return self
        doors: Any = Q()
        if reach.bureaus:
            ids = sorted(reach.bureaus)
            doors |= Q(bureau_id__in=ids) | Q(bureau__kind="contractor", bureau__parent_id__in=ids)
        if reach.divisions:
            segments = self.model._meta.get_field("segments").related_model.objects
            doors |= Exists(segments.filter(run=OuterRef("pk"), division_id__in=sorted(reach.divisions)))
        return self.filter(doors) if doors else self.none()

    def with_quality(self) -> Self:
        """Runs with `quality`, the verdict of the sheet that counts; null where none was computed."""
        return self.annotate(quality=_newest_verdict(self.model, "pk"))

    def with_spots(self) -> Self:
        """Runs with `spot_count` and `open_count`: their hot spots, and those nobody has judged yet."""
        still_open = Count("hot_spots", filter=Q(hot_spots__fate=Fate.OPEN))
        return self.annotate(spot_count=Count("hot_spots"), open_count=still_open)

    def valid(self) -> Self:
        """Runs that count: not voided."""
        return self.filter(voided_at=None)

    def driven(
        self, since: date | None = None, until: date | None = None, divisions: Collection[int] | None = None
    ) -> Self:
        """Runs that drove in these divisions on these Beijing days, both included: those behind a sum of segments."""
        conditions = driven_there(since, until, divisions)
        if not conditions:
            return self
        segments = self.model._meta.get_field("segments").related_model.objects
        return self.filter(Exists(segments.filter(conditions, run=OuterRef("pk"))))

    def imported_by(self, day: date) -> Self:
        """Runs that were there, and not voided, at the end of a Beijing day."""
        end = end_of(day)
        return self.filter(Q(voided_at=None) | Q(voided_at__gte=end), imported_at__lt=end)


class HotSpotQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Hot spots of one's bureaus' runs (contractors' included), those behind issues they are a live party to, and
        those lying in supervised divisions."""
        if reach.whole_province:
            return self
        doors = Q()
        if reach.bureaus:
            ids = sorted(reach.bureaus)
            doors |= Q(run__bureau_id__in=ids) | Q(run__bureau__kind="contractor", run__bureau__parent_id__in=ids)
            # Who is handed a problem sees what it rests on. By keys: few issues have hot spots behind them.
            party = self.model._meta.get_field("issue").related_model._meta.get_field("parties").related_model
            live = party.objects.filter(bureau_id__in=ids, until=None).values("issue")
            doors |= Q(issue__in=live) | Q(finding__issue__in=live)
        if reach.divisions:
            doors |= Q(division_id__in=sorted(reach.divisions))
        return self.filter(doors) if doors else self.none()

    def with_quality(self) -> Self:
        """Hot spots with `quality`, the verdict of their run's sheet; null where none was computed."""
        runs = self.model._meta.get_field("run").related_model
        return self.annotate(quality=_newest_verdict(runs, "run_id"))

    def peaked(self, since: date | None = None, until: date | None = None) -> Self:
        """Hot spots whose peak lies on these Beijing days, both included."""
        spots = self
        if since:
            spots = spots.filter(peak_at__gte=begin_of(since))
        if until:
            spots = spots.filter(peak_at__lt=end_of(until))
        return spots

    def awaiting_review(self) -> Self:
        """Nobody has said what it is yet."""
        return self.filter(fate=Fate.OPEN, proposed_at=None)

    def awaiting_second_look(self) -> Self:
        """One person proposed to dismiss it; another has to agree."""
        return self.filter(fate=Fate.OPEN).exclude(proposed_at=None)


class RedriveQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Re-drives of one's bureaus (contractors' included), and those of hot spots in supervised divisions."""
        if reach.whole_province:
            return self
        doors = Q()
        if reach.bureaus:
            ids = sorted(reach.bureaus)
            doors |= Q(bureau_id__in=ids) | Q(bureau__kind="contractor", bureau__parent_id__in=ids)
        if reach.divisions:
            doors |= Q(hot_spot__division_id__in=sorted(reach.divisions))
        return self.filter(doors) if doors else self.none()

    def undecided(self) -> Self:
        """Planned or measured, without a person's verdict; not voided."""
        return self.filter(decided_at=None, voided_at=None)


class PersistentLocationQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Locations in supervised divisions, and those with a hot spot one may see."""
        if reach.whole_province:
            return self
        places = self.model._meta.get_field("places").related_model
        spots = places._meta.get_field("hot_spot").related_model.objects.within(reach).values("pk")
        doors = Q(Exists(places.objects.filter(location=OuterRef("pk"), hot_spot__in=spots)))
        if reach.divisions:
            doors |= Q(division_id__in=sorted(reach.divisions))
        return self.filter(doors)

    def standing(self) -> Self:
        """Those that still count enough days."""
        return self.filter(lapsed=False)
