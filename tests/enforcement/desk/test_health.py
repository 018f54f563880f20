"""Promise: /healthz tells database, broker, worker and beat apart, quickly; pages ask nothing to know it."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import Error, connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.celery import app
from enforcement.desk import health
from enforcement.notices.models import Heartbeat
from regions.models import Officer

pytestmark = pytest.mark.django_db
NOBODY = "redis+socket:///nowhere/at/all.sock"


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_known", health._Known())
    monkeypatch.setattr(health, "ASK_EVERY_SECONDS", -1.0)
    monkeypatch.setattr(health, "_started", float("-inf"))


def alive(*parts: str, ago: int = 0) -> None:
    for part in parts:
        Heartbeat.objects.note(part)
        Heartbeat.objects.filter(part=part).update(seen_at=Now() - timedelta(seconds=ago))


def asked() -> tuple[int, dict[str, Any]]:
    answer = Client().get("/healthz")
    return answer.status_code, answer.json()


@pytest.fixture
def broker_down(monkeypatch: pytest.MonkeyPatch) -> None:
    right = app.connection_for_write
    monkeypatch.setattr(app, "connection_for_write", lambda *a, **kw: right(NOBODY))


def test_all_is_well() -> None:
    alive("worker", "beat", "round_trip", ago=20)
    assert asked() == (200, {"status": "ok", "database": "ok", "broker": "ok", "worker": "ok", "beat": "ok"})


@pytest.mark.parametrize("silent", ["worker", "beat"])
def test_a_silent_part_is_named(silent: str) -> None:
    alive("worker", "beat", "round_trip")
    alive(silent, ago=60)
    code, body = asked()
    other = "beat" if silent == "worker" else "worker"
    assert (code, body["status"], body[silent], body[other]) == (200, "degraded", "down", "ok")


def test_parts_never_seen_are_down() -> None:
    assert asked() == (200, {"status": "degraded", "database": "ok", "broker": "ok", "worker": "down", "beat": "down"})


def test_a_worker_that_lives_and_works_nothing_off_is_stuck() -> None:
    alive("worker", "beat")
    alive("round_trip", ago=300)
    assert asked()[1]["worker"] == "stuck"


def test_a_broker_that_is_away_degrades_within_a_second(broker_down: None) -> None:
    alive("worker", "beat", "round_trip")
    began = time.monotonic()
    code, body = asked()
    assert time.monotonic() - began < 1
    assert (code, body["status"], body["broker"], body["database"]) == (200, "degraded", "down", "ok")


def test_without_a_database_nothing_can_be_served(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def annotate(self, **_named: Any) -> Any:
            raise Error("no connection")

    monkeypatch.setattr(Heartbeat, "objects", Away())
    assert asked() == (
        503,
        {"status": "down", "database": "down", "broker": "ok", "worker": "unknown", "beat": "unknown"},
    )


def test_the_banner_costs_no_statement(broker_down: None) -> None:
    """A page shows what is known; looking happens in a thread with a connection of its own."""
    health._known.learn()
    officer = Officer.objects.create_officer("someone", "某人")
    with CaptureQueriesContext(connection) as statements:
        assert health.degraded() is True
    assert len(statements) == 0
    client = Client()
    client.force_login(officer)
    assert "后台提醒服务暂时不可用" in client.get("/notices/").content.decode()


def test_pages_look_again_in_the_background(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HEALTH_WATCH = True
    looked = threading.Event()

    def check() -> health.Health:
        assert threading.current_thread() is not threading.main_thread()
        looked.wait(5)
        return health.Health("degraded", "ok", "down", "ok", "ok")

    monkeypatch.setattr(health, "check", check)
    assert health.degraded() is False  # answered at once, with what was known
    looked.set()
    with health._watching:  # the thread has ended and let go
        assert health.degraded() is True


def test_a_site_that_just_came_up_shows_no_banner(monkeypatch: pytest.MonkeyPatch) -> None:
    health._known.learn()
    assert health.degraded() is True
    monkeypatch.setattr(health, "_started", time.monotonic())
    assert health.degraded() is False
