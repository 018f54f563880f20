"""Ringing for a worker. A ring that is lost loses nothing: the row waits, and the next sweep finds it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from celery import current_app
from django.db import connection, transaction
from kombu import Connection, pools
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

#: A broker that accepts and stays silent is given up after so long: somebody's page waits for it.
PATIENCE_SECONDS = 1.0
#: After a ring that failed nobody rings for so long: a dead broker costs one short wait, not one for every action.
REST_SECONDS = 10.0
#: More rows than this are left to the sweep; the ring tells it to look.
MOST_IDS = 200
#: Rings of a process are gathered for so long.
GATHER_SECONDS = 0.2
_quiet_until = 0.0
_gathered: dict[str, list[int]] = {}
_gathering = threading.Lock()


@dataclass
class _Ring:
    """Runs after the commit, once for all rows of a transaction."""

    task: str
    ids: list[int] = field(default_factory=list)

    def __call__(self) -> None:
        ring_soon(self.task, self.ids)


def ring_after_commit(task: str, row: int) -> None:
    """Rings for a row once it is there to be found; rows of one transaction share a ring."""
    for callback in (entry[1] for entry in connection.run_on_commit):
        if isinstance(callback, _Ring) and callback.task == task:
            callback.ids.append(row)
            return
    transaction.on_commit(_Ring(task, [row]), robust=True)


def ring_soon(task: str, ids: list[int]) -> None:
    """Rings within GATHER_SECONDS, once for all that came meanwhile: no action waits for the broker."""
    with _gathering:
        first = not _gathered
        _gathered.setdefault(task, []).extend(ids)
    if first:
        threading.Timer(GATHER_SECONDS, _ring_gathered).start()


def _ring_gathered() -> None:
    with _gathering:
        waiting = dict(_gathered)
        _gathered.clear()
    for task, ids in waiting.items():
        ring(task, ids[:MOST_IDS])


def ring(task: str, ids: list[int] | None = None, now: Callable[[], float] = time.monotonic) -> bool:
    """Publishes a message and tells whether it went out. Fails fast and without a word to the caller."""
    global _quiet_until
    if now() < _quiet_until:
        return False
    arguments = [ids] if ids is not None else []
    try:
        with pools.producers[_line()].acquire(block=True) as producer:
            current_app.send_task(task, arguments, producer=producer, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        _quiet_until = now() + REST_SECONDS
        log.warning("broker out of reach, the sweep will find the rows: %s", error)
        return False
    return True


def _line() -> Connection:
    """The broker as the worker knows it, with less patience. Connections of a kind are pooled."""
    line = current_app.connection_for_write()
    patience = {"socket_connect_timeout": PATIENCE_SECONDS, "socket_timeout": PATIENCE_SECONDS}
    line.transport_options = {**line.transport_options, **patience}
    return line
