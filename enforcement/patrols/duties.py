"""What is owed by a day in patrols: a planned re-drive (回头看复测), by the team that drove, until a run is compared with it."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from enforcement.patrols.lifecycle import REVIEWERS
from enforcement.patrols.models import Redrive
from enforcement.timeline.duties import Duty, DutySource, columns
from regions.models import Officer
from regions.roles import Role

REDRIVE = "redrive"


def owed(officer: Officer | None = None) -> dict[str, QuerySet[Any]]:
    """Re-drives nobody has driven yet, of those an officer may know (of all without one)."""
    known = Redrive.objects.visible_to(officer) if officer else Redrive.objects.all()
    waiting = known.undecided().filter(run=None)
    return {
        REDRIVE: columns(
            waiting, "redrive", REDRIVE, "due_on", since="planned_at", bureau="bureau_id",
            division="hot_spot__division", words="hot_spot__channel",
        )
    }  # fmt: skip


def lock(duty: Duty) -> None:
    Redrive.objects.select_for_update(of=("self",), no_key=True).get(pk=duty.key)


def _text(duty: Duty) -> str:
    return _("%(name)s 回头看复测：%(words)s热点") % {"name": duty.name, "words": duty.words}


SOURCE = DutySource(
    kinds=(REDRIVE,),
    owed=owed,
    lock=lock,
    text=_text,
    url=lambda duty: reverse("patrols:redrive", args=[duty.key]),
    # A contractor may have a crew and no leader.
    seats=(Role.TEAM_LEADER, Role.INSPECTOR),
    keepers=REVIEWERS,
)
