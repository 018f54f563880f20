"""One world for the whole package, in one transaction that is rolled back at the end; each test undoes what it did."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test.utils import override_settings

from tests.isolation import actors
from tests.isolation import world as worlds


@pytest.fixture(scope="package")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[worlds.World]:
    folder = tmp_path_factory.mktemp("evidence")
    evidence = {**django_settings.STORAGES["evidence"], "OPTIONS": {"location": folder}}
    exports = {**django_settings.STORAGES["exports"], "OPTIONS": {"location": folder / "exports"}}
    stores = {**django_settings.STORAGES, "evidence": evidence, "exports": exports}
    with django_db_blocker.unblock(), override_settings(STORAGES=stores):
        logging.disable(logging.CRITICAL)  # thousands of refusals, each a line
        with transaction.atomic():
            made = worlds.build()
            made.groups = actors.cast(made)
            for actor in made.everybody:
                assert actor.ask
            yield made
            transaction.set_rollback(True)
        logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def undone(request: Any) -> Iterator[None]:
    """What a test changes in the world is undone after it."""
    if "world" not in request.fixturenames:
        yield
        return
    world = request.getfixturevalue("world")
    kept = world.kept()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    world.restore(kept)


@pytest.fixture(autouse=True)
def in_good_health(monkeypatch: pytest.MonkeyPatch) -> None:
    """The banner of a degraded service comes and goes with time, the same for everyone: it isn't what is walked for."""
    monkeypatch.setattr("enforcement.desk.health.degraded", lambda: False)
