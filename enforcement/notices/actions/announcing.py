"""From the timeline to the outbox: a synchronous projection, so that the row is there exactly when the event is."""

from django.db.models import Model

from enforcement.crossregion.models import Round
from enforcement.issues.models import Issue
from enforcement.notices.actions.doorbell import ring_after_commit
from enforcement.notices.models import Outbox
from enforcement.notices.rules import TOLD, TOLD_BESIDES, Seat
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.statements import insert

TELL = "enforcement.notices.tasks.tell"


def announce(event: Event, subject: Model) -> None:
    """Puts an event somebody has to hear of into the outbox. Nothing while the clock is moved: a replay tells no one."""
    if clock.is_moved() or not _is_told(event, subject):
        return
    waiting = Outbox(event=event, issue=subject if isinstance(subject, Issue) else None)
    insert([waiting])
    ring_after_commit(TELL, waiting.pk)


def _is_told(event: Event, subject: Model) -> bool:
    """A round that isn't released is nobody's business: not even a row of the outbox may show that there is one."""
    if isinstance(subject, Issue):
        seats = TOLD.get(event.kind, ())
        return bool(seats) and not (seats == (Seat.COUNTERPART,) and event.bureau_id == subject.issuer_id)
    return event.kind in TOLD_BESIDES and not (isinstance(subject, Round) and subject.is_secret)
