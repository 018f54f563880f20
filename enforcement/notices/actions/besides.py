"""Events of other subjects than issues that somebody has to hear of: whom, and what their notice speaks of.

Of a special inspection or an interview its inspected department's handlers; of a round under way the people of the teams it
changed, those who have just left included, and who holds the round.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from enforcement.crossregion.lifecycle import ORGANISERS
from enforcement.crossregion.models import Round, TeamMember
from enforcement.notices.actions.recipients import Directory
from enforcement.oversight.models import Interview, SpecialInspection
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.models import Posting
from regions.models.officers import in_force
from regions.roles import Role

#: What a notice speaks of (fields of Notice), and an officer who reads it.
Heard = tuple[dict[str, Any], int]


def heard(event: Event, directory: Directory) -> Iterable[Heard]:
    """Everyone who hears of an event, each once."""
    return _of_round(event) if event.subject_type == "round" else _of_inspected(event, directory)


def _of_inspected(event: Event, directory: Directory) -> Iterable[Heard]:
    model = SpecialInspection if event.subject_type == "specialinspection" else Interview
    addressee = model._base_manager.values_list("addressee", flat=True).get(pk=event.subject_id)
    about = {"subject_type": event.subject_type, "subject": UUID(event.subject_id)}
    return [(about, officer) for officer in directory.seated(Role.HANDLER, addressee)]


def _of_round(event: Event) -> Iterable[Heard]:
    """A person of a team hears of their own, a holder of the first team named."""
    keys = [UUID(key) for key in event.payload["keys"]]
    rows = TeamMember.objects.filter(team__in=keys, officer__is_active=True).order_by("team")
    heard_of = dict(rows.values_list("officer", "team"))
    holding = holders(Round.objects.get(pk=event.subject_id), clock.today())
    heard_of = dict.fromkeys(holding, keys[0]) | heard_of
    return [({"team_id": team}, officer) for officer, team in heard_of.items()]


def holders(round_: Round, day: date) -> Iterable[int]:
    """Who holds a round on a day: on its list, and at a post in its bureau that may."""
    seated = Posting.objects.filter(
        in_force(day), bureau=round_.bureau_id, role__in=sorted(ORGANISERS), officer__is_active=True
    )
    return set(seated.filter(officer__in=round_.clearances.values("officer")).values_list("officer", flat=True))
