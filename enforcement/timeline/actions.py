"""`record`: the only announcement point. An event is written in the transaction of the change it tells of."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from django.db import IntegrityError, connection, models
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from enforcement.timeline import chain, clock, projections
from enforcement.timeline.models import Event, PersonalText
from regions.errors import Conflict
from regions.models import Bureau, Officer
from regions.statements import insert


class Subject(Protocol):
    """Anything with a timeline: a saved model instance."""

    pk: Any
    _meta: Any


def subject_type(subject: Any) -> str:
    """`issue`, `finding`, `hotspot` ...: the model's name, which is also the word in the event's row."""
    name = subject._meta.model_name
    assert name is not None
    return str(name)


M = TypeVar("M", bound=models.Model)
#: What the database says of an event that doesn't follow the last one (migration 0002).
OUT_OF_PLACE = "does not continue its chain"
_TAIL = """
SELECT clock_timestamp(), tail.seq, tail.hash
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
    SELECT seq, hash FROM timeline_event WHERE subject_type = %s AND subject_id = %s ORDER BY seq DESC LIMIT 1
) AS tail ON true
"""


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a subject's chain and the database's clock when it was read, under the subject's row lock."""

    recorded_at: datetime
    seq: int = 0
    hash: bytes = chain.GENESIS


def with_tail(rows: models.QuerySet[M], subject: str, path: str = "pk") -> models.QuerySet[Any]:
    """Rows that bring along the tail of their subject's chain (see `tail_of`), saving `record` a statement.

    `path` leads from a row to the subject's key. For rows read under the subject's lock; a row read by the very
    statement that waits for the lock may bring an old tail, which `record` then refuses as a Conflict.
    """
    table, field = rows.model._meta.db_table, rows.model._meta.pk if path == "pk" else rows.model._meta.get_field(path)
    chain_of = (
        "FROM timeline_event e WHERE e.subject_type = %s "
        f'AND e.subject_id = ("{table}"."{field.column}"::varchar COLLATE "C") ORDER BY e.seq DESC LIMIT 1'  # type: ignore[union-attr]
    )
    # By hand: on the way of every action, and building the subqueries took longer than running them.
    return rows.annotate(
        tail_seq=RawSQL(f"SELECT e.seq {chain_of}", [subject], output_field=models.IntegerField()),
        tail_hash=RawSQL(f"SELECT e.hash {chain_of}", [subject], output_field=models.BinaryField()),
        tail_read_at=RawSQL("clock_timestamp()", [], output_field=models.DateTimeField()),
    )


def tail_of(row: Any) -> Tail:
    """The tail a row of `with_tail` brought along."""
    return Tail(row.tail_read_at, row.tail_seq or 0, bytes(row.tail_hash) if row.tail_hash else chain.GENESIS)


def read_tail(subject: models.Model) -> Tail:
    """The tail of a subject's chain. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TAIL, [subject_type(subject), str(subject.pk)])
        read_at, seq, last = cursor.fetchone()
    return Tail(read_at, seq or 0, bytes(last) if last is not None else chain.GENESIS)


def record(
    subject: models.Model,
    kind: str,
    *,
    by: Officer | None,
    bureau: Bureau | None = None,
    occurred_at: datetime | None = None,
    tail: Tail | None = None,
    **facts: Any,
) -> Event:
    """Appends one event to the subject's chain and runs the synchronous projections.

    The caller holds the subject's row lock; a second writer finds its place in the chain taken: a Conflict. `facts` are plain values (str, int, bool, Decimal, date, datetime, list, dict, None). Two statements,
    one where the `tail` is known, one more for personal words; see `together` for several events.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("timeline.record must run inside the transaction of its change")
    type_, id_ = subject_type(subject), str(subject.pk)
    tail = tail or read_tail(subject)
    words: list[PersonalText] = []
    row: dict[str, Any] = {
        "subject_type": type_,
        "subject_id": id_,
        "seq": tail.seq + 1,
        "kind": kind,
        "actor": by.pk if by else None,
        "bureau": bureau.pk if bureau else None,
        "payload": {name: _plain(value, words) for name, value in facts.items()},
        "occurred_at": occurred_at or clock.now(),
        "recorded_at": tail.recorded_at.astimezone(UTC),
    }
    event = Event(
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
        previous=tail.hash,
        hash=chain.link(tail.hash, chain.canonical(row)),
    )
    batch = _batch.get()
    if batch is None:
        _write([(event, subject, words)])
    else:
        batch.append((event, subject, words))
    return event


_Told = tuple[Event, models.Model, list[PersonalText]]
_batch: ContextVar[list[_Told] | None] = ContextVar("events to be written together", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Writes what is recorded in a block at its end: the events by one statement, then each one's projections.

    Within the block an event has its place and its times but no primary key yet. A subject recorded twice must bring
    its tail itself the second time. Nothing is written when the block raises.
    """
    if _batch.get() is not None:
        yield
        return
    batch: list[_Told] = []
    token = _batch.set(batch)
    try:
        yield
    finally:
        _batch.reset(token)
    _write(batch)


def _write(told: list[_Told]) -> None:
    words = [text for _event, _subject, texts in told for text in texts]
    if words:
        PersonalText.objects.bulk_create(words)
    try:
        insert([event for event, _subject, _words in told])
    except IntegrityError as error:
        if OUT_OF_PLACE in str(error):
            raise Conflict(_("刚刚已被他人更新，请刷新后再操作。")) from error
        raise
    for event, subject, _words in told:
        projections.run(event, subject)


def _plain(value: Any, words: list[PersonalText]) -> Any:
    """A fact as JSON keeps it; personal words met on the way are added to `words`."""
    if isinstance(value, _Personal):
        words.append(value.kept)
    if isinstance(value, datetime):
        return chain.moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | uuid.UUID):
        return str(value)
    if isinstance(value, dict):
        return {str(k): _plain(v, words) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v, words) for v in value]
    if isinstance(value, str):
        return str(value)  # also settles lazy translations and enum members
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return repr(value)  # JSONB would rewrite a float; its text survives the round trip
    return str(value)


class _Personal(dict[str, str]):
    """What an event holds of personal words, and the words themselves until the event is recorded."""

    kept: PersonalText


def personal(text: str) -> dict[str, str]:
    """Keeps words that may name a person apart, and gives what an event holds instead: an id and a salted digest.

    The words are stored by the `record` this is a fact of.
    """
    salt = os.urandom(16)
    row = PersonalText(text=text, salt=salt)
    held = _Personal(personal=str(row.pk), digest=hashlib.sha256(salt + text.encode()).hexdigest())
    held.kept = row
    return held


def erase(text: PersonalText) -> None:
    """Forgets the words. The chain stays whole: it never held them."""
    text.text = ""
    text.erased_at = clock.now()
    text.save(update_fields=["text", "erased_at"])
