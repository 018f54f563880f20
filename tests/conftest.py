"""Fixtures of all tests. Servers and environment come first: Django reads its settings once."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.test import client
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests.rig import servers

servers.enter()

from tests.rig.browser import browser, live_site, page, require_chromium  # noqa: E402
from tests.rig.databases import (  # noqa: E402
    CommittingDatabase,
    committing_db,
    django_db_setup,
    refuse_flush,
    transactional_db,
)

__all__ = ["CommittingDatabase", "browser", "committing_db", "django_db_setup", "live_site", "page", "transactional_db"]

# On a busy machine making examples takes long, which says nothing about the code.
settings.register_profile("liankong", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("liankong")

# Python looks for garbage after every 700 new objects, among all that Django holds: a fifteenth of the suite's time.
gc.set_threshold(50_000, 50, 100)

#: Files that take minutes begin first: one that began last would leave the other workers idle. The launcher's have servers
#: of their own and run while the template database is built.
LONG = (
    "isolation/test_walk.py", "launcher/test_killing.py", "hostile/test_pages.py", "isolation/test_unreleased_rounds.py",
    "statistics/test_random_seasons.py", "issues/test_races.py", "scenarios/test_demo.py",
    "isolation/test_absent.py", "isolation/test_unannounced_visits.py", "issues/test_hiding.py",
    "isolation/test_fields.py", "isolation/test_routes.py", "faults/test_worker_killed.py", "faults/test_broker_down.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get("/".join(item.path.parts[-2:]), len(LONG)))


def pytest_collection_finish() -> None:
    """What was imported stays: no later look for garbage goes through it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def in_chinese() -> Iterator[None]:
    """A page asked for in English leaves its language to the thread, and to the next test."""
    with translation.override(site.LANGUAGE_CODE):
        yield


_noted = client.store_rendered_templates


def _note_pages(store: dict[str, Any], signal: Any, sender: Any, template: Any, context: Any, **more: Any) -> None:
    """The client's copy of a context, of pages and not of every button on them: that was a quarter of an answer's cost."""
    if not str(template.name).startswith("components/"):
        _noted(store, signal, sender, template, context, **more)


client.store_rendered_templates = _note_pages


def pytest_runtest_setup(item: pytest.Item) -> None:
    require_chromium(item)
    refuse_flush(item)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    servers.forget_settings()
