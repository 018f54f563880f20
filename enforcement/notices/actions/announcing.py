"""From the timeline to the outbox: a synchronous projection, so that the row is there exactly when the event is."""

from django.db.models import Model

from enforcement.issues.models import Issue
from enforcement.notices.actions.doorbell import ring_after_commit
from enforcement.notices.models import Outbox
from enforcement.notices.rules import TOLD
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.statements import insert

TELL = "enforcement.notices.tasks.tell"


def announce(event: Event, subject: Model) -> None:
    """Puts an event somebody has to hear of into the outbox. Nothing while the clock is moved: a replay tells no one."""
    if clock.is_moved() or event.kind not in TOLD or not isinstance(subject, Issue):
        return
    waiting = Outbox(event=event, issue=subject)
    insert([waiting])
    ring_after_commit(TELL, waiting.pk)
