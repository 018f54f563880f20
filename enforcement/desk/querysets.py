"""Querysets of the desk: an officer reaches their own saved views and those their bureaus share."""

from datetime import date
from typing import Any, Self

from django.db.models import Q

from regions.models import Officer
from regions.roles import BUSINESS
from regions.scoping import ScopedQuerySet


def bureaus_of(officer: Officer, on: date | None = None) -> list[int]:
    """The bureaus an officer does business for on a day."""
    return sorted({posting.bureau_id for posting in officer.postings_on(on) if posting.role in BUSINESS})


class SavedViewQuerySet(ScopedQuerySet[Any]):
    def visible_to(self, officer: Any, on: date | None = None) -> Self:
        """One's own, and those of the bureaus one is posted to. What a view then lists is for its reader's own scope."""
        if not isinstance(officer, Officer) or not officer.is_active:
            return self.none()
        return self.filter(Q(officer=officer, bureau=None) | Q(bureau__in=bureaus_of(officer, on)))

    def live(self) -> Self:
        return self.filter(ended_at=None)
