"""The scope of runs and hot spots: the bureau that drove, and who supervises the counties driven through."""

from datetime import date
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from enforcement.patrols.lifecycle import Fate
from regions.scoping import Reach, ScopedQuerySet


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

    def valid(self) -> Self:
        """Runs that count: not voided."""
        return self.filter(voided_at=None)

    def driven(self, since: date | None = None, until: date | None = None) -> Self:
        """Runs that started on these Beijing days, both included."""
        runs = self
        if since:
            runs = runs.filter(day__gte=since)
        if until:
            runs = runs.filter(day__lte=until)
        return runs


class HotSpotQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Hot spots of one's bureaus' runs (contractors' included), and those lying in supervised divisions."""
        if reach.whole_province:
            return self
        doors = Q()
        if reach.bureaus:
            ids = sorted(reach.bureaus)
            doors |= Q(run__bureau_id__in=ids) | Q(run__bureau__kind="contractor", run__bureau__parent_id__in=ids)
        if reach.divisions:
            doors |= Q(division_id__in=sorted(reach.divisions))
        return self.filter(doors) if doors else self.none()

    def awaiting_review(self) -> Self:
        """Nobody has said what it is yet."""
        return self.filter(fate=Fate.OPEN, proposed_at=None)

    def awaiting_second_look(self) -> Self:
        """One person proposed to dismiss it; another has to agree."""
        return self.filter(fate=Fate.OPEN).exclude(proposed_at=None)
