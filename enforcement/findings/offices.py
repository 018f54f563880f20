"""The bureaus a handoff document may name, by name, and those that answer for a division."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from regions.choices import below
from regions.models import Bureau, BureauKind


@dataclass(frozen=True, slots=True)
class Offices:
    """`answering` and `teams` by division: the bureau that answers for it, and its enforcement team if it has one."""

    by_name: Mapping[str, Bureau]
    answering: Mapping[int, Bureau]
    teams: Mapping[int, Bureau] = field(default_factory=dict)

    def named(self, text: str) -> Bureau | None:
        return self.by_name.get(unicodedata.normalize("NFKC", text).strip())


def offices_below(issuer: Bureau) -> Offices:
    """Departments and teams at or below the issuer's division. One statement."""
    found = Bureau.objects.filter(below([issuer.division], "division"), ended_on=None)
    rows = found.exclude(kind=BureauKind.CONTRACTOR).select_related("division")
    return offices_of(rows.order_by("division__code", "name"))


def offices_of(bureaus: Iterable[Bureau]) -> Offices:
    """Some bureaus in the order of their names; of several teams of a division the first is its team."""
    found = list(bureaus)
    teams = [b for b in found if b.kind == BureauKind.ENFORCEMENT_TEAM]
    return Offices(
        {unicodedata.normalize("NFKC", b.name): b for b in found},
        {b.division_id: b for b in found if b.answers_for_division},
        {b.division_id: b for b in reversed(teams)},
    )
