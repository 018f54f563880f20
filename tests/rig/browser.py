"""A real Chromium against a real server thread, for tests marked `browser`."""

import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread

from tests.rig.databases import CommittingDatabase

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@cache
def chromium_program() -> str | None:
    """The path of a Chromium on this machine, None when there is none."""
    named = os.environ.get("LIANKONG_CHROMIUM", "/usr/bin/chromium")
    if Path(named).exists():
        return named
    return next(filter(None, map(shutil.which, NAMES)), None)


def require_chromium(item: pytest.Item) -> None:
    """Skip a test marked `browser` when there is no Chromium; on the build server that is a failure."""
    if item.get_closest_marker("browser") and chromium_program() is None:
        reason = "no Chromium found: install the package chromium, or name one by LIANKONG_CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture
def live_site(committing_db: CommittingDatabase) -> Iterator[str]:
    """The address of the whole site, served from this process on the test's own database."""
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for the session."""
    from playwright.sync_api import sync_playwright

    program = chromium_program()
    if program is None:
        pytest.skip("no Chromium found")
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=[*arguments, "--disable-dev-shm-usage"],
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: "Browser", live_site: str) -> "Iterator[Page]":
    """An empty page of a fresh context at the address of `live_site`, desktop size, in Chinese."""
    context = browser.new_context(
        base_url=live_site, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 900}
    )
    yield context.new_page()
    context.close()
