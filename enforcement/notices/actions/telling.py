"""From the outbox to the inboxes: each event told once, to those who sit on its seats today."""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from enforcement.issues.models import Responsibility
from enforcement.notices.actions.besides import Heard, heard
from enforcement.notices.actions.doorbell import ring
from enforcement.notices.actions.letters import SEND, letters_to
from enforcement.notices.actions.recipients import Directory
from enforcement.notices.models import Notice, Outbox
from enforcement.notices.rules import KEPT_BESIDES, KEPT_FACTS, TOLD, Seat
from enforcement.timeline import clock
from enforcement.timeline.models import Event
from regions.roles import Role

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
BATCH = 500
ROLES = {
    Seat.RESPONSIBLE: Role.HANDLER,
    Seat.ISSUER: Role.DISPATCHER,
    Seat.VERIFIER: Role.VERIFIER,
    Seat.REVIEWER: Role.VERIFIER,
    Seat.COUNTERPART: Role.DISPATCHER,
}


def tell(ids: Sequence[int] | None = None) -> int:
    """Tells what waits in the outbox (all of it, or the rows named) and gives how many events were told.

    Each row is a transaction of its own: claimed, told and marked together. A row that fails rests longer each time
    and is given up after MOST_ATTEMPTS, for a person to look at.
    """
    waiting = Outbox.objects.filter(handled_at=None)
    waiting = waiting.filter(pk__in=ids) if ids is not None else waiting.filter(next_try_at__lte=Now())
    keys = list(waiting.order_by("pk").values_list("pk", flat=True)[:BATCH])
    directory = Directory(clock.today()) if keys else None
    told = sum(_tell_one(key, directory) for key in keys if directory)
    if told:
        ring(SEND)
    return told


def _tell_one(key: int, directory: Directory) -> bool:
    try:
        with transaction.atomic():
            row = (
                Outbox.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(pk=key, handled_at=None)
                .select_related("event", "issue")
                .first()
            )
            if row is None:
                return False
            _write(row, directory)
            Outbox.objects.filter(pk=key).update(handled_at=Now(), attempts=F("attempts") + 1)
    except (DatabaseError, LookupError, ValueError):
        log.exception("outbox row %s could not be told", key)
        _put_off(key)
        return False
    return True


def _put_off(key: int) -> None:
    row = Outbox.objects.get(pk=key)
    attempts = row.attempts + 1
    rest = None if attempts >= MOST_ATTEMPTS else Now() + timedelta(seconds=15 * 2**attempts)
    Outbox.objects.filter(pk=key, handled_at=None).update(attempts=attempts, next_try_at=rest)


def _write(row: Outbox, directory: Directory) -> None:
    event = row.event
    told = heard(event, directory) if row.issue_id is None else _faces(event, row.issue_id, directory)
    faces = {officer: about for about, officer in told if officer != event.actor_id}
    letters = letters_to(faces)
    kept = KEPT_BESIDES if row.issue_id is None else KEPT_FACTS
    facts = {name: event.payload[name] for name in kept if event.payload.get(name) is not None}
    Notice.objects.bulk_create(
        [
            Notice(
                recipient_id=officer,
                kind=event.kind,
                event=event,
                facts=facts,
                delivery=letters.get(officer),
                **about,
            )
            for officer, about in sorted(faces.items(), key=lambda pair: pair[0])
        ],
        ignore_conflicts=True,
    )


def _faces(event: Event, issue: int, directory: Directory) -> Iterable[Heard]:
    """Everyone who hears of an issue's event, with the issue and the responsibility it concerns."""
    for part in _parts(event, issue):
        for seat in TOLD[event.kind]:
            if seat is Seat.COUNTERPART and event.bureau_id == part.issue.issuer_id:
                continue  # its own act
            for officer in directory.seated(ROLES[seat], _bureau(seat, part, event)):
                yield {"issue_id": issue, "responsibility_id": part.pk}, officer


def _bureau(seat: Seat, part: Responsibility, event: Event) -> int:
    if seat is Seat.REVIEWER:
        return int(event.payload["to"])
    if seat is Seat.RESPONSIBLE:
        return part.bureau_id
    if seat is Seat.VERIFIER:
        return part.issue.verifier_id
    if seat is Seat.COUNTERPART:
        return part.issue.issuer_id
    return part.parent.bureau_id if part.parent else part.issue.issuer_id


def _parts(event: Event, issue: int) -> list[Responsibility]:
    """The responsibilities an event concerns: those it opened, else the one it names."""
    facts = event.payload
    if event.kind == "handed_off":
        keys = [share["responsibility"] for share in facts["to"]]
    else:
        keys = [facts.get("opened") or facts.get("responsibility") or facts.get("part")]
    concerned = Q(pk__in=[key for key in keys if key is not None], issue=issue)
    return list(Responsibility.objects.filter(concerned).select_related("issue", "parent").order_by("pk"))
