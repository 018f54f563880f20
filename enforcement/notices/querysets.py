"""Querysets of notices: an officer reaches only their own."""

from datetime import date
from typing import Any, Self

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from regions.models import Officer
from regions.scoping import ScopedQuerySet


class NoticeQuerySet(ScopedQuerySet[Any]):
    def visible_to(self, officer: Any, on: date | None = None) -> Self:
        """The officer's own inbox. What a notice says of its issue is guarded apart (`wording`)."""
        if not isinstance(officer, Officer) or not officer.is_active:
            return self.none()
        return self.filter(recipient=officer)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class ReminderRuleQuerySet(ScopedQuerySet[Any]):
    def in_force(self, day: date) -> Self:
        """Rules of a Beijing day; `valid_to` is the first day a rule no longer applies."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))


class HeartbeatQuerySet(QuerySet[Any]):
    def note(self, part: str, day: date | None = None) -> None:
        """A part was at work just now, by the database's clock. One statement."""
        self.bulk_create(
            [self.model(part=part, day=day, seen_at=Now())],
            update_conflicts=True,
            unique_fields=["part"],
            update_fields=["seen_at", "day"],
        )
