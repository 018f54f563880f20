"""Fixtures of all tests. Servers and environment come first: Django reads its settings once."""

import pytest
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


def pytest_runtest_setup(item: pytest.Item) -> None:
    require_chromium(item)
    refuse_flush(item)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    servers.forget_settings()
