"""The scope of findings: drafts stay with the bureau that files them."""

from typing import Any, Self

from django.db.models import Exists, OuterRef, Q

from enforcement.findings.lifecycle import State
from enforcement.issues.models import Renaming
from enforcement.issues.search import bigrams_of, fold
from regions.models.parties import Part
from regions.scoping import Reach, ScopedQuerySet


class FindingQuerySet(ScopedQuerySet[Any]):
    def within(self, reach: Reach) -> Self:
        """Findings a bureau filed or is to hand off, those lying in supervised or seconded divisions, its sites'.

        A draft is nobody's business but the filing bureau's.
        """
        party = self.model._meta.get_field("parties").related_model
        # As EXISTS: where few findings are asked for, PostgreSQL looks their parties up instead of reading all there are.
        live = party.objects.filter(bureau_id__in=sorted(reach.bureaus), until=None, finding=OuterRef("pk"))
        filed = Q(Exists(live.filter(part=Part.FILER)))
        if reach.whole_province:
            # In this order: the party rows are only read when a draft comes along.
            return self.filter(~Q(state=State.DRAFT) | filed)
        doors = Q(Exists(live.exclude(part=Part.FILER)))
        if reach.divisions:
            doors |= Q(located_in_id__in=sorted(reach.divisions))
        if reach.sites:
            doors |= Q(site_id__in=sorted(reach.sites))
        return self.filter(filed | (doors & ~Q(state=State.DRAFT)))

    def matching(self, text: str) -> Self:
        """Findings whose title, address or site, by its name now or once, holds the text (from two characters by the index)."""
        text = text.strip()
        grams = bigrams_of(text)
        if not grams:
            return self
        # As typed, and with full-width letters and digits as plain ones.
        held = Q()
        for words in {text, fold(text)}:
            held |= Q(title__icontains=words) | Q(address__icontains=words) | Q(site__name__icontains=words)
            before = Renaming.objects.filter(kind=Renaming.Kind.SITE, key=OuterRef("site_id"))
            held |= Q(Exists(before.filter(old_words__icontains=words)))
        return self.filter(bigrams__contains=grams).filter(held)

    def awaiting_review(self) -> Self:
        return self.filter(state=State.LEADER_REVIEW)

    def awaiting_handoff(self) -> Self:
        return self.filter(state=State.CONFIRMED)
