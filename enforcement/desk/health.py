"""How the machinery is: database, broker, worker, beat. Told by GET /healthz and by the banner on every page.

The worker and beat write their signs of life to the database themselves, so each is told apart from the other, and
from a broker that is away; a round trip from beat over the broker to a worker shows that the whole way is open. With
the broker down the site goes on working, so that is "degraded" and still 200.
"""

import logging
import threading
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import Error, connection
from django.db.models import F
from django.db.models.functions import Now
from django.http import JsonResponse
from kombu.exceptions import OperationalError as BrokerError

from enforcement.notices.models import Heartbeat

log = logging.getLogger(__name__)

OK, DEGRADED, DOWN, STUCK, UNKNOWN = "ok", "degraded", "down", "stuck", "unknown"
#: Worker and beat give a sign every ten seconds.
SILENT_AFTER = timedelta(seconds=45)
#: A worker that is busy lets a round trip wait.
STUCK_AFTER = timedelta(seconds=150)
BROKER_PATIENCE_SECONDS = 0.5
#: One process asks no more often than this, however often it is asked.
ASK_EVERY_SECONDS = 1.0
WATCH_EVERY_SECONDS = 10.0
#: Web, worker and beat start together: a site that has just come up is not yet in trouble.
GRACE_SECONDS = 30.0
_started = time.monotonic()


@dataclass(frozen=True, slots=True)
class Health:
    """A word for each part: ok, down; for the worker also stuck (alive, but nothing comes through); unknown."""

    status: str
    database: str
    broker: str
    worker: str
    beat: str


def check() -> Health:
    """Asks every part now: one statement and one connection to the broker, well under a second."""
    broker = OK if _broker_answers() else DOWN
    try:
        ages = dict(Heartbeat.objects.annotate(age=Now() - F("seen_at")).values_list("part", "age"))
    except Error as error:
        log.warning("database out of reach: %s", error)
        return Health(DOWN, DOWN, broker, UNKNOWN, UNKNOWN)
    worker, beat = _word(ages, Heartbeat.Part.WORKER), _word(ages, Heartbeat.Part.BEAT)
    if worker == beat == broker == OK and ages.get(Heartbeat.Part.ROUND_TRIP, timedelta()) > STUCK_AFTER:
        worker = STUCK
    status = OK if broker == worker == beat == OK else DEGRADED
    return Health(status, OK, broker, worker, beat)


def _word(ages: dict[str, timedelta], part: str) -> str:
    return OK if part in ages and ages[part] < SILENT_AFTER else DOWN


def _broker_answers() -> bool:
    """Whether a channel can be opened; every transport says something to its broker while opening one."""
    line = current_app.connection_for_write()
    patience = {"socket_connect_timeout": BROKER_PATIENCE_SECONDS, "socket_timeout": BROKER_PATIENCE_SECONDS}
    line.transport_options = {**line.transport_options, **patience, "max_retries": 0}
    try:
        return line.default_channel is not None
    except (BrokerError, OSError, *line.connection_errors, *line.channel_errors):
        return False
    finally:
        line.release()


# --- what is asked often ----------------------------------------------------------------------------------------


class _Known:
    """What this process last found out, and when."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.health: Health | None = None
        self.at = float("-inf")

    def learn(self) -> Health:
        with self.lock:
            if self.health is None or time.monotonic() - self.at > ASK_EVERY_SECONDS:
                self.health = check()
                self.at = time.monotonic()
            return self.health


_known = _Known()
_watching = threading.Lock()


def answer() -> JsonResponse:
    """The body of /healthz: 200 while pages can be served, 503 without a database."""
    health = _known.learn()
    response = JsonResponse(asdict(health), status=503 if health.database == DOWN else 200)
    response["Cache-Control"] = "no-store"
    return response


def degraded() -> bool:
    """Whether the pages show the banner. Never asks anything itself: a page costs no statement and no wait for it."""
    if settings.HEALTH_WATCH and time.monotonic() - _known.at > WATCH_EVERY_SECONDS:
        _look_in_the_background()
    starting = time.monotonic() - _started < GRACE_SECONDS
    return not starting and _known.health is not None and _known.health.status != OK


def _look_in_the_background() -> None:
    if _watching.acquire(blocking=False):
        threading.Thread(target=_look, name="health", daemon=True).start()


def _look() -> None:
    try:
        _known.learn()
    finally:
        connection.close()  # this thread's own
        _watching.release()
