"""Workers that own a piece of work: one at a time, woken by a bell that may be lost, found again when they are killed.

A worker holds a session lock of the database while it works: killed, its connection ends and the lock with it.
"""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import current_app
from django.db import connection
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


@contextmanager
def alone(space: int, key: str) -> Iterator[bool]:
    """True while nobody else works on this key of a space of locks; the lock goes with the connection."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [space, number])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [space, number])


def ring(task: str, key: str) -> None:
    """Wakes a worker. A ring that is lost loses nothing: a sweep finds the work."""
    try:
        current_app.send_task(task, [key], retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        log.warning("%s %s waits for the sweep: %s", task, key, error)
