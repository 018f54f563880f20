"""Pauses end on their planned day by themselves, whoever forgets."""

from contextlib import suppress

from enforcement.issues.actions.moving import perform
from enforcement.issues.models import Pause
from enforcement.timeline import clock
from regions.errors import Conflict


def end_pauses() -> int:
    """Resumes every clock whose planned day has come, as of that day; gives how many. Who was first, was first."""
    due = Pause.objects.filter(granted=True, resumed_on=None, resume_on__lte=clock.today()).order_by("resume_on", "pk")
    ended = 0
    for pause in due.select_related("responsibility__issue"):
        with suppress(Conflict):
            perform(pause.responsibility.issue, "resume", by=None, responsibility=pause.responsibility_id)
            ended += 1
    return ended
