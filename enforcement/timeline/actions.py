"""`record`: the only announcement point. An event is written in the transaction of the change it tells of."""

import hashlib
import os
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol

from django.db import connection, models

from enforcement.timeline import chain, clock, projections
from enforcement.timeline.models import Event, PersonalText
from regions.models import Bureau, Officer


class Subject(Protocol):
    """Anything with a timeline: a saved model instance."""

    pk: Any
    _meta: Any


def subject_type(subject: Any) -> str:
    """`issue`, `finding`, `hotspot` ...: the model's name, which is also the word in the event's row."""
    name = subject._meta.model_name
    assert name is not None
    return str(name)


_TAIL = """
SELECT clock_timestamp(), tail.seq, tail.hash
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT seq, hash FROM timeline_event WHERE subject_type = %s AND subject_id = %s ORDER BY seq DESC LIMIT 1
) AS tail ON true
"""


def record(
    subject: models.Model,
    kind: str,
    *,
    by: Officer | None,
    bureau: Bureau | None = None,
    occurred_at: datetime | None = None,
    **facts: Any,
) -> Event:
    """Appends one event to the subject's chain and runs the synchronous projections.

    The caller holds the subject's row lock; a second writer meets the unique place in the chain and is refused by
    the database. `facts` are plain values (str, int, bool, Decimal, date, datetime, list, dict, None). Two statements.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("timeline.record must run inside the transaction of its change")
    type_, id_ = subject_type(subject), str(subject.pk)
    with connection.cursor() as cursor:
        cursor.execute(_TAIL, [type_, id_])
        recorded_at, seq, previous = cursor.fetchone()
    row: dict[str, Any] = {
        "subject_type": type_,
        "subject_id": id_,
        "seq": (seq or 0) + 1,
        "kind": kind,
        "actor": by.pk if by else None,
        "bureau": bureau.pk if bureau else None,
        "payload": {name: _plain(value) for name, value in facts.items()},
        "occurred_at": occurred_at or clock.now(),
        "recorded_at": recorded_at.astimezone(UTC),
    }
    previous = bytes(previous) if previous is not None else chain.GENESIS
    event = Event.objects.create(
        subject_type=type_,
        subject_id=id_,
        seq=row["seq"],
        kind=kind,
        actor=by,
        bureau=bureau,
        payload=row["payload"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        layout=chain.LAYOUT,
        algorithm=chain.ALGORITHM,
        previous=previous,
        hash=chain.link(previous, chain.canonical(row)),
    )
    projections.run(event, subject)
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return chain.moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, str):
        return str(value)  # also settles lazy translations and enum members
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return repr(value)  # JSONB would rewrite a float; its text survives the round trip
    return str(value)


def personal(text: str) -> dict[str, str]:
    """Keeps words that may name a person apart, and gives what an event holds instead: an id and a salted digest."""
    salt = os.urandom(16)
    row = PersonalText.objects.create(text=text, salt=salt)
    return {"personal": str(row.pk), "digest": hashlib.sha256(salt + text.encode()).hexdigest()}


def erase(text: PersonalText) -> None:
    """Forgets the words. The chain stays whole: it never held them."""
    text.text = ""
    text.erased_at = clock.now()
    text.save(update_fields=["text", "erased_at"])
