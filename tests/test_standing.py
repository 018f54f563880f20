"""Promise: what a web or background process loads is looked at by no later garbage collection, and nobody waits for that."""

import gc
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
from celery import signals

from config import celery


@pytest.fixture(autouse=True)
def nothing_aside() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_the_web_entrance_sets_aside_what_it_loaded() -> None:
    sys.modules.pop("config.wsgi", None)  # another test may have been here
    assert callable(import_module("config.wsgi").application)
    assert gc.get_freeze_count() > 100_000


def test_a_worker_sets_aside_what_its_processes_share_before_it_makes_one() -> None:
    assert celery.app.conf.task_ignore_result
    signals.worker_before_create_process.send(sender=None)
    assert gc.get_freeze_count() > 100_000
