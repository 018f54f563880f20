"""Querysets that speak the office's language, and the scope of issues and handoffs."""

from datetime import date
from typing import Any, Self

from django.db.models import Exists, F, OuterRef, Q

from enforcement.issues import lifecycle
from enforcement.issues.search import bigrams_of
from regions.scoping import Reach, ScopedQuerySet


class IssueQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Issues a bureau is a live party to, those its supervised or seconded divisions answer for, its sites'."""
        if reach.whole_province:
            return self
        party = self.model._meta.get_field("parties").related_model
        doors = Q()
        if reach.bureaus:
            live = party.objects.filter(bureau_id__in=sorted(reach.bureaus), until=None)
            doors |= Q(Exists(live.filter(issue=OuterRef("pk"))))
        if reach.divisions:
            duty = self.model._meta.get_field("responsibilities").related_model
            doors |= Q(division_id__in=sorted(reach.divisions))
            doors |= Q(Exists(duty.objects.in_parts(sorted(reach.divisions)).filter(issue=OuterRef("pk"))))
        if reach.sites:
            doors |= Q(site_id__in=sorted(reach.sites))
        return self.filter(doors) if doors else self.none()

    def open(self) -> Self:
        """A clock runs: neither closed, struck off nor ended. Interim closure stays open."""
        return self.filter(state__in=sorted(lifecycle.OPEN))

    def overdue(self, *, on: date) -> Self:
        """Open and past the current due date at the end of a Beijing day."""
        return self.open().filter(due_on__lt=on)

    def paused(self) -> Self:
        """Open, with no clock running."""
        return self.filter(paused=True)

    def listed(self) -> Self:
        """挂牌督办."""
        return self.filter(listed=True)

    def due_within(self, *, first: date, last: date) -> Self:
        return self.open().filter(due_on__gte=first, due_on__lte=last)

    def extended(self) -> Self:
        """The current due date was moved from the first one."""
        return self.filter(due_on__gt=F("first_due_on"))

    def matching(self, text: str) -> Self:
        """Issues whose number, title, address or site holds the text (two characters or more use the index)."""
        text = text.strip()
        grams = bigrams_of(text)
        if not grams:
            return self
        return self.filter(bigrams__contains=grams).filter(
            Q(number__icontains=text)
            | Q(title__icontains=text)
            | Q(address__icontains=text)
            | Q(site__name__icontains=text)
        )


class HandoffQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Documents a bureau issued or received an item of, and those with an item a supervised division answers for."""
        if reach.whole_province:
            return self
        item = self.model._meta.get_field("items").related_model
        mine = item.objects.filter(handoff=OuterRef("pk")).filter(
            Q(bureau_id__in=sorted(reach.bureaus)) & ~Q(state__in=sorted(lifecycle.ENDED))
            | Q(division_id__in=sorted(reach.divisions))
            | Q(issue__site_id__in=sorted(reach.sites))
        )
        return self.filter(Q(bureau_id__in=sorted(reach.bureaus)) | Exists(mine))


class ResponsibilityQuerySet(ScopedQuerySet[Any]):
    def live(self) -> Self:
        return self.exclude(state__in=sorted(lifecycle.ENDED))

    def in_parts(self, divisions: list[int]) -> Self:
        """Live shared or delegated responsibilities of divisions: the issue itself may be another's."""
        return self.live().filter(Q(weight__lt=1) | Q(parent__isnull=False), division_id__in=divisions)

    def stage_late(self, *, on: date) -> Self:
        return self.filter(stage_due_on__lt=on).order_by(F("stage_due_on").asc())


class LookBackQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Those of issues one may see."""
        issues = self.model._meta.get_field("issue").related_model
        return self.filter(issue__in=issues.objects.within(reach).values("pk"))

    def open(self) -> Self:
        """Not done yet."""
        return self.filter(passed=None)


class LookBackDrawQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """A bureau's own, and those of the bureaus of supervised divisions."""
        if reach.whole_province:
            return self
        return self.filter(Q(bureau_id__in=sorted(reach.bureaus)) | Q(bureau__division_id__in=sorted(reach.supervised)))
