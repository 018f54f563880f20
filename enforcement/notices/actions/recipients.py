"""Who sits where today: the officers of a role in a bureau, and the supervisors above a division.

A seat nobody holds is answered for by the supervisors of its division, then of the city, then of the province, so that
nothing is said to an empty chair.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from enforcement.notices.rules import Audience
from regions.models import Bureau, Division, Level, Posting
from regions.models.officers import in_force
from regions.roles import Role

SEATED = (Role.HANDLER, Role.DISPATCHER, Role.VERIFIER)
#: Seats besides those of issues: who leads a patrol team, or drives where nobody does, hears of its re-drives.
OTHERS = (Role.TEAM_LEADER, Role.INSPECTOR)
#: Where the supervisors of an audience sit; those of COUNTY at the division itself.
LEVELS: dict[Audience, tuple[str, ...]] = {
    Audience.CITY: (Level.CITY, Level.PROVINCE),
    Audience.PROVINCE: (Level.PROVINCE,),
}
SUPERVISING = (Audience.COUNTY, Audience.CITY, Audience.PROVINCE)


@dataclass(frozen=True, slots=True)
class Face:
    """One officer on one seat: `chair` is a role or a supervising audience, `place` its bureau's or division's key."""

    chair: str
    place: int
    officer: int


class Directory:
    """The seating plan of one day, read with three statements."""

    def __init__(self, day: date) -> None:
        self._seats: dict[tuple[str, int], set[int]] = defaultdict(set)
        self._supervisors: dict[int, set[int]] = defaultdict(set)
        held = Posting.objects.filter(
            in_force(day), officer__is_active=True, role__in=[*SEATED, *OTHERS, Role.SUPERVISOR]
        )
        for role, bureau, division, officer in held.values_list("role", "bureau", "bureau__division", "officer"):
            if role == Role.SUPERVISOR:
                self._supervisors[division].add(officer)
            else:
                self._seats[role, bureau].add(officer)
        self._homes = dict(Bureau.objects.values_list("pk", "division"))
        self._divisions = {
            pk: (level, parent) for pk, level, parent in Division.objects.values_list("pk", "level", "parent")
        }

    def seated(self, role: str, bureau: int) -> frozenset[int]:
        """The officers of a role in a bureau, or who answers for the empty seat."""
        return frozenset(self._seats.get((role, bureau)) or self.supervising(Audience.COUNTY, self._homes[bureau]))

    def first_seated(self, roles: Sequence[str], bureau: int) -> frozenset[int]:
        """The officers of the first of these roles somebody holds in a bureau, or who answers for the empty seat."""
        held = next((role for role in roles if self._seats.get((role, bureau))), roles[0])
        return self.seated(held, bureau)

    def supervising(self, audience: str, division: int) -> frozenset[int]:
        """The supervisors of a division (COUNTY), of its city or of its province; the next above where there are none."""
        above: int | None = self._at(audience, division)
        while above is not None:
            if found := self._supervisors.get(above):
                return frozenset(found)
            above = self._divisions[above][1]
        return frozenset()

    def faces(self, audience: str) -> Iterator[Face]:
        """Every officer a rule for this audience could reach, by seat."""
        if audience in SUPERVISING:
            for division in self._divisions:
                yield from (Face(audience, division, officer) for officer in self.supervising(audience, division))
            return
        roles = SEATED if audience == Audience.TURN else (Role.HANDLER,)
        for role in roles:
            for bureau in self._homes:
                yield from (Face(role, bureau, officer) for officer in self.seated(role, bureau))

    def _at(self, audience: str, division: int) -> int:
        """The division itself, or the one above it that has the level asked for."""
        wanted = LEVELS.get(Audience(audience), ())
        here = division
        while wanted:
            level, parent = self._divisions[here]
            if level in wanted or parent is None:
                break
            here = parent
        return here
