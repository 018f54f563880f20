"""Promise: whatever goes wrong, a page says so in the reader's language; ours even when the database is gone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import signed_in

ROOT = Path(__file__).resolve().parents[3]
WORDS = {
    400: ("读不懂", "cannot be read"),
    403: ("不由您办理", "not yours to take"),
    404: ("没有找到", "was not found"),
    413: ("太大", "too large"),
}
GONE = """
import django
from django.conf import settings
django.setup()
from django.test import Client
for language in ("zh-hans", "en"):
    client = Client(raise_request_exception=False, headers={"Accept-Language": language})
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/issues/")
    print(answer.status_code, language, answer.content.decode().replace("\\n", " "))
"""


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """A request in English leaves its thread in English."""
    with translation.override(translation.get_language()):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_refusals_are_pages_in_both_languages(language: str) -> None:
    cast = casting.make()
    client = signed_in(cast.officer(cast.taiyuan_team, Role.INSPECTOR))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    answers = {
        400: client.post("/findings/new/draft/", {f"f{n}": "1" for n in range(600)}),
        403: client.get("/components/"),
        404: client.get("/issues/SX-2021-ZH-99999/"),
        413: client.post("/findings/new/draft/", {"title": "字" * 2_000_000}),
    }
    for status, answer in answers.items():
        page = answer.content.decode()
        assert answer.status_code == status, page[:300]
        assert WORDS[status][language == "en"] in page, (status, page)
        assert "trouble__code" in page


def test_our_own_trouble_is_told_without_a_database() -> None:
    """A real process whose database doesn't answer."""
    nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", GONE],
        cwd=ROOT,
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    chinese, english = (line for line in done.stdout.splitlines() if line.startswith("5"))
    assert chinese.startswith("500 zh-hans <!DOCTYPE html>"), done.stderr[-2000:]
    assert "系统出了问题" in chinese
    assert "trouble__code" in english
    assert "系统" not in english
    assert "Traceback" not in chinese + english


@pytest.mark.django_db
def test_a_stranger_is_asked_to_sign_in() -> None:
    assert Client().get("/issues/").status_code == 302
