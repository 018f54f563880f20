"""Promise: with the broker away the site goes on working, quickly and without an error; nothing is lost.

A real worker and a real beat, a broker that is stopped and started again under them. What happened meanwhile waits in
the outbox and arrives once the broker is back; /healthz says degraded, and ok again.
"""

import socket
import time
from typing import Any

import pytest
from django.test import Client

from deploy.local.valkey import Valkey
from enforcement.desk import health
from enforcement.issues import actions
from enforcement.notices.actions import doorbell
from enforcement.notices.models import Notice, Outbox
from regions.roles import Role
from tests.enforcement.notices.seats import issue, staff
from tests.faults.machinery import Machinery, leading_to, wait_until
from tests.scenarios import cast as casting

pytestmark = [pytest.mark.faults, pytest.mark.slow]

QUICK_SECONDS = 2.0  # the first action meets the dead broker; this box is shared


def health_now() -> dict[str, Any]:
    return dict(Client().get("/healthz").json())


def test_the_broker_goes_and_comes_back(machinery: Machinery, broker: Valkey, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "ASK_EVERY_SECONDS", -1.0)
    cast = casting.make()
    staff(cast)
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    worker = machinery.worker()
    machinery.beat()
    assert wait_until(lambda: health_now()["status"] == "ok", 60, step=0.5), health_now()
    issue(cast)
    assert wait_until(lambda: Notice.objects.count() == 1, 10), "the doorbell reached the worker"

    broker.stop()
    slowest = 0.0
    for _ in range(10):
        began = time.monotonic()
        actions.perform(issue(cast), "acknowledge", by=handler)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < QUICK_SECONDS
    began = time.monotonic()
    told = health_now()
    assert time.monotonic() - began < 1
    assert (told["status"], told["broker"], told["database"]) == ("degraded", "down", "ok")
    assert Notice.objects.count() == 1
    assert Outbox.objects.filter(handled_at=None).count() == 10

    broker.start()

    def all_told() -> bool:
        nonlocal worker
        worker = machinery.supervised(worker)
        return Notice.objects.count() == 11

    assert wait_until(all_told, 90), machinery.said("worker")[-20000:]
    assert not Outbox.objects.filter(handled_at=None).exists()
    assert wait_until(lambda: health_now()["status"] == "ok", 60, step=0.5), health_now()


def test_worker_and_beat_are_told_apart(machinery: Machinery, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "ASK_EVERY_SECONDS", -1.0)
    monkeypatch.setattr(health, "SILENT_AFTER", health.timedelta(seconds=16))
    worker, beat = machinery.worker(), machinery.beat()
    assert wait_until(lambda: health_now()["status"] == "ok", 60, step=0.5), health_now()
    machinery.kill(beat)
    assert wait_until(lambda: health_now()["beat"] == "down", 30, step=0.5)
    assert health_now()["worker"] == "ok"
    machinery.kill(worker)
    assert wait_until(lambda: health_now()["worker"] == "down", 30, step=0.5)


def test_a_broker_that_never_answers_is_not_asked_again_for_a_while(committing_db: Any, monkeypatch: Any) -> None:
    """A host that swallows packets, not one that refuses: one short wait, then none."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)  # accepts into its backlog and never answers
        monkeypatch.setattr(doorbell, "_quiet_until", 0.0)
        with leading_to(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0"):
            began = time.monotonic()
            assert doorbell.ring("enforcement.notices.tasks.sweep_outbox") is False
            first = time.monotonic() - began
            began = time.monotonic()
            assert doorbell.ring("enforcement.notices.tasks.sweep_outbox") is False
            assert time.monotonic() - began < 0.05
    assert first < 3
