"""Signs of life, written to the database by the parts themselves: no broker is needed to see that one is missing."""

import logging
import time
from contextlib import suppress

from django.db import DatabaseError, connection

from enforcement.notices.models import Heartbeat

log = logging.getLogger(__name__)

#: A part writes at most this often.
EVERY_SECONDS = 10.0
_last: dict[str, float] = {}


def beat(part: str) -> None:
    """Notes that a part of this process is at work, now and then; a database that is down is somebody else's alarm.

    The connection is closed again: the worker's main process forks, and beat would otherwise hold one for ever.
    """
    if time.monotonic() - _last.get(part, -EVERY_SECONDS) < EVERY_SECONDS:
        return
    _last[part] = time.monotonic()
    try:
        Heartbeat.objects.note(part)
    except DatabaseError as error:
        log.warning("the sign of life of %s could not be written: %s", part, error)
    finally:
        with suppress(DatabaseError):
            connection.close()


def worker_beat(**_signal: object) -> None:
    """Receiver of Celery's `heartbeat_sent`: the worker's main loop turns and its broker answers."""
    beat(Heartbeat.Part.WORKER)
