"""Which models have a timeline and evidence. Upper apps register theirs at start-up; the timeline knows none by name."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import Promise

from regions.models import Officer
from regions.scoping import ScopedQuerySet

Reason = str | Promise


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """One kind of subject.

    `rows` gives its scoped queryset; `may_attach` gives None or the reason why an officer can't add evidence to a row;
    `place` is the path to the division a row lies in, for those that lie in one. `lengths` is SQL giving (subject_id text,
    number of events the row itself accounts for), for verify_timeline.
    """

    name: str
    rows: Callable[[], ScopedQuerySet[Any]]
    may_attach: Callable[[Any, Officer], Reason | None]
    lengths: str = ""
    place: str = "division"

    def division_of(self, row: Any) -> Any:
        """The division a row lies in."""
        for name in self.place.split("__"):
            row = getattr(row, name)
        return row


_kinds: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    _kinds[kind.name] = kind


def kind(name: str) -> SubjectKind | None:
    """The kind of this name; None for one nobody registered."""
    return _kinds.get(name)


def kinds() -> list[SubjectKind]:
    return list(_kinds.values())


def visible(kind: str, pk: str, officer: Any) -> Any | None:
    """The row if this officer may see it; None otherwise, whether it is absent or not theirs."""
    known = _kinds.get(kind)
    if known is None:
        return None
    try:
        return known.rows().visible_to(officer).filter(pk=pk).sole()
    except (ValueError, ValidationError, OverflowError):
        return None


def visible_among(kind: str, keys: Collection[str], officer: Any) -> dict[str, Any]:
    """Those of some rows this officer may see, by their key. One statement, none for an unknown kind."""
    known = _kinds.get(kind)
    if known is None or not keys:
        return {}
    return {str(row.pk): row for row in known.rows().visible_to(officer).filter(pk__in=list(keys))}


def may_attach(kind: str, row: Any, officer: Officer) -> Reason | None:
    return _kinds[kind].may_attach(row, officer)
